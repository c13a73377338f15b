"""Rows of a table: cells become numbers as in the program that the model comes from."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.export.standalone.asking import HERE, about, main
from core.modalities.table.columns import Columns
from core.modalities.table.rows import Row, read_row


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
                with Path(argument).open(encoding="utf-8-sig", newline="") as file:
                    for number, row in enumerate(csv.DictReader(file), start=2):
                        cells = {name: cell for name, cell in row.items() if name is not None}
                        yield f"{argument} row {number}", json.dumps(cells).encode()
            elif argument.lower().endswith(".json"):
                yield argument, Path(argument).read_bytes()
            else:
                yield argument, argument.encode()

    def read(self, raw: bytes) -> Row:
        return read_row(raw)

    def batch(self, examples: Sequence[Row]) -> dict[str, np.ndarray]:
        return self._columns.arrays(examples, apart=self._apart)


INPUTS = Rows

if __name__ == "__main__":
    sys.exit(
        main(Rows(about()["input"]), "rows such as '{\"age\": 22}', a .csv file with a header, or - for a row a line")
    )
