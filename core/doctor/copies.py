"""Copies and near-copies: within a class, across classes, and under conflicting labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from core.data.dataset import SPLITS, named
from core.data.duplicates import clusters
from core.data.findings import Finding, Remedy
from core.data.near_pictures import NearPair
from core.doctor.case import MOST_EXHIBITS, Case
from core.messages import NOTHING, Message, counted, sentences

_HOW = {
    "copy": Message("the same picture saved again"),
    "changed": Message("cropped, shifted or taken a moment later"),
    "mirrored": Message("mirrored"),
    "turned": Message("turned"),
    "worded": Message("the same but for small differences"),
    "sound": Message("the same sound saved again"),
    "row": Message("the same, or all but the same, in all that is learnt from"),
    "number": Message("the same but for one number"),
}
_ALIKE = Message(
    "Other rows hold the same and have another class. That need not be a mistake, since no table says everything; but "
    "whatever a model answers is wrong for one of them."
)
_LEAVE_ALL_OUT = Message("Skip all of them")
_COPIES = Message(
    "They are exact copies within their class. A copy adds nothing to learn from, and it makes its class seem "
    "larger than it is. All copies stay on the same side of the split, so they cannot make the result look better "
    "than it is. Best skip them; one of each stays."
)
_EQUAL_BY_CHANCE = Message(
    "That need not be a fault: where so little is known of each, two of them can well be equal. If they were "
    "entered twice, skip them. Equal ones stay on the same side of the split."
)
_MOST_BY_CHANCE = 0.05
"""With more pairs of equal rows to be expected by chance, copies are no fault."""
_NEAR = {
    "looks": Message(
        "Such as the same one saved again, cropped, mirrored or turned, or the next frame of a film. They add "
        "little to learn from."
    ),
    "hearing": Message(
        "The same sound saved again in another format, louder or softer, or with a slightly different start or "
        "end. They add little to learn from."
    ),
    "wording": Message(
        "The same words written a little differently, or with another number. They add little to learn from."
    ),
    "columns": Message(
        "They differ only in what names a row, in the last digits of their numbers, or in a single number: perhaps "
        "they were entered twice. They add little to learn from."
    ),
}
"""What near-duplicates are like, by the traits of a kind of example."""


def exact_duplicates(case: Case) -> Iterator[Finding]:
    """All copies within one class but the one to keep: the first in the test or validation set, if any is there."""
    examples = case.dataset.examples
    copies: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        if i not in case.placeholders:
            copies[example.id, example.label].append(i)
    kept_for: dict[int, int] = {}
    for same in copies.values():
        kept = max(same, key=lambda i: (SPLITS.index(examples[i].split or "train"), -i))
        kept_for.update((i, kept) for i in same if i != kept)
    if not kept_for:
        return
    extra = sorted(kept_for)
    n = len(extra)
    yield Finding(
        "exact_duplicates",
        "note" if _by_chance(case) else "look",
        counted("{many} is a copy of another one", "{many} are copies of others", n=n, many=case.count(n)),
        _EQUAL_BY_CHANCE if _by_chance(case) else _COPIES,
        n,
        case.exhibits(extra, lambda i: Message("copy of {name}", name=examples[kept_for[i]].name)),
        (case.leave_out(extra, Message("Skip the copies, keep one of each")),),
    )


def _by_chance(case: Case) -> bool:
    """Whether rows of a table may well be equal by chance."""
    return case.dataset.kind.is_row and case.equal_by_chance > _MOST_BY_CHANCE


def near_duplicates(case: Case) -> Iterator[Finding]:
    """Near-duplicates of one class (a note), of different classes (a look), and a note where not all were compared."""
    pairs = [pair for pair in case.near.pairs if not case.placeholders.keys() & {pair.first, pair.second}]
    within = [pair for pair in pairs if case.labels[pair.first] == case.labels[pair.second]]
    torn = {i for cluster in conflicts(case) for i in cluster}
    across = [
        pair
        for pair in pairs
        if case.labels[pair.first] != case.labels[pair.second]
        and pair.how not in ("mirrored", "turned")
        and (pair.how != "number" or case.dataset.kind.is_row)  # in a text it may be all the meaning
        and not {pair.first, pair.second} <= torn
    ]
    yield from _within(case, within)
    yield from _across(case, across)
    if case.near.compared is not None:
        yield _not_all_compared(case, case.near.compared)


def _within(case: Case, pairs: Sequence[NearPair]) -> Iterator[Finding]:
    linked = _linked(case, pairs)
    extra = [i for cluster in linked for i in cluster[1:]]
    if not extra:
        return
    details = _details(case, pairs)
    n = len(extra)
    yield Finding(
        "near_duplicates",
        "note",
        counted(
            "{many} is a near-duplicate of another one of the same class",
            "{many} are near-duplicates of others of the same class",
            n=n,
            many=case.count(n),
        ),
        sentences(
            _NEAR.get(case.dataset.kind.traits, NOTHING),
            Message(
                "They stay on one side of the split, because a test on what was trained on would be too easy. You can "
                "keep them, or keep one of each."
            ),
        ),
        n,
        case.exhibits([i for cluster in linked for i in cluster], details.__getitem__),
        (case.leave_out(extra, Message("Skip them, keep one of each")),),
    )


def _across(case: Case, pairs: Sequence[NearPair]) -> Iterator[Finding]:
    concerned = [i for cluster in _linked(case, pairs) for i in cluster]
    if not concerned:
        return
    details = _details(case, pairs)
    n = len(concerned)
    yield Finding(
        "near_duplicates",
        "look",
        Message("{many} of different classes are nearly the same", many=case.count(n)),
        Message(
            "One of the labels may be wrong. Or the difference between these classes is so small that it gets "
            "lost. Look at them: if even you cannot say why one is this and the other that, the model cannot "
            "either."
        ),
        n,
        case.exhibits(concerned, details.__getitem__),
        (case.leave_out(concerned, _LEAVE_ALL_OUT),),
    )


def _not_all_compared(case: Case, n: int) -> Finding:
    total = len(case.labels)
    return Finding(
        "near_duplicates",
        "note",
        Message("Not all of the {many} were compared with each other", many=case.count(total)),
        counted(
            "So many of them share most of their words that each was compared only with the nearest one before it. "
            "Some near-duplicates may be missing here, and may be on both sides of the split.",
            "So many of them share most of their words that each was compared only with the nearest {n} before it. "
            "Some near-duplicates may be missing here, and may be on both sides of the split.",
            n=n,
        ),
        total,
    )


def _linked(case: Case, pairs: Iterable[NearPair]) -> list[list[int]]:
    return clusters(len(case.labels), [(pair.first, pair.second) for pair in pairs])


def _details(case: Case, pairs: Iterable[NearPair]) -> dict[int, Message]:
    """For each example what it is nearly a copy of, and how."""
    details: dict[int, Message] = {}
    for pair in pairs:
        for one, other in ((pair.second, pair.first), (pair.first, pair.second)):
            name, label, how = case.dataset.examples[other].name, case.labels[other], _HOW[pair.how]
            if case.labels[one] == label:
                details.setdefault(one, Message("like {name}: {how}", name=name, how=how))
            else:
                details.setdefault(one, Message("like {name} ('{label}'): {how}", name=name, label=label, how=how))
    return details


def conflicting_labels(case: Case) -> Iterator[Finding]:
    """Clusters of what is the same beyond doubt, with more than one label in them."""
    torn = conflicts(case)
    if not torn:
        return
    concerned = [i for cluster in torn for i in cluster]
    other = {i: sorted({case.labels[j] for j in cluster} - {case.labels[i]}) for cluster in torn for i in cluster}
    n = len(torn)
    yield Finding(
        "conflicting_labels",
        ("note" if _by_chance(case) else "look") if case.dataset.kind.is_row else "serious",
        counted("{many} has conflicting labels", "{many} have conflicting labels", n=n, many=case.count(n)),
        _ALIKE
        if case.dataset.kind.is_row
        else Message(
            "The same thing cannot be right in two classes: the model is told yes and no at once, and whatever it "
            "answers is counted as wrong once. Decide which label is right, or skip them."
        ),
        len(concerned),
        case.exhibits(concerned, lambda i: Message("also labelled {labels}", labels=named(other[i]))),
        (*_majorities(case, torn), case.leave_out(concerned, _LEAVE_ALL_OUT), *_each(case, other)),
    )


def conflicts(case: Case) -> list[list[int]]:
    """Clusters (indices) of what is the same beyond doubt, and has several labels. Placeholders are found as such."""
    return [c for c in case.same if len({case.labels[i] for i in c}) > 1 and not case.placeholders.keys() >= set(c)]


def _majorities(case: Case, torn: Sequence[Sequence[int]]) -> Iterator[Remedy]:
    """For clusters where most have one label: give it to the others too."""
    odd: dict[str, list[int]] = defaultdict(list)
    for cluster in torn:
        (label, most), second = Counter(case.labels[i] for i in cluster).most_common(2)
        if most > second[1]:
            odd[label] += [i for i in cluster if case.labels[i] != label]
    for label, indices in odd.items():
        if len(indices) > 1:
            title = Message("Give {n} the label that most of their copies have: '{label}'", n=len(indices), label=label)
            yield Remedy("relabel", title, case.keys(indices), label=label)


def _each(case: Case, other: dict[int, list[str]]) -> Iterator[Remedy]:
    for i, labels in list(other.items())[:MOST_EXHIBITS]:
        for label in labels:
            yield Remedy("relabel", Message("Make it '{label}'", label=label), case.keys([i]), label=label)
