"""The honest rivals: plain methods that have learnt nothing before, learn from the same examples, and answer the same.

What a model gets more than they do is what its pretraining gave. On tables trees are often the best there is
(Grinsztajn, Oyallon & Varoquaux 2022), and where the last layer of logistic regression does as well as a network, the
network was not needed. That is said beside every score.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from core.data.dataset import Dataset
from core.data.splits import Split
from core.evaluation.answers import Answer
from core.evaluation.intervals import wilson
from core.evaluation.paired import compare
from core.events import Event, Progress, Rival, drain
from core.hardware import RIVALLED, note_speed
from core.models.catalogue import load_pretrained
from core.models.embeddings import embed_dataset
from core.training.engine.heads import USUAL_PENALTY
from core.workspace import Workspace

_LARGE_LEAF = 20
_SPARSE = 0.2
"""Where fewer of the features are not zero, only these are gone through."""
_ENOUGH = 1e-3
"""How near to its optimum the last layer must come: nearer takes several times as long, and no answer changes."""

Predict = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""(features (n, d), classes (n,), features asked about (m, d), seed) to predicted classes (m,)."""
Stop = Callable[[], bool]


def rivals(
    dataset: Dataset,
    split: Split,
    answers: Sequence[Answer],
    seed: int,
    workspace: Workspace,
    *,
    pretrained: bool,
    itself: str = "",
    stop: Stop = lambda: False,
) -> Generator[Event, None, tuple[Rival, ...]]:
    """How each does on the evaluation set, against the model that gave `answers` on it and was `pretrained` or not.

    The method that the model is `itself` does not stand beside it. None where the kind of example has no plain
    features, nothing was held back, or it was stopped. Yields Progress.
    """
    if dataset.kind.plain is None:
        return ()
    evaluated = [answer for answer in answers if answer.part == ("test" if split.test else "validation")]
    asked = list(split.test or split.validation)
    chosen = _drawn(range(len(asked)), dataset.kind.plain.most, seed)
    asked, evaluated = [asked[i] for i in chosen], [evaluated[i] for i in chosen]
    if not asked:
        return ()
    yield Progress("rivals", 0, 1)
    began = time.perf_counter()
    predicted = rival_answers(dataset, split.train, asked, seed, workspace, stop)
    seen = min(len(split.train), dataset.kind.plain.most) + len(asked)
    if predicted:
        note_speed(workspace, dataset.kind.plain.model, RIVALLED, seen, time.perf_counter() - began)
    truths = np.array([answer.truth for answer in evaluated])
    right = np.array([answer.right for answer in evaluated])
    clusters = [dataset.clusters[i] for i in asked]
    learnt = dataset.kind.plain.most if len(split.train) > dataset.kind.plain.most else None
    return tuple(
        _against(name, right, said == truths, clusters, learnt, pretrained)
        for name, said in predicted.items()
        if name != itself
    )


def rival_answers(
    dataset: Dataset,
    train: Sequence[int],
    asked: Sequence[int],
    seed: int,
    workspace: Workspace,
    stop: Stop = lambda: False,
) -> dict[str, np.ndarray]:
    """By the name of each rival the labels that it predicts for the examples `asked` about, (m,). None of these is seen
    before. Empty where there are none, or it was stopped."""
    plain = dataset.kind.plain
    if plain is None or not asked:
        return {}
    drawn = _drawn(train, plain.most, seed)
    features = load_pretrained(plain.model, workspace)
    if features.card.fits:
        features.meet(dataset.payload(i) for i in drawn)
    found = drain(
        embed_dataset(dataset, features.card, lambda: features, workspace, indices=[*drawn, *asked], stop=stop)
    )
    if found is None:
        return {}
    labels = np.array([dataset.examples[i].label for i in drawn])
    methods = {name: RIVALS[name] for name in plain.methods} or {plain.model: _last_layer}
    if len(set(labels)) == 1:  # of those that were drawn
        return dict.fromkeys(methods, np.full(len(asked), labels[0]))
    with threadpool_limits(1):
        return {name: predict(found[drawn], labels, found[list(asked)], seed) for name, predict in methods.items()}


def _drawn(indices: Sequence[int], most: int, seed: int) -> list[int]:
    if len(indices) <= most:
        return list(indices)
    return sorted(int(i) for i in np.random.default_rng(seed).permutation(indices)[:most])


def _against(
    name: str, mine: np.ndarray, its: np.ndarray, clusters: Sequence[str], learnt: int | None, pretrained: bool
) -> Rival:
    n, right = len(its), int(its.sum())
    found = compare(mine, its, clusters)
    winner = {0: "model", 1: "rival", None: ""}[found.winner]
    return Rival(name, right / n, wilson(right, n), n, found.difference, found.interval, winner, pretrained, learnt)


def _logistic(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression  # takes a second, and comes after the score

    return LogisticRegression(max_iter=1000).fit(x, y).predict(asked)


def _last_layer(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Logistic regression as the last layer of any model here is fitted (see `LinearHead`): scaled by the spread of all
    features together, and with the usual penalty."""
    from sklearn.linear_model import LogisticRegression

    spread = max(1e-6, float(np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=1).mean())))
    kept = csr_matrix if np.count_nonzero(x) < _SPARSE * x.size else np.asarray
    method = LogisticRegression(C=1 / USUAL_PENALTY, tol=_ENOUGH, max_iter=200)
    return method.fit(kept(x / spread), y).predict(kept(asked / spread))


def _trees(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """With few examples leaves are smaller than usual: else no tree could divide them."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    leaf = max(1, min(_LARGE_LEAF, len(x) // _LARGE_LEAF))
    trees = HistGradientBoostingClassifier(min_samples_leaf=leaf, early_stopping=False, random_state=seed)
    return trees.fit(x, y).predict(asked)


LOGISTIC = "logistic"
RIVALS: dict[str, Predict] = {LOGISTIC: _logistic, "trees": _trees}
"""By the names that `core.results.score` has titles for."""
