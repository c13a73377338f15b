"""Numbers and strangers' text, as a person should read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.modalities import get_modality
from pages.shared.figures import class_colours
from pages.shared.words import duration, escape, plain, share_range, tr


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "a moment"),
        (4.2, "about 4 seconds"),
        (42, "about 40 seconds"),
        (100, "about 2 minutes"),
        (7000, "about 2 hours"),
    ],
)
def test_durations_are_said_as_a_person_would(seconds, said):
    assert duration(seconds) == said


def test_ranges_and_counts():
    assert share_range((0.7225, 1.0)) == "72-100\u00a0%"
    assert [plain(get_modality(name).count(n)) for name, n in (("image", 1), ("text", 1200))] == [
        "1 picture",
        "1,200 messages",
    ]


@given(st.text())
def test_strangers_text_cannot_become_markup(text):
    special = set(r"\`*_{}[]()#+-.!|<>~:$&")
    shown = escape(text)
    assert shown.replace("\\", "") == text.replace("\\", "")
    for before, char in zip(" " + shown, shown, strict=False):
        assert char not in special - {"\\"} or before == "\\"


def test_a_value_may_have_any_name_that_a_sentence_needs():
    assert tr("{text} and {self}", text="a", self="b") == "a and b"


def test_a_class_keeps_its_colour():
    assert class_colours(["a", "b", "c"])["b"] == class_colours(["a", "b"])["b"]
