"""Episodes: pure functions of the seed, in which nothing that is asked about has been shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.studies.few_shot.episodes import Pool, Shape, check_shape, draw, fitting
from tests.helpers import bare_dataset, example


def pool_of(*sizes: int) -> Pool:
    """Classes "c0", "c1", ... with so many different examples each."""
    return Pool.of(
        bare_dataset([example(f"{label}-{n}", f"c{label}") for label, size in enumerate(sizes) for n in range(size)])
    )


@st.composite
def drawn(draw_from):
    """A set with copies, bursts and contradictions, and a shape that it can give."""
    digests = [f"d{i}" for i in range(12)]
    row = st.tuples(st.sampled_from(digests), st.sampled_from("abcd"), st.sampled_from([None, None, None, "burst"]))
    rows = draw_from(st.lists(row, min_size=4, max_size=60))
    dataset = bare_dataset([replace(example(digest, label), group=group) for digest, label, group in rows])
    pool = Pool.of(dataset)
    return dataset, pool, draw_from(st.integers(0, 2**32 - 1)), draw_from(st.integers(0, 5))


@given(drawn())
def test_nothing_that_is_asked_about_was_shown_nor_a_copy_of_it(case):
    dataset, pool, seed, number = case
    if pool.most_ways < 2:
        with pytest.raises(DataError):
            fitting(pool)
        return
    for ways in range(2, pool.most_ways + 1):
        shape = fitting(pool, ways)
        check_shape(pool, shape)
        episode = draw(pool, shape, seed, number)
        indices = [*episode.support, *episode.query]
        clusters = [dataset.clusters[i] for i in indices]
        assert len(set(clusters)) == len(indices) == ways * (shape.shots + shape.queries)
        for part, each in ((episode.support, shape.shots), (episode.query, shape.queries)):
            assert [dataset.examples[i].label for i in part] == [c for c in episode.classes for _ in range(each)]
        assert list(episode.classes) == [label for label in dataset.classes if label in episode.classes]


@given(drawn())
def test_an_example_whose_copy_lies_in_another_class_takes_no_part(case):
    dataset, pool, _, _ = case
    labels: dict[str, set[str]] = {}
    for one, cluster in zip(dataset.examples, dataset.clusters, strict=True):
        labels.setdefault(cluster, set()).add(one.label)
    doubtful = {i for i, cluster in enumerate(dataset.clusters) if len(labels[cluster]) > 1}
    assert pool.left_out == len(doubtful)
    taking_part = [i for clusters in pool.clusters.values() for cluster in clusters for i in cluster]
    assert sorted(taking_part) == sorted(set(range(len(dataset.examples))) - doubtful)


def test_an_episode_follows_from_set_shape_seed_and_number_alone():
    shape = Shape(3, 2, 4)
    first = [draw(pool_of(9, 9, 9, 9, 9), shape, 7, number) for number in range(30)]
    again = [draw(pool_of(9, 9, 9, 9, 9), shape, 7, number) for number in reversed(range(30))]
    assert first == again[::-1]
    assert len(set(first)) == 30
    assert not set(first) & {draw(pool_of(9, 9, 9, 9, 9), shape, 8, number) for number in range(30)}


def test_more_examples_to_learn_from_change_neither_the_questions_nor_those_there_were():
    pool = pool_of(20, 20, 20, 20)
    few, many = draw(pool, Shape(3, 2, 5), 1, 4), draw(pool, Shape(3, 6, 5), 1, 4)
    assert few.query == many.query
    for number in range(3):
        assert few.support[2 * number : 2 * number + 2] == many.support[6 * number : 6 * number + 2]


def test_every_class_and_example_has_the_same_chance():
    pool, episodes = pool_of(6, 6, 6, 6), 2000
    drawn = [draw(pool, Shape(2, 1, 1), 0, number) for number in range(episodes)]
    classes = Counter(label for episode in drawn for label in episode.classes)
    shown = Counter(i for episode in drawn for i in episode.support)
    asked = Counter(i for episode in drawn for i in episode.query)
    # four standard deviations of a binomial count
    assert all(abs(classes[f"c{n}"] - episodes / 2) < 4 * (episodes / 4) ** 0.5 for n in range(4))
    for counted in (shown, asked):
        assert len(counted) == 24
        assert all(abs(count - episodes / 12) < 4 * (episodes / 12) ** 0.5 for count in counted.values())


def test_any_member_of_a_burst_may_stand_for_it():
    rows = [replace(example(f"d{i}", "a"), group="burst") for i in range(4)] + [example("e", "a")]
    pool = Pool.of(bare_dataset([*rows, example("f", "b"), example("g", "b")]))
    episodes = [draw(pool, Shape(2, 1, 1), 0, number) for number in range(60)]
    assert pool.room(2) == 2
    assert {i for episode in episodes for i in (*episode.support, *episode.query)} == set(range(7))


def test_what_a_set_has_room_for():
    pool = pool_of(10, 1, 4, 7)
    assert pool.most_ways == 3
    assert [pool.room(ways) for ways in range(6)] == [0, 10, 7, 4, 1, 0]
    assert pool.able(5) == ["c0", "c3"]


@pytest.mark.parametrize(
    ("sizes", "given", "shape"),
    [
        ((60,) * 10, {}, (5, 5, 15)),
        ((20,) * 10, {}, (5, 5, 15)),
        ((8, 8, 8), {}, (3, 4, 4)),
        ((2, 2), {}, (2, 1, 1)),
        ((60,) * 10, {"shots": 1}, (5, 1, 15)),
        ((20,) * 10, {"shots": 8}, (5, 8, 12)),
        ((20,) * 10, {"queries": 18}, (5, 2, 18)),
        ((30, 30, 5, 5), {"ways": 2}, (2, 5, 15)),
    ],
)
def test_what_is_not_said_is_usual_as_far_as_there_is_room(sizes, given, shape):
    pool = pool_of(*sizes)
    found = fitting(pool, **given)
    assert (found.ways, found.shots, found.queries) == shape
    check_shape(pool, found)


@pytest.mark.parametrize(
    ("sizes", "shape", "said"),
    [
        ((9, 9, 9), (4, 1, 1), "4 classes were chosen, but only 3 classes of 'bare'"),
        ((9, 9, 4), (3, 3, 3), "6 different examples of each class are needed (3 shots and 3 queries). Of the 3 "
                               "classes of 'bare' only 2 have so many. With 3 classes there is room for 4"),
        ((9, 9), (2, 9, 9), "Of the 2 classes of 'bare' only 0 have so many"),
        ((9, 9), (1, 1, 1), "at least two classes"),
        ((9, 9), (2, 0, 1), "one shot and one query of each"),
        ((9, 9), (2, 1, -3), "one shot and one query of each"),
        ((9, 1), (2, 1, 1), "does not have two classes with two different examples each. Add examples"),
    ],
)  # fmt: skip
def test_what_the_set_cannot_give_is_said_with_what_it_can(sizes, shape, said):
    with pytest.raises(DataError) as error:
        check_shape(pool_of(*sizes), Shape(*shape))
    assert said in str(error.value)


def test_speakers_who_are_asked_about_were_not_shown_as_far_as_there_are_others():
    names = [(f"w{word}", f"s{who}", take) for word in range(4) for who in range(4) for take in range(6)]
    dataset = bare_dataset([replace(example(f"{w}{s}{n}", w), source=s) for w, s, n in names])
    pool = Pool.of(dataset)

    def speakers(indices) -> set[str]:
        return {dataset.examples[i].source for i in indices}

    for number in range(30):
        episode = draw(pool, Shape(3, 5, 15), 0, number)
        assert (len(set(episode.support)), len(set(episode.query))) == (15, 45)
        assert not speakers(episode.support) & speakers(episode.query)
        assert draw(pool, Shape(3, 2, 15), 0, number).query == episode.query
        everybody = draw(pool, Shape(3, 9, 15), 0, number)
        assert len(set(everybody.support) & set(everybody.query)) == 0
    assert len({frozenset(speakers(draw(pool, Shape(3, 5, 15), 0, n).support)) for n in range(30)}) == 4
