"""What classes are called: labels that are spelt almost alike, and labels that are numbers."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from core.data.dataset import named
from core.data.findings import Finding, Remedy
from core.doctor.case import Case
from core.messages import Message, sentences
from core.modalities.base import PICTURED

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_MANY_LETTERS = 3
"""So many letters in two cases each: it is about handwriting."""


def label_twins(case: Case) -> Iterator[Finding]:
    """Labels that differ only in case, width, spaces, underscores or punctuation; one finding for each family.

    Numbers are never twins ("-1" and "1"). Single letters in two cases are only noted, and where a dataset has several
    such pairs not even that: it is about handwriting, and means it.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for label in case.dataset.classes:
        families[folded(label)].append(label)
    twins = [labels for plain, labels in families.items() if plain and len(labels) > 1]
    letters = [labels for labels in twins if len(folded(labels[0])) == 1]
    for labels in twins:
        if labels not in letters or len(letters) < _MANY_LETTERS:
            yield _label_twins(case, labels)


def folded(label: str) -> str:
    """What is left of a label when spelling details go."""
    plain = unicodedata.normalize("NFKC", label).strip()
    if _NUMBER.fullmatch(plain):
        return label
    plain = unicodedata.normalize("NFKC", plain.casefold())
    spaced = "".join(" " if unicodedata.category(char)[0] in "PZC" else char for char in plain)
    return re.sub(r"(?<=\D) (?=.)|(?<=.) (?=\D)", "", " ".join(spaced.split()))


def _label_twins(case: Case, labels: list[str]) -> Finding:
    counts = case.dataset.counts
    most_frequent = max(labels, key=lambda label: counts[label])
    by_count = [Message("'{label}' {n}", label=label, n=counts[label]) for label in labels]
    single = len(folded(labels[0])) == 1
    firsts = [case.members[label][0] for label in labels]
    return Finding(
        "label_twins",
        "note" if single else "look",
        Message("{labels} are spelt almost alike", labels=named(labels)),
        sentences(
            Message("They count as different classes (examples: {counts:list}).", counts=by_count),
            Message("If capital and small letters are meant to be told apart, keep them; otherwise join them.")
            if single
            else Message("If they mean the same, join them: otherwise the model tries to tell apart what is equal."),
        ),
        len(labels),
        case.exhibits(firsts, lambda i: Message("one of {n}", n=counts[case.labels[i]])),
        (
            Remedy(
                "merge",
                Message("Join them as '{label}'", label=most_frequent),
                labels=tuple(labels),
                label=most_frequent,
            ),
        ),
    )


_CODE = re.compile(r"\d{1,6}|n\d{8}")
_DIGITS = frozenset("0123456789")


def numbered_classes(case: Case) -> Iterator[Finding]:
    """Classes that are all called by numbers: a note. The ten digits may well be what is to be seen or heard."""
    classes = case.dataset.classes
    if len(classes) < 2 or not all(_CODE.fullmatch(label) for label in classes):
        return
    if case.dataset.kind.view in PICTURED and set(classes) == _DIGITS:
        return
    firsts = [case.members[label][0] for label in classes]
    yield Finding(
        "numbered_classes",
        "note",
        Message("The classes are numbers: {labels}", labels=named(classes)),
        Message(
            "A result says “actual {one}, predicted {other}”. Nobody understands that without knowing what the "
            "numbers mean. If they are ratings, years or the like, all is well. Otherwise give them their names: "
            "put a file called classes.txt beside the others, with a line such as “0 cat” for each class, and "
            "import again.",
            one=classes[0],
            other=classes[1],
        ),
        len(classes),
        case.exhibits(firsts),
    )
