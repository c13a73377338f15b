"""Classes in the names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.paths import FileNames
from core.errors import DataError
from tests.reading import labels, outcome, read_with, source_of


def named(*names: str) -> dict[str, bytes]:
    return {name: name.encode() for name in names}


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (("sunrise1.jpg", "sunrise141.jpg", "rain2.jpg", "rain3.jpeg"), {"sunrise", "rain"}),
        (("cat_01.png", "cat_02.png", "dog_01.png", "dog_02.png"), {"cat", "dog"}),
        (("dog (3).jpg", "dog (4).jpg", "cat (1).jpg", "cat (2).jpg"), {"cat", "dog"}),
        (("IMG_cat_1.jpg", "IMG_cat_2.jpg", "IMG_dog_1.jpg", "IMG_dog_2.jpg"), {"cat", "dog"}),
        (("cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg"), {"cat", "dog"}),
        (("red panda 1.png", "red panda 2.png", "fox-1.png", "fox-2.png"), {"red panda", "fox"}),
        (("american_bulldog_1.jpg", "american_bulldog_2.jpg", "pug_1.jpg", "pug_9.jpg"), {"american_bulldog", "pug"}),
        (("cat_black.png", "cat_white.png", "dog_big.png", "dog_small.png"), {"cat", "dog"}),
        (("0001_cat.png", "0002_cat.png", "0003_dog.png", "0004_dog.png"), {"cat", "dog"}),
        (("猫1.png", "猫2.png", "犬1.png", "犬2.png"), {"猫", "犬"}),
        (("cat_1_(2).png", "cat_2.png", "dog_1 (1).png", "dog_4.png"), {"cat", "dog"}),
        (("pos_1.txt", "pos_2.txt", "neg_1.txt", "neg_2.txt"), {"pos", "neg"}),
    ],
)
def test_the_beginning_of_the_name_is_the_class(names, classes):
    reading = read_with(FileNames(), source_of(named(*names)))
    used, skipped = outcome(reading)
    assert set(labels(used).values()) == classes
    assert skipped == {}
    assert reading.modality == ("text" if names[0].endswith(".txt") else "image")


@pytest.mark.parametrize(
    "names",
    [
        ("IMG_4959.jpg", "IMG_4960.jpg", "IMG_4961.jpg"),
        ("DSC0001.jpg", "DSC0002.jpg", "IMG_1.jpg", "IMG_2.jpg"),
        ("image12.png", "image13.png", "photo 3.png", "photo 4.png"),
        ("1.jpg", "2.jpg", "3.jpg"),
        ("0108_01.png", "0108_02.png", "0109_01.png", "0109_02.png"),
        ("cat_1.png", "cat_2.png", "cat_3.png"),
        ("ant.png", "bee.png", "cat.png", "dog.png"),
        ("Screenshot 2024-05-01.png", "Screenshot 2024-05-02.png", "WhatsApp Image 1.png", "WhatsApp Image 2.png"),
        ("WIN_20240501_10_22_33_Pro.jpg", "WIN_20240501_10_22_35_Pro.jpg"),
        (),
    ],
)
def test_names_that_say_nothing_are_not_classes(names):
    assert read_with(FileNames(), source_of(named(*names))) is None


def test_insisting_where_names_say_nothing_says_how_to_name_files():
    with pytest.raises(DataError, match=r"do not begin with classes.*cat_1\.jpg"):
        read_with(FileNames(), source_of(named("1.jpg", "2.jpg")), structure="file-names")


def test_a_few_files_that_do_not_fit_are_listed():
    fitting = [f"{label}{n}.png" for label in ("cat", "dog") for n in range(15)]
    used, skipped = outcome(read_with(FileNames(), source_of(named(*fitting, "cover.png", "notes.csv"))))
    assert set(used) == set(fitting)
    assert "'cover' does not begin" in skipped["cover.png"]
    assert "Not one of the pictures" in skipped["notes.csv"]


def test_many_files_that_do_not_fit_need_insisting():
    names = named("cat1.png", "cat2.png", "dog1.png", "dog2.png", "ant.png", "bee.png", "fly.png")
    assert read_with(FileNames(), source_of(names)) is None
    used, skipped = outcome(read_with(FileNames(), source_of(names), structure="file-names"))
    assert len(used) == 4
    assert len(skipped) == 3


def test_parts_around_the_files_are_kept():
    names = [f"{part}/{label}.{n}.jpg" for part in ("train", "test") for label in ("cat", "dog") for n in range(2)]
    reading = read_with(FileNames(), source_of(named(*names)))
    used, _ = outcome(reading)
    assert used["train/cat.0.jpg"] == ("cat", "train")
    assert used["test/dog.1.jpg"] == ("dog", "test")
    assert reading.proposal["splits"]


def test_a_judging_part_may_come_without_classes():
    names = [f"train/{label}.{n}.jpg" for label in ("cat", "dog") for n in range(3)]
    used, skipped = outcome(read_with(FileNames(), source_of(named(*names, *(f"test1/{n}.jpg" for n in range(9))))))
    assert set(used) == set(names)
    assert len(skipped) == 9


stem = st.text(st.sampled_from("catdog_-. ()019é猫"), min_size=1, max_size=10)


@given(st.lists(st.tuples(stem, st.sampled_from([".png", ".txt", ".csv", ""])), min_size=1, max_size=15), st.booleans())
def test_every_file_is_used_or_listed_once_and_every_label_is_words_of_its_name(given_names, insist):
    files = named(*{f"x{a}{b}" for a, b in given_names})
    try:
        reading = read_with(FileNames(), source_of(files), structure="file-names" if insist else None)
    except DataError:
        return
    if reading is None:
        return
    used, skipped = outcome(reading)
    assert sorted([*used, *skipped]) == sorted(files)
    for name, label in labels(used).items():
        assert all(word in name for word in label.split())
    counted = list(labels(used).values())
    assert len(set(counted)) >= 2
    assert all(counted.count(label) > 1 for label in counted)


def test_a_long_number_within_a_name_does_not_take_for_ever():
    names = [f"{label}_jpg.rf.{'0' * 40}{n}f.jpg" for label in ("cat", "dog") for n in range(3)]
    used, _ = outcome(read_with(FileNames(), source_of(named(*names))))
    assert set(labels(used).values()) == {"cat", "dog"}
