"""CSV and its relatives: comma, semicolon, tab or pipe between the columns, and quotation marks as people set them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from core.data.readers.encoding import lines_of
from core.data.readers.header import is_number
from core.data.readers.layout import tabulated
from core.data.readers.lines import looks_like_lines
from core.data.readers.names import is_known_name
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile
from core.errors import DataError
from core.limits import Limits
from core.messages import Message, counted

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "blank": " "}
"""Names of the delimiters, as options call them. Where it is blanks any number of them divides, and so does a tab."""

_ANNOUNCED = re.compile(r"\A\"?sep=([,;|\t])\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_BY_SUFFIX = {".tsv": "tab", ".tab": "tab", ".psv": "pipe"}
_TABLE_SUFFIXES = (".csv", *_BY_SUFFIX)
_SAMPLE_LINES = 400
_FEWEST_LINES = 20
_SAMPLE_CHARACTERS = 400_000
_LARGEST_SAMPLE = 4_000_000
_TELLING = 2000
"""Columns. A delimiter that is none shows in far fewer."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_LONGEST = 1000
"""Lines. No message in a table has more; a quotation mark that stays open for longer was never meant to open one."""


class Delimited:
    """The format: what delimiter there is, is proposed."""

    suffixes = frozenset(_TABLE_SUFFIXES)
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if options.structure == "lines":
            return False
        if options.structure == "table" or options.delimiter is not None:
            return True
        dialect = _dialect(file, options)
        return dialect.makes_a_table(file.suffix) and (dialect.is_regular or not looks_like_lines(file.text))

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        dialect = _dialect(file, options)
        body = _without_ends(_ANNOUNCED.sub("", file.text, count=1), dialect.name)
        limits.check_columns(file.name, dialect.width)
        limits.check_cells(file.name, body.count(dialect.delimiter))  # before they fill the memory
        found = records(body, dialect.delimiter, limits.rows + 1, dialect.after_space)
        while found.rows and not any(found.rows[-1]) and len(found.rows[-1]) < 2:
            found.rows.pop()  # empty lines at the end of a file are no rows
        how = {"structure": "table", "delimiter": dialect.name}
        if found.rows and max(map(len, found.rows)) > 1:
            table = tabulated(found.rows, options, how, {"delimiter": list(DELIMITERS)}, _marks_note(found))
            limits.check_rows(file.name, len(table.rows))
            if table.rows:
                return table
        return Message("It has no row of two cells or more below its header.")


def _dialect(file: TableFile, options: ReadOptions) -> Dialect:
    """The delimiter that a person or the file itself names is obeyed."""
    if options.delimiter not in (None, *DELIMITERS):
        raise DataError(
            Message("'{value}' is not a delimiter.", value=options.delimiter),
            Message("Choose one of: {names:list}.", names=tuple(DELIMITERS)),
        )
    if "dialect" not in file.found:
        announced = _ANNOUNCED.match(file.text)
        said = next(name for name, char in DELIMITERS.items() if char == announced[1]) if announced else None
        body = _ANNOUNCED.sub("", file.text, count=1)
        file.found["dialect"] = propose_dialect(body, file.suffix, options.delimiter or said)
    dialect: Dialect = file.found["dialect"]
    return dialect


def _marks_note(found: Records) -> tuple[Message, ...]:
    if not found.mended:
        return ()
    note = counted(
        'In one row ({where}) a quotation mark (") is not closed as it should be. It was read as an ordinary '
        "character; check that row.",
        'In {n} rows (the first is {where}) a quotation mark (") is not closed as it should be. It was read as an '
        "ordinary character; check those rows.",
        n=len(found.mended),
        where=Message("row {n}", n=found.mended[0] + 1),
    )
    return (note,)


# --- what stands between the columns -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dialect:
    """A delimiter by its name, and how far it makes a table of the text.

    `consistency` is the share of rows that have the usual number of cells, two or more. `names` counts the cells of
    the first row that are called like a column. `repeats`: some column has values that occur again and again. `numbers`
    is the share of cells that are numbers. `after_space`: cells are quoted after ", ".
    """

    name: str
    after_space: bool
    rows: int
    width: int
    consistency: float
    names: int
    first_fits: bool
    repeats: bool
    numbers: float

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.name]

    @property
    def is_measured(self) -> bool:
        """True for rows of numbers, which prose never is, whatever stands between its words."""
        return self.rows > 2 and self.width > 2 and self.consistency >= 0.95 and self.numbers >= 0.5

    @property
    def is_regular(self) -> bool:
        """True where it makes so regular a table that nothing else comes into question."""
        return self.consistency >= 0.9 and self.first_fits and (self.names > 0 or self.repeats)

    def makes_a_table(self, suffix: str) -> bool:
        """Prose with commas in it is no table, even if some lines have as many of them."""
        if self.rows < 2 or self.width < 2:
            return False
        if suffix in _TABLE_SUFFIXES:
            return self.consistency >= 0.5 or self.names > 0
        if self.names and self.first_fits:
            return self.consistency >= 0.5
        return self.consistency >= 0.9 and self.repeats


def propose_dialect(text: str, suffix: str, delimiter: str | None = None) -> Dialect:
    """The delimiter that makes the most regular table of the beginning of `text`; only the named one if one is."""
    sample = _beginning(text)
    names = (delimiter,) if delimiter else ("tab", "semicolon", "comma", "pipe")
    best = max((one for name in names for one in _ways(sample, name)), key=lambda dialect: _score(dialect, suffix))
    if delimiter is None and not best.is_regular and suffix not in _TABLE_SUFFIXES:
        (blanks,) = _ways(sample, "blank")
        best = blanks if blanks.is_measured else best
    return best


def _ways(sample: str, name: str) -> list[Dialect]:
    """What the delimiter makes of the text: with quotes that follow a blank, and without."""
    if name == "blank":
        return [_measured(_without_ends(sample, name), name, after_space=True)]
    # What is quoted by the rules never has this: within quotes a mark is doubled.
    mark = re.escape(DELIMITERS[name])
    after_space = re.search(rf'{mark} +"(?!["\r\n]|{mark}|\Z)', sample) is not None
    return [_measured(sample, name, after_space=way) for way in ((True, False) if after_space else (False,))]


def _without_ends(text: str, delimiter: str) -> str:
    """The text without what stands at the end of each line and divides nothing."""
    if delimiter == "blank":
        return "\n".join(line.strip() for line in lines_of(text.replace("\t", " ")))
    if delimiter == "comma" and ";\n" in text[:_TELLING]:  # "1,2,3;"
        lines = lines_of(text)
        if sum(line.endswith(";") for line in lines) >= 0.9 * len(lines):
            return "\n".join(line.rstrip("; \t") for line in lines)
    return text


def _score(dialect: Dialect, suffix: str) -> float:
    hints = 0.3 * min(dialect.names, 2) + 0.15 * dialect.first_fits + 0.1 * dialect.repeats
    return dialect.consistency + hints * (dialect.width > 1) + 0.2 * (_BY_SUFFIX.get(suffix) == dialect.name)


def _beginning(text: str) -> str:
    """Whole lines: at least a few, however long they are."""
    end = 0
    for count, match in enumerate(re.finditer(r"\r\n|\r|\n", text), start=1):
        end = match.end()
        if count == _SAMPLE_LINES or (count >= _FEWEST_LINES and end > _SAMPLE_CHARACTERS) or end > _LARGEST_SAMPLE:
            return text[:end]
    return text[:_LARGEST_SAMPLE]


def _measured(sample: str, name: str, after_space: bool) -> Dialect:
    rows = [row for row in records(sample, DELIMITERS[name], _SAMPLE_LINES, after_space).rows if any(row)]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return Dialect(
        name, after_space, len(rows), width, count / max(1, len(rows)),
        sum(map(is_known_name, rows[0][:_TELLING])) if rows and len(rows[0]) > 1 else 0,
        bool(rows) and len(rows[0]) == width,
        _repeats([row for row in rows if len(row) == width]),
        _numbers(rows),
    )  # fmt: skip


def _numbers(rows: list[Row]) -> float:
    cells = [cell for row in rows[1:] for cell in row[:_TELLING]]
    return sum(map(is_number, cells)) / max(1, len(cells))


def _repeats(rows: list[Row]) -> bool:
    counts = [Counter(map(str.strip, column)) for column in zip(*(row[:_TELLING] for row in rows), strict=True)]
    return any(1 < len(count) <= len(rows) / 2 for count in counts)


# --- rows: a quotation mark that is never closed costs one row at most -------------------------------------------


@dataclass(frozen=True, slots=True)
class Records:
    """All rows; `mended` are the positions of those whose quotation marks were taken as ordinary characters."""

    rows: list[Row]
    mended: list[int] = field(default_factory=list)


def records(text: str, delimiter: str, at_most: int, after_space: bool = False) -> Records:
    """The rows of `text`, one more than `at_most` if there are more. `after_space`: quotes follow ", ".

    What is written by the rules (RFC 4180) is read by them. Otherwise every line is looked at on its own.
    """
    csv.field_size_limit(2**31 - 1)  # a cell is never larger than its file, which has a limit
    for escape in (None, "\\") if '\\"' in text else (None,):
        rows = _strict(_lines(text), delimiter, at_most, after_space, escape)
        if rows is not None and not _swallowing(rows, delimiter):
            return Records(rows)
    return _careful(list(_lines(text)), delimiter, at_most, after_space)


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, one at a time: io.StringIO would need four bytes a character."""
    return (match[0] for match in _LINE.finditer(text))


def _strict(
    lines: Iterable[str], delimiter: str, at_most: int, after_space: bool, escape: str | None = None
) -> list[Row] | None:
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=after_space, escapechar=escape)
    try:
        return [tuple(row) for row in islice(reader, at_most + 1)]
    except csv.Error:
        return None


def _swallowing(rows: list[Row], delimiter: str) -> bool:
    """True when a cell holds whole rows: two stray marks can look like one very long cell."""
    if not any("\n" in cell or "\r" in cell for row in rows for cell in row):
        return False
    plain = _Plain.of(row for row in rows if not any("\n" in cell for cell in row))
    return any(plain.is_swallowed(row, delimiter, at_least=3) for row in rows)


@dataclass(frozen=True, slots=True)
class _Plain:
    """What ordinary rows look like: their width, and for each column the values that occur again and again."""

    width: int
    repeated: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> _Plain:
        sample = list(islice(rows, 20_000))
        width = Counter(map(len, sample)).most_common(1)[0][0] if sample else 0
        columns = zip(*(row for row in sample if len(row) == width), strict=True)
        counts = [Counter(column) for column in columns]
        return cls(width, tuple(frozenset(v for v, n in count.items() if n > 1 and v.strip()) for count in counts))

    def is_swallowed(self, row: Row, delimiter: str, at_least: int) -> bool:
        """True when the lines inside a cell of `row` are rows themselves, with values that other rows have."""
        for at, cell in enumerate(row):
            pieces = lines_of(cell)[:-1]
            if len(pieces) < at_least or self.width < 2:
                continue
            inner = [tuple(piece.split(delimiter)) for piece in pieces]
            inner[0] = (*row[:at], *inner[0])
            if any(len(cells) != self.width for cells in inner):
                continue
            if any(all(cells[i] in self.repeated[i] for cells in inner) for i in range(self.width)):
                return True
        return False


def _careful(lines: list[str], delimiter: str, at_most: int, after_space: bool) -> Records:
    alone = [_parsed(line, delimiter, after_space) for line in lines]
    plain = _Plain.of(row for row in alone if row)
    open_ends = _next_open(lines, alone)
    found = Records([])
    at = 0
    while at < len(lines) and len(found.rows) <= at_most:
        row, end = alone[at], at + 1
        if row is None and at < open_ends[at] <= at + _LONGEST:
            end = open_ends[at] + 1
            row = _parsed("".join(lines[at:end]), delimiter, after_space)
            if row is not None and plain.is_swallowed(row, delimiter, at_least=1):
                row = None
        if row is None:
            end = at + 1
            found.mended.append(len(found.rows))
            row = _literal(lines[at], delimiter, plain.width)
        found.rows.append(row)
        at = end
    return found


def _parsed(line: str, delimiter: str, after_space: bool) -> Row | None:
    if '"' not in line:
        return tuple(line.rstrip("\r\n").split(delimiter)) if line.strip("\r\n") else ()
    rows = _strict(_lines(line), delimiter, 1, after_space)
    return rows[0] if rows and len(rows) == 1 else None


def _next_open(lines: list[str], alone: list[Row | None]) -> list[int]:
    """For every line the next one with an odd number of marks, where what it opens may be closed; -1 without one."""
    following = -1
    found = [-1] * len(lines)
    for at in range(len(lines) - 1, -1, -1):
        if alone[at] is None and lines[at].count('"') % 2 == 0:
            found[at] = -1
        else:
            found[at] = following
        if lines[at].count('"') % 2:
            following = at
    return found


def _literal(line: str, delimiter: str, width: int) -> Row:
    """Marks as ordinary characters, unless only reading them as marks gives the right number of cells."""
    bare = line.rstrip("\r\n")
    cells = tuple(bare.split(delimiter))
    if len(cells) != width:
        lenient = next(csv.reader([bare], delimiter=delimiter), [])
        if len(lenient) == width:
            return tuple(lenient)
    return cells


def lines_without_quotes(text: str) -> str | None:
    """The lines of a text without the quotation marks around each of them, as a spreadsheet saves rows that it took for
    one cell each; None where they stand otherwise."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not all(map(_is_quoted_whole, lines)):
        return None
    return "\n".join(line[1:-1].replace('""', '"') for line in lines) + "\n"


def _is_quoted_whole(line: str) -> bool:
    return len(line) > 1 and line[0] == line[-1] == '"' and '"' not in line[1:-1].replace('""', "")
