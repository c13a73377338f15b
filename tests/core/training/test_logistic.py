"""How strongly a last layer is held back is chosen by examples that it has not learnt from."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from core.training.logistic import PENALTIES, USUAL_PENALTY, choose_penalty


def points(apart: float, n: int = 90, dimension: int = 20, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, as far from each other as said."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % 3
    return (apart * rng.normal(size=(3, dimension))[targets] + rng.normal(size=(n, dimension))) / 4, targets


@pytest.mark.parametrize("apart", [0.0, 0.4, 3.0])
def test_it_is_the_one_that_scikit_learn_finds_best_on_examples_left_out(apart):
    x, targets = points(apart)
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=5)
    losses = [
        log_loss(targets, cross_val_predict(LogisticRegression(C=1 / penalty, max_iter=5000), x, targets,
                                            groups=range(90), cv=folds, method="predict_proba"))
        for penalty in PENALTIES
    ]  # fmt: skip
    assert choose_penalty(x, targets, list(range(90)), seed=5) == PENALTIES[int(np.argmin(losses))]


def test_noise_is_held_back_and_what_is_clear_is_not():
    noise, clear = (choose_penalty(*points(apart), list(range(90)), seed=0) for apart in (0.0, 3.0))
    assert noise > clear


def test_copies_do_not_judge_what_copies_taught():
    """Noise, every point six times: with copies on both sides, learning them by heart would look like a good thing."""
    x, targets = points(0.0, n=30)
    x, targets = np.repeat(x, 6, axis=0), np.repeat(targets, 6)
    together = choose_penalty(x, targets, np.repeat(np.arange(30), 6).tolist(), seed=0)
    apart = choose_penalty(x, targets, list(range(180)), seed=0)
    assert together > apart


def test_where_there_is_no_room_to_try_the_usual_one_is_taken():
    x, targets = points(1.0, n=6)
    assert choose_penalty(x, targets, list(range(6)), seed=0) == USUAL_PENALTY
