"""Threats to the validity of a score: findings about the dataset, copies, near-duplicates across the split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.data.findings import Finding
from core.evaluation.intervals import wilson


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


LEAST_TAUGHT = 20
USUAL = 0.05
"""Were judging examples drawn like those that taught, so many would count as twins."""
_SURE = 0.01


@dataclass(frozen=True, slots=True)
class Pair:
    """A judging example and the training example most like it: their places, and their cosine likeness (-1 to 1)."""

    judged: int
    taught: int
    likeness: float
    twin: bool


@dataclass(frozen=True, slots=True)
class Twins:
    """`pairs` has one for each judging example, the most alike first.

    A pair is a twin above `threshold`. `more_than_usual`: there are more twins than chance would give (binomial test at
    1 %). `with_twin` and `without` are (right, n, 95 % Wilson interval or None for none).
    """

    pairs: tuple[Pair, ...]
    threshold: float
    more_than_usual: bool
    with_twin: tuple[int, int, tuple[float, float] | None]
    without: tuple[int, int, tuple[float, float] | None]

    @property
    def count(self) -> int:
        return self.with_twin[1]


def twins(
    taught: np.ndarray, judged: np.ndarray, clusters: Sequence[object], right: Sequence[bool] | np.ndarray
) -> Twins | None:
    """Nearest training example of every judging example, among embeddings `taught` (m, d) and `judged` (n, d).

    The threshold is the likeness that only one in twenty training examples has to its own nearest one of another
    cluster (`clusters` (m,)). What judges and what teaches come from one source, so one in twenty judging examples is
    to be expected above it; more of them mean that the two sides are closer than two independent draws would be.
    `right` (n,) says which were answered rightly. None with fewer than LEAST_TAUGHT training examples: one in twenty of
    them cannot be told.
    """
    if len(taught) < LEAST_TAUGHT or not len(judged):
        return None
    middle = taught.mean(0)
    a, b = _unit(taught - middle), _unit(judged - middle)
    names = np.unique(np.array([str(cluster) for cluster in clusters]), return_inverse=True)[1]
    among = a @ a.T
    among[names[:, None] == names[None, :]] = -1.0
    threshold = float(np.quantile(among.max(1), 1 - USUAL))
    across = b @ a.T
    nearest = across.argmax(1)
    likeness = across[np.arange(len(b)), nearest]
    is_twin, truth = likeness > threshold, np.asarray(right, dtype=bool)
    order = np.argsort(-likeness, kind="stable")
    pairs = tuple(Pair(int(i), int(nearest[i]), float(likeness[i]), bool(is_twin[i])) for i in order)
    return Twins(
        pairs, threshold, _unusual(int(is_twin.sum()), len(b)), _share(truth[is_twin]), _share(truth[~is_twin])
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _unusual(count: int, n: int) -> bool:
    from scipy.stats import binomtest

    return bool(binomtest(count, n, USUAL, alternative="greater").pvalue < _SURE)


def _share(right: np.ndarray) -> tuple[int, int, tuple[float, float] | None]:
    n, hits = len(right), int(right.sum())
    return hits, n, wilson(hits, n) if n else None
