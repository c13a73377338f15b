"""Drawing episodes: one example of a cluster at most, fewer where a class has few, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.data.episodes import clusters_by_class, draw
from tests.helpers import bare_dataset, example


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_examples_of_a_class_are_gathered_by_cluster():
    rows = [example(f"e{i}", "ab"[i % 2]) for i in range(6)]
    rows[2] = replace(rows[2], group="burst")
    rows[0] = replace(rows[0], group="burst")
    found = clusters_by_class(bare_dataset(rows), range(6))
    assert found == {"a": [[0, 2], [4]], "b": [[1], [3], [5]]}
    assert clusters_by_class(bare_dataset(rows), [5, 0]) == {"b": [[5]], "a": [[0]]}


@pytest.mark.parametrize("questions_first", [False, True])
def test_one_example_of_a_cluster_at_most_takes_part(questions_first):
    clusters = [[0, 1], [2], [3, 4, 5], [6]]
    for seed in range(20):
        (one,) = draw([clusters], 2, 2, rng(seed), questions_first=questions_first)
        assert (len(one.support), len(one.query)) == (2, 2)
        of = [next(k for k, own in enumerate(clusters) if i in own) for i in (*one.support, *one.query)]
        assert len(set(of)) == 4


@pytest.mark.parametrize(("size", "expected"), [(2, (1, 1)), (4, (3, 1)), (5, (3, 2)), (9, (3, 4))])
@pytest.mark.parametrize("questions_first", [False, True])
def test_a_class_with_few_gives_fewer_questions_and_then_fewer_shots(size, expected, questions_first):
    (one,) = draw([[[i] for i in range(size)]], 3, 4, rng(), questions_first=questions_first)
    assert (len(one.support), len(one.query)) == expected


def test_with_questions_first_more_shots_keep_the_same_questions_and_the_shots_there_were():
    classes = [[[100 * label + i] for i in range(20)] for label in range(3)]
    few, many = (draw(classes[:1], shots, 5, rng(3), questions_first=True)[0] for shots in (2, 6))
    assert few.query == many.query
    assert few.support == many.support[:2]


def test_which_examples_are_drawn_is_fixed():
    """Runs that were recorded with a seed are the same ever after."""
    classes = [[[10 * label + i, 1000 + 10 * label + i] for i in range(5)] for label in range(2)]
    generator = rng(7)
    expected = []
    for own in classes:
        order = generator.permutation(5)[:3]
        expected += [own[i][int(generator.integers(2))] for i in order]
    drawn = draw(classes, 1, 2, rng(7))
    assert [i for one in drawn for i in (*one.support, *one.query)] == expected
