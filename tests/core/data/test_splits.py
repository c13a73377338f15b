"""Training, validation and test set: fair to every class, repeatable, and never the same example on both sides."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.data.splits import Split, came_divided, draw_shots, make_split, stratified_folds
from core.errors import DataError
from tests.helpers import bare_dataset, example


def plain(**counts: int):
    """A set with so many different examples of each class."""
    return bare_dataset([example(f"{label}{i}", label) for label, n in counts.items() for i in range(n)])


def labels(dataset, indices) -> Counter:
    return Counter(dataset.examples[i].label for i in indices)


def ids(dataset, indices) -> set[str]:
    return {dataset.examples[i].id for i in indices}


def assert_sound(dataset, split: Split) -> None:
    """What holds for every split: nothing twice, and no content on two sides."""
    parts = (split.train, split.validation, split.test)
    everything = [i for part in parts for i in part]
    assert len(everything) == len(set(everything))
    assert not ids(dataset, split.train) & ids(dataset, split.validation)
    assert not ids(dataset, split.train) & ids(dataset, split.test)
    assert not ids(dataset, split.validation) & ids(dataset, split.test)


small_sets = st.lists(
    st.tuples(st.sampled_from("abcdefghijkl"), st.sampled_from(["cat", "dog", "emu"])), min_size=2, max_size=30
).map(lambda rows: bare_dataset([example(digest, label) for digest, label in rows]))


# --- by share ----------------------------------------------------------------------------------------------------


def test_every_class_gives_its_share():
    dataset = plain(cat=40, dog=20, emu=8)
    split = make_split(dataset, seed=0, validation_share=0.25)
    assert labels(dataset, split.validation) == {"cat": 10, "dog": 5, "emu": 2}
    assert labels(dataset, split.train) == {"cat": 30, "dog": 15, "emu": 6}
    assert split.test == ()


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.9])
def test_every_class_with_two_examples_is_on_both_sides(share):
    dataset = plain(cat=2, dog=3, emu=100)
    split = make_split(dataset, seed=1, validation_share=share)
    assert set(labels(dataset, split.train)) == set(labels(dataset, split.validation)) == {"cat", "dog", "emu"}


def test_a_single_example_only_teaches():
    dataset = plain(cat=1, dog=8)
    split = make_split(dataset, seed=0)
    assert labels(dataset, split.train)["cat"] == 1
    assert labels(dataset, split.validation) == {"dog": 2}


def test_only_single_examples_leave_no_one_to_judge():
    dataset = plain(cat=1, dog=1)
    split = make_split(dataset, seed=0)
    assert (split.train, split.validation) == ((0, 1), ())


@given(small_sets, st.integers(0, 5), st.floats(0.05, 0.9))
def test_every_example_is_on_exactly_one_side_and_copies_stay_together(dataset, seed, share):
    split = make_split(dataset, seed=seed, validation_share=share)
    assert sorted(split.train + split.validation) == list(range(len(dataset.examples)))
    assert_sound(dataset, split)


def test_a_copy_under_another_label_stays_on_the_same_side():
    rows = [example(f"x{i}", label) for i in range(12) for label in ("cat", "dog")]
    dataset = bare_dataset(rows)
    for seed in range(10):
        split = make_split(dataset, seed=seed)
        assert split.validation
        assert_sound(dataset, split)


def test_copies_do_not_fill_the_judging_side():
    """Ten copies of one picture are one example to hold back, not ten."""
    dataset = bare_dataset([example("same", "cat")] * 10 + [example(f"c{i}", "cat") for i in range(7)])
    held = {len(ids(dataset, make_split(dataset, seed=seed).validation)) for seed in range(20)}
    assert held == {2}  # a quarter of 8 different ones


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    dataset = plain(cat=20, dog=20)
    assert make_split(dataset, seed=3) == make_split(dataset, seed=3)
    assert len({make_split(dataset, seed=seed).validation for seed in range(10)}) == 10


def test_the_sentence_says_how_many_teach_and_judge():
    reason = str(make_split(plain(cat=40, dog=20), seed=7).reason)
    assert "Training: 45 examples. Validation: 15 (25\u00a0%)" in reason
    assert "seed 7" in reason


def test_a_share_that_classes_do_not_allow_is_not_claimed():
    reason = str(make_split(plain(**dict.fromkeys("abcdef", 5)), seed=0, validation_share=0.25).reason)
    assert "Training: 24 examples. Validation: 6 (20\u00a0%)" in reason
    assert "as near to 25\u00a0% of every class as whole examples" in reason


def test_why_nothing_could_be_held_back_is_said():
    dataset = grouped(*((f"{label}{i}", label, f"burst of {label}") for label in "ab" for i in range(75)))
    split = make_split(dataset, seed=0)
    assert (len(split.train), split.validation) == (150, ())
    assert str(split.reason).startswith("150 training examples and no validation set: no class has a second example")
    assert "%" not in str(split.reason)


# --- by shots ----------------------------------------------------------------------------------------------------


def test_with_shots_that_many_of_each_class_teach_and_the_rest_judge():
    dataset = plain(cat=10, dog=6)
    split = make_split(dataset, seed=0, shots=4)
    assert labels(dataset, split.train) == {"cat": 4, "dog": 4}
    assert labels(dataset, split.validation) == {"cat": 6, "dog": 2}
    assert sorted(split.train + split.validation) == list(range(16))


def test_more_shots_than_a_class_has_names_the_class():
    with pytest.raises(DataError, match=r"'dog' has only 3 .* 5 are wanted"):
        make_split(plain(cat=10, dog=3), seed=0, shots=5)


def test_shots_are_different_examples():
    dataset = bare_dataset(
        [example("same", "cat")] * 9 + [example("c2", "cat")] + [example(f"d{i}", "dog") for i in range(5)]
    )
    assert len(ids(dataset, draw_shots(dataset, range(15), 2, 0))) == 4
    with pytest.raises(DataError, match="'cat' has only 2"):
        draw_shots(dataset, range(15), 3, 0)


@given(small_sets, st.integers(0, 5), st.integers(1, 4))
def test_shots_are_exact_in_every_class_and_no_content_is_on_both_sides(dataset, seed, shots):
    different = Counter(label for label, _ in {(e.label, e.id) for e in dataset.examples})
    assume(min(different.values()) >= shots)
    split = make_split(dataset, seed=seed, shots=shots)
    assert labels(dataset, split.train) == dict.fromkeys(dataset.classes, shots)
    assert_sound(dataset, split)
    left_out = set(range(len(dataset.examples))) - set(split.train) - set(split.validation)
    assert ids(dataset, left_out) <= ids(dataset, split.train)  # only copies of what teaches are left out


def test_shots_are_drawn_by_seed():
    dataset = plain(cat=30, dog=30)
    assert make_split(dataset, seed=2, shots=3) == make_split(dataset, seed=2, shots=3)
    assert make_split(dataset, seed=2, shots=3).train != make_split(dataset, seed=3, shots=3).train


# --- by the files themselves -------------------------------------------------------------------------------------


def divided(**parts: int):
    rows = [example(f"{part}{label}{i}", label, part) for part, n in parts.items() for label in "ab" for i in range(n)]
    return bare_dataset(rows)


def parts_of(dataset, split):
    return [{dataset.examples[i].split for i in part} for part in (split.train, split.validation, split.test)]


def test_a_given_division_is_kept_whole():
    dataset = divided(train=3, validation=2, test=4)
    split = make_split(dataset, seed=0)
    assert parts_of(dataset, split) == [{"train"}, {"validation"}, {"test"}]
    assert [len(part) for part in (split.train, split.validation, split.test)] == [6, 4, 8]


def test_a_single_judging_part_is_watched():
    dataset = divided(train=3, test=2)
    split = make_split(dataset, seed=0)
    assert parts_of(dataset, split) == [{"train"}, {"test"}, set()]


@pytest.mark.parametrize("only", ["train", "validation", "test"])
def test_a_part_alone_is_no_division(only):
    dataset = divided(**{only: 8})
    split = make_split(dataset, seed=0)
    assert (len(split.train), len(split.validation)) == (12, 4)


def test_shots_in_a_divided_set_are_drawn_from_those_that_teach():
    dataset = divided(train=5, validation=2)
    split = make_split(dataset, seed=0, shots=2)
    assert labels(dataset, split.train) == {"a": 2, "b": 2}
    assert parts_of(dataset, split) == [{"train"}, {"validation"}, set()]


def test_what_was_not_drawn_is_told_apart_from_copies():
    rows = [*divided(train=5, validation=2).examples, example("twin", "a", "train"), example("twin", "a", "validation")]
    dataset = bare_dataset(rows)
    split = make_split(dataset, seed=0, shots=2)
    assert len(split.unused) == 7
    assert "1 is skipped, as a copy or near-copy of one in use. 6 more were not drawn." in str(split.reason)


def test_an_example_that_the_files_put_on_both_sides_ends_up_on_one():
    rows = [*divided(train=3, validation=3).examples, example("twin", "a", "train"), example("twin", "a", "validation")]
    dataset = bare_dataset(rows)
    assert_sound(dataset, make_split(dataset, seed=0))


def test_examples_that_the_files_put_nowhere_do_not_vanish():
    rows = [*divided(train=3, validation=3).examples, example("loose1", "a"), example("loose2", "b")]
    dataset = bare_dataset(rows)
    split = make_split(dataset, seed=0)
    assert sorted(split.train + split.validation + split.test) == list(range(len(rows)))


# --- groups: near-copies and bursts ------------------------------------------------------------------------------


def grouped(*rows: tuple[str, str, str | None], split: str | None = None):
    return bare_dataset([replace(example(digest, label, split), group=group) for digest, label, group in rows])


groups = st.lists(
    st.tuples(st.sampled_from("abcdefghijkl"), st.sampled_from(["cat", "dog"]), st.sampled_from([None, "g1", "g2"])),
    min_size=2, max_size=30,
).map(lambda rows: grouped(*{digest: (digest, label, group) for digest, label, group in rows}.values()))  # fmt: skip


@given(groups, st.integers(0, 5), st.floats(0.05, 0.9))
def test_a_group_is_never_divided(dataset, seed, share):
    split = make_split(dataset, seed=seed, validation_share=share)
    sides = [{dataset.clusters[i] for i in part} for part in (split.train, split.validation, split.test)]
    assert not sides[0] & sides[1]
    assert sorted(split.train + split.validation) == list(range(len(dataset.examples)))


def test_a_class_of_one_burst_only_teaches_and_that_is_said():
    rows = [(f"w{i}", "wave", "burst") for i in range(30)] + [(f"f{i}", "fist", None) for i in range(8)]
    dataset = grouped(*rows)
    split = make_split(dataset, seed=0)
    assert labels(dataset, split.validation) == {"fist": 2}
    assert "'wave' is in the training set only" in str(split.reason)


def test_shots_are_from_different_groups():
    rows = [(f"w{i}", "wave", f"burst{i % 2}") for i in range(10)] + [(f"f{i}", "fist", None) for i in range(5)]
    dataset = grouped(*rows)
    drawn = draw_shots(dataset, range(15), 2, seed=4)
    assert {dataset.examples[i].group for i in drawn} == {"burst0", "burst1", None}
    with pytest.raises(DataError, match="'wave' has only 2 different"):
        draw_shots(dataset, range(15), 3, seed=4)


def test_what_judges_in_a_given_division_stays_as_it_was_and_its_copies_do_not_teach():
    rows = [
        *divided(train=3, validation=3).examples,
        example("near", "a", "train"),
        example("judge", "a", "validation"),
    ]
    twins = [replace(e, group="twins") if e.id in ("near", "judge") else e for e in rows]
    dataset = bare_dataset(twins)
    split = make_split(dataset, seed=0)
    assert {dataset.examples[i].id for i in split.unused} == {"near"}
    assert len(split.validation) == 7
    assert "1 is skipped, as a copy or near-copy of one in use." in str(split.reason)
    assert "not drawn" not in str(split.reason)


def test_a_held_back_test_part_is_no_division_by_the_files():
    dataset = bare_dataset(
        [example(f"{label}{i}", label, "test" if i < 2 else None) for label in "ab" for i in range(10)]
    )
    assert not came_divided(dataset)
    split = make_split(dataset, seed=0, validation_share=0.25)
    assert (len(split.train), len(split.validation), len(split.test)) == (12, 4, 4)
    few = make_split(dataset, seed=0, shots=3)
    assert (len(few.train), len(few.validation), len(few.test)) == (6, 10, 4)


# Folds: everybody judges once, nobody is judged by what its like has taught, and every class has its share.


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=12, max_size=60), st.integers(0, 99))
def test_everybody_judges_once_and_what_belongs_together_is_never_divided(examples, seed):
    labels = ["a"] * 4 + [label for label, _ in examples]  # a class with room for all folds
    groups = [f"own {i}" for i in range(4)] + [str(group) for _, group in examples]
    folds = stratified_folds(labels, groups, 4, seed)
    assert sorted(np.concatenate([judge for _, judge in folds])) == list(range(len(labels)))
    for teach, judge in folds:
        assert sorted([*teach, *judge]) == list(range(len(labels)))
        assert not {groups[i] for i in teach} & {groups[i] for i in judge}


def test_two_speakers_are_two_folds_whatever_was_asked_for():
    labels, speakers = np.tile(["x", "y"], 12), np.repeat(["ann", "bob"], 12)
    folds = stratified_folds(labels, speakers, 4, seed=0)
    assert [sorted({*speakers[judge]}) for _, judge in folds] in ([["ann"], ["bob"]], [["bob"], ["ann"]])


@pytest.mark.parametrize("together", [1, 2], ids=["all alone", "in pairs"])
def test_every_class_has_its_share_in_every_fold(together):
    labels = np.repeat(["x", "y", "z"], (40, 24, 8))
    for _, judge in stratified_folds(labels, np.arange(72) // together, 4, seed=3):
        assert [int((labels[judge] == label).sum()) for label in "xyz"] == [10, 6, 2]


@pytest.mark.parametrize("together", [1, 2], ids=["all alone", "in pairs"])
def test_the_seed_decides_and_small_classes_are_passed_over_in_silence(together):
    labels, groups = ["x"] * 20 + ["y"] * 2, np.arange(22) // together

    def judged(seed: int) -> list[list[int]]:
        return [judge.tolist() for _, judge in stratified_folds(labels, groups, 5, seed)]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert judged(1) == judged(1) != judged(2)


# --- large sets --------------------------------------------------------------------------------------------------


class Counted(tuple):
    """Examples that count how often one of them is asked for."""

    asked = 0

    def __getitem__(self, at):
        Counted.asked += 1
        return super().__getitem__(at)


@pytest.mark.parametrize("shots", [None, 1])
def test_examples_are_not_gone_through_again_for_every_class(shots):
    dataset = plain(**{f"class{i}": 2 for i in range(300)})
    counted = replace(dataset, examples=Counted(dataset.examples))
    before = Counted.asked
    assert make_split(counted, seed=0, shots=shots) == make_split(dataset, seed=0, shots=shots)
    assert Counted.asked - before < 10 * len(dataset.examples)


# --- sources -----------------------------------------------------------------------------------------------------


def spoken(words: int = 3, speakers: int = 4, takes: int = 5):
    """Every speaker says every word several times."""
    names = [(f"w{word}", f"s{who}", n) for word in range(words) for who in range(speakers) for n in range(takes)]
    return bare_dataset([replace(example(f"{w}{s}{n}", w), source=s) for w, s, n in names])


def speakers_of(dataset, indices) -> set[str]:
    return {dataset.examples[i].source for i in indices}


@pytest.mark.parametrize("shots", [None, 1, 7])
def test_no_speaker_is_on_both_sides_and_many_examples_of_one_may_be_drawn(shots):
    dataset = spoken()
    for seed in range(6):
        split = make_split(dataset, seed=seed, shots=shots)
        assert_sound(dataset, split)
        assert not speakers_of(dataset, split.train) & speakers_of(dataset, split.validation)
        assert all(n >= 5 and n % 5 == 0 for n in labels(dataset, split.validation).values())  # whole speakers
        each = shots or 15
        assert labels(dataset, split.train) == {"w0": each, "w1": each, "w2": each}
    assert "the same speaker or recording (4 of them)" in str(make_split(dataset, seed=0).reason)


def test_sources_join_what_copies_join():
    dataset = bare_dataset([
        replace(example("a", "x"), source="anna"), replace(example("a", "x"), source="ben"),
        replace(example("b", "x"), source="ben"), replace(example("c", "x"), source="carla"), example("d", "y"),
    ])  # fmt: skip
    first, second, third, alone, other = dataset.blocks
    assert first == second == third
    assert len({first, alone, other}) == 3
    assert plain(cat=3).blocks == plain(cat=3).clusters


def test_a_division_that_the_files_give_is_kept_although_speakers_are_on_both_sides():
    examples = [replace(one, split="test" if n % 5 == 0 else "train") for n, one in enumerate(spoken().examples)]
    split = make_split(bare_dataset(examples), seed=0)
    assert len(split.train) + len(split.validation) + len(split.test) == len(examples)
