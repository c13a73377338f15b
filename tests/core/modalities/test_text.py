"""Messages: trimmed, never empty, padded to the longest of a batch."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import UnreadableExampleError
from core.modalities.text import TextModality, TextSpec
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


def test_length_orders_messages_by_their_cost():
    assert TEXT.length("a long message") > TEXT.length("short")
