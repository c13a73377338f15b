"""Every language is whole: each sentence of the program is in its catalogue with the same values, and none is stale."""

from __future__ import annotations

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from core.catalogues import fields, template
from core.messages import CATALOGUES, Message, language, languages

CODES = [code for code in languages() if code != "en"]
_MARKS = ("**", "`")
_UNTRANSLATED = re.compile(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}")
"""Three English words in a row."""
_LEFT_IN_ENGLISH = re.compile(
    r"`[^`]*`|https?://\S+|[\w./-]+\.(?:csv|json|txt|zip|md|py)|--[a-z-]+|hf auth login|python -m [a-z ._-]+|"
    r"git lfs pull"
)


@cache
def catalogue(code: str) -> Catalog:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def forms(message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_translated_and_none_is_stale(code):
    mine, wanted = catalogue(code), template()
    missing = [message.id for message in wanted if message.id and (
        message.id not in mine or mine[message.id].fuzzy or not all(forms(mine[message.id]))
    )]  # fmt: skip
    assert missing == [], f"python -m core.catalogues {code}, then translate"
    assert [message.id for message in mine if message.id and message.id not in wanted] == [], "no longer said"


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_same_values_and_marks(code):
    wrong = []
    for message in catalogue(code):
        if not message.id:
            continue
        one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        for said in forms(message):
            same_values = fields(many) <= fields(said) <= fields(one) | fields(many)
            if not same_values or any(many.count(mark) != said.count(mark) for mark in _MARKS):
                wrong.append((many, said))
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_no_english_sentence_is_left_in_a_translation(code):
    said = [text for message in catalogue(code) if message.id for text in forms(message)]
    left = [text for text in said if _UNTRANSLATED.search(_LEFT_IN_ENGLISH.sub("", text))]
    assert left == []


def test_chinese_is_chosen_by_what_browsers_and_computers_call_it():
    from core.messages import chosen_language

    for asked in ("zh", "zh-CN", "zh_CN.UTF-8", "zh-Hans"):
        assert chosen_language([asked]) is language("zh")
    assert language("zh").render(Message("Training")) == "训练"
