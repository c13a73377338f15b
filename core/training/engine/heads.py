"""Last layers that are solved rather than trained: logistic regression, the nearest class mean, and the linear
discriminant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax
from threadpoolctl import threadpool_limits
from torch import Tensor
from torch.nn import functional as F

from core.data.splits import stratified_folds
from core.models.head import LinearHead

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
"""What is tried, as 1 / C."""
USUAL_PENALTY = 0.1
"""Taken where there is no room to try, or where none is clearly better."""
_WEAKEST = 1e-6
"""With less, points that a line divides have no optimum."""
_FOLDS = 4
_AT_ONCE = 4096
_ROOM = 2000
"""So many examples are enough to choose by; more are left out of the choice."""
_SHARPNESS = tuple(2.0**k for k in range(9))
_USUAL_SHARPNESS = 16.0
_SHRINKAGE = 0.7
_NOTHING = 1e-10
"""Less than this a squared length, of examples at unit length, is rounding."""
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
    x = _prepared(head, embeddings)
    classes, numbers = np.unique(targets.cpu().numpy(), return_inverse=True)
    shares = np.eye(len(classes))[numbers] / len(x)
    weights = torch.from_numpy(_solved(x, shares, max(regularisation, _WEAKEST), final=True))
    with torch.no_grad():
        head.weight.zero_()
        head.bias.fill_(float(weights[-1].min()) - 20.0 if len(classes) < len(head.bias) else 0.0)
        head.weight[classes] = weights[:-1].T.to(head.weight)
        head.bias[classes] = weights[-1].to(head.bias)


@_one_thread
def solve(head: LinearHead, embeddings: Tensor, shares: Tensor, regularisation: float) -> None:
    """Bring weights and biases of `head` from where they are to the optimum; its centre and spread stay.

    `shares` (n, classes) is what the negative log-probability of each class counts for each of the embeddings (n, d).
    """
    x = _prepared(head, embeddings)
    start = torch.cat([head.weight.detach().T, head.bias.detach()[None]]).cpu().double().numpy()
    found = _solved(x, shares.cpu().double().numpy(), max(regularisation, _WEAKEST), start, final=True)
    weights = torch.from_numpy(found).to(head.weight)
    with torch.no_grad():
        head.weight.copy_(weights[:-1].T)
        head.bias.copy_(weights[-1])


def _prepared(head: LinearHead, embeddings: Tensor) -> np.ndarray:
    """What the weights are applied to, (n, d) in double precision, without a second and a third one on the way."""
    x = np.empty(tuple(embeddings.shape))
    for start in range(0, len(x), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        x[part] = head.prepared(embeddings[part]).cpu().double().numpy()
    return x


@_one_thread
def choose_penalty(x: np.ndarray, targets: np.ndarray, clusters: Sequence[object], seed: int) -> float:
    """The penalty (1 / C) chosen by its cross-entropy in inner cross-validation over the training examples.

    Of those within one standard error of the smallest, the one nearest to `USUAL_PENALTY`: with a handful of examples
    the smallest is often so by chance (the rule of Breiman et al. 1984, section 3.4.3).
    `x` (n, d) as the head sees it, `targets` (n,), `clusters` (n,): what belongs together is never divided. Takes
    `USUAL_PENALTY` where a class has fewer than three clusters: there is no room to compare.
    """
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(clusters))}
    groups = np.array([numbers[cluster] for cluster in clusters])
    together = np.unique(np.stack([targets, groups]), axis=1)[0]  # each cluster of each class once
    rarest = int(np.unique(together, return_counts=True)[1].min())
    if rarest < 3:
        return USUAL_PENALTY
    if len(x) > _ROOM:
        kept = np.sort(np.random.default_rng(seed).permutation(len(x))[:_ROOM])
        x, targets, groups = x[kept], targets[kept], groups[kept]
    x = _in_span(x.astype(np.float64))
    losses = np.concatenate(
        [
            _losses(x[train], targets[train], x[held_out], targets[held_out])
            for train, held_out in stratified_folds(targets, groups, min(_FOLDS, rarest), seed)
        ],
        axis=1,
    )
    return PENALTIES[_within_one_error(losses)]


def _within_one_error(losses: np.ndarray) -> int:
    """The number of the penalty nearest to the usual one that is not clearly worse than the best; losses (penalties,
    n) of the same examples."""
    means = losses.mean(axis=1)
    behind = losses - losses[means.argmin()]
    errors = behind.std(axis=1, ddof=1) / np.sqrt(losses.shape[1])
    usual = PENALTIES.index(USUAL_PENALTY)
    good = [number for number in range(len(PENALTIES)) if behind[number].mean() <= errors[number]]
    return min(good, key=lambda number: (abs(number - usual), means[number]))


def _losses(x: np.ndarray, targets: np.ndarray, held_out: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """The cross-entropy of each of `held_out` (m, d) under each penalty, (penalties, m); a class without a training
    example is next to impossible.

    Thousands of such fits are made where a recipe is cross-validated, so each begins where the one with the next
    stronger penalty ended, and none goes through scikit-learn's checks of its input; the numbers are those of its
    `LogisticRegression`.
    """
    classes, numbers = np.unique(targets, return_inverse=True)
    shares = np.eye(len(classes))[numbers] / len(x)
    place = np.minimum(np.searchsorted(classes, truths), len(classes) - 1)
    known = classes[place] == truths
    found = np.zeros((len(PENALTIES), len(truths)))
    weights: np.ndarray | None = None
    for number in np.argsort(PENALTIES)[::-1]:
        weights = _solved(x, shares, PENALTIES[number], weights)
        log_share = log_softmax(held_out @ weights[:-1] + weights[-1], axis=1)[np.arange(len(truths)), place]
        found[number] = -np.where(known, np.maximum(log_share, _LEAST), _LEAST)
    return found


def _solved(
    x: np.ndarray, shares: np.ndarray, penalty: float, start: np.ndarray | None = None, *, final: bool = False
) -> np.ndarray:
    """The weights (d + 1, k), offsets last, with the least -sum(shares log p) + penalty / (2 n) |W|^2 on x (n, d).

    `final`: to the last digit that counts, rather than as far as comparing needs.
    """
    n, k = shares.shape
    masses = shares.sum(axis=1, keepdims=True)
    strength = penalty * pair_factor(k) / n
    start = np.zeros((x.shape[1] + 1, k)) if start is None else start

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w, offsets = flat[:-k].reshape(-1, k), flat[-k:]
        logits = x @ w
        logits += offsets
        logits -= logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits)
        sums = exponentials.sum(axis=1, keepdims=True)
        wrong = exponentials / sums * masses - shares
        loss = np.vdot(np.log(sums), masses) - np.vdot(logits, shares) + strength / 2 * np.vdot(w, w)
        return loss, np.concatenate([(x.T @ wrong + strength * w).ravel(), wrong.sum(axis=0)])

    precision = {"gtol": 1e-7, "ftol": 1e-15, "maxiter": 1000} if final else {"gtol": 1e-4, "maxiter": 300}
    found = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", options=precision)
    return np.asarray(found.x).reshape(-1, k)


def pair_factor(classes: int) -> int:
    """scikit-learn learns one row for two classes, which is their difference: half as much to penalise."""
    return 2 if classes == 2 else 1


def _in_span(x: np.ndarray) -> np.ndarray:
    """The same points in coordinates of their own span: an L2 penalty does not see the rotation."""
    return np.asarray(np.linalg.qr(x.T, mode="r")).T if x.shape[1] > x.shape[0] else x


def nearest_mean_head(embeddings: Tensor, targets: Tensor, classes: int, names: Tensor | None = None) -> LinearHead:
    """A head whose logits are -t |x - mean|^2 up to a constant, for x centred and of unit length.

    `embeddings` (n, d), `targets` (n,) int64. Snell et al. 2017, eq. 2 and 8: with squared distances the rule is
    linear, W = 2 t mean and b = -t |mean|^2. The sharpness t does not change which class is nearest, only how sure the
    answer sounds: it is the one under which each training example, left out of its own class's mean, is least
    surprising. Where there are `names` (classes, d), each counts as an example more.
    """
    return _distance_head(embeddings, targets, classes, names, lambda within: lambda z: z)


def discriminant_head(embeddings: Tensor, targets: Tensor, classes: int, names: Tensor | None = None) -> LinearHead:
    """As `nearest_mean_head`, but by Mahalanobis distance: directions in which examples of one class differ anyway
    count less (Fisher 1936; Hastie et al. 2009, eq. 4.10, with equal priors).

    There are far fewer examples than dimensions, so their covariance S within the classes is moved towards a multiple
    of the identity (Friedman 1989, eq. 18): (1 - g) S + g tr(S) / d. Against the logistic regression, with 4, 8, 16 and
    all examples of each class of six sets of pictures, g = `_SHRINKAGE` gained 1.2, 1.7, 0.9 and 0.8 points, g = 0.5
    about as many, 0.9 and the one of Ledoit & Wolf (2004) fewer; on six sets of texts it lost 0.1, 0.6 and 0.8 with 4,
    8 and 16.
    """
    return _distance_head(embeddings, targets, classes, names, _whitening)


def _distance_head(
    embeddings: Tensor,
    targets: Tensor,
    classes: int,
    names: Tensor | None,
    metric: Callable[[Tensor], Callable[[Tensor], Tensor]],
) -> LinearHead:
    """`metric` is told how the examples differ from the means of their classes (n, d), and gives a symmetric linear map
    of vectors (m, d), between which distances are then measured."""
    head = LinearHead.fitted_to(embeddings, classes, normalise=True)
    x = head.prepared(embeddings)
    members = F.one_hot(targets, classes).to(x.dtype)
    counts, sums = members.sum(0), members.T @ x
    seen = metric(x - (sums / counts.clamp(min=1)[:, None])[targets])
    if names is not None:
        counts, sums = counts + 1, sums + head.prepared(names)
    means = seen(sums / counts.clamp(min=1)[:, None])
    sharpness = _sharpness(seen(x), targets, means, counts)
    with torch.no_grad():
        head.weight.copy_(2 * sharpness * seen(means))
        head.bias.copy_(-sharpness * means.pow(2).sum(1))
        head.bias[counts == 0] = float(head.bias.min()) - 4 * sharpness  # never the answer: logits differ by less
    return head


def _whitening(within: Tensor) -> Callable[[Tensor], Tensor]:
    """The map z S^(-1/2), S the shrunk covariance of `within` (n, d), brought to a mean variance of 1 before it is
    shrunk.

    Only in the directions that examples span is it another than the identity's, so it is worked out there.
    """
    rows = within.cpu().double()
    wide = rows.shape[1] > rows.shape[0]
    squares, found = torch.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    varied = squares > _NOTHING * len(rows)
    squares, found = squares[varied], found[:, varied]
    if not len(squares):  # one example of each class, or copies of it
        return lambda z: z
    directions = (rows.T @ found / squares.sqrt() if wide else found).to(within)
    variances = squares * (rows.shape[1] / squares.sum())
    other = _SHRINKAGE**-0.5
    more = (((1 - _SHRINKAGE) * variances + _SHRINKAGE).rsqrt() - other).to(within)
    return lambda z: other * z + (z @ directions * more) @ directions.T


def _sharpness(x: Tensor, targets: Tensor, means: Tensor, counts: Tensor) -> float:
    own = counts[targets]
    several = own > 1
    if not several.any():
        return _USUAL_SHARPNESS
    distances = torch.cdist(x, means).pow(2)
    distances[:, counts == 0] = torch.inf  # a class without examples is nowhere, and nobody's
    without = (means[targets] * own[:, None] - x) / (own - 1).clamp(min=1)[:, None]
    distances[torch.arange(len(x), device=x.device), targets] = (x - without).pow(2).sum(1)
    losses = [float(F.cross_entropy(-t * distances[several], targets[several])) for t in _SHARPNESS]
    return _SHARPNESS[losses.index(min(losses))]
