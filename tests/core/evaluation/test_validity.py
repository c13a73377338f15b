"""Findings about a set, as they bear on a score."""

import numpy as np

from core.data.findings import Finding
from core.evaluation.validity import doubts, of_a_kind, twins
from tests.helpers import bare_dataset, example


def found(kind: str, severity: str = "look") -> Finding:
    return Finding(kind, severity, f"{kind} was found", "meaning", 1)


def test_only_what_bears_on_the_score_is_told_in_its_order():
    said = doubts([found("shortcut", "serious"), found("blurred"), found("wrong_labels"), found("imbalance")])
    assert [doubt.kind for doubt in said] == ["shortcut", "wrong_labels"]
    assert said[0].title == "shortcut was found"
    assert said[0].direction == "kind"


def test_near_copies_count_only_across_classes():
    assert [d.kind for d in doubts([found("near_duplicates", "look")])] == ["near_duplicates"]
    assert doubts([found("near_duplicates", "note")]) == []


def test_copies_among_those_that_judge_are_counted():
    dataset = bare_dataset([example("a", "x"), example("a", "x"), example("b", "x"), example("c", "y")])
    assert of_a_kind(dataset, [0, 1, 2, 3]) == 1
    assert of_a_kind(dataset, [0, 2, 3]) == 0


# Judging examples that are nearly the same as one that taught.


def cloud(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 16))


def test_planted_twins_are_found_and_the_score_without_them_told():
    taught, judged = cloud(0, 100), cloud(1, 40)
    judged[:12] = taught[5:17] + 0.05 * cloud(2, 12)
    right = np.array([True] * 12 + [True, False] * 14)
    found = twins(taught, judged, list(range(100)), right)
    assert found.more_than_usual
    assert {(pair.judged, pair.taught) for pair in found.pairs[:12]} == {(i, i + 5) for i in range(12)}
    assert all(pair.likeness > 0.95 and pair.twin for pair in found.pairs[:12])
    assert found.with_twin[1] + found.without[1] == 40
    assert found.with_twin[0] + found.without[0] == right.sum()


def test_two_draws_of_one_source_have_no_more_than_usual():
    unusual = [
        twins(cloud(seed, 120), cloud(seed + 1000, 40), list(range(120)), [True] * 40).more_than_usual
        for seed in range(40)
    ]
    assert sum(unusual) <= 3


def test_copies_among_those_that_taught_do_not_raise_the_threshold():
    taught = cloud(3, 60)
    doubled = np.concatenate([taught, taught])
    clusters = [*range(60), *range(60)]
    found = twins(doubled, cloud(4, 20), clusters, [True] * 20)
    assert abs(found.threshold - twins(taught, cloud(4, 20), list(range(60)), [True] * 20).threshold) < 0.05


def test_too_few_that_taught_cannot_tell():
    assert twins(cloud(5, 19), cloud(6, 10), list(range(19)), [True] * 10) is None
