"""The honest rivals: plain methods that learn from the same examples, prepared alike, and answer the same ones.

On tables trees are often the best there is (Grinsztajn, Oyallon & Varoquaux 2022), and where the last layer of logistic
regression does as well as a network, the network was not needed. Both say so beside every score of such a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from core.data.dataset import Dataset
from core.data.splits import Split
from core.evaluation.answers import Answer
from core.evaluation.intervals import wilson
from core.evaluation.paired import compare
from core.events import Rival

MOST_TRAINING = 20_000
"""Of more training examples so many are drawn: that is enough for either, and trees of many classes take time."""
_LARGE_LEAF = 20

Predict = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""(features (n, d), classes (n,), features asked about (m, d), seed) to predicted classes (m,)."""


def rivals(dataset: Dataset, split: Split, answers: Sequence[Answer], seed: int) -> tuple[Rival, ...]:
    """How each does on the evaluation set, against the model that gave `answers` on it; none where the kind of example
    has no plain features, or nothing was held back."""
    asked = list(split.test or split.validation)
    evaluated = [answer for answer in answers if answer.part == ("test" if split.test else "validation")]
    predicted = rival_answers(dataset, split.train, asked, seed)
    truths = np.array([answer.truth for answer in evaluated])
    right = np.array([answer.right for answer in evaluated])
    clusters = [dataset.clusters[i] for i in asked]
    return tuple(_against(name, right, said == truths, clusters) for name, said in predicted.items())


def rival_answers(dataset: Dataset, train: Sequence[int], asked: Sequence[int], seed: int) -> dict[str, np.ndarray]:
    """By the name of each rival the labels that it predicts for the examples `asked` about, (m,)."""
    if not asked:
        return {}
    drawn = sorted(np.random.default_rng(seed).permutation(train)[:MOST_TRAINING])
    features = dataset.kind.plain_features([dataset.payload(i) for i in drawn], [dataset.payload(i) for i in asked])
    if features is None:
        return {}
    labels = np.array([dataset.examples[i].label for i in drawn])
    with threadpool_limits(1):
        return {name: predict(features[0], labels, features[1], seed) for name, predict in RIVALS.items()}


def _against(name: str, mine: np.ndarray, its: np.ndarray, clusters: Sequence[str]) -> Rival:
    n, right = len(its), int(its.sum())
    found = compare(mine, its, clusters)
    winner = {0: "model", 1: "rival", None: ""}[found.winner]
    return Rival(name, right / n, wilson(right, n), n, found.difference, found.interval, winner)


def _logistic(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression  # takes a second, and most kinds have no rivals

    return LogisticRegression(max_iter=1000).fit(x, y).predict(asked)


def _trees(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """With few examples leaves are smaller than usual: else no tree could divide them."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    leaf = max(1, min(_LARGE_LEAF, len(x) // _LARGE_LEAF))
    trees = HistGradientBoostingClassifier(min_samples_leaf=leaf, early_stopping=False, random_state=seed)
    return trees.fit(x, y).predict(asked)


RIVALS: dict[str, Predict] = {"logistic": _logistic, "trees": _trees}
"""By the names that `core.results.score` has titles for."""
