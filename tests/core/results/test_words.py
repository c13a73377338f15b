"""What each word of a message does to an answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.results.explanation import MOST_WORDS
from core.results.occlusion import split_message, word_values
from tests.core.results.planted import FakeWitness, zebra_dataset
from tests.helpers import trained


def parts(message: str) -> list[str]:
    return [message[start:end] for start, end in split_message(message)]


def test_words_stay_as_they_were_written():
    assert parts("  Isn't  it\nlate?! ") == ["Isn't", "it", "late?!"]


def test_scripts_without_blanks_are_taken_sign_by_sign():
    assert parts("校车晚了，bus 3号") == ["校", "车", "晚", "了", "，bus", "3", "号"]
    assert parts("バスが late") == ["バ", "ス", "が", "late"]


@given(st.text(max_size=60))
def test_every_character_but_blanks_is_in_exactly_one_word(message):
    spans = list(split_message(message))
    assert [i for start, end in spans for i in range(start, end)] == [
        i for i, char in enumerate(message) if not char.isspace()
    ]


def test_a_word_is_worth_what_leaving_it_out_takes():
    """A model that counts: 2 for each "goal", -1 for each "rain"."""
    counting = FakeWitness(lambda text: 2.0 * text.split().count("goal") - text.split().count("rain"))
    words = word_values(counting, "a goal in the rain", 0)
    assert [word.text for word in words] == ["a", "goal", "in", "the", "rain"]
    assert [word.value for word in words] == pytest.approx([0, 2, 0, 0, -1])
    assert words[1].without == pytest.approx(1 / (1 + np.e))  # the log-odds that are left: -1
    assert words[4].without == pytest.approx(1 / (1 + np.exp(-2)))
    against = word_values(counting, "a goal in the rain", 1)
    assert [word.value for word in against] == pytest.approx([0, -2, 0, 0, 1])


def test_one_word_leaves_nothing_to_compare_with():
    assert word_values(FakeWitness(lambda text: 1.0), "goal", 0) == []


def test_of_a_long_message_its_beginning_is_looked_at():
    asked: list[str] = []
    words = word_values(FakeWitness(lambda text: asked.append(text) or 0.0), "word " * 500, 0)
    assert len(words) == MOST_WORDS
    assert len(asked) == MOST_WORDS + 1


def test_a_class_that_one_word_decides_lights_that_word(workspace, witness):
    run = trained(workspace, zebra_dataset(workspace), model="small-text", strategy="scratch", epochs=30)
    learnt = witness(run)
    for message in ("we saw a zebra on our walk", "zebra things went home today"):
        words = word_values(learnt, message, learnt.classes.index("zoo"))
        best, second = sorted(words, key=lambda word: -word.value)[:2]
        assert best.text == "zebra"
        assert best.value > 3 * max(second.value, 0.1)
