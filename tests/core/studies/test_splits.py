"""Who teaches and who judges in an experiment: the same for everything that is compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data.splits import draw_shots
from core.errors import DataError
from core.studies import splits as drawing
from core.studies.splits import Recorder, curve_sizes, most_shots, nested_splits, random_splits
from tests.helpers import bare_dataset, example


def dataset(each: int = 30, classes: str = "ab", **counts: int):
    sizes = {label: each for label in classes} | counts
    return bare_dataset([example(f"{label}{n}", label) for label, size in sizes.items() for n in range(size)])


def test_every_draw_teaches_others_and_nobody_judges_what_it_taught():
    draws = random_splits(dataset(), shots=5, count=4, seed=3)
    assert len({draw.train for draw in draws}) == 4
    for draw in draws:
        assert len(draw.train) == 10
        assert not set(draw.train) & set(draw.validation)
        assert len(draw.validation) == 50


def test_of_many_nearly_the_same_few_judge_every_time(monkeypatch):
    monkeypatch.setattr(drawing, "MOST_VALIDATION", 20)
    draws = random_splits(dataset(each=200), shots=2, count=5, seed=0)
    assert all(len(draw.validation) == 20 for draw in draws)
    assert len(set().union(*(draw.validation for draw in draws))) <= 22
    assert random_splits(dataset(each=200), 2, 1, seed=1)[0].validation != draws[0].validation


def test_a_final_test_that_is_held_back_stays_untouched():
    kept = bare_dataset([example(f"{label}{n}", label, "test" if n < 5 else None) for label in "ab" for n in range(20)])
    for draw in random_splits(kept, 3, 3, 0):
        assert not draw.test
        assert all(kept.examples[i].split is None for i in (*draw.train, *draw.validation))


def test_what_came_divided_is_judged_by_its_own_part():
    divided = bare_dataset(
        [example(f"{label}{n}", label, "test" if n < 6 else "train") for label in "ab" for n in range(20)]
    )
    for draw in random_splits(divided, 4, 3, 0):
        assert {divided.examples[i].split for i in draw.validation} == {"test"}
    assert most_shots(divided) == 14
    assert list(nested_splits(divided, 2, 0)[0]) == [1, 2, 5, 10]


def test_a_class_that_is_too_small_is_named():
    with pytest.raises(DataError, match="'c' has only 3 different examples"):
        random_splits(dataset(c=3), shots=4, count=2, seed=0)


def test_with_nothing_left_to_judge_it_is_said():
    with pytest.raises(DataError, match="nothing is left to validate"):
        random_splits(dataset(each=4), shots=4, count=2, seed=0)


def test_one_of_the_smallest_class_is_always_left_to_judge():
    assert most_shots(dataset(c=7)) == 6
    assert most_shots(dataset(c=1)) == 1
    near = dataset(each=6)
    alike = replace(near, examples=tuple(replace(e, group="one" if e.id in ("a0", "a1") else None)
                                         for e in near.examples))  # fmt: skip
    assert most_shots(alike) == 4


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (0, []), (1, [1]), (2, [1, 2]), (7, [1, 2, 5]), (8, [1, 2, 5, 8]), (45, [1, 2, 5, 10, 20, 45]),
        (50, [1, 2, 5, 10, 20, 50]),
    ],
)  # fmt: skip
def test_sizes_go_as_far_as_the_set(most, sizes):
    assert curve_sizes(most) == sizes


def test_fewer_are_among_more_and_the_same_judge():
    some = dataset(each=40)
    for number, splits in enumerate(nested_splits(some, 3, seed=5)):
        assert list(splits) == [1, 2, 5, 10, 20, 30]
        few = set()
        for n, split in splits.items():
            assert few < set(split.train)
            assert len(split.train) == 2 * n
            assert split.validation == splits[1].validation
            assert not set(split.train) & set(split.validation)
            few = set(split.train)
        pool = splits[30].train
        assert draw_shots(some, pool, 30, 5 + number) == pool


def test_a_curve_can_be_kept_short():
    assert list(nested_splits(dataset(each=40), 2, 0, most=6)[0]) == [1, 2, 5]


def test_copies_are_told_by_the_number_of_the_first():
    copies = bare_dataset([*(example(f"{label}{n}", label) for label in "ab" for n in range(4)), example("a2", "a")])
    told = Recorder(copies, 1).drawn(0, 1, random_splits(copies, 1, 1, 0)[0])
    assert 8 not in told.validation + told.training
    assert len(told.validation) > len(set(told.validation)) or 2 in told.training
