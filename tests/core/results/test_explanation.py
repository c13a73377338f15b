"""The sentences."""

from __future__ import annotations

import pytest

from core.results.explanation import finding, limits


def of_picture(at=(0.1, 0.9), flat=False, before=0.92, after=0.4):
    heat = {"at": list(at), "flat": flat, "lowest": after}
    return {"modality": "image", "class": "cat", "probability": before, "heat": heat, "words": None}


def of_message(*words, before=0.92):
    keys = ("text", "value", "without")
    return {
        "modality": "text", "class": "bus", "probability": before, "heat": None,
        "words": [dict(zip(keys, word, strict=True)) for word in words],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "where"),
    [((0.1, 0.9), "upper right"), ((0.9, 0.1), "lower left"), ((0.5, 0.5), "middle"), ((1.0, 1.0), "lower right"),
     ((0.5, 0.1), "left side"), ((0.1, 0.5), "top")],
)  # fmt: skip
def test_a_map_in_a_sentence(at, where):
    assert str(finding(of_picture(at))) == (
        f"With the {where} covered, the confidence in “cat” would be 40\u00a0% instead of 92\u00a0%: that part matters "
        "most."
    )


def test_a_flat_map_points_at_nothing():
    assert str(finding(of_picture(flat=True))).startswith("No single part matters much")


def test_shares_that_would_look_the_same_get_a_digit_more():
    assert "“cat” would be 99.1\u00a0% instead of 99.8\u00a0%" in str(finding(of_picture(before=0.998, after=0.991)))


def test_the_word_that_matters_most_is_the_one_that_speaks_most_for_it():
    said = str(finding(of_message(("rain", -3.0, 0.99), ("late", 1.5, 0.7))))
    assert said.startswith("Without “late” the confidence in “bus” would be 70\u00a0% instead of 92\u00a0%")


@pytest.mark.parametrize("words", [[("rain", -3.0, 0.99), ("a", 0.1, 0.9)], [("a", -0.5, 0.9), ("b", -1.0, 0.9)]])
def test_where_no_word_speaks_for_it_none_is_named(words):
    assert str(finding(of_message(*words))).startswith("No single word matters much")


def test_a_single_word():
    assert str(finding(of_message())).startswith("It is a single word")


@pytest.mark.parametrize("modality", ["image", "text"])
def test_what_cannot_be_told_is_said(modality):
    assert "does not show what the model “thinks”" in str(limits(modality))
    assert "warning" in str(limits(modality))
