"""Labels that are spelt almost alike: "Cat" and "cat "."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

from core.data.findings import Finding, Remedy
from core.doctor.case import Case, named

_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")


def label_twins(case: Case) -> list[Finding]:
    """Labels that differ only in case, width, spaces, underscores or punctuation; one finding for each family.

    Numbers are never twins ("-1" and "1"). Single letters in two cases are only noted, and where a set has several
    such pairs not even that: it is about handwriting, and means it.
    """
    families: dict[str, list[str]] = defaultdict(list)
    for label in case.dataset.classes:
        families[folded(label)].append(label)
    twins = [labels for plain, labels in families.items() if plain and len(labels) > 1]
    letters = [labels for labels in twins if len(folded(labels[0])) == 1]
    return [_finding(case, labels) for labels in twins if labels not in letters or len(letters) < 3]


def folded(label: str) -> str:
    """What is left of a label when spelling details go."""
    plain = unicodedata.normalize("NFKC", label).strip()
    if _NUMBER.fullmatch(plain):
        return label
    plain = unicodedata.normalize("NFKC", plain.casefold())
    spaced = "".join(" " if unicodedata.category(char)[0] in "PZC" else char for char in plain)
    return re.sub(r"(?<=\D) (?=.)|(?<=.) (?=\D)", "", " ".join(spaced.split()))


def _finding(case: Case, labels: list[str]) -> Finding:
    counts = case.dataset.counts
    commonest = max(labels, key=lambda label: counts[label])
    by_count = ", ".join(f"'{label}' {counts[label]:,}" for label in labels)
    single = len(folded(labels[0])) == 1
    meaning = f"They count as different classes (examples: {by_count}). "
    if single:
        meaning += "If capital and small letters are meant to be told apart, keep them; otherwise join them."
    else:
        meaning += "If they are one and the same, join them: the model would try to tell apart what is equal."
    firsts = [case.labels.index(label) for label in labels]
    return Finding(
        "label_twins",
        "note" if single else "look",
        f"{named(labels)} are spelt almost alike",
        meaning,
        len(labels),
        case.exhibits(firsts, lambda i: f"one of {counts[case.labels[i]]:,}"),
        (Remedy("merge", f"Join them as '{commonest}'", labels=tuple(labels), label=commonest),),
    )
