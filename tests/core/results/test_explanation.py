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


def of_row(*cells, before=0.8):
    keys = ("column", "text", "value", "without")
    return {
        "modality": "table", "class": "yes", "probability": before, "heat": None, "words": None,
        "cells": [dict(zip(keys, cell, strict=True)) for cell in cells],
    }  # fmt: skip


def test_what_matters_most_is_what_changes_the_answer_most_for_it_or_against_it():
    said = str(finding(of_message(("rain", -3.0, 0.99), ("late", 1.5, 0.7))))
    assert said.startswith("Without “rain” the confidence in “bus” would be 99\u00a0% instead of 92\u00a0%")
    said = str(finding(of_message(("rain", -1.0, 0.96), ("late", 1.5, 0.7))))
    assert said.startswith("Without “late” the confidence in “bus” would be 70\u00a0% instead of 92\u00a0%")
    said = str(finding(of_row(("age", "3", 0.6, 0.7), ("fare", "9", -1.5, 0.95))))
    assert said.startswith("“fare” matters most") and "95\u00a0% instead of 80\u00a0%" in said
    assert str(finding(of_row(("age", "3", 1.6, 0.4), ("fare", "9", -1.5, 0.95)))).startswith("“age” matters most")


def test_where_nothing_changes_the_answer_nothing_is_named():
    assert str(finding(of_message(("a", 0.1, 0.9), ("b", -0.1, 0.93)))).startswith("No single word matters much")
    assert str(finding(of_row(("age", "3", 0.1, 0.79)))).startswith("No single column matters much")


def test_a_single_word():
    assert str(finding(of_message())).startswith("It is a single word")


@pytest.mark.parametrize("modality", ["image", "text"])
def test_what_cannot_be_told_is_said(modality):
    assert "does not show what the model “thinks”" in str(limits(modality))
    assert "warning" in str(limits(modality))
