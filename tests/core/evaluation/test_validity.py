"""Findings about a set, as they bear on a score."""

import numpy as np

from core.data.findings import Finding
from core.evaluation.validity import caveats, copies_among, leakage
from core.messages import Message
from tests.helpers import bare_dataset, example


def found(kind: str, severity: str = "look") -> Finding:
    return Finding(kind, severity, Message("{kind} was found", kind=kind), Message("Why."), 1)


def test_only_what_bears_on_the_score_is_told_in_its_order():
    told = caveats([found("shortcut", "serious"), found("blurred"), found("wrong_labels"), found("imbalance")])
    assert [caveat.kind for caveat in told] == ["shortcut", "wrong_labels"]
    assert str(told[0].title) == "shortcut was found"
    assert told[0].direction == "optimistic"


def test_near_copies_count_only_across_classes():
    assert [d.kind for d in caveats([found("near_duplicates", "look")])] == ["near_duplicates"]
    assert caveats([found("near_duplicates", "note")]) == []


def test_copies_in_the_evaluation_set_are_counted():
    dataset = bare_dataset([example("a", "x"), example("a", "x"), example("b", "x"), example("c", "y")])
    assert copies_among(dataset, [0, 1, 2, 3]) == 1
    assert copies_among(dataset, [0, 2, 3]) == 0


# --- near-duplicates across the split ---


def cloud(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 16))


def test_planted_near_duplicates_are_found_and_the_score_without_them_told():
    trained, evaluated = cloud(0, 100), cloud(1, 40)
    evaluated[:12] = trained[5:17] + 0.05 * cloud(2, 12)
    right = np.array([True] * 12 + [True, False] * 14)
    found = leakage(trained, evaluated, list(range(100)), right)
    assert found.more_than_expected
    assert {(pair.evaluated, pair.trained) for pair in found.pairs[:12]} == {(i, i + 5) for i in range(12)}
    assert all(pair.similarity > 0.95 and pair.near_duplicate for pair in found.pairs[:12])
    assert found.near_duplicates[1] + found.others[1] == 40
    assert found.near_duplicates[0] + found.others[0] == right.sum()


def test_two_draws_of_one_source_have_no_more_than_expected():
    unusual = [
        leakage(cloud(seed, 120), cloud(seed + 1000, 40), list(range(120)), [True] * 40).more_than_expected
        for seed in range(40)
    ]
    assert sum(unusual) <= 3


def test_copies_in_the_training_set_do_not_raise_the_threshold():
    trained = cloud(3, 60)
    doubled = np.concatenate([trained, trained])
    clusters = [*range(60), *range(60)]
    found = leakage(doubled, cloud(4, 20), clusters, [True] * 20)
    assert abs(found.threshold - leakage(trained, cloud(4, 20), list(range(60)), [True] * 20).threshold) < 0.05


def test_too_small_a_training_set_cannot_tell():
    assert leakage(cloud(5, 19), cloud(6, 10), list(range(19)), [True] * 10) is None


def test_copies_on_both_sides_are_not_told_apart_by_rounding():
    """Where training examples have exact copies in other clusters, a copy that is evaluated is nothing unusual."""
    trained = np.repeat(cloud(7, 30), 2, axis=0)
    found = leakage(trained, trained[:20].copy(), list(range(60)), [True] * 20)
    assert found.threshold == 1 or abs(found.threshold - 1) < 1e-9
    assert found.count == 0
