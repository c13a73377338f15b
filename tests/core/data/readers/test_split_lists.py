"""Lists beside the files that say which part each of them belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from core.data.readers.propose import propose
from core.data.readers.reading import ReadOptions
from core.limits import Limits
from tests.helpers import png
from tests.reading import outcome, source_of

PICTURES = {f"images/{label}/{n}.png": png((n, 2, 3)) for n in range(6) for label in ("cat", "dog")}


def read(lists: Mapping[str, str], files: Mapping[str, bytes] = PICTURES):
    given = source_of({**files, **{name: text.encode() for name, text in lists.items()}})
    return outcome(propose(given, ReadOptions(), Limits()))


def named(*numbers: int) -> str:
    return "".join(f"{label}/{n}\n" for n in numbers for label in ("cat", "dog"))


def test_a_list_for_each_part_divides_the_files():
    used, skipped = read({"meta/train.txt": named(0, 1, 2, 3), "meta/test.txt": named(4, 5)})
    assert {name for name, (_, part) in used.items() if part == "test"} == {
        f"images/{label}/{n}.png" for n in (4, 5) for label in ("cat", "dog")
    }
    assert sum(part == "train" for _, part in used.values()) == 8
    assert "which part" in skipped["meta/train.txt"]


def test_what_is_in_no_list_is_left_out_by_name():
    used, skipped = read({"train.txt": named(0, 1, 2), "val.txt": named(3)})
    assert len(used) == 8
    assert "None of the lists" in skipped["images/cat/5.png"]


def test_without_a_list_for_training_everything_else_is_trained_on_but_a_class_that_no_list_knows():
    noise = {**PICTURES, "images/_background_noise_/long.png": png((9, 9, 9))}
    used, skipped = read({"validation_list.txt": named(4), "testing_list.txt": named(5)}, noise)
    assert [part for _, part in used.values()].count("train") == 8
    assert "None of the lists" in skipped["images/_background_noise_/long.png"]


def test_a_list_of_both_gives_way_to_that_of_validation_alone():
    used, _ = read({"trainval.txt": named(0, 1, 2, 3, 4, 5), "val.txt": named(4, 5)})
    assert [part for _, part in used.values()].count("validation") == 4


def test_lists_that_contradict_each_other_or_name_other_files_divide_nothing():
    for lists in (
        {"train.txt": named(0, 1, 2, 3), "test.txt": named(3, 4, 5)},
        {"train.txt": "x/1\nx/2\nx/3\n", "test.txt": "x/4\n"},
    ):
        used, _ = read(lists)
        assert len(used) == 12
        assert not any(part for _, part in used.values())
