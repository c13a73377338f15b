"""Messages: cut into the tokens of the model as in the program that it comes from."""

from __future__ import annotations

import codecs
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.export.standalone.asking import HERE, about, main
from core.messages import Message
from core.modalities.terms import Terms
from core.modalities.text_decoding import read_part, read_text
from core.models.pieces import Pieces
from core.models.vocabulary import Vocabulary


class Texts:
    """Messages, tables of them, and lines."""

    def __init__(self, config: dict[str, Any], folder: Path = HERE) -> None:
        self._longest = config["max_length"]
        if "vocabulary" in config:
            self._cut: Vocabulary | Terms | Pieces = Vocabulary(_json(folder / config["vocabulary"]))
            return
        if "terms" in config:
            self._cut = Terms(**_json(folder / config["terms"]))
            return
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / config["tokenizer"]))
        self._cut = Pieces(tokenizer, self._longest, config["pad_id"], config["pad_token"])

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Messages; of a .csv file its column "text", or its first one; any other file is a message; "-" reads one a
        line."""
        for argument in arguments:
            if argument == "-":
                yield from (_typed(line.rstrip("\r\n")) for line in sys.stdin)
            elif argument.lower().endswith(".csv"):
                with Path(argument).open(encoding="utf-8-sig", newline="") as file:
                    rows = csv.DictReader(file)
                    names = rows.fieldnames or []
                    column = "text" if "text" in names else names[0] if names else ""
                    yield from (_typed(row[column] or "") for row in rows)
            elif _is_file(argument):
                yield argument, _as_utf8(Path(argument).read_bytes())
            else:
                yield _typed(argument)

    def read(self, raw: bytes) -> str:
        return read_text(raw)

    def batch(self, examples: Sequence[str]) -> dict[str, np.ndarray]:
        texts = [read_part(text, self._longest) for text in examples]
        return self._cut(texts, padding=True, truncation=True, max_length=self._longest, return_tensors="np")

    def remark(self, example: str) -> str:
        return ""


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _is_file(argument: str) -> bool:
    try:
        return Path(argument).is_file()
    except (OSError, ValueError):  # a message that is too long for a name, or has a null character in it
        return False


def _typed(text: str) -> tuple[str, bytes]:
    """A message that is its own name; half of an emoji is replaced: nothing can print it."""
    raw = text.encode(errors="replace")
    return raw.decode(), raw


def _as_utf8(raw: bytes) -> bytes:
    """A file's text, which says itself when it is not written in UTF-8."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace").encode()
    return raw.removeprefix(codecs.BOM_UTF8)


INPUTS = Texts

if __name__ == "__main__":
    sys.exit(
        main(
            Texts(about()["input"]),
            Message("messages in quotes, files of one each, a .csv file with a column “text”, or - for a line each"),
        )
    )
