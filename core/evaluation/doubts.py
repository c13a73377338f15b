"""What was found about a set, as it bears on a score: said where the score stands, not only where the set is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.data.dataset import Dataset
from core.data.findings import Finding


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason to take a score with care: the `kind` of finding, what was found, and what that does to the score.

    `direction`: "kind" (the truth is likely lower), "harsh" (likely higher), or "either".
    """

    kind: str
    title: str
    effect: str
    direction: str


_EFFECTS = {
    "shortcut": (
        "The model may have learnt just that. Then it is right here for the wrong reason, and new examples without it "
        "will be answered worse than this score says.",
        "kind",
    ),
    "conflicting_labels": (
        "Whatever the model says about them, it is counted as wrong for one of the two labels.",
        "harsh",
    ),
    "near_duplicates": (
        "Where two of a kind have different labels, learning the one makes the other come out wrong. Some of the "
        "mistakes counted here may be the labels' and not the model's.",
        "either",
    ),
    "wrong_labels": (
        "If so, right answers are counted as wrong, or wrong ones as right.",
        "either",
    ),
    "label_twins": (
        "If both names mean the same, taking one for the other is counted as wrong though it is not.",
        "harsh",
    ),
}  # fmt: skip


def doubts(findings: Iterable[Finding]) -> list[Doubt]:
    """Those of the findings that say something about a score, in their order (the worst first).

    Near-duplicates within a class do not: they never stand on both sides of a split.
    """
    return [
        Doubt(finding.kind, finding.title, *_EFFECTS[finding.kind])
        for finding in findings
        if finding.kind in _EFFECTS and not (finding.kind == "near_duplicates" and finding.severity == "note")
    ]


def of_a_kind(dataset: Dataset, judged: Sequence[int]) -> int:
    """How many of the judging examples (indices) are copies or near-copies of another one that judges.

    They are right or wrong together, so that the score rests on fewer examples than it counts.
    """
    return len(judged) - len({dataset.clusters[i] for i in judged})
