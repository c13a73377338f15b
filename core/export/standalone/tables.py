"""Rows of a table: cells become numbers as in the program that the model comes from."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UnreadableExampleError
from core.export.standalone.asking import HERE, about, main
from core.messages import Message
from core.modalities.table.columns import Columns
from core.modalities.table.rows import Row, read_row
from core.modalities.table.suiting import remark, suited


class Rows:
    """Rows as JSON objects, and files of them."""

    def __init__(self, config: dict[str, Any], folder: Path = HERE) -> None:
        self._columns = Columns.from_dict(config["columns"])
        self._apart = bool(config["apart"])

    def named(self, arguments: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Rows; all of a .csv file whose first row names the columns; a .json file with one; "-" reads a row a line."""
        for argument in arguments:
            if argument == "-":
                yield from ((line.strip(), line.encode()) for line in sys.stdin)
            elif argument.lower().endswith(".csv"):
                yield from self._of_table(argument)
            elif argument.lower().endswith(".json"):
                yield argument, Path(argument).read_bytes()
            else:
                yield argument, argument.encode()

    def _of_table(self, name: str) -> Iterator[tuple[str, bytes]]:
        with Path(name).open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            found = list(csv.DictReader(file, delimiter=max(",;\t", key=header.count)))
        rows = [{key: cell or "" for key, cell in row.items() if key is not None} for row in found]
        suit = suited(self._columns, rows)  # all of them say how their numbers are written
        for number, row in enumerate(rows, start=2):
            with suppress(UnreadableExampleError):  # said where it is read
                row = dict(suit(row))
            yield f"{name} row {number}", json.dumps(row).encode()

    def read(self, raw: bytes) -> Row:
        row = read_row(raw)
        return suited(self._columns, [row])(row)

    def remark(self, example: Row) -> str:
        return str(remark(self._columns, example))

    def batch(self, examples: Sequence[Row]) -> dict[str, np.ndarray]:
        return self._columns.arrays(examples, apart=self._apart)


INPUTS = Rows

if __name__ == "__main__":
    sys.exit(
        main(
            Rows(about()["input"]),
            Message("rows such as {example}, a .csv file, or - for a row a line", example="'{\"age\": 22}'"),
        )
    )
