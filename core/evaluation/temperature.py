"""Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2): one number that makes
all of a model's probabilities milder or bolder and leaves every answer as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 30
"""With fewer answers that nobody learnt from, a temperature would be a guess: one answer moves it too far."""
MILDEST, BOLDEST = 20.0, 0.05
_FOLDS = 5
_LEAST = float(np.finfo(np.float32).smallest_subnormal)
"""What a probability of 0 is taken for: the model's own numbers are not finer than that."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The `temperature` for a model's probabilities, learnt from `n` answers; above 1 milder, below 1 bolder.

    `why_none` says why it is exactly 1, the probabilities as they are: "few" answers, "all right" (how often a sure
    answer is wrong cannot be learnt where none is), or "no better": on answers that it was not learnt from it does not
    help. Empty where there is a correction.
    """

    temperature: float
    n: int
    why_none: str = ""


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """p^(1/T) brought to sum 1, (n, classes): what softmax(logits / T) gives, from probabilities alone."""
    logs = log_probabilities(probabilities) / temperature
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def log_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Natural logarithms that are never infinite, (n, classes)."""
    return np.log(np.maximum(np.asarray(probabilities, dtype=float), _LEAST))


def log_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean negative log-likelihood of the true classes (n,), in nats. Nan for no answers."""
    own = log_probabilities(probabilities)[np.arange(len(truth)), truth]
    return float(-own.mean()) if len(truth) else float("nan")


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The T in [0.05, 20] under which the true classes (n,) are least surprising.

    With b = 1/T the loss is convex in b and its slope is sum_i (E_p[log p_i] - log p_i,true) under p = p_i^b, which
    only grows: its root is the minimum (Guo et al. 2017, supplementary S2: the T of maximum entropy with that mean).
    """
    from scipy.optimize import brentq

    logs = log_probabilities(probabilities)
    own = logs[np.arange(len(truth)), truth].sum()

    def slope(inverse: float) -> float:
        return float((scaled(probabilities, 1 / inverse) * logs).sum() - own)

    mild, bold = 1 / MILDEST, 1 / BOLDEST
    if slope(mild) >= 0:
        return MILDEST
    if slope(bold) <= 0:
        return BOLDEST
    return 1 / float(brentq(slope, mild, bold, xtol=1e-12))


def cross_fitted(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Each answer scaled by the T of the others, in five parts, (n, classes): what a correction does to answers that it
    was not learnt from."""
    made = np.empty(np.shape(probabilities))
    order = np.random.default_rng(0).permutation(len(truth))
    for fold in range(_FOLDS):
        left_out = np.zeros(len(truth), bool)
        left_out[order[fold::_FOLDS]] = True
        temperature = fit_temperature(probabilities[~left_out], truth[~left_out])
        made[left_out] = scaled(probabilities[left_out], temperature)
    return made


def learn_correction(probabilities: np.ndarray, truth: np.ndarray) -> Correction:
    """The correction that answers (n, classes) about examples which did not teach call for, `truth` (n,) known."""
    n = len(truth)
    if n < FEWEST:
        return Correction(1.0, n, "few")
    if (probabilities.argmax(axis=1) == truth).all():
        return Correction(1.0, n, "all right")
    if log_loss(cross_fitted(probabilities, truth), truth) >= log_loss(probabilities, truth):
        return Correction(1.0, n, "no better")
    return Correction(fit_temperature(probabilities, truth), n)
