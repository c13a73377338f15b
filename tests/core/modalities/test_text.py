"""Messages: trimmed, never empty, padded to the longest of a batch."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UnreadableExampleError
from core.modalities.text import TextModality, TextSpec
from core.models.backbones.hub import quiet_transformers
from core.models.text_packages import minilm_folder
from core.models.vocabulary import Vocabulary
from tests.helpers import png
from tests.tiny import TinyTokenizer

TEXT = TextModality()


@pytest.mark.parametrize("raw", [b"", b"   ", b"\n\t\r\n", b"\x00\x00", "\u3000".encode()])
def test_an_empty_message_is_refused(raw):
    with pytest.raises(UnreadableExampleError, match="empty"):
        TEXT.read(raw)


def test_a_message_is_trimmed_but_keeps_its_own_line_breaks():
    assert TEXT.read(b"  two\nlines \n") == "two\nlines"


def test_bytes_that_are_no_text_are_marked_not_dropped():
    assert TEXT.read(b"caf\xe9 noir") == "caf\N{REPLACEMENT CHARACTER} noir"


def test_a_message_missing_from_its_data_set_is_said_so(tmp_path):
    with pytest.raises(UnreadableExampleError, match="missing"):
        TEXT.load("abc", None, tmp_path)


def test_a_batch_is_padded_to_its_longest_message():
    batch = TEXT.batch(["one two three", "one"], TextSpec(TinyTokenizer(), 16))
    assert batch["input_ids"].shape == (2, 3)
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert all(values.dtype == np.int64 for values in batch.values())


def test_a_long_message_is_cut_after_max_length_tokens():
    batch = TEXT.batch(["w " * 50, "one"], TextSpec(TinyTokenizer(), 4))
    assert batch["input_ids"].shape == (2, 4)


@pytest.mark.parametrize(
    "tokenizer",
    [pytest.param(Vocabulary(["bus", "late"]), id="words"), pytest.param(None, id="word pieces")],
)
def test_a_tokenizer_is_given_no_more_than_it_reads(tokenizer):
    """Megabytes are not cut into tokens only to be dropped; and what the model reads is the same."""
    if tokenizer is None:
        tokenizer = quiet_transformers().AutoTokenizer.from_pretrained(minilm_folder(), local_files_only=True)
    given = []

    def watched(texts, **how):
        given.extend(texts)
        return tokenizer(texts, **how)

    texts = ["bus, late! " * 20_000, "Donaudampfschifffahrtsgesellschaft " * 9000, "\u516c\u4ea4" * 40_000, "bus"]
    batch = TEXT.batch(texts, TextSpec(watched, 16))
    assert [len(text) for text in given] == [1600, 1600, 1600, 3]
    whole = tokenizer(texts, padding=True, truncation=True, max_length=16, return_tensors="np")
    assert all(np.array_equal(batch[name], whole[name]) for name in batch)


@pytest.mark.parametrize("raw", [png(), b"%PDF-1.7 x", b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00"])
def test_what_is_no_text_is_refused(raw):
    for found in (raw, raw.decode("cp1252", errors="replace").encode()):  # as a reader of texts may have taken it
        with pytest.raises(UnreadableExampleError, match="not a text"):
            TEXT.read(found)


def test_a_stray_control_character_and_half_an_emoji_are_no_reason():
    assert TEXT.read(b"the bus\x00 was late \x1b[31mtoday\x07") == "the bus was late \x1b[31mtoday\x07"
    assert TEXT.raw("bus \ud83d") == b"bus ?"


def test_length_orders_messages_by_their_cost():
    assert TEXT.length("a long message") > TEXT.length("short")
