"""Logistic regression solved to its optimum, where nobody needs to watch, and the choice of its penalty."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from torch import Tensor

from core.data.splits import stratified_folds
from core.events import Event
from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.fit import solved
from core.training.engine.objective import class_weights
from core.training.engine.stage import FitResult, Stage

PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)
"""What is tried, as 1 / C."""
USUAL_PENALTY = 0.1
"""Taken where there is no room to try."""
_FOLDS = 4
_ROOM = 2000
"""So many examples are enough to choose by; more are left out of the choice."""
_LEAST = float(np.log(1e-6))
"""The logarithm of the smallest probability that an answer is charged for."""
_one_thread = threadpool_limits.wrap(1, user_api="blas")
"""Threads of NumPy and of PyTorch wait for work by going round and round: together they slow each other down."""


@_one_thread
def fit_logistic(head: LinearHead, embeddings: Tensor, targets: Tensor, regularisation: float) -> None:
    """FitResult centre, spread, weights and biases of `head` to embeddings (n, d) of classes `targets` (n,) int64.

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
    for teach, judge in stratified_folds(targets, groups, min(_FOLDS, rarest), seed):
        losses += _surprises(x[teach], targets[teach], x[judge], targets[judge])
    return PENALTIES[int(losses.argmin())]


def _surprises(x: np.ndarray, targets: np.ndarray, judged: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Summed cross-entropy on `judged` (m, d) for each penalty; a class that nobody taught is next to impossible.

    Thousands of such fits are made where a recipe is cross-validated, so each begins where the one with the next
    stronger penalty ended, and none goes through scikit-learn's checks of its input; the numbers are those of its
    `LogisticRegression`.
    """
    classes, numbers = np.unique(targets, return_inverse=True)
    one_hot = np.eye(len(classes))[numbers]
    place = np.minimum(np.searchsorted(classes, truths), len(classes) - 1)
    taught = classes[place] == truths
    found = np.zeros(len(PENALTIES))
    weights = np.zeros((x.shape[1] + 1, len(classes)))
    for number in np.argsort(PENALTIES)[::-1]:
        weights = _solved(x, one_hot, PENALTIES[number], weights)
        log_share = log_softmax(judged @ weights[:-1] + weights[-1], axis=1)[np.arange(len(truths)), place]
        found[number] = -np.where(taught, np.maximum(log_share, _LEAST), _LEAST).sum()
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
    return np.linalg.qr(x.T, mode="r").T if x.shape[1] > x.shape[0] else x


# Fitting a new last layer on frozen embeddings: alone it is the `head` strategy, and others begin with it.


def probe_stage(task: TrainingContext, embeddings: Tensor) -> Stage:
    """Logistic regression with an L2 penalty, by Adam, on embeddings (n, d) of all examples.

    The objective is scikit-learn's with C = 1 / regularisation: mean cross-entropy + |W|^2 / (2 C n).
    """
    train, recipe = list(task.split.train), task.recipe
    head, regularisation = _unfitted(task, embeddings[train])
    prepared = head.prepared(embeddings)  # centre and spread do not learn

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        chosen = torch.as_tensor(indices)
        return head.weighed(prepared[chosen]) if training else head(embeddings[chosen])

    return Stage(
        head=head,
        learning=head,
        groups=[{"params": list(head.parameters()), "lr": recipe.learning_rate}],
        logits=logits,
        penalty=lambda: l2(head, regularisation, len(train)),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        cheap=True,
        class_weights=class_weights(task),
        label_smoothing=recipe.label_smoothing or 0.0,
        patience=recipe.early_stopping,
    )


def probe_first(task: TrainingContext) -> Generator[Event, None, FitResult | None]:
    """A fitted head to begin tuning with (Kumar et al. 2022): a head without one tears up what it is put on.

    None when it was stopped before there was one.
    """
    embeddings = yield from task.embeddings()
    if embeddings is None:
        return None
    train = list(task.split.train)
    head, regularisation = _unfitted(task, embeddings[train])
    fit_logistic(head, embeddings[train], task.targets[train], regularisation)
    return solved(head, embeddings, task)[1]


def _unfitted(task: TrainingContext, embeddings: Tensor) -> tuple[LinearHead, float]:
    """A head for training embeddings (n, d), and its regularisation: the recipe's, or one chosen by inner
    cross-validation."""
    head = LinearHead.fitted_to(embeddings, len(task.dataset.classes))
    if task.recipe.regularisation is not None:
        return head, task.recipe.regularisation
    train, clusters = list(task.split.train), task.dataset.clusters
    x, targets = head.prepared(embeddings).cpu().numpy(), task.targets[train].cpu().numpy()
    return head, choose_penalty(x, targets, [clusters[i] for i in train], task.recipe.seed)


def l2(head: LinearHead, regularisation: float, n: int) -> Tensor:
    """regularisation / (2 n) |W|^2: the weight of the penalty falls as examples grow, like a fixed prior."""
    return head.weight.pow(2).sum() * (regularisation / (2 * n))
