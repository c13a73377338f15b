"""How strongly a last layer is held back is chosen by examples that it has not learned from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from torch.nn import functional as F

from core.models.head import LinearHead
from core.training.engine.heads import (
    PENALTIES,
    USUAL_PENALTY,
    _losses,
    choose_penalty,
    discriminant_head,
    nearest_mean_head,
    solve,
)


def points(apart: float, n: int = 90, dimension: int = 20, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, as far from each other as said."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % 3
    return (apart * rng.normal(size=(3, dimension))[targets] + rng.normal(size=(n, dimension))) / 4, targets


@pytest.mark.parametrize("apart", [0.0, 0.4, 3.0])
def test_it_is_the_usual_one_unless_scikit_learn_finds_another_clearly_better_on_examples_left_out(apart):
    x, targets = points(apart)
    folds = StratifiedKFold(4, shuffle=True, random_state=5)
    losses = np.array([
        -np.log(cross_val_predict(LogisticRegression(C=1 / penalty, max_iter=5000), x, targets, cv=folds,
                                  method="predict_proba")[np.arange(90), targets])
        for penalty in PENALTIES
    ])  # fmt: skip
    behind = losses - losses[losses.mean(1).argmin()]
    good = [n for n in range(len(PENALTIES)) if behind[n].mean() <= behind[n].std(ddof=1) / np.sqrt(90)]
    nearest = min(good, key=lambda n: abs(n - PENALTIES.index(USUAL_PENALTY)))
    assert choose_penalty(x, targets, list(range(90)), seed=5) == PENALTIES[nearest]


@pytest.mark.parametrize("classes", [(0, 1), (0, 1, 2), (0, 2)])
@pytest.mark.parametrize("apart", [0.3, 2.0])
def test_every_fit_is_that_of_scikit_learn(classes, apart):
    """Also where a class that judges was not taught: whatever is said of it, it is as wrong as can be."""
    x, targets = points(apart)
    taught, judged = np.isin(targets, classes) & (np.arange(90) < 60), np.arange(90) >= 60
    expected = []
    for penalty in PENALTIES:
        model = LogisticRegression(C=1 / penalty, max_iter=5000, tol=1e-8).fit(x[taught], targets[taught])
        shares = np.full((30, 3), 1e-6)
        shares[:, model.classes_] = model.predict_proba(x[judged])
        expected.append(-np.log(shares[np.arange(30), targets[judged]].clip(1e-6)).sum())
    found = _losses(x[taught], targets[taught], x[judged], targets[judged])
    np.testing.assert_allclose(found.sum(axis=1), expected, rtol=0.01, atol=0.01)  # as far as either is solved


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


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighting", [None, "balanced"])
def test_the_optimum_is_that_of_scikit_learn(classes, weighting):
    x, targets = points(0.5)
    x, targets = x[targets < classes][:50], targets[targets < classes][:50]
    x, targets = np.concatenate([x, x[targets == 0] + 0.1]), np.concatenate([targets, targets[targets == 0]])
    expected = LogisticRegression(C=2.0, class_weight=weighting, max_iter=5000, tol=1e-10)
    embeddings, numbers = torch.from_numpy(x).float(), torch.from_numpy(targets)
    head = LinearHead.fitted_to(embeddings, classes)
    expected.fit(head.prepared(embeddings).double().numpy(), targets)
    weights = torch.ones(classes) if weighting is None else len(x) / (classes * torch.bincount(numbers))
    solve(head, embeddings, F.one_hot(numbers, classes) * weights / weights[numbers].sum(), regularisation=0.5)
    found = head(embeddings).softmax(1).detach().numpy()
    np.testing.assert_allclose(found, expected.predict_proba(head.prepared(embeddings).numpy()), atol=2e-4)


@pytest.mark.parametrize("n", [12, 90])
def test_the_discriminant_is_that_of_scikit_learn(n):
    """With fewer examples than dimensions and with more; but for how sure it is, which is chosen."""
    x, targets = points(1.0, n=n)
    embeddings, numbers = torch.from_numpy(x).float(), torch.from_numpy(targets)
    head = discriminant_head(embeddings, numbers, 3).requires_grad_(False)
    seen = head.prepared(embeddings).double().numpy()
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.7, priors=[1 / 3] * 3).fit(seen, targets)
    expected = model.decision_function(seen)
    expected -= expected.mean(1, keepdims=True)
    found = head(embeddings).double().numpy()
    found -= found.mean(1, keepdims=True)
    np.testing.assert_allclose(found / np.abs(found).max(), expected / np.abs(expected).max(), atol=1e-4)


def test_what_varies_within_every_class_counts_less():
    rng = np.random.default_rng(0)
    targets = np.arange(400) % 2
    x = rng.normal(size=(400, 30)) * 0.3
    x[:, 0] += rng.normal(size=400) * 4  # says nothing about the class
    x[:, 1] += targets
    embeddings, numbers = torch.from_numpy(x).float(), torch.from_numpy(targets)
    right = [
        float((make(embeddings[:20], numbers[:20], 2)(embeddings[20:]).argmax(1) == numbers[20:]).float().mean())
        for make in (nearest_mean_head, discriminant_head)
    ]
    assert right[1] > right[0] + 0.1


def test_one_example_of_each_class_has_nothing_to_weigh():
    x, targets = torch.randn(3, 8), torch.arange(3)
    found, plain = discriminant_head(x, targets, 3), nearest_mean_head(x, targets, 3)
    torch.testing.assert_close(found.weight, plain.weight)


@pytest.mark.parametrize("make", [nearest_mean_head, discriminant_head])
def test_a_class_without_examples_is_never_the_answer(make):
    x, targets = points(1.0)
    embeddings, numbers = torch.from_numpy(x).float(), torch.from_numpy(targets)
    assert 3 not in make(embeddings, numbers, 4)(10 * torch.randn(500, 20)).argmax(1)
