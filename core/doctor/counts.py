"""How much there is of what: classes with too few examples, classes of very different size, and what was skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from core.data.dataset import named
from core.data.findings import Exhibit, Finding, Remedy
from core.doctor.case import MOST_EXHIBITS, Case, cautious
from core.messages import NOTHING, Message, counted, sentences

FEW = 5
"""A class with fewer different examples is too small to learn."""
_TIMES, _MANY_TIMES = 5, 40
"""Classes are imbalanced from so many times the size on, and spoil the result from so many on."""
_LEAST_LEFT = 50
_NAMED = 3
_MOST_REASONS = 5


def few_examples(case: Case) -> Iterator[Finding]:
    """Classes with fewer than FEW different examples. A look; serious where there is only one."""
    counts, all_of = different(case), case.dataset.counts
    few = [label for label, count in counts.items() if count < FEW]
    if not few:
        return
    alone = [label for label in few if counts[label] == 1]
    nothing_to_check = NOTHING
    if alone:
        nothing_to_check = counted(
            "{labels} has a single one: it is trained on, but then nothing is left to check the answer with.",
            "{labels} have a single one each: it is trained on, but then nothing is left to check the answers with.",
            n=len(alone),
            labels=named(alone),
        )
    copies = Message("Copies and near-copies count as one.") if any(counts[x] < all_of[x] for x in few) else NOTHING
    firsts = [case.members[label][0] for label in few]

    def how_many(i: int) -> Message:
        label = case.labels[i]
        if counts[label] == all_of[label]:
            return Message("one of {n}", n=counts[label])
        return Message("{n} different ones among {all}", n=counts[label], all=all_of[label])

    yield Finding(
        "few_examples",
        "serious" if alone else "look",
        counted(
            "{labels} has fewer than {least} different examples",
            "{labels} have fewer than {least} different examples each",
            n=len(few),
            labels=named(few),
            least=FEW,
        ),
        sentences(
            copies,
            Message("From so few a model can hardly learn what belongs to a class and what is chance."),
            nothing_to_check,
            Message("Add more, ten or better twenty of each, with different backgrounds, sizes and wordings."),
        ),
        len(few),
        case.exhibits(firsts, how_many),
    )


def different(case: Case) -> dict[str, int]:
    """Examples per class, in the order of the classes, where copies and near-copies count as one."""
    clusters: dict[str, set[str]] = {label: set() for label in case.dataset.classes}
    for label, cluster in zip(case.labels, case.dataset.clusters, strict=True):
        clusters[label].add(cluster)
    return {label: len(own) for label, own in clusters.items()}


def imbalance(case: Case) -> Iterator[Finding]:
    """The largest class is at least five times as large as others (those with fewer than FEW aside); serious where it
    is forty times as large, for then hardly anything else is answered."""
    counts = {label: count for label, count in case.dataset.counts.items() if count >= FEW}
    if len(counts) < 2:
        return
    large = max(counts, key=counts.__getitem__)
    small = sorted((label for label in counts if counts[label] * _TIMES <= counts[large]), key=counts.__getitem__)
    if not small:
        return
    extreme = counts[small[0]] * _MANY_TIMES <= counts[large]
    if len(small) == 1:
        title = Message(
            "'{large}' has {most} examples, '{small}' only {least}",
            large=large, most=counts[large], small=small[0], least=counts[small[0]],
        )  # fmt: skip
    else:
        some = [Message("'{label}' ({n})", label=label, n=counts[label]) for label in small[:_NAMED]]
        more = [counted("{n} more", "{n} more", n=len(small) - _NAMED)] if len(small) > _NAMED else []
        title = Message(
            "'{large}' has {most} examples, others have few: {classes:list}",
            large=large, most=counts[large], classes=(*some, *more),
        )  # fmt: skip
    yield Finding(
        "imbalance",
        "serious" if extreme else "look",
        title,
        sentences(
            Message(
                "Always answering '{large}' is already right for {share:percent}, and a model learns to answer it too "
                "often.",
                large=large, share=cautious(counts[large] / len(case.labels)),
            ),
            Message(
                "Best add examples of the small classes. Training with balanced classes helps a little (an option "
                "of the Train page), and so does skipping some of '{large}'. Look at the result of every class by "
                "itself, not only at the overall number.",
                large=large,
            ),
        ),
        len(small),
        case.exhibits([case.members[label][0] for label in (large, *small)],
                      lambda i: Message("one of {n}", n=counts[case.labels[i]])),
        _thinned(case, large, int(counts[small[0]] * _TIMES)) if extreme else (),
    )  # fmt: skip


def _thinned(case: Case, label: str, most: int) -> tuple[Remedy, ...]:
    """The remedy that leaves `most` examples of a class, drawn with a fixed seed."""
    own = case.members[label]
    kept = set(Random(0).sample(own, max(most, _LEAST_LEFT))) if len(own) > max(most, _LEAST_LEFT) else set(own)
    gone = [i for i in own if i not in kept]
    title = Message("Keep {n} of '{label}', drawn at random", n=len(kept), label=label)
    return (case.leave_out(gone, title),) if gone else ()


def damaged(case: Case) -> Iterator[Finding]:
    """Examples whose files in the workspace are damaged or gone."""
    if not case.damaged:
        return
    n = len(case.damaged)
    yield Finding(
        "damaged",
        "serious",
        counted("{many} is damaged", "{many} are damaged", n=n, many=case.count(n)),
        Message(
            "They were whole when they were imported; since then their files were changed, cut off or lost. They "
            "can neither be shown nor learnt from. Import the same files again to bring them back, or skip them."
        ),
        n,
        tuple(Exhibit(one.key, one.name, one.label) for one in case.damaged[:MOST_EXHIBITS]),
        (
            Remedy(
                "exclude",
                counted("Skip it", "Skip these {n}", n=n),
                tuple(one.key for one in case.damaged),
            ),
        ),
    )


def unreadable(case: Case) -> Iterator[Finding]:
    """Files and rows that were skipped, by reason. There is no example, so an exhibit's key is the file."""
    if not case.skipped:
        return
    reasons = Counter(skip.reason for skip in case.skipped).most_common()
    listed = [Message("{n}\u00a0x: {reason}", n=n, reason=reason) for reason, n in reasons[:_MOST_REASONS]]
    others = len(reasons) - _MOST_REASONS
    more = counted("And {n} other reason.", "And {n} other reasons.", n=others) if others > 0 else NOTHING
    advice = Message("If you need something of it, correct it and import everything again.")
    shown = case.skipped[:MOST_EXHIBITS]
    yield Finding(
        "unreadable",
        "note",
        counted(
            "{n} file or row was skipped while importing",
            "{n} files or rows were skipped while importing",
            n=len(case.skipped),
        ),
        sentences(*listed, more, advice),
        len(case.skipped),
        tuple(Exhibit(skip.file, skip.file, "", skip.reason) for skip in shown),
    )


def reading(case: Case) -> Iterator[Finding]:
    """The reader's notes."""
    for note in case.notes:
        harmless = Message("Nothing was skipped because of this. It is mentioned so that you can check.")
        yield Finding("reading", "note", note, harmless, 1)
