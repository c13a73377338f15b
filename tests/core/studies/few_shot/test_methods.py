"""Every few-shot method keeps the same promises; the formulas of the papers are recomputed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.methods.base import prototypes
from core.studies.few_shot.methods.pairs import MOST_PAIRS, _pairs

LABELS = np.array([11, 3, 7, 3, 11, 7, 3, 11, 7])
"""Neither 0 to n - 1 nor in order."""


def clusters(labels, spread: float, seed: int = 0, dimension: int = 16) -> np.ndarray:
    """A point near its class's own corner for each label, all far from the origin as real embeddings are."""
    rng = np.random.default_rng(seed)
    at = {label: i for i, label in enumerate(sorted(set(labels.tolist())))}
    corners = np.eye(len(at), dimension) * 3 + 1
    return np.array([corners[at[label]] + rng.normal(0, spread, dimension) for label in labels.tolist()], np.float32)


@pytest.fixture(params=METHODS.values(), ids=METHODS)
def method(request):
    return request.param


SUPPORT = clusters(LABELS, 2.5)
QUERY = clusters(np.array([3, 7, 11, 11, 3]), 2.5, seed=1)


# --- what every method promises -----------------------------------------------------------------------------------


def test_it_says_what_it_is(method):
    assert METHODS[method.name] is method
    assert all((method.title, method.sentence, method.measure, method.source))
    assert method.uses_queries == ("unlabelled test items" in str(method.sentence))


def test_a_score_for_every_query_and_class(method):
    scores = method.fit(SUPPORT, LABELS)(QUERY)
    assert scores.shape == (5, 3)
    assert np.isfinite(scores).all()


def test_classes_that_lie_apart_are_told_apart_whatever_their_labels(method):
    truth = np.array([7, 3, 11, 11, 3, 7, 7])
    queries = clusters(truth, 0.2, seed=2)
    for rename in (lambda x: x, lambda x: -x, lambda x: x.astype(str)):
        labels = rename(LABELS)
        answers = method.fit(clusters(LABELS, 0.2), labels)(queries).argmax(1)
        assert np.unique(labels)[answers].tolist() == rename(truth).tolist()


def test_other_names_in_the_same_order_change_nothing(method):
    numbered = np.searchsorted(np.unique(LABELS), LABELS)
    np.testing.assert_array_equal(method.fit(SUPPORT, LABELS)(QUERY), method.fit(SUPPORT, numbered)(QUERY))


def test_predicting_twice_gives_the_same_and_touches_nothing(method):
    support, query = SUPPORT.copy(), QUERY.copy()
    predict = method.fit(support, LABELS)
    first = predict(query).copy()
    predict(query[:2] + 1)
    np.testing.assert_array_equal(predict(query), first)
    np.testing.assert_array_equal(method.fit(support, LABELS)(query), first)
    np.testing.assert_array_equal(support, SUPPORT)
    np.testing.assert_array_equal(query, QUERY)


def test_the_order_of_the_examples_does_not_matter(method):
    order = np.random.default_rng(3).permutation(len(LABELS))
    support = clusters(LABELS, 0.3)
    first, second = method.fit(support, LABELS)(QUERY), method.fit(support[order], LABELS[order])(QUERY)
    assert first.argmax(1).tolist() == second.argmax(1).tolist()
    if method.name != "siamese":  # which pairs of unlike examples it learns from is a fixed choice by place
        np.testing.assert_allclose(first, second, atol=1e-3)  # a solver stops near its optimum


def test_one_example_of_each_class_is_enough(method):
    labels = np.array([7, 3, 11])
    truth = np.array([3, 11, 7, 3])
    scores = method.fit(clusters(labels, 0.1), labels)(clusters(truth, 0.1, seed=5))
    assert np.array([3, 7, 11])[scores.argmax(1)].tolist() == truth.tolist()


def test_a_single_example_in_all_is_answered_with_its_class(method):
    scores = method.fit(SUPPORT[:1], LABELS[:1])(QUERY)
    assert scores.shape == (5, 1)
    assert np.isfinite(scores).all()


def test_several_examples_of_one_class_only(method):
    scores = method.fit(SUPPORT[:3], np.array([5, 5, 5]))(QUERY)
    assert scores.shape == (5, 1)
    assert np.isfinite(scores).all()


def test_classes_may_have_different_numbers_of_examples(method):
    labels = np.array([1, 1, 1, 1, 1, 2])
    truth = np.array([2, 1])
    scores = method.fit(clusters(labels, 0.1), labels)(clusters(truth, 0.1, seed=6))
    if method.name == "matching":  # each example has a vote, so the bigger class wins unless votes are weighed
        scores = scores / [5, 1]
    assert np.array([1, 2])[scores.argmax(1)].tolist() == truth.tolist()


def test_examples_that_are_all_alike_give_no_nonsense(method):
    scores = method.fit(np.ones((4, 8), np.float32), np.array([1, 1, 2, 2]))(np.ones((3, 8), np.float32))
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores[:, 0], scores[:, 1], atol=1e-5)


def test_episodes_together_are_answered_as_one_by_one(method):
    labels = np.repeat([4, 9], 3)
    support = np.stack([clusters(labels, 1.5, seed) for seed in range(5)])
    query = np.stack([clusters(np.array([4, 9, 4]), 1.5, 10 + seed) for seed in range(5)])
    together = method.fit(support, labels)(query)
    alone = np.stack([method.fit(s, labels)(q) for s, q in zip(support, query, strict=True)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_an_answer_depends_on_other_queries_only_where_that_is_said(method):
    predict = method.fit(SUPPORT, LABELS)
    together, alone = predict(QUERY), np.concatenate([predict(QUERY[i : i + 1]) for i in range(len(QUERY))])
    assert np.allclose(together, alone, rtol=1e-4, atol=1e-5) != method.uses_queries


def test_embeddings_that_know_nothing_of_the_classes_give_chance(method):
    """A way in which the answers leak would show here."""
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(4), 3)
    support = rng.normal(1, 1, (60, 12, 20)).astype(np.float32)
    query = rng.normal(1, 1, (60, 20, 20)).astype(np.float32)
    right = method.fit(support, labels)(query).argmax(-1) == np.repeat(np.arange(4), 5)
    assert abs(right.mean() - 0.25) < 4 * np.sqrt(0.25 * 0.75 / right.size)


# --- the formulas ---------------------------------------------------------------------------------------------------


def length(x: np.ndarray) -> float:
    return float(np.sqrt(sum(float(v) ** 2 for v in x)))


def mean_of(rows: list[np.ndarray]) -> np.ndarray:
    return sum(rows[1:], rows[0]) / len(rows)


def test_prototypes_are_the_means_of_the_classes():
    expected = [mean_of([SUPPORT[i] for i in range(9) if LABELS[i] == label]) for label in (3, 7, 11)]
    np.testing.assert_allclose(prototypes(SUPPORT, LABELS), expected, rtol=1e-5, atol=1e-6)


def test_nearest_is_the_cosine_with_the_prototype():
    scores = METHODS["nearest"].fit(SUPPORT, LABELS)(QUERY)
    for q, row in zip(QUERY, scores, strict=True):
        for label, score in zip((3, 7, 11), row, strict=True):
            mean = mean_of([x for x, y in zip(SUPPORT, LABELS, strict=True) if y == label])
            assert score == pytest.approx(float(q @ mean) / length(q) / length(mean), abs=1e-5)


def test_nearest_by_distance_is_minus_the_squared_distance():
    scores = METHODS["nearest-euclidean"].fit(SUPPORT, LABELS)(QUERY)
    for q, row in zip(QUERY, scores, strict=True):
        for label, score in zip((3, 7, 11), row, strict=True):
            mean = mean_of([x for x, y in zip(SUPPORT, LABELS, strict=True) if y == label])
            assert score == pytest.approx(-(length(q - mean) ** 2), rel=1e-4)


def test_simpleshot_centres_by_the_supports_then_brings_to_length_one():
    scores = METHODS["simpleshot"].fit(SUPPORT, LABELS)(QUERY)
    centre = mean_of(list(SUPPORT))
    shown = [(x - centre) / length(x - centre) for x in SUPPORT]
    for q, row in zip(QUERY, scores, strict=True):
        asked = (q - centre) / length(q - centre)
        for label, score in zip((3, 7, 11), row, strict=True):
            mean = mean_of([x for x, y in zip(shown, LABELS, strict=True) if y == label])
            assert score == pytest.approx(-(length(asked - mean) ** 2), rel=1e-4)


def test_matching_probabilities_are_attention_over_the_supports():
    scores = METHODS["matching"].fit(SUPPORT, LABELS)(QUERY)
    for q, row in zip(QUERY, scores, strict=True):
        attention = [np.exp(float(q @ x) / length(q) / length(x)) for x in SUPPORT]
        for label, score in zip((3, 7, 11), row, strict=True):
            votes = sum(a for a, y in zip(attention, LABELS, strict=True) if y == label)
            assert score == pytest.approx(votes / sum(attention), rel=1e-5)
    assert scores.sum(1) == pytest.approx(np.ones(5), rel=1e-6)


def test_logistic_finds_the_optimum_of_its_objective():
    """At the optimum of cross-entropy + penalty / 2 |W|^2 the residuals' gradient equals the penalty's."""
    from core.studies.few_shot.methods.linear import PENALTY

    probabilities = METHODS["logistic"].fit(SUPPORT, LABELS)(SUPPORT)
    centre = SUPPORT.mean(0)
    spread = np.sqrt(((SUPPORT - centre) ** 2).sum(1).mean())
    x = (SUPPORT - centre) / spread
    weights = ((LABELS[:, None] == [3, 7, 11]) - probabilities).T @ x / PENALTY  # what a zero gradient implies
    logits = x @ weights.T
    # the same answers, up to a bias for each class, which is free
    bias = (np.log(probabilities) - logits).mean(0)
    again = np.exp(logits + bias)
    np.testing.assert_allclose(again / again.sum(1, keepdims=True), probabilities, atol=2e-3)


def test_finetuning_begins_as_the_nearest_average_and_gets_surer_of_the_examples(monkeypatch):
    from core.studies.few_shot.methods import linear as finetune

    trained = METHODS["finetune"].fit(SUPPORT, LABELS)(SUPPORT)
    monkeypatch.setattr(finetune, "STEPS", 0)
    untrained = METHODS["finetune"].fit(SUPPORT, LABELS)
    distances = METHODS["simpleshot"].fit(SUPPORT, LABELS)(QUERY)
    expected = np.exp(finetune.SHARPNESS * distances)
    np.testing.assert_allclose(untrained(QUERY), expected / expected.sum(1, keepdims=True), rtol=1e-4)
    own = np.searchsorted([3, 7, 11], LABELS)
    before, after = (np.log(p[np.arange(9), own]).mean() for p in (untrained(SUPPORT), trained))
    assert after > before / 2  # both are below zero


def test_finetuning_follows_the_gradient_of_the_cross_entropy(monkeypatch):
    import torch

    from core.studies.few_shot.methods import linear as finetune

    monkeypatch.setattr(finetune, "STEPS", 3)
    centre = SUPPORT.mean(0)
    x, q = (torch.nn.functional.normalize(torch.tensor(a - centre), dim=1) for a in (SUPPORT, QUERY))
    own = torch.tensor(np.searchsorted([3, 7, 11], LABELS))
    means = torch.stack([x[own == c].mean(0) for c in range(3)])
    weight = (2 * finetune.SHARPNESS * means).requires_grad_()
    bias = (-finetune.SHARPNESS * means.pow(2).sum(1)).requires_grad_()
    optimiser = torch.optim.SGD([weight, bias], lr=finetune.RATE * finetune.SHARPNESS)
    for _ in range(3):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(x @ weight.T + bias, own).backward()
        optimiser.step()
    expected = (q @ weight.T + bias).softmax(1).detach().numpy()
    np.testing.assert_allclose(METHODS["finetune"].fit(SUPPORT, LABELS)(QUERY), expected, rtol=1e-3)


def test_siamese_learns_which_differences_matter():
    """One direction tells the classes apart, in a hundred others they differ as much by chance."""
    rng, labels = np.random.default_rng(0), np.repeat([1, 2], 10)

    def points(labels, seed):
        x = np.random.default_rng(seed).normal(0, 0.5, (len(labels), 100)).astype(np.float32)
        x[:, 0] = np.where(labels == 1, 2.0, -2.0)
        return x + 0.01 * rng.normal(size=x.shape).astype(np.float32)

    truth = rng.choice([1, 2], 200)
    support, queries = points(labels, 1), points(truth, 2)
    plain = METHODS["siamese"].fit(support[[0, 10]], labels[[0, 10]])(queries).argmax(1) + 1
    learnt = METHODS["siamese"].fit(support, labels)(queries).argmax(1) + 1
    assert (learnt == truth).mean() > (plain == truth).mean()
    assert (learnt == truth).mean() > 0.95


def test_siamese_with_one_example_a_class_is_the_cosine():
    labels = np.array([9, 4, 6])
    scores = METHODS["siamese"].fit(SUPPORT[:3], labels)(QUERY)
    np.testing.assert_allclose(scores, METHODS["nearest"].fit(SUPPORT[:3], labels)(QUERY), rtol=1e-5)


def test_siamese_learns_from_as_many_pairs_of_either_kind_and_not_too_many():
    first, second, same = _pairs(np.repeat(np.arange(20), 20))
    assert same.sum() == (~same).sum() == MOST_PAIRS
    assert len({tuple(pair) for pair in zip(first.tolist(), second.tolist(), strict=True)}) == 2 * MOST_PAIRS
    assert (first < second).all()


def test_transductive_is_soft_k_means():
    from core.studies.few_shot.methods.averages import SHARPNESS, STEPS

    scores = METHODS["transductive"].fit(SUPPORT, LABELS)(QUERY)
    everything = np.concatenate([SUPPORT, QUERY])
    x = np.array([(v - mean_of(list(everything))) for v in everything])
    x /= np.array([[length(v)] for v in x])
    shown, asked = x[:9], x[9:]
    means = [mean_of([shown[i] for i in range(9) if LABELS[i] == label]) for label in (3, 7, 11)]
    for _ in range(STEPS):
        nearness = np.array([[np.exp(-SHARPNESS * length(q - m) ** 2) for m in means] for q in asked])
        shares = nearness / nearness.sum(1, keepdims=True)
        means = [
            (shown[label == LABELS].sum(0) + (shares[:, c : c + 1] * asked).sum(0)) / (3 + shares[:, c].sum())
            for c, label in enumerate((3, 7, 11))
        ]
    expected = [[-(length(q - m) ** 2) for m in means] for q in asked]
    np.testing.assert_allclose(scores, expected, rtol=1e-3)


def test_questions_help_the_transductive_one_where_the_examples_are_few():
    labels, truth = np.array([0, 1]), np.repeat([0, 1], 30)
    rng = np.random.default_rng(0)
    corners = np.zeros((2, 8), np.float32)
    corners[0, 0], corners[1, 0] = 1, -1
    right = {"simpleshot": 0.0, "transductive": 0.0}
    for _ in range(40):
        support = corners + rng.normal(0, 0.7, (2, 8)).astype(np.float32)
        query = corners[truth] + rng.normal(0, 0.35, (60, 8)).astype(np.float32)
        for name in right:
            right[name] += (METHODS[name].fit(support, labels)(query).argmax(1) == truth).mean() / 40
    assert right["transductive"] > right["simpleshot"] + 0.03
