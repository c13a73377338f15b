"""Lists of times that say what is heard in recordings when: label tracks of Audacity, selection tables of Raven, tiers
of Praat, and tables with a start, an end and a label, as detectors of sounds write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.readers.columns import rank_columns
from core.data.readers.encoding import decode
from core.data.readers.file_index import FileIndex
from core.data.readers.names import LABEL_NAMES, OUTCOME_NAMES, plain_name
from core.data.readers.reading import ReadOptions, SourceFile
from core.data.readers.table import Row, Table
from core.data.readers.table_files import is_table, load_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message, counted

_LARGEST = 8 * 1024**2
"""Bytes of a list of times."""
_SUFFIXES = frozenset({".txt", ".csv", ".tsv", ".tab", ""})
_PRAAT = ".textgrid"
_MOST = 0.8
"""Of the lines of a label track so many are times and a label."""
_LOOKED_INTO = 50
_COMMA, _POINT = (rf"([-+]?\d{{1,12}}(?:{mark}\d+)?(?:e[-+]?\d+)?|nan|[-+]?inf)" for mark in ("[.,]", r"\."))
"""A number, also one that no moment has: then the line is left out, and the others are read."""
_LINE = re.compile(
    rf"{_COMMA}[\t ;]\s*{_COMMA}[\t ;]\s*(\S.*|)|{_POINT},\s*{_POINT},(.*)",
    re.IGNORECASE,
)
"""A line of a label track; lines for its frequencies begin with a backslash."""
_AUDACITY = re.compile(r"\d{1,7}[.,]\d{6}\t\d{1,7}[.,]\d{6}\t")
"""How Audacity writes them, and nobody else."""
_VALUE = re.compile(r'"([^"]*(?:""[^"]*)*)"|(?<!\S)([-+]?\d{1,12}(?:\.\d*)?(?:e[-+]?\d{1,3})?)(?!\S)', re.IGNORECASE)
"""A text or a number; what else stands between them in the long form of Praat's files says what they are."""
_INTERVALS, _POINTS = "IntervalTier", "TextTier"
_RECORDING = re.compile(r"\.(wav|mp3|flac|ogg|opus|m4a|aiff?|wma)$", re.IGNORECASE)
_STARTS = frozenset(
    {"start", "starts", "start_s", "start_time", "start_time_s", "start_sec", "start_seconds", "starttime", "begin",
     "begin_time", "begin_time_s", "begin_s", "onset", "onset_s", "tmin", "xmin", "from", "from_s", "offset_start"}
)  # fmt: skip
_ENDS = frozenset(
    {"end", "ends", "end_s", "end_time", "end_time_s", "end_sec", "end_seconds", "endtime", "stop", "stop_s",
     "stop_time", "offset", "offset_s", "tmax", "xmax", "to", "to_s"}
)  # fmt: skip
_OFFSETS = frozenset({"file_offset_s", "file_offset"})
"""Where several recordings were looked at as one, Raven says where a stretch begins in its own file."""
_SAID = (*LABEL_NAMES, *sorted(OUTCOME_NAMES), "annotation", "annotations", "event_label", "event", "common_name",
         "scientific_name", "call_type", "call", "sound_type", "code", "name")  # fmt: skip
_NO_LABELS = frozenset({"view", "channel", "selection", "begin_path", "begin_file", "confidence", "score"})
_OF_A_DETECTOR = frozenset({"scientific_name", "common_name", "confidence"})
"""How BirdNET calls what it found."""
_BESIDE = frozenset(
    {"view", "channel", "selection", "begin_path", "begin_file", "confidence", "score", "probability", "low_freq_hz",
     "high_freq_hz", "low_freq", "high_freq", "species_code", "scientific_name", "common_name", "duration", "id",
     "index", "lat", "lon", "latitude", "longitude", "week", "overlap", "sensitivity", "min_conf", "species_list",
     "model", "annotator", "comment", "comments", "notes", "split", "fold"}
)  # fmt: skip
"""What such lists say besides; a table of measurements has other columns."""
_HEADER_OF_RAVEN = frozenset({"begin_time_s", "end_time_s"})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row of a list: where it stands there, the name of the recording if it says one, the times in seconds."""

    row: str
    recording: str | None
    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Track:
    """A list of times. `is_certain`: nothing else looks so, even where its recording is not beside it. `note` is what
    should be looked at, as that it breaks off."""

    file: SourceFile
    stretches: tuple[Stretch, ...]
    label_column: str | None = None
    columns: tuple[str, ...] = ()
    is_certain: bool = False
    note: Message | None = None


def may_be_a_list(file: SourceFile) -> bool:
    """Told by its name, its size and its first line."""
    suffix = file.path.suffix.casefold()
    if file.size > _LARGEST or not (suffix in (*_SUFFIXES, _PRAAT) or is_table(file.path)):
        return False
    if suffix == _PRAAT:
        return True
    first = _first_line(file.beginning().decode("utf-8", "replace"))
    return _LINE.fullmatch(first) is not None or _names_times(first)


def _first_line(text: str) -> str:
    return next((line for line in text.lstrip("\ufeff").splitlines() if line.strip()), "")


def _names_times(line: str) -> bool:
    return _times(re.split(r"[\t,;]", line)) is not None


def _times(columns: Sequence[str]) -> tuple[int, int] | None:
    """The columns of the start and of the end."""
    names = _plain(columns)
    start = next((at for at, name in enumerate(names) if name in _STARTS), None)
    end = next((at for at, name in enumerate(names) if name in _ENDS), None)
    return None if start is None or end is None else (start, end)


def _plain(columns: Sequence[str]) -> list[str]:
    """Names of columns as they are compared: "Begin Time (s)" is "begin_time_s"."""
    return [plain_name(re.sub(r"[\"()\[\]]", "", column)) for column in columns]


def read_track(file: SourceFile, index: FileIndex, options: ReadOptions, limits: Limits) -> Track | None:
    """What `file` says about stretches of the recordings in `index`; None where it is no list of times."""
    try:
        text = decode(file.read(), str(file.path)).text
        if file.path.suffix.casefold() == _PRAAT:
            return _of_praat(file, text, options)
        if not _names_times(_first_line(text)) and (found := _of_lines(text)):
            return Track(file, found, is_certain=all(map(_AUDACITY.match, filter(str.strip, _told(text)))))
        table = load_table(file, ReadOptions(), limits)
    except (DataError, UnreadableExampleError):
        return None
    return _of_table(file, table, index, options) if isinstance(table, Table) else None


def _told(text: str) -> list[str]:
    """The lines, those empty that say nothing of a label."""
    return ["" if line.startswith("\\") else line.strip("\ufeff\r") for line in text.splitlines()]


def _of_lines(text: str) -> tuple[Stretch, ...]:
    """A line that says no times is kept as a stretch without them."""
    lines = [(number, line) for number, line in enumerate(_told(text), start=1) if line.strip()]
    found = [(number, line, _LINE.fullmatch(line)) for number, line in lines]
    if sum(match is not None for *_, match in found) < _MOST * len(found) or not found:
        return ()
    parts = [(f"line {number}", _parts(match) if match else ("", "", line)) for number, line, match in found]
    return tuple(
        Stretch(row, None, _seconds(start), _seconds(end), label.strip()) for row, (start, end, label) in parts
    )


def _parts(line: re.Match[str]) -> tuple[str, str, str]:
    """Start, end and label, whichever way the line is written."""
    start, end, label = line.groups()[:3] if line[1] else line.groups()[3:]
    return start, end, label


def _of_praat(file: SourceFile, text: str, options: ReadOptions) -> Track | None:
    """Of several tiers the one that was said, else the first whose labels come again."""
    tiers, missing = _tiers(text)
    if not tiers:
        return None
    labels = {name: [label.strip() for *_, label in found if label.strip()] for name, found in tiers.items()}
    again = [name for name, said in labels.items() if 2 <= len(set(said)) < len(said)]
    chosen = options.label_column if options.label_column in tiers else next(iter([*again, *tiers]))
    stretches = tuple(
        Stretch(f"{chosen} {number}", None, _seconds(start), _seconds(end), label.replace('""', '"').strip())
        for number, (start, end, label) in enumerate(tiers[chosen], start=1)
    )
    note = counted(
        "'{file}' breaks off: it announces {n} entry that is not there. What stands before is used. Have the program "
        "that made it save it again.",
        "'{file}' breaks off: it announces {n} entries that are not there. What stands before is used. Have the "
        "program that made it save it again.",
        n=missing, file=str(file.path),
    )  # fmt: skip
    return Track(file, stretches, chosen, tuple(tiers), is_certain=True, note=note if missing else None)


def _tiers(text: str) -> tuple[dict[str, list[tuple[str, str, str]]], int]:
    """The intervals (start, end, label) of each tier of a TextGrid, in its long or its short form, and how many entries
    it announces that are not there.

    Both forms are texts and numbers in a fixed order; Praat itself passes over whatever else stands between them.
    """
    values = [(found[1] is not None, found[1] if found[1] is not None else found[2]) for found in _VALUE.finditer(text)]
    tiers: dict[str, list[tuple[str, str, str]]] = {}
    missing = at = 0
    while at + 4 < len(values):
        (is_text, kind), (named, name), (is_word, size) = values[at], values[at + 1], values[at + 4]
        if not (is_text and named and kind in (_INTERVALS, _POINTS)) or is_word:
            at += 1
            continue
        width = 3 if kind == _INTERVALS else 2
        shape = [False] * (width - 1) + [True]
        at += 5
        found: list[list[str]] = []
        while len(found) < _seconds(size) and [is_text for is_text, _ in values[at : at + width]] == shape:
            found.append([value for _, value in values[at : at + width]])
            at += width
        missing += max(0, int(_seconds(size)) - len(found))
        if kind == _INTERVALS:
            tiers.setdefault(name, [(start, end, label) for start, end, label in found])
    return tiers, missing


def _of_table(file: SourceFile, table: Table, index: FileIndex, options: ReadOptions) -> Track | None:
    times = _times(table.columns)
    if times is None:
        return None
    names = _plain(table.columns)
    files = _file_column(table.rows, index, len(names))
    if files is not None and _each_once(table.rows, files):
        return None
    label = _label_column(table, (*times, *([] if files is None else [files])), names, options)
    if label is None:
        return None
    offset = next((at for at, name in enumerate(names) if name in _OFFSETS), None) if files is not None else None
    stretches = []
    for row, name in zip(table.rows, table.row_names, strict=True):
        cells = [*row, *[""] * (len(names) - len(row))]
        start, end = _seconds(cells[times[0]]), _seconds(cells[times[1]])
        if offset is not None:
            start, end = _seconds(cells[offset]), _seconds(cells[offset]) + end - start
        stretches.append(Stretch(name, None if files is None else cells[files], start, end, cells[label].strip()))
    columns = tuple(column for at, column in enumerate(table.columns) if at not in (*times, files))
    others = set(names) - _BESIDE - {names[at] for at in (*times, label)}
    is_certain = set(names) >= _HEADER_OF_RAVEN or set(names) >= _OF_A_DETECTOR
    is_certain = is_certain or (files is not None and others <= {names[files]})
    return Track(file, tuple(stretches), table.columns[label], columns, is_certain)


def _file_column(rows: Sequence[Row], index: FileIndex, width: int) -> int | None:
    """The column that names recordings, those that are here or others."""
    for at in range(width):
        cells = [row[at] for row in rows[:: max(1, len(rows) // _LOOKED_INTO)] if at < len(row) and row[at].strip()]
        words = [cell for cell in cells if not cell.replace(".", "").isdecimal()]
        named = sum(index.find(cell) is not None or _RECORDING.search(cell) is not None for cell in words)
        if words and 2 * named >= len(cells):
            return at
    return None


def _each_once(rows: Sequence[Row], files: int) -> bool:
    """True where no recording has two rows: then all of it is meant, and times beside that are those in a longer
    recording from which it was cut."""
    named = [row[files] for row in rows if files < len(row) and row[files].strip()]
    return len(set(named)) == len(named)


def _label_column(table: Table, taken: Sequence[int], names: Sequence[str], options: ReadOptions) -> int | None:
    """The column with what is heard: as was said, else one that is called so, else the likeliest one."""
    if options.label_column is not None:
        return next((at for at, column in enumerate(table.columns) if column == options.label_column), None)
    for name in _SAID:
        if (at := next((at for at, own in enumerate(names) if own == name and at not in taken), None)) is not None:
            return at
    ignored = [column for column, name in zip(table.columns, names, strict=True) if name in _NO_LABELS]
    examples = tuple(table.columns[at] for at in taken)
    ranked = rank_columns(
        table.columns, table.rows, ReadOptions(example_columns=examples, ignored_columns=tuple(ignored))
    )
    return None if isinstance(ranked, Message) else ranked[0].label


def _seconds(cell: str) -> float:
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return math.nan
