"""Parquet, as data sets on the web and programs for tables write it; with the names of classes that it may hold."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.data.readers.cells import cell_text
from core.data.readers.names import plain_name
from core.data.readers.pixels import cell_of_file
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile, named_columns
from core.errors import DataError
from core.limits import Limits, how_to_raise
from core.messages import Message

_MARK = b"PAR1"
_UNPACKED = 10
"""Times the limit for one table: so much larger may it become when it is unpacked."""
_AT_ONCE = 256
"""Rows. Values that come again and again are kept once, however long they are."""
_INDEX = "__index_level_"
_PICTURES = frozenset({"image", "img", "picture", "photo", "bytes"})
_AGAIN = Message("Copy or download it once more.")


class Parquet:
    """The format, told by content. Nothing in it is executed."""

    suffixes = frozenset({".parquet", ".pq"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        return file.raw.startswith(_MARK) and (file.raw.endswith(_MARK) or file.suffix in self.suffixes)

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        try:
            return _table(file, limits)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # pyarrow raises whatever the damage makes its parts raise
            raise DataError(Message("The Parquet file is damaged."), _AGAIN) from error


def _table(file: TableFile, limits: Limits) -> Table | Message:
    schema = pq.read_schema(io.BytesIO(file.raw))
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    book = pq.ParquetFile(io.BytesIO(file.raw), read_dictionary=texts)
    about = book.metadata
    limits.check_rows(file.name, about.num_rows)
    limits.check_columns(file.name, about.num_columns)
    limits.check_cells(file.name, about.num_rows * about.num_columns)
    unpacked = sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))
    if unpacked > _UNPACKED * limits.table_megabytes * 1024**2:
        raise DataError(
            Message("The Parquet file unpacks to far more than a table of messages would."),
            how_to_raise("table_megabytes", 2 * limits.table_megabytes),
        )
    fields = [(at, field) for at, field in enumerate(schema) if not field.name.startswith(_INDEX)]
    for _, field in fields:
        if _holds_files(field.type) and not _holds_pictures(field):
            raise DataError(
                Message("The column '{name}' holds pictures or other whole files.", name=field.name),
                Message("Save them as files, in a folder for each class."),
            )
    columns, twins = named_columns([field.name for _, field in fields])
    if len(columns) < file.fewest or not about.num_rows:
        return Message("It has no rows, or only one column.")
    classes = _class_names(schema.metadata or {})
    rows = list(_rows(book, [(at, classes.get(field.name)) for at, field in fields]))
    names = [f"row {number}" for number in range(1, len(rows) + 1)]
    return Table(columns, rows, names, {"structure": "table"}, {}, twins)


def _holds_pictures(field: pa.Field) -> bool:
    """True for what the library "datasets" makes of pictures: their bytes, and perhaps what they were called."""
    if pa.types.is_struct(field.type):
        names = {field.type.field(at).name for at in range(field.type.num_fields)}
        return "bytes" in names and names <= {"bytes", "path"}
    return pa.types.is_binary(field.type) and plain_name(field.name) in _PICTURES


def _holds_files(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_holds_files(kind.field(at).type) for at in range(kind.num_fields))
    if pa.types.is_dictionary(kind):
        return _holds_files(kind.value_type)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """What numbers in columns mean, as the library "datasets" writes it down beside the schema."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        named = {name: about.get("names") for name, about in features.items() if isinstance(about, dict)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {
        name: names
        for name, names in named.items()
        if isinstance(names, list) and names and all(isinstance(one, str) for one in names)
    }


def _rows(book: pq.ParquetFile, fields: Sequence[tuple[int, Sequence[str] | None]]) -> Iterator[Row]:
    for batch in book.iter_batches(batch_size=_AT_ONCE, use_threads=False):
        yield from zip(*(_cells(batch.column(at), classes) for at, classes in fields), strict=True)


def _cells(values: pa.Array, classes: Sequence[str] | None) -> list[str]:
    if isinstance(values, pa.DictionaryArray):
        known = [cell_text(value) for value in values.dictionary.to_pylist()]
        return ["" if at is None else known[at] for at in values.indices.to_pylist()]
    return [_named(value, classes) if classes else _text(value) for value in values.to_pylist()]


def _text(value: Any) -> str:
    if isinstance(value, dict) and value.keys() <= {"bytes", "path"}:
        value = value.get("bytes")
    return cell_of_file(value) if isinstance(value, bytes) else cell_text(value)


def _named(value: Any, classes: Sequence[str]) -> str:
    return classes[value] if isinstance(value, int) and 0 <= value < len(classes) else ""
