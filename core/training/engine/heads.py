"""Last layers that are solved rather than trained: logistic regression, and the nearest class mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn import functional as F

from core.data.splits import stratified_folds
from core.models.head import LinearHead

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
"""What is tried, as 1 / C."""
USUAL_PENALTY = 0.1
"""Taken where there is no room to try."""
_FOLDS = 4
_ROOM = 2000
"""So many examples are enough to choose by; more are left out of the choice."""
_SHARPNESS = tuple(2.0**k for k in range(9))
_USUAL_SHARPNESS = 16.0
_LEAST = float(np.log(1e-6))
"""The logarithm of the smallest probability that an answer is charged for."""
_one_thread = threadpool_limits.wrap(1, user_api="blas")
"""Threads of NumPy and of PyTorch wait for work by going round and round: together they slow each other down."""


@_one_thread
def fit_logistic(head: LinearHead, embeddings: Tensor, targets: Tensor, regularisation: float) -> None:
    """Fit centre, spread, weights and biases of `head` to embeddings (n, d) of classes `targets` (n,) int64.

    The objective is scikit-learn's with C = 1 / regularisation. Classes without an example get none of the answers.
    """
    head.fit_to(embeddings)
    x = head.prepared(embeddings).double().cpu().numpy()
    model = LogisticRegression(C=1 / max(regularisation, 1e-6), max_iter=300).fit(x, targets.cpu().numpy())
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # the solver keeps the difference of the two only
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    with torch.no_grad():
        head.weight.zero_()
        head.bias.fill_(float(intercepts.min()) - 20.0 if len(model.classes_) < len(head.bias) else 0.0)
        head.weight[model.classes_] = torch.as_tensor(coefficients, dtype=head.weight.dtype, device=head.weight.device)
        head.bias[model.classes_] = torch.as_tensor(intercepts, dtype=head.bias.dtype, device=head.bias.device)


@_one_thread
def choose_penalty(x: np.ndarray, targets: np.ndarray, clusters: Sequence[object], seed: int) -> float:
    """The penalty (1 / C) with the smallest cross-entropy in inner cross-validation over the training examples.

    `x` (n, d) as the head sees it, `targets` (n,), `clusters` (n,): what belongs together is never divided. Takes
    `USUAL_PENALTY` where a class has fewer than three clusters: there is no room to compare.
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
    for train, held_out in stratified_folds(targets, groups, min(_FOLDS, rarest), seed):
        losses += _losses(x[train], targets[train], x[held_out], targets[held_out])
    return PENALTIES[int(losses.argmin())]


def _losses(x: np.ndarray, targets: np.ndarray, held_out: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Summed cross-entropy on `held_out` (m, d) for each penalty; a class without a training example is next to
    impossible.

    Thousands of such fits are made where a recipe is cross-validated, so each begins where the one with the next
    stronger penalty ended, and none goes through scikit-learn's checks of its input; the numbers are those of its
    `LogisticRegression`.
    """
    classes, numbers = np.unique(targets, return_inverse=True)
    one_hot = np.eye(len(classes))[numbers]
    place = np.minimum(np.searchsorted(classes, truths), len(classes) - 1)
    known = classes[place] == truths
    found = np.zeros(len(PENALTIES))
    weights = np.zeros((x.shape[1] + 1, len(classes)))
    for number in np.argsort(PENALTIES)[::-1]:
        weights = _solved(x, one_hot, PENALTIES[number], weights)
        log_share = log_softmax(held_out @ weights[:-1] + weights[-1], axis=1)[np.arange(len(truths)), place]
        found[number] = -np.where(known, np.maximum(log_share, _LEAST), _LEAST).sum()
    return found


def _solved(x: np.ndarray, one_hot: np.ndarray, penalty: float, start: np.ndarray) -> np.ndarray:
    """The weights (d + 1, k), offsets last, with the least mean cross-entropy + penalty / (2 n) |W|^2 on x (n, d)."""
    n, k = one_hot.shape
    # scikit-learn learns one row for two classes, which is their difference: half as much to penalise.
    strength = penalty * (2 if k == 2 else 1) / n

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, offsets = flat[:-k].reshape(-1, k), flat[-k:]
        logits = x @ w
        logits += offsets
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        sums = shares.sum(axis=1, keepdims=True)
        wrong = (shares / sums - one_hot) / n
        loss = (np.log(sums).sum() - np.vdot(logits, one_hot)) / n + strength / 2 * np.vdot(w, w)
        return loss, np.concatenate([(x.T @ wrong + strength * w).ravel(), wrong.sum(axis=0)])

    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300, "gtol": 1e-4})
    return found.x.reshape(-1, k)


def _in_span(x: np.ndarray) -> np.ndarray:
    """The same points in coordinates of their own span: an L2 penalty does not see the rotation."""
    return np.asarray(np.linalg.qr(x.T, mode="r")).T if x.shape[1] > x.shape[0] else x


def nearest_mean_head(embeddings: Tensor, targets: Tensor, classes: int) -> LinearHead:
    """A head whose logits are -t |x - mean|^2 up to a constant, for x centred and of unit length.

    `embeddings` (n, d), `targets` (n,) int64. Snell et al. 2017, eq. 2 and 8: with squared distances the rule is
    linear, W = 2 t mean and b = -t |mean|^2. The sharpness t does not change which class is nearest, only how sure the
    answer sounds: it is the one under which each training example, left out of its own class's mean, is least
    surprising.
    """
    head = LinearHead.fitted_to(embeddings, classes, normalise=True)
    x = head.prepared(embeddings)
    members = F.one_hot(targets, classes).to(x.dtype)
    counts = members.sum(0)
    means = members.T @ x / counts.clamp(min=1)[:, None]
    sharpness = _sharpness(x, targets, means, counts)
    with torch.no_grad():
        head.weight.copy_(2 * sharpness * means)
        head.bias.copy_(-sharpness * means.pow(2).sum(1))
        head.bias[counts == 0] = float(head.bias.min()) - 4 * sharpness  # never the answer: logits differ by less
    return head


def _sharpness(x: Tensor, targets: Tensor, means: Tensor, counts: Tensor) -> float:
    own = counts[targets]
    several = own > 1
    if not several.any():
        return _USUAL_SHARPNESS
    distances = torch.cdist(x, means).pow(2)
    without = (means[targets] * own[:, None] - x) / (own - 1).clamp(min=1)[:, None]
    distances[torch.arange(len(x), device=x.device), targets] = (x - without).pow(2).sum(1)
    losses = [float(F.cross_entropy(-t * distances[several], targets[several])) for t in _SHARPNESS]
    return _SHARPNESS[losses.index(min(losses))]
