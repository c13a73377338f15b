"""Messages: keys and values, rendered by whoever shows them."""

from __future__ import annotations

import json
import pickle
import time

import pytest

from core.messages import (
    ENGLISH,
    NOTHING,
    Language,
    Message,
    chosen_language,
    counted,
    encode,
    quoted,
    revived,
    sentences,
)


def test_values_are_written_as_english_writes_them():
    message = Message(
        "{total} in {time:duration}: {share:percent}, {share:percent1}, {names:list}; {names:any}; {size:bytes}",
        total=12345, time=41.0, share=0.9236, names=["a", "b", "c"], size=4_600_000,
    )  # fmt: skip
    assert str(message) == "12,345 in about 40 seconds: 92\u00a0%, 92.4\u00a0%, a, b, and c; a, b, or c; 5 MB"


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0 pictures"), (1, "1 picture"), (2, "2 pictures"), (1000, "1,000 pictures")]
)
def test_a_count_chooses_the_form(n, said):
    assert str(counted("{n} picture", "{n} pictures", n=n)) == said


def test_other_languages_have_their_own_numbers_and_words():
    class Catalogue:
        def gettext(self, text):
            return {"{n} of {total}": "{n} von {total}"}[text]

    german = Language("de", Catalogue())
    assert german.render(Message("{n} of {total}", n=1.5, total=12345)) == "1,5 von 12.345"


def test_chinese_leaves_room_round_a_latin_word_or_a_number():
    chinese = Language("zh")
    assert chinese.render(Message("应为{truth}，预测为{said}", truth="bird", said="猫x1")) == "应为 bird，预测为猫x1"
    assert chinese.render(Message("{n}张，{names:list}", n=5, names=(1, 2, 8))) == "5 张，1、2 和 8"
    assert chinese.render(Message("{names:any}", names=("a_b", "{0}")), lambda text: text.replace("_", "\\_")) == (
        "a\\_b 或{0}"
    )
    assert Language("ja").render(Message("第{n}回", n=5)) == "第5回"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "10-92\u00a0%, 50.0\u00a0%"),
        ("zh", "10-92%, 50.0%"),
        ("de", "10-92\u00a0%, 50,0\u00a0%"),
        ("tr", "%10-92, %50,0"),
    ],
)
def test_a_percent_sign_stands_where_the_language_writes_it(code, said):
    assert Language(code).render(Message("{a:percent}, {b:percent1}", a=(0.1, 0.92), b=0.5)) == said


def test_messages_in_messages_are_rendered_in_the_same_language():
    outer = Message("{things} were read", things=counted("{n} picture", "{n} pictures", n=2))
    assert Language("en", wrap=lambda text: f"[{text}]").render(outer) == "[[2 pictures] were read]"


def test_only_text_from_outside_is_quoted():
    message = Message("**{name}** and {other}", name="*x*", other=Message("*ours*"))
    assert ENGLISH.render(message, quote=lambda text: text.replace("*", "\\*")) == "**\\*x\\*** and *ours*"


def test_a_name_does_not_turn_round_the_rest_of_the_sentence():
    """One with a right-to-left override made "34 of 41" read as "14 fo 43"."""
    turning = "\u202egnp\u2066 שלום"
    assert str(Message("{name}: {after} of {n}", name=turning, after=34, n=41)) == "gnp שלום: 34 of 41"


def test_json_and_back():
    message = Message("{things} in {where}", things=counted("{n} a", "{n} b", n=2), where=("x", 1, None))
    data = json.loads(json.dumps({"deep": [message], "plain": {"message2": 1}}, default=encode))
    assert revived(data) == {"deep": [message], "plain": {"message2": 1}}
    assert pickle.loads(pickle.dumps(message)) == message
    assert len({message, pickle.loads(pickle.dumps(message)), Message("x")}) == 2


def test_what_json_cannot_hold_is_no_value():
    with pytest.raises(TypeError):
        Message("{x}", x=object())
    with pytest.raises(TypeError):
        json.dumps(object(), default=encode)


def test_sentences_come_one_after_the_other():
    assert str(sentences(Message("A."), NOTHING, Message("B."), quoted("C."))) == "A. B. C."
    assert sentences() is NOTHING and not NOTHING and not quoted("")


def test_braces_in_a_value_are_text():
    assert str(Message("'{name}'", name="{n}")) == "'{n}'"


def test_an_unknown_language_is_english():
    assert chosen_language(["xx", "zz-ZZ"]) is ENGLISH


def test_languages_are_named_in_the_reader_s_own():
    message = Message("{codes:languages}", codes=("th", "zh-Hant", "fr", "tlh-x"))
    assert str(message) == "French, Thai, Traditional Chinese, and tlh-x"
    assert Language("de").render(Message("{codes:languages}", codes=("th", "fr"))) == "Französisch und Thailändisch"


def test_a_moment_is_told_by_the_clock_of_this_computer(monkeypatch):
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    try:
        said = Message("{when:date}", when="2026-11-30T03:05:09+00:00")
        assert str(said) == str(Message("{when:date}", when=1796007909)) == "2026-11-29 22:05"
    finally:
        monkeypatch.undo()
        time.tzset()
