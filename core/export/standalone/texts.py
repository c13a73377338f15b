"""Messages: cut into the tokens of the model as in the program that it comes from."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UnreadableExampleError
from core.export.standalone.asking import HERE, about, main
from core.messages import Message
from core.models.vocabulary import Vocabulary


class Texts:
    """Messages, tables of them, and lines."""

    def __init__(self, config: dict[str, Any], folder: Path = HERE) -> None:
        self._config = config
        self._longest = config["max_length"]
        if "vocabulary" in config:
            words = json.loads((folder / config["vocabulary"]).read_text(encoding="utf-8"))
            self._vocabulary: Vocabulary | None = Vocabulary(words)
            return
        from tokenizers import Tokenizer

        self._vocabulary = None
        self._tokenizer = Tokenizer.from_file(str(folder / config["tokenizer"]))
        self._tokenizer.enable_truncation(self._longest)
        self._tokenizer.enable_padding(pad_id=config["pad_id"], pad_token=config["pad_token"])

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Messages; of a .csv file its column "text", or its first one; "-" reads a message a line."""
        for argument in arguments:
            if argument == "-":
                yield from ((line.rstrip("\r\n"), line.encode()) for line in sys.stdin)
            elif argument.lower().endswith(".csv"):
                with Path(argument).open(encoding="utf-8-sig", newline="") as file:
                    rows = csv.DictReader(file)
                    names = rows.fieldnames or []
                    column = "text" if "text" in names else names[0] if names else ""
                    yield from ((row[column] or "", (row[column] or "").encode()) for row in rows)
            else:
                yield argument, argument.encode()

    def read(self, raw: bytes) -> str:
        text = raw.decode("utf-8", errors="replace").replace("\x00", "").strip()
        if not text:
            raise UnreadableExampleError(Message("The message is empty."))
        return text

    def batch(self, examples: Sequence[str]) -> dict[str, np.ndarray]:
        if self._vocabulary is not None:
            return self._vocabulary(
                list(examples), padding=True, truncation=True, max_length=self._longest, return_tensors="np"
            )
        found = self._tokenizer.encode_batch(list(examples))
        return {
            "input_ids": np.array([one.ids for one in found], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in found], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in found], dtype=np.int64),
        }


INPUTS = Texts

if __name__ == "__main__":
    sys.exit(
        main(Texts(about()["input"]), 'messages in quotes, a .csv file with a column "text", or - for a line each')
    )
