"""What students may call themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.classroom.names import LONGEST, clean_name, next_number
from core.errors import UserError


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Mia \n  Sophie ", "Mia Sophie"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # text like any other
        ("小明", "小明"),
        ("M\u202eaiM\u0000\u0007", "M aiM"),
        ("Z" + "\u0301" * 30 + "oe", "Ź\u0301\u0301oe"),
        ("🦊", "🦊"),
        ("می\u200cنا", "می\u200cنا"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(given, shown):
    assert clean_name(given) == shown


@pytest.mark.parametrize("given", ["", "  ", "\u200b\u200d", "\u0301", "...", "\u202e", "x" * 500, "x" * 100_000])
def test_what_is_no_name_is_refused_in_a_sentence(given):
    with pytest.raises(UserError, match=r"\w+ .*\."):
        clean_name(given)


@given(st.text())
def test_whatever_is_given_is_a_short_line_or_refused(text):
    try:
        name = clean_name(text)
    except UserError:
        return
    assert 0 < len(name) <= LONGEST and name == clean_name(name)
    assert all(char.isprintable() or char in "\u200c\u200d" for char in name)


def test_nobody_is_mistaken_for_somebody_else():
    taken = [("Mia", "", 1), ("", "fox", 1), ("", "fox", 2), ("MIA", "", 2)]
    assert [next_number(name, animal, taken) for name, animal in
            [("mia", ""), ("ｍｉａ", ""), ("", "fox"), ("", "owl"), ("Ben", "")]] == [3, 3, 3, 1, 1]  # fmt: skip
