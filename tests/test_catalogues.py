"""A catalogue says what the program says, with the same values, and nothing that is gone; Chinese says all of it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from core.catalogues import fields, template
from core.messages import CATALOGUES, Message, chosen_language, language, languages

CODES = [code for code in languages() if code != "en"]
COMPLETE = ("zh", "es")
"""What they lack is a fault. What others lack is said in English."""
_MARKS = ("**", "`")
_THREE_WORDS = re.compile(r"(?=(\b[a-z]{3,} [a-z]{3,} [a-z]{3,}\b))")
_LEFT_IN_ENGLISH = re.compile(
    r"`[^`]*`|https?://\S+|[\w./-]+\.(?:csv|json|txt|zip|md|py)|--[a-z-]+|hf auth login|python -m [a-z ._-]+|"
    r"git lfs pull"
)


@cache
def catalogue(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


@cache
def of_the_source() -> Catalog:
    return template()


def forms(message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def said_by(code: str):
    """(English form, what is said for it) of all that is translated, each form with the one that it stands for."""
    for message in catalogue(code):
        if message.id and all(forms(message)):
            one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
            said = forms(message)
            yield from ((one if len(said) > 1 and not place else many, text) for place, text in enumerate(said))


@pytest.mark.parametrize("code", COMPLETE)
def test_every_sentence_is_translated(code):
    mine = catalogue(code)
    missing = [message.id for message in of_the_source() if message.id and (
        message.id not in mine or mine[message.id].fuzzy or not all(forms(mine[message.id]))
    )]  # fmt: skip
    assert missing == [], f"python -m core.catalogues {code}, then translate"


@pytest.mark.parametrize("code", CODES)
def test_no_translation_is_stale(code):
    wanted = of_the_source()
    assert [message.id for message in catalogue(code) if message.id and message.id not in wanted] == []


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_same_values_and_marks(code):
    wrong = [(text, said) for text, said in said_by(code)
             if not fields(text) <= fields(said) <= fields(text) | {"n"}
             or any(text.count(mark) != said.count(mark) for mark in _MARKS)]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_no_english_sentence_is_left_in_a_translation(code):
    left = [(text, said) for text, said in said_by(code)
            for run in _THREE_WORDS.findall(_LEFT_IN_ENGLISH.sub("", text)) if run in said]  # fmt: skip
    assert left == []


def _ends_a_word(char: str) -> bool:
    """What Markdown takes for the edge of a word; what a value will hold is taken for letters."""
    return char.isspace() or (char not in "{}" and unicodedata.category(char)[0] in "PS")


@pytest.mark.parametrize("code", CODES)
def test_bold_is_bold_where_no_blanks_stand_between_words(code):
    """`**是。**在` is not: two stars behind a full stop end nothing if a letter follows them (CommonMark 6.2)."""
    plain = []
    for _, said in said_by(code):
        parts = f" {said} ".split("**")
        inner = parts[1::2]
        for before, bold, after in zip(parts[::2], inner, parts[2::2], strict=False):
            begins = not _ends_a_word(bold[0]) or _ends_a_word(before[-1:] or " ")
            ends = not _ends_a_word(bold[-1]) or _ends_a_word(after[:1] or " ")
            if not begins or not ends or bold != bold.strip():
                plain.append(said)
    assert plain == []


@pytest.mark.parametrize("code", CODES)
def test_the_main_journey_is_in_every_language(code):
    for text in ("Train", "Result", "Upload", "Try it", "Fine-tuning method", "See results", "Language"):
        assert catalogue(code)[text].string, text


def test_chinese_is_chosen_by_what_browsers_and_computers_call_it():
    for asked in ("zh", "zh-CN", "zh_CN.UTF-8", "zh-Hans"):
        assert chosen_language([asked]) is language("zh")
    assert language("zh").render(Message("Training")) == "训练"


def test_spanish_is_chosen_wherever_it_is_spoken():
    for asked in ("es", "es-PE", "es-419", "es_MX.UTF-8"):
        assert chosen_language([asked, "en"]) is language("es")
    share = Message("{n} of {total} were read: {share:percent}", n=3, total=5, share=0.6)
    assert language("es").render(share) == "3 of 5 were read: 60\u00a0%", "what it lacks is said in English"
