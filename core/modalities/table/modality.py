"""Rows of a table as a kind of example: numbers, categories, dates and gaps by the names of their columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from core.errors import UnreadableExampleError, UserError
from core.messages import Message, counted
from core.modalities.base import Batch, Modality, OfflinePage, Plain, Usual
from core.modalities.table.columns import Columns
from core.modalities.table.joining import joined, unlike
from core.modalities.table.rows import NO_ROW, Row, read_row, row_of, row_text
from core.modalities.table.suiting import remark, suited


@dataclass(frozen=True, slots=True)
class TableSpec:
    """How a backbone wants its rows: by `columns`, as one row of `features`, or (`apart`) as a number and a code for
    each column."""

    columns: Columns
    apart: bool = False


class TableModality(Modality[Row, TableSpec]):
    """Rows as texts by column. The dataset's file itself holds them, as JSON; the store is not used.

    What is a number and what a category is nothing that one row can tell: it is learnt from the training rows (see
    `core.modalities.table.fitting`), and kept with the model.
    """

    name = "table"
    one = Message("a row")
    many = Message("rows")
    first_title = Message("My table")
    untested = Message(
        "It was tested on rows of this dataset only. Rows measured elsewhere, later or by others were not tested."
    )

    is_row = True
    ways_in = ("rows",)
    arrangement = Message(
        "Make a table with a row for each example: its class in one column, and what was measured in the others."
    )

    view = "row"
    explanation = "columns"
    traits = "columns"

    default_model = "table-columns"
    plain = Plain("table-columns", ("logistic", "trees"), most=20_000)
    augmentations = {
        "none": Message("Every row stays as it is."),
        "light": Message("One cell in ten is emptied."),
        "strong": Message("One cell in four is emptied."),
    }
    usual = Usual(strategy="head", augmentation="none", partial_layers=1, contrastive_layers=2, probed_layers=1,
                  epochs=20,
        rate_factor=5.0,
        blank_epochs=60, blank_rate=5e-3)  # fmt: skip

    hub_task = "tabular-classification"
    sample_argument = """'{"age": 22, "sex": "male"}'"""

    script = "core.export.standalone.tables"
    page = OfflinePage("tables.js", {
        "classify": Message("Classify"), "empty": Message("Nothing is filled in."), "missing": Message("(missing)"),
        "known": Message("known"), "something": Message("something"),
    })  # fmt: skip

    def count(self, n: int) -> Message:
        return counted("{n} row", "{n} rows", n=n)

    def pace(self, speed: float) -> Message:
        return counted("{n} row a second", "{n} rows a second", n=round(speed))

    def read(self, raw: bytes) -> Row:
        """A JSON object: text, numbers, true, false or null by the names of the columns."""
        return read_row(raw)

    def raw(self, given: str) -> bytes:
        """The row itself, as JSON, or the file in which it is written so."""
        if given.lstrip().startswith("{"):
            return given.encode(errors="replace")
        try:
            return super().raw(given)
        except UserError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise UserError(NO_ROW, error.problem) from error
            gone = Message("There is no file '{name}'.", name=given)
            if PurePath(given).suffix[1:].isalnum():  # called like a file it was hardly meant as a row
                raise UserError(gone) from error
            raise UserError(NO_ROW, gone) from error

    def digest(self, raw: bytes) -> str:
        """Of what the row holds, in whatever order that comes."""
        filled = {name: cell for name, cell in self.read(raw).items() if cell}
        text = json.dumps(filled, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{self.name}-1:{text}".encode(errors="replace")).hexdigest()[:32]

    def keep(self, payload: Row, digest: str, store: Path) -> str:
        return row_text(payload)

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> Row:
        if text is None:
            raise UnreadableExampleError(Message("The row is missing from the dataset's file."))
        row = row_of(text)
        if row is None:
            raise UnreadableExampleError(Message("The row in the dataset's file is damaged."))
        return row

    def joined(self, held: Sequence[Row], given: Mapping[str, Row]) -> tuple[Sequence[Row], Sequence[Message]]:
        """See `core.modalities.table.joining`."""
        return joined(held, given)

    def suited(self, extras: Mapping[str, Any] | None, given: Sequence[Row]) -> Callable[[Row], Row] | None:
        """See `core.modalities.table.suiting`."""
        return suited(Columns.from_dict(extras), given) if extras else None

    def remarks(
        self, extras: Mapping[str, Any] | None, given: Sequence[Row], *, together: bool = False
    ) -> Sequence[Message]:
        """See `core.modalities.table.suiting`."""
        columns = Columns.from_dict(extras) if extras else Columns()
        return [remark(columns, row, of_table=together) for row in given]

    def unlike(self, extras: Mapping[str, Any] | None, given: Mapping[str, Row]) -> Sequence[Message]:
        """See `core.modalities.table.joining`."""
        return unlike(Columns.from_dict(extras), given) if extras else ()

    def line(self, text: str) -> str:
        return " \u00b7 ".join(f"{name}: {cell}" for name, cell in (row_of(text) or {"": text}).items() if cell)

    def thumbnail(self, payload: Row) -> Row:
        """Its first cells that are filled; of a few no more than half."""
        filled = [cell for cell in payload.items() if cell[1]]
        return dict(filled[: min(3, (len(filled) + 1) // 2)])

    def exported(self, payload: Row) -> tuple[str, bytes]:
        return ".json", row_text(payload).encode()

    def augment(self, payload: Row, level: str, rng: np.random.Generator) -> Row:
        """Leaves out cells at random ("light": one in ten, "strong": one in four), but not all of them."""
        filled = [name for name, cell in payload.items() if cell]
        if level == "none" or len(filled) < 2:
            return payload
        goes = rng.random(len(filled)) < (0.1 if level == "light" else 0.25)
        goes[rng.integers(len(filled))] = False
        return {**payload, **{name: "" for name, gone in zip(filled, goes, strict=True) if gone}}

    def batch(self, payloads: Sequence[Row], spec: TableSpec) -> Batch:
        """{"features": (n, width) float32}; apart {"amounts": (n, columns) float32, "codes": (n, columns) int64}."""
        return spec.columns.arrays(payloads, apart=spec.apart)

    def parts(self, spec: TableSpec) -> Iterator[tuple[str, Mapping[str, slice]]]:
        start = 0
        for at, column in enumerate(spec.columns.columns):
            one = slice(at, at + 1)
            place = slice(start, start + column.width)
            yield column.name, {"amounts": one, "codes": one} if spec.apart else {"features": place}
            start += column.width

    def typical(self) -> Row:
        return {f"column {number}": str(number / 2) for number in range(1, 11)}
