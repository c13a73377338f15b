"""Arrays of numpy in one file (.npz): those of one length are the columns of a table."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.data.readers.cells import cell_text
from core.data.readers.names import LABEL_NAMES, divides, plain_name, split_of, without_split
from core.data.readers.pixels import cell_of_file, png_of
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile, named_columns
from core.errors import DataError
from core.limits import Limits, how_to_raise
from core.messages import Message

_UNPACKED = 10
"""Times the limit for one table: so much larger may the arrays be when they are unpacked."""
_SUFFIX = ".npy"
_COLUMN_WORDS = frozenset({"feature", "features", "column", "columns", "attribute", "attributes", "data"})
_CLASS_WORDS = frozenset({"target", "targets", "class", "classes", "label", "labels", "category", "categories"})
_CLASSES = frozenset({"classes", "categories"})
_AGAIN = Message("Save them again with numpy.savez, without Python objects among them.")


class Arrays:
    """The format, told by content. Objects of Python are never read, since that would run what a stranger wrote."""

    suffixes = frozenset({".npz"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if not file.raw.startswith(b"PK"):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
                names = archive.namelist()
        except Exception as error:  # a damaged zip of any kind
            if file.suffix in self.suffixes:
                raise DataError(Message("The file of arrays is damaged."), _AGAIN) from error
            return False
        return bool(names) and all(name.endswith(_SUFFIX) for name in names)

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        try:
            arrays = _arrays(file, limits)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # numpy and zip raise whatever the damage makes them raise
            raise DataError(Message("The file of arrays is damaged."), _AGAIN) from error
        return _table(file, {name: _drawn(name, array) for name, array in arrays.items()}, limits)


def _drawn(name: str, array: np.ndarray) -> np.ndarray:
    """An array of pictures as one of cells that hold them; any other as it is."""
    if array.ndim < 3 or len(array) < 2:
        return array
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[3] not in (1, 3):
        array = np.moveaxis(array, 1, 3)  # colours first, as PyTorch has them
    if array.dtype.kind not in "uif" or array.ndim > 4 or (array.ndim == 4 and array.shape[3] not in (1, 3)):
        raise DataError(
            Message("The array '{name}' has too many dimensions for pictures or rows of a table.", name=name),
            Message("Save it as (examples, height, width), with a last dimension of 3 for colours."),
        )
    return np.array([cell_of_file(png_of(one)) for one in array], dtype=object)


def _arrays(file: TableFile, limits: Limits) -> dict[str, np.ndarray]:
    """All arrays but those of Python objects. DataError when they are larger than the limit."""
    found: dict[str, np.ndarray] = {}
    most = _UNPACKED * limits.table_megabytes * 1024**2
    with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as part:
                shape, dtype = _header(part)
            size = math.prod(shape) * dtype.itemsize
            if dtype.hasobject:
                continue
            most -= size
            if most < 0:
                raise DataError(
                    Message("The file of arrays unpacks to far more than a table would."),
                    how_to_raise("table_megabytes", 2 * limits.table_megabytes),
                )
            if size > entry.file_size:
                raise ValueError("cut short")
            with archive.open(entry) as part:
                found[entry.filename.removesuffix(_SUFFIX)] = np.lib.format.read_array(part, allow_pickle=False)
    return found


def _header(part: Any) -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(part)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(part)
    return shape, dtype


# --- arrays as columns -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """The arrays of one part of a dataset by what they are besides that: "x", "y"."""

    split: str | None
    arrays: Mapping[str, np.ndarray]

    @property
    def rows(self) -> int:
        lengths = [len(array) for array in self.arrays.values() if array.ndim]
        return max(set(lengths), key=lambda n: (sum(length == n for length in lengths), n), default=0)


def _table(file: TableFile, arrays: Mapping[str, np.ndarray], limits: Limits) -> Table | Message:
    parts = _parts(arrays)
    names = {name: array for name, array in arrays.items() if array.ndim == 1 and array.dtype.kind in "US"}
    roles = [role for role, array in parts[0].arrays.items() if array.ndim and len(array) == parts[0].rows]
    wide = [role for role in roles if parts[0].arrays[role].ndim == 2]
    roles = sorted(roles, key=lambda role: role not in wide and role in LABEL_NAMES)
    headers = _headers(roles, parts[0], _named(names, _COLUMN_WORDS, parts))
    classes = _named(names, _CLASS_WORDS, parts)
    is_divided = divides(part.split for part in parts)
    columns, twins = named_columns([*(name for role in roles for name in headers[role]), *["split"] * is_divided])
    limits.check_columns(file.name, len(columns))
    limits.check_rows(file.name, sum(part.rows for part in parts))
    limits.check_cells(file.name, sum(part.rows for part in parts) * len(columns))
    if len(columns) < file.fewest:
        return Message("It has no arrays of one length that could be the columns of a table.")
    rows: list[Row] = []
    for part in parts:
        found = [_cells(part.arrays[role], role, classes) for role in roles if role in part.arrays]
        if len(found) != len(roles) or any(len(cells) != part.rows for cells in found):
            continue
        end = (part.split or "",) if is_divided else ()
        rows += [(*(cell for cells in row for cell in cells), *end) for row in zip(*found, strict=True)]
    if not rows:
        return Message("It has no arrays of one length that could be the columns of a table.")
    row_names = [f"row {number}" for number in range(1, len(rows) + 1)]
    return Table(columns, rows, row_names, {"structure": "table"}, {}, twins)


def _parts(arrays: Mapping[str, np.ndarray]) -> list[_Part]:
    """By the words for parts in the names: "x_train" and "y_train" belong together. The largest part comes first."""
    by_split: dict[str | None, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        by_split.setdefault(split_of(name), {})[plain_name(without_split(name)) or name] = array
    if not divides(by_split):
        by_split = {None: {plain_name(name): array for name, array in arrays.items()}}
    else:
        by_split.pop(None, None)
    return sorted((_Part(split, found) for split, found in by_split.items()), key=lambda part: -part.rows)


def _named(names: Mapping[str, np.ndarray], words: frozenset[str], parts: Sequence[_Part]) -> list[str]:
    """The names of columns or of classes, where an array called so holds them: "feature_names", "target_names"."""
    for name, array in names.items():
        said = set(plain_name(name).split("_"))
        if said & words and (said & {"names", "name"} or plain_name(name) in _CLASSES) and len(array) < parts[0].rows:
            return [_text(value) for value in array.tolist()]
    return []


def _headers(roles: Sequence[str], part: _Part, named: Sequence[str]) -> dict[str, list[str]]:
    """What the columns of each array are called."""
    headers = {}
    for role in roles:
        array = part.arrays[role]
        if array.ndim == 1 or array.shape[1] == 1:
            headers[role] = ["label" if role in ("y", "target", "targets") else role]
        elif len(named) == array.shape[1]:
            headers[role] = list(named)
        else:
            headers[role] = [f"{role} {number}" for number in range(1, array.shape[1] + 1)]
    return headers


def _cells(array: np.ndarray, role: str, classes: Sequence[str]) -> list[Row]:
    values = array.reshape(len(array), -1).tolist()
    if classes and role in LABEL_NAMES and array.dtype.kind in "iu" and values and len(values[0]) == 1:
        return [(classes[at] if 0 <= at < len(classes) else str(at),) for (at,) in values]
    return [tuple(map(_text, row)) for row in values]


def _text(value: Any) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else cell_text(value)
