"""ARFF, the format of Weka: names and kinds of columns first, then rows as in CSV."""

from __future__ import annotations

import re

from core.data.readers.encoding import lines_of
from core.data.readers.reading import ReadOptions, Skip
from core.data.readers.table import Row, Table, TableFile, named_columns
from core.limits import Limits
from core.messages import Message

_BEGINNING = 64 * 1024
_RELATION = re.compile(r"^\s*@relation\b", re.IGNORECASE | re.MULTILINE)
_ATTRIBUTE = re.compile(r"\s*@attribute\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s{]+)\s*(.*)", re.IGNORECASE)
_DATA = re.compile(r"\s*@data\s*$", re.IGNORECASE)


class Arff:
    """The format. "?" is an empty cell; what a sparse row does not say is 0, or the first value of its column."""

    suffixes = frozenset({".arff"})
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        return options.structure != "lines" and options.delimiter is None and bool(
            _RELATION.search(file.text[:_BEGINNING])
        )  # fmt: skip

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        lines = lines_of(file.text)
        names: list[str] = []
        usual: list[str] = []
        start = len(lines)
        for at, line in enumerate(lines):
            if _DATA.match(line):
                start = at + 1
                break
            if found := _ATTRIBUTE.match(line):
                names.append(_unquoted(found[1]))
                usual.append(_usual_value(found[2]))
                limits.check_columns(file.name, len(names))
        if len(names) < file.fewest:
            return Message("It names fewer than two columns (@attribute).")
        rows: list[Row] = []
        row_names: list[str] = []
        skips: list[Skip] = []
        for at, line in enumerate(lines[start:], start=start + 1):
            if not line.strip() or line.lstrip().startswith("%"):
                continue
            row = _row(line, usual)
            if row is None:
                skips.append(Skip(f"line {at}", Message("This line is not written as a row of ARFF should be.")))
                continue
            rows.append(row)
            row_names.append(f"line {at}")
            limits.check_rows(file.name, len(rows))
            limits.check_cells(file.name, len(rows) * len(names))
        if not rows:
            return Message("It has no rows below @data.")
        columns, twins = named_columns(names)
        return Table(columns, rows, row_names, {"structure": "table"}, {}, twins, tuple(skips))


def _unquoted(cell: str) -> str:
    cell = cell.strip()
    if "\\" not in cell and cell[:1] not in ("'", '"'):
        return cell
    if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\"":
        cell = re.sub(r"\\(.)", r"\1", cell[1:-1])
    return cell


def _usual_value(kind: str) -> str:
    """What a sparse row leaves out."""
    if not kind.lstrip().startswith("{"):
        return "0"
    return next(iter(_cells(kind.strip().strip("{}"), ",") or ()), "")


def _row(line: str, usual: list[str]) -> Row | None:
    bare = line.strip()
    if not (bare.startswith("{") and bare.endswith("}")):
        cells = _cells(bare, "," if "," in bare else "\t")
        return None if cells is None else tuple("" if cell == "?" else cell for cell in cells)
    row = list(usual)
    for said in _cells(bare[1:-1], ",", whole=True) or ():
        at, _, value = said.partition(" ")
        if not (at.isdecimal() and len(at) < 8 and int(at) < len(row)):
            return None
        row[int(at)] = "" if value.strip() == "?" else _unquoted(value)
    return tuple(row)


def _cells(line: str, delimiter: str, whole: bool = False) -> list[str] | None:
    """The cells of a line, quoted by either mark; `whole` keeps the marks. None where a mark stays open."""
    if "'" not in line and '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    cells: list[str] = []
    cell: list[str] = []
    mark, escaped = "", False
    for char in line:
        if not mark and char == delimiter:
            cells.append("".join(cell).strip())
            cell = []
            continue
        if escaped or char == "\\":
            escaped = not escaped
        elif char == mark:
            mark = ""
        elif not mark and char in "'\"" and not "".join(cell[-1:]).strip():
            mark = char
        cell.append(char)
    cells.append("".join(cell).strip())
    return None if mark else cells if whole else list(map(_unquoted, cells))
