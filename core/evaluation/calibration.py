"""Whether a model is right as often as its probabilities say, and the one number that corrects them.

Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2): dividing the logits by
one number makes all of a model's probabilities milder or bolder and leaves every answer as it is.

Reliability, expected calibration error, Brier score: bins are ten of equal width, (0, 0.1] to (0.9, 1], by the
probability of the answer that was given (section 2). The calibration error of few answers is never 0, not even for a
perfectly calibrated model, so it stands beside what such a model would show (consistency resampling: Broecker & Smith
2007).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from core.evaluation.intervals import wilson

Verdict = Literal["few", "overconfident", "underconfident", "uneven", "calibrated"]

FEWEST = 30
"""With fewer answers on examples that were not trained on, a temperature would be a guess: one answer moves it far."""
MILDEST, BOLDEST = 20.0, 0.05
_FOLDS = 5
_LEAST = float(np.finfo(np.float32).smallest_subnormal)
"""What a probability of 0 is taken for: the model's own numbers are not finer than that."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The `temperature` for a model's probabilities, learnt from `n` answers; above 1 milder, below 1 bolder.

    `why_none` says why it is exactly 1, the probabilities as they are: "few" answers, "all_right" (how often a sure
    answer is wrong cannot be learnt where none is), or "no_better": on answers that it was not learnt from it does not
    help. Empty where there is a correction.
    """

    temperature: float
    n: int
    why_none: Literal["few", "all_right", "no_better", ""] = ""


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
    """The correction that answers (n, classes) about examples that were not trained on call for, `truth` (n,) known."""
    n = len(truth)
    if n < FEWEST:
        return Correction(1.0, n, "few")
    if (probabilities.argmax(axis=1) == truth).all():
        return Correction(1.0, n, "all_right")
    if log_loss(cross_fitted(probabilities, truth), truth) >= log_loss(probabilities, truth) - ROUNDING:
        return Correction(1.0, n, "no_better")
    return Correction(fit_temperature(probabilities, truth), n)


BINS = 10
ROUNDING = 1e-9
"""Differences below this are rounding: no verdict hangs on the last bit of a sum."""
_DRAWS = 1000
_AT_ONCE = 2_000_000
"""Numbers drawn at a time, so that many answers do not fill the memory."""
_ONE_IN = 40
"""The mean and the bins are both looked at: each cries wolf once in forty times, the two at most once in twenty."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The `n` answers given with a probability in (low, high]: how sure they were on average, and how many were right.

    `interval` is the 95 % Wilson interval of the share that was right.
    """

    low: float
    high: float
    n: int
    right: int
    confidence: float
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        return self.right / self.n

    @property
    def gap(self) -> float:
        """Positive where it is surer than it is right."""
        return self.confidence - self.accuracy


@dataclass(frozen=True, slots=True)
class Calibration:
    """`n` answers, at least one; empty bins are left out.

    `ece` is the expected calibration error; a model that is as sure as it should be would show `chance[0]` on average
    and more than `chance[1]` once in forty times. `brier` lies between 0 and 2 (Brier 1950), `log_loss` is in nats.
    `verdict` is "few" (too few answers to tell), "overconfident", "underconfident", "uneven" (both, in different
    places) or "calibrated": nothing that these answers could tell apart from that.
    """

    n: int
    confidence: float
    accuracy: float
    ece: float
    chance: tuple[float, float]
    brier: float
    log_loss: float
    verdict: Verdict
    bins: tuple[Bin, ...]

    @property
    def telling(self) -> Bin:
        """The bin that best shows what the verdict says."""
        if self.verdict in ("overconfident", "underconfident"):
            sign = 1 if self.verdict == "overconfident" else -1
            return max(self.bins, key=lambda one: sign * one.n * one.gap)
        weigh = (lambda one: one.n * abs(one.gap)) if self.verdict == "uneven" else (lambda one: one.n)
        return max(self.bins, key=weigh)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def calibration(probabilities: np.ndarray, truth: np.ndarray) -> Calibration:
    """How the probabilities (n, classes) of answers fit the true classes (n,). ValueError for no answers."""
    if not len(truth):
        raise ValueError("no answers")
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    found = ece(confidence, right)
    gaps, errors = _if_as_sure_as_right(confidence)
    chance = (float(errors.mean()), float(np.quantile(errors, 1 - 1 / _ONE_IN)))
    gap = float(confidence.mean() - right.mean())
    return Calibration(
        len(truth), float(confidence.mean()), float(right.mean()), found, chance, brier(probabilities, truth),
        log_loss(probabilities, truth), _verdict(len(truth), gap, gaps, found, chance[1]),
        reliability(confidence, right),
    )  # fmt: skip


def reliability(confidence: np.ndarray, right: np.ndarray) -> tuple[Bin, ...]:
    """The bins with answers in them, from the least sure to the surest. `confidence` (n,), `right` (n,) bool."""
    of = _bin_of(confidence)
    made = []
    for number in np.unique(of):
        inside = of == number
        n, hits = int(inside.sum()), int(right[inside].sum())
        mean = float(confidence[inside].mean())
        made.append(Bin(number / BINS, (number + 1) / BINS, n, hits, mean, wilson(hits, n)))
    return tuple(made)


def ece(confidence: np.ndarray, right: np.ndarray) -> float:
    """The expected calibration error: the bins' |right - sure|, weighed by their numbers (Guo et al. 2017, eq. 3)."""
    return float(_errors(confidence, np.asarray(right, float)[None])[0])


def brier(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The mean over the answers of the squared distance from (1 for the true class, 0 for the others) (Brier 1950)."""
    target = np.eye(probabilities.shape[1])[truth]
    return float(((probabilities - target) ** 2).sum(axis=1).mean())


def _bin_of(confidence: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence, side="left")


def _errors(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The calibration errors (m,) of m ways in which the n answers could have been right, `right` (m, n)."""
    inside = np.eye(BINS)[_bin_of(confidence)]
    return np.abs((right - confidence) @ inside).sum(axis=1) / len(confidence)


def _if_as_sure_as_right(confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean gaps (sure - right) and calibration errors in 1,000 draws in which each answer is right with the probability
    that it was given with."""
    rng = np.random.default_rng(0)
    gaps, errors = [], []
    lot = max(1, _AT_ONCE // len(confidence))
    for start in range(0, _DRAWS, lot):
        right = (rng.random((min(lot, _DRAWS - start), len(confidence))) < confidence).astype(float)
        gaps.append(confidence.mean() - right.mean(axis=1))
        errors.append(_errors(confidence, right))
    return np.concatenate(gaps), np.concatenate(errors)


def _verdict(n: int, gap: float, gaps: np.ndarray, found: float, most: float) -> Verdict:
    if n < FEWEST:
        return "few"
    low, high = np.quantile(gaps, [0.5 / _ONE_IN, 1 - 0.5 / _ONE_IN])
    if gap > high + ROUNDING:
        return "overconfident"
    if gap < low - ROUNDING:
        return "underconfident"
    return "uneven" if found > most + ROUNDING else "calibrated"
