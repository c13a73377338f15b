"""Numbers and strangers' text, as a person should read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.messages import Message, language
from pages.shared import words
from pages.shared.figures import class_colours
from pages.shared.words import duration, error_text, escape, example_name, plain, share_range, title_of, tr


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


def test_rows_are_called_in_the_readers_language_and_files_as_they_are(monkeypatch):
    monkeypatch.setattr(words, "session_language", lambda: language("zh"))
    assert [example_name(name) for name in ("row 1308", "row 3.png", "my row 3")] == [
        "第 1308 行",
        "row 3.png",
        "my row 3",
    ]


def test_a_persons_own_title_is_never_translated_and_a_samples_is(monkeypatch):
    monkeypatch.setattr(words, "session_language", lambda: language("zh"))
    assert title_of("messages") == "messages" and plain("messages") != "messages"
    assert title_of("Clip art") != "Clip art"
    assert title_of("Clip art (seed 3)").startswith(title_of("Clip art")) and "seed" not in title_of("mine (seed 3)")


def test_text_from_outside_is_escaped_in_markdown_only():
    inner = Message("**{name}**", name="a_b")
    assert tr("{what}: {inner}", what="*x*", inner=inner) == "\\*x\\*: **a\\_b**"
    assert plain("{what}: {inner}", what="*x*", inner=inner) == "*x*: **a_b**"


def test_what_is_markdown_already_is_not_escaped_again():
    assert tr("{a} and {b}", a=tr("**{x}**", x="*"), b=escape("*")) == "**\\*** and \\*"


def test_an_error_says_what_happened_and_what_to_do():
    error = UserError(Message("'{file}' is torn.", file="a_b.png"), Message("Mend it."))
    assert error_text(error) == "**'a\\_b\\.png' is torn.** Mend it."


@given(st.text())
def test_strangers_text_cannot_become_markup(text):
    special = set(r"\`*_{}[]()#+-.!|<>~:$&")
    shown = escape(text).replace(":small[]", "")
    assert shown.replace("\\", "") == text.replace("\\", "")
    for before, char in zip(" " + shown, shown, strict=False):
        assert char not in special - {"\\"} or before == "\\"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("see HTTPS://bad.example", 2), ("WWW.bad.example", 2), ("me@bad.example", 2), (":smile: x:+1:y", 3),
        ("mailto:me@bad.example http://www.bad.example", 4), ("12:30, a: b", 1), ("http:\\\\x", 1),
    ],
)  # fmt: skip
def test_no_piece_of_strangers_text_is_a_whole_address_or_emoji(text, pieces):
    """Streamlit looks for them in each piece of text by itself, after it took away the backslashes."""
    shown = [piece.replace("\\", "") for piece in escape(text).split(":small[]")]
    assert "".join(shown) == text.replace("\\", "") and len(shown) == pieces
    whole = re.compile(r"https?://|www\.|[\w.+-]+@[\w-]+\.|:[\w+-]+:", re.IGNORECASE)
    assert not [piece for piece in shown if whole.search(piece)]


def test_a_value_may_have_any_name_that_a_sentence_needs():
    assert tr("{text} and {self}", text="a", self="b") == "a and b"


def test_a_class_keeps_its_colour():
    assert class_colours(["a", "b", "c"])["b"] == class_colours(["a", "b"])["b"]
