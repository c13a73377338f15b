"""Two-level labels: seen where they are, and never where a sign only happens to stand in a label."""

from __future__ import annotations

import pytest

from core.data.readers.labels import label_levels
from core.errors import DataError

TREC = ["DESC:manner", "DESC:def", "NUM:date", "NUM:count", "HUM:ind"]


@pytest.mark.parametrize(
    ("labels", "separator"),
    [
        (TREC, ":"), (["animal/cat", "animal/dog", "plant/oak"], "/"),
        (["animal > cat", "animal > dog", "plant > oak"], " > "), (["a::b", "a::c", "d::b"], "::"),
        (["a - b", "a - c", "d - b"], " - "),
    ],
)  # fmt: skip
def test_a_shared_separator_makes_two_levels(labels, separator):
    levels = label_levels(labels)
    assert (levels.separator, levels.level) == (separator, "full")
    assert levels.choices == {"label_level": ["full", "top", "bottom"]}
    assert [levels(label) for label in labels] == labels, "unless asked, the whole label is the class"


def test_either_part_can_be_the_class():
    assert {label_levels(TREC, "top")(label) for label in TREC} == {"DESC", "NUM", "HUM"}
    assert label_levels(TREC, "bottom")("NUM:date") == "date"
    assert label_levels(["a > b", "a > c > d", "e > f"], "bottom")("a > c > d") == "c > d"


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog"], ["a:b", "c:d"], ["a:b", "a:c"], ["yes/no", "maybe", "never", "often"], [":a", ":b", "c:"],
        ["10:30", "11:45"], [],
    ],
    ids=["no sign", "tops all different", "one top", "few have it", "empty parts", "times", "none"],
)  # fmt: skip
def test_labels_of_one_level_offer_nothing(labels):
    levels = label_levels(labels)
    assert levels.separator is None
    assert levels.choices == levels.proposal == {}
    assert [levels(label) for label in labels] == labels


def test_a_label_without_the_separator_stays_whole():
    labels = [f"{top}:{n}" for top in "ab" for n in range(20)] + ["other"]
    assert label_levels(labels, "top")("other") == "other"
    assert label_levels(labels, "bottom")("other") == "other"


@pytest.mark.parametrize(("labels", "level"), [(["a", "b"], "top"), (TREC, "middle")])
def test_a_level_that_is_not_there_is_said(labels, level):
    with pytest.raises(DataError):
        label_levels(labels, level)
