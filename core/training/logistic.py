"""Logistic regression solved to its optimum, where nobody needs to watch, and the choice of its penalty."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from core.models.head import LinearHead

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
"""What is tried, as 1 / C."""
USUAL_PENALTY = 0.1
"""Taken where there is no room to try."""
_FOLDS = 4
_ROOM = 2000
"""So many examples are enough to choose by; more are left out of the choice."""


def fit_logistic(head: LinearHead, embeddings: Tensor, targets: Tensor, regularisation: float) -> None:
    """Fit centre, spread, weights and biases of `head` to embeddings (n, d) of classes `targets` (n,) int64.

    The objective is scikit-learn's with C = 1 / regularisation. Classes without an example get none of the answers.
    """
    head.fit_to(embeddings)
    x = head.prepared(embeddings).double().cpu().numpy()
    model = _solver(regularisation).fit(x, targets.cpu().numpy())
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # the solver keeps the difference of the two only
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    with torch.no_grad():
        head.weight.zero_()
        head.bias.fill_(float(intercepts.min()) - 20.0 if len(model.classes_) < len(head.bias) else 0.0)
        head.weight[model.classes_] = torch.as_tensor(coefficients, dtype=head.weight.dtype, device=head.weight.device)
        head.bias[model.classes_] = torch.as_tensor(intercepts, dtype=head.bias.dtype, device=head.bias.device)


def choose_penalty(x: np.ndarray, targets: np.ndarray, clusters: Sequence[object], seed: int) -> float:
    """The penalty (1 / C) with the smallest cross-entropy in inner cross-validation over the training examples.

    `x` (n, d) as the head sees it, `targets` (n,), `clusters` (n,): what belongs together is never divided. Takes
    `USUAL_PENALTY` where a class has fewer than three clusters: there is no room to judge by.
    """
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    groups = np.array([numbers[cluster] for cluster in clusters])
    rarest = min(len(set(groups[targets == label])) for label in np.unique(targets))
    if rarest < 3:
        return USUAL_PENALTY
    if len(x) > _ROOM:
        kept = np.sort(np.random.default_rng(seed).permutation(len(x))[:_ROOM])
        x, targets, groups = x[kept], targets[kept], groups[kept]
    x = _in_span(x.astype(np.float64))
    losses = np.zeros(len(PENALTIES))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer clusters than folds
        folds = list(
            StratifiedGroupKFold(min(_FOLDS, rarest), shuffle=True, random_state=seed).split(x, targets, groups)
        )
    for teach, judge in folds:
        for number, penalty in enumerate(PENALTIES):
            losses[number] += _surprise(_solver(penalty).fit(x[teach], targets[teach]), x[judge], targets[judge])
    return PENALTIES[int(losses.argmin())]


def _solver(penalty: float) -> LogisticRegression:
    return LogisticRegression(C=1 / max(penalty, 1e-6), max_iter=300, tol=1e-4)


def _surprise(model: LogisticRegression, x: np.ndarray, targets: np.ndarray) -> float:
    """Summed cross-entropy; a class the model has not seen counts as next to impossible."""
    probabilities = np.full((len(x), int(max(targets.max(), model.classes_.max())) + 1), 1e-6)
    probabilities[:, model.classes_] = model.predict_proba(x)
    return float(-np.log(np.clip(probabilities[np.arange(len(x)), targets], 1e-6, 1)).sum())


def _in_span(x: np.ndarray) -> np.ndarray:
    """The same points in coordinates of their own span: an L2 penalty does not see the rotation."""
    return np.linalg.qr(x.T)[1].T if x.shape[1] > x.shape[0] else x
