"""What a comparison warrants, said."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.paired import compare
from core.messages import Message
from core.studies.comparison.findings import about, says_p, verdict
from tests.core.evaluation.test_paired import answers


def said(*counts: int) -> str:
    return " ".join(map(str, verdict(compare(*answers(*counts)), Message("head"), Message("nearest"))))


def test_the_better_one_is_named_with_interval_and_p():
    text = said(60, 20, 4, 16)
    assert text.startswith(
        "“head” is better than “nearest”: by 16 percentage points on these 100 examples. With many more "
    )
    assert "“head” alone was right on 20 of them, “nearest” alone on 4" in text and "p = 0.002" in text
    assert "no clear" not in text.lower() and "it would take" not in text


def test_the_second_can_be_the_better_one():
    assert said(60, 4, 20, 16) == said(60, 20, 4, 16).replace("head", "?").replace("nearest", "head").replace(
        "?", "nearest"
    )


def test_no_clear_winner_says_what_it_would_take():
    text = said(30, 6, 3, 1)
    assert text.startswith(
        "No clear difference: “head” was ahead of “nearest” by 8 percentage points on these 40 examples"
    )
    assert " percentage points worse to " in text and "in 51 of 100 such tests (p = 0.51)" in text
    assert "about 320 examples" in text


def test_where_the_exact_test_alone_leaves_it_open_there_is_no_zero_points_worse():
    assert "anything from no better to " in said(1, 7, 1, 12)


def test_equally_often_right():
    text = said(30, 4, 4, 2)
    assert "right equally often on these 40 examples" in text and "Each alone was right on 4 of them" in text
    assert "100 of 100" not in text and "it would take" not in text


def test_the_very_same_answers():
    text = said(36, 0, 0, 4)
    assert text.startswith("No clear difference: “head” and “nearest” were right on the very same ones of these 40")
    assert "up to 9 percentage points apart" in text


def test_copies_are_mentioned_only_where_there_are_any():
    a, b = (np.repeat(part, 2) for part in answers(30, 6, 1, 3))
    found = compare(a, b, np.repeat(np.arange(40), 2))
    assert any(
        "the 80 examples are 40 different ones" in str(one) for one in verdict(found, Message("a"), Message("b"))
    )
    assert "Copies" not in said(30, 6, 1, 3)


@pytest.mark.parametrize(("p", "text"), [(0.5, "0.50"), (0.0123, "0.012"), (0.00004, "less than 0.001")])
def test_p(p, text):
    assert str(says_p(p)) == text


@pytest.mark.parametrize(("count", "n"), [(7, 7), (86, 86), (323, 330), (12_345, 13_000)])
def test_about(count, n):
    assert about(count) == n
