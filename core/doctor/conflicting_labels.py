"""The same picture or message under different labels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from core.data.duplicates import clusters, copies_of
from core.data.findings import Finding, Remedy
from core.doctor.case import MOST_EXHIBITS, Case, named


def conflicting_labels(case: Case) -> list[Finding]:
    """Clusters of what is the same beyond doubt, with more than one label in them."""
    torn = conflicts(case)
    if not torn:
        return []
    concerned = [i for cluster in torn for i in cluster]
    other = {i: sorted({case.labels[j] for j in cluster} - {case.labels[i]}) for cluster in torn for i in cluster}
    return [
        Finding(
            "conflicting_labels",
            "serious",
            f"{case.many(len(torn))} {'stands' if len(torn) == 1 else 'stand'} under two labels or more",
            "The same thing cannot be right in two classes: the model is told yes and no at once, and whatever it "
            "answers is counted as wrong once. Decide which label is right, or leave them out.",
            len(concerned),
            case.exhibits(concerned, lambda i: f"also labelled {named(other[i])}"),
            (*_majorities(case, torn), case.leave_out(concerned, "Leave all of them out"), *_each(case, other)),
        )
    ]


def conflicts(case: Case) -> list[list[int]]:
    """Clusters (indices) of the same picture or message that have several labels.

    Mirrored and turned pictures are not the same here: an arrow to the left is another thing than one to the right.
    """
    examples = case.dataset.examples
    links = [(copies[0], i) for copies in copies_of(examples) for i in copies[1:]]
    links += [(pair.first, pair.second) for pair in case.pairs if pair.sure and pair.how in ("copy", "worded")]
    return [c for c in clusters(len(examples), links) if len({case.labels[i] for i in c}) > 1]


def _majorities(case: Case, torn: Sequence[Sequence[int]]) -> Iterator[Remedy]:
    """For clusters where most have one label: give it to the others too."""
    odd: dict[str, list[int]] = defaultdict(list)
    for cluster in torn:
        (label, most), second = Counter(case.labels[i] for i in cluster).most_common(2)
        if most > second[1]:
            odd[label] += [i for i in cluster if case.labels[i] != label]
    for label, indices in odd.items():
        if len(indices) > 1:
            says = f"Give {len(indices)} the label that most of their copies have: '{label}'"
            yield Remedy("relabel", says, case.keys(indices), label=label)


def _each(case: Case, other: dict[int, list[str]]) -> Iterator[Remedy]:
    for i, labels in list(other.items())[:MOST_EXHIBITS]:
        for label in labels:
            yield Remedy("relabel", f"Make it '{label}'", case.keys([i]), label=label)
