"""Threats to the validity of a score: findings about the dataset, copies, near-duplicates across the split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.data.dataset import Dataset
from core.data.findings import Finding
from core.evaluation.intervals import wilson
from core.messages import Message

Direction = Literal["optimistic", "pessimistic", "either"]


@dataclass(frozen=True, slots=True)
class Caveat:
    """A reason to take a score with care: the `kind` of finding, what was found, and what that does to the score.

    `direction`: "optimistic" (the truth is likely lower), "pessimistic" (likely higher), or "either".
    """

    kind: str
    title: Message
    effect: Message
    direction: Direction


_EFFECTS: dict[str, tuple[Message, Direction]] = {
    "shortcut": (
        Message(
            "The model may have learnt just that. Then it is right here for the wrong reason, and new examples without "
            "it will be answered worse than this score says."
        ),
        "optimistic",
    ),
    "conflicting_labels": (
        Message("Whatever the model says about them, it is counted as wrong for one of the two labels."),
        "pessimistic",
    ),
    "near_duplicates": (
        Message(
            "Where two of a kind have different labels, learning the one makes the other come out wrong. Some of the "
            "mistakes counted here may be the labels' and not the model's."
        ),
        "either",
    ),
    "wrong_labels": (
        Message("If so, right answers are counted as wrong, or wrong ones as right."),
        "either",
    ),
    "gives_away": (
        Message(
            "If that column is not known before the class is, this score says nothing about rows of which the class is "
            "still to be found."
        ),
        "optimistic",
    ),
    "templates": (
        Message(
            "The model may have learnt just that. Then it is right here for the wrong reason, and texts without it "
            "will be answered worse than this score says."
        ),
        "optimistic",
    ),
    "placeholders": (
        Message("What is predicted for them, right or wrong, says nothing about real pictures."),
        "either",
    ),
    "label_twins": (
        Message("If both names mean the same, predicting one for the other is counted as wrong though it is not."),
        "pessimistic",
    ),
}
"""By the kind of finding."""


def caveats(findings: Iterable[Finding]) -> list[Caveat]:
    """Those of the findings that say something about a score, in their order (the worst first).

    Notes do not: near-duplicates within a class, for example, never stand on both sides of a split.
    """
    return [
        Caveat(finding.kind, finding.title, *_EFFECTS[finding.kind])
        for finding in findings
        if finding.kind in _EFFECTS and finding.severity != "note"
    ]


def copies_among(dataset: Dataset, evaluated: Sequence[int]) -> int:
    """How many of the evaluated examples (indices) are copies or near-copies of another evaluated one.

    They are right or wrong together, so that the score rests on fewer examples than it counts.
    """
    return len(evaluated) - len({dataset.clusters[i] for i in evaluated})


# --- near-duplicates across the split ---

LEAST_TRAINING = 20
"""With fewer training examples, one in twenty of them cannot be told."""
EXPECTED = 0.05
"""Were evaluated examples drawn like those trained on, so many would count as near-duplicates."""
_CERTAIN = 0.01
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class NearestPair:
    """An evaluated example and the training example most similar to it: their places, and their cosine similarity in
    [-1, 1]."""

    evaluated: int
    trained: int
    similarity: float
    near_duplicate: bool


@dataclass(frozen=True, slots=True)
class Leakage:
    """`pairs` has one for each evaluated example, the most similar first.

    A pair is near-duplicate above `threshold`. `more_than_expected`: there are more than chance would give (binomial
    test at 1 %). `near_duplicates` and `others` are the scores of the evaluated examples in such pairs and not in them:
    (right, n, 95 % Wilson interval or None for none).
    """

    pairs: tuple[NearestPair, ...]
    threshold: float
    more_than_expected: bool
    near_duplicates: tuple[int, int, tuple[float, float] | None]
    others: tuple[int, int, tuple[float, float] | None]

    @property
    def count(self) -> int:
        return self.near_duplicates[1]


def leakage(
    trained: np.ndarray, evaluated: np.ndarray, clusters: Sequence[object], right: Sequence[bool] | np.ndarray
) -> Leakage | None:
    """Nearest training example of every evaluated example, among embeddings `trained` (m, d) and `evaluated` (n, d).

    The threshold is the similarity that only one in twenty training examples has to its own nearest one of another
    cluster (`clusters` (m,)). Both sides come from one source, so one in twenty evaluated examples is to be expected
    above it; more of them mean that the two sides are closer than two independent draws would be. `right` (n,) says
    which were answered rightly. None with fewer than LEAST_TRAINING training examples.
    """
    if len(trained) < LEAST_TRAINING or not len(evaluated):
        return None
    middle = trained.mean(0)
    a, b = _unit(trained - middle), _unit(evaluated - middle)
    names = np.unique(np.array([str(cluster) for cluster in clusters]), return_inverse=True)[1]
    among = a @ a.T
    among[names[:, None] == names[None, :]] = -1.0
    threshold = float(np.quantile(among.max(1), 1 - EXPECTED))
    across = b @ a.T
    nearest = across.argmax(1)
    similarity = across[np.arange(len(b)), nearest]
    # Where one in twenty training examples has an exact copy, the threshold is 1 but for rounding.
    near, truth = similarity > threshold + _ROUNDING, np.asarray(right, dtype=bool)
    order = np.argsort(-similarity, kind="stable")
    pairs = tuple(NearestPair(int(i), int(nearest[i]), float(similarity[i]), bool(near[i])) for i in order)
    more = _more_than_expected(int(near.sum()), len(b))
    return Leakage(pairs, threshold, more, _share(truth[near]), _share(truth[~near]))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _more_than_expected(count: int, n: int) -> bool:
    from scipy.stats import binomtest  # takes a second to import, and pages import this module

    return bool(binomtest(count, n, EXPECTED, alternative="greater").pvalue < _CERTAIN)


def _share(right: np.ndarray) -> tuple[int, int, tuple[float, float] | None]:
    n, hits = len(right), int(right.sum())
    return hits, n, wilson(hits, n) if n else None
