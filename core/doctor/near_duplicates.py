"""Pictures and messages that are nearly copies: within a class, and across classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.data.duplicates import clusters
from core.data.findings import Finding
from core.data.near_pictures import NearPair
from core.doctor.case import Case
from core.doctor.conflicting_labels import conflicts

_HOW = {
    "copy": "the same picture saved again",
    "changed": "cropped, shifted or taken a moment later",
    "mirrored": "mirrored",
    "turned": "turned",
    "worded": "the same but for small differences",
}


def near_duplicates(case: Case) -> list[Finding]:
    """Up to two findings: near-duplicates of one class (a note), and of different classes (a look)."""
    within = [pair for pair in case.pairs if case.labels[pair.first] == case.labels[pair.second]]
    torn = {i for cluster in conflicts(case) for i in cluster}
    across = [
        pair
        for pair in case.pairs
        if case.labels[pair.first] != case.labels[pair.second]
        and pair.how not in ("mirrored", "turned")
        and not {pair.first, pair.second} <= torn
    ]
    return [*_within(case, within), *_across(case, across)]


def _within(case: Case, pairs: Sequence[NearPair]) -> list[Finding]:
    found = _linked(case, pairs)
    if not found:
        return []
    details = _details(case, pairs)
    extra = [i for cluster in found for i in cluster[1:]]
    are = "is nearly a copy" if len(extra) == 1 else "are nearly copies"
    return [
        Finding(
            "near_duplicates",
            "note",
            f"{case.many(len(extra))} {are} of another one of the same class",
            "Such as the same one saved again, cropped, mirrored or turned, the next frame of a film, or the same "
            "words written a little differently. They teach little that is new. They stay on one side of the split, "
            "because a test with what was learnt from would be too easy. You can keep them, or keep one of each.",
            len(extra),
            case.exhibits(extra, lambda i: details[i]),
            (case.leave_out(extra, "Leave them out, keep one of each"),),
        )
    ]


def _across(case: Case, pairs: Sequence[NearPair]) -> list[Finding]:
    found = _linked(case, pairs)
    if not found:
        return []
    details = _details(case, pairs)
    concerned = [i for cluster in found for i in cluster]
    return [
        Finding(
            "near_duplicates",
            "look",
            f"{case.many(len(concerned))} of different classes are nearly the same",
            "Perhaps one of the labels is wrong, or the difference between these classes is so small that it gets "
            "lost. Look at them: if even you cannot say why one is this and the other that, the model cannot either.",
            len(concerned),
            case.exhibits(concerned, lambda i: details[i]),
            (case.leave_out(concerned, "Leave all of them out"),),
        )
    ]


def _linked(case: Case, pairs: Iterable[NearPair]) -> list[list[int]]:
    return clusters(len(case.labels), [(pair.first, pair.second) for pair in pairs])


def _details(case: Case, pairs: Iterable[NearPair]) -> dict[int, str]:
    """For each example what it is nearly a copy of, and how."""
    examples = case.dataset.examples
    said: dict[int, str] = {}
    for pair in pairs:
        for one, other in ((pair.second, pair.first), (pair.first, pair.second)):
            place = f" ('{case.labels[other]}')" if case.labels[one] != case.labels[other] else ""
            said.setdefault(one, f"like {examples[other].name}{place}, {_HOW[pair.how]}")
    return said
