"""Examples without labels, to be predicted: all the files of a folder or an archive, or all the rows of a table.

They are read by the readers of labelled data, with one question less: nobody asks for a class. Nothing is decoded here,
and every file or row is there once, as something to predict or with the reason why it cannot be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from core.data.readers.columns import choose_texts
from core.data.readers.delimited import DELIMITERS, records
from core.data.readers.encoding import ENCODINGS, decode, lines_of
from core.data.readers.examples import as_text, why_not
from core.data.readers.layout import tabulated
from core.data.readers.names import LITTER, is_archive, is_known_name, is_note, is_rich
from core.data.readers.opening import only_chosen, open_path
from core.data.readers.reading import ReadOptions, Skip, Source, SourceFile
from core.data.readers.rows import ragged
from core.data.readers.table import Row, Table
from core.data.readers.table_files import FORMATS, is_table, load_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message, counted, sentences
from core.modalities.base import Modality
from core.modalities.table.rows import row_text
from core.modalities.text_decoding import is_text

TABLE_OPTIONS = ("files", "sheet", "encoding", "delimiter", "header", "header_row", "text_column")
"""What can be said about how to read them, in the names of `ReadOptions`."""
_LINES = ("text",)
_BETWEEN_CELLS = re.compile("[,;\t|]")


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """One example. `name` says where it is ("cats/1.jpg", "row 5"); `read` gives its bytes, or raises
    UnreadableExampleError; `cells` are its row, where it came in a table."""

    name: str
    read: Callable[[], bytes]
    cells: Row = ()


@dataclass(frozen=True)
class Batch:
    """All that is to be predicted. `columns` are those of its tables; `proposal` says how these were understood, as in
    `Reading`; `notes` are sentences on what was left out."""

    items: tuple[Unlabelled | Skip, ...] = field(repr=False)
    columns: Row = ()
    proposal: dict[str, Any] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()


def named_path(given: str) -> Path:
    """What an input names, if it is no message; one may begin like somebody's home."""
    try:
        return Path(given).expanduser()
    except RuntimeError:  # there is no such home
        return Path(given)


def is_batch(path: Path, kind: Modality[Any, Any]) -> bool:
    """True for what holds many examples of this kind: a folder, an archive, a table or, where examples are texts, any
    file that is there, since its name was hardly meant as one."""
    try:
        if path.is_dir():
            return True
        return (kind.is_text or holds_many(PurePosixPath(path.name), kind)) and path.is_file()
    except (OSError, ValueError):  # a message that is too long for a name, or has a null character in it
        return False


def holds_many(name: PurePosixPath, kind: Modality[Any, Any]) -> bool:
    """The same of a file, by its name."""
    is_text = kind.is_text and name.suffix.casefold() in kind.suffixes
    return is_archive(name) or is_text or (kind.many_in_tables and is_table(name))


def batch_suffixes(kind: Modality[Any, Any]) -> list[str]:
    """The endings of all files in which examples of this kind may be, without their dots."""
    tables = {suffix for format in FORMATS for suffix in format.suffixes} if kind.many_in_tables else set()
    return sorted(suffix.removeprefix(".") for suffix in {".zip", *kind.suffixes, *tables})


def read_batch(path: Path, kind: Modality[Any, Any], options: ReadOptions, limits: Limits, called: str = "") -> Batch:
    """The examples of this kind in a folder, an archive or a file; `called` is what their names begin with.

    DataError when there are none, when a limit is passed, or when the only table cannot be opened or has no texts.
    """
    source = only_chosen(open_path(path, limits, options.files), options.files)
    alone = not path.is_dir() and [file.path for file in source.files] == [PurePosixPath(path.name)]
    if kind.many_in_tables:
        batch = _texts(source, kind, options, limits, alone)
    else:
        batch = Batch(tuple(_files(source, kind, alone)))
    litter = sum(skip.reason == LITTER for skip in source.skipped)
    items = (*batch.items, *(skip for skip in source.skipped if skip.reason != LITTER))
    if not any(isinstance(item, Unlabelled) for item in items):
        raise _nothing_in(source, kind, items)
    limits.check_rows(source.name, len(items))
    named = tuple(_named(item, called, path.name, alone) for item in items) if called else items
    return replace(batch, items=named, notes=(*batch.notes, *_litter_note(litter)))


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one: every row has a cell for the columns of all."""
    columns = tuple(dict.fromkeys(column for batch in batches for column in batch.columns))
    items: list[Unlabelled | Skip] = []
    for batch in batches:
        places = _places(batch.columns, columns)
        for item in batch.items:
            if isinstance(item, Unlabelled) and item.cells:
                items.append(replace(item, cells=_placed(item.cells, places)))
            else:
                items.append(item)
    notes = tuple(note for batch in batches for note in batch.notes)
    return Batch(tuple(items), columns, batches[0].proposal if len(batches) == 1 else {}, notes)


def _named(item: Unlabelled | Skip, called: str, file: str, alone: bool) -> Unlabelled | Skip:
    """A row stands in its table, and a file in its folder or archive."""
    name = item.file if isinstance(item, Skip) else item.name
    name = (called if name == file else f"{called} {name}") if alone else f"{called.rstrip('/')}/{name}"
    return replace(item, file=name) if isinstance(item, Skip) else replace(item, name=name)


def _litter_note(n: int) -> tuple[Message, ...]:
    if not n:
        return ()
    note = counted(
        "{n} hidden file of the operating system was skipped.",
        "{n} hidden files of the operating system were skipped.",
        n=n,
    )
    return (note,)


def _nothing_in(source: Source, kind: Modality[Any, Any], items: Sequence[Unlabelled | Skip]) -> DataError:
    problem = Message("There are no {many} in '{source}'.", many=kind.many, source=source.name)
    first = next((item for item in items if isinstance(item, Skip)), None)
    if first is None:
        return DataError(problem, Message("Choose something else."))
    return DataError(problem, Message("The first thing in it: {file}. {reason}", file=first.file, reason=first.reason))


# --- files that are an example each ----------------------------------------------------------------------------------


def _files(source: Source, kind: Modality[Any, Any], alone: bool) -> Iterator[Unlabelled | Skip]:
    """A file that was named by itself is tried, whatever it is called: its content says what it is."""
    for file in source.files:
        if file.kind is kind or (alone and not is_table(file.path)):
            yield Unlabelled(str(file.path), file.read)
        else:
            yield file.skip(why_not(file.path, kind))


# --- texts: rows of tables, lines, documents -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    """A table, and the positions of its columns of texts, the main one last; none where its rows are the examples."""

    table: Table
    texts_at: tuple[int, ...]


def _texts(source: Source, kind: Modality[Any, Any], options: ReadOptions, limits: Limits, alone: bool) -> Batch:
    """A table gives its rows, a text that was named by itself its lines, and texts in a folder are one example each."""
    tables: dict[PurePosixPath, _Opened] = {}
    skips: dict[PurePosixPath, Skip] = {}
    for file in source.files:
        if is_table(file.path) or (alone and not is_rich(file.path)):
            try:
                tables[file.path] = _opened(file, kind, options, limits)
            except (DataError, UnreadableExampleError) as error:
                if alone:
                    raise
                skips[file.path] = file.skip(error.message)
    columns = tuple(dict.fromkeys(name for one in tables.values() for name in one.table.columns))
    limits.check_rows(source.name, sum(len(one.table.rows) for one in tables.values()))
    items: list[Unlabelled | Skip] = []
    for file in source.files:
        if file.path in tables:
            items += _rows(tables[file.path], columns, "" if alone else f"{file.path} ")
        elif kind.is_row:
            items.append(skips.get(file.path) or file.skip(Message("It is not a table.")))
        else:
            items.append(skips.get(file.path) or _document(file, options.encoding))
    notes = tuple(note for one in tables.values() for note in one.table.notes)
    return Batch(tuple(items), columns, _proposal(tables), notes)


def _opened(file: SourceFile, kind: Modality[Any, Any], options: ReadOptions, limits: Limits) -> _Opened:
    table = _table(file, options, limits)
    if kind.is_row:
        return _Opened(table, ())
    at = choose_texts(table.columns, table.rows, options.text_column)
    if isinstance(at, Message):
        raise DataError(
            Message("'{file}': {why}", file=str(file.path), why=at),
            Message("Say which column it is. The columns are: {columns:list}.", columns=table.columns),
        )
    return _Opened(table, at)


def _table(file: SourceFile, options: ReadOptions, limits: Limits) -> Table:
    """The table in a file. One of a single column has nothing between its columns, and a text has lines alone."""
    is_lines = not is_table(file.path) and options.delimiter is None
    why = Message("It is empty.")
    if not is_lines:
        found = load_table(file, options, limits, fewest=1)
        if isinstance(found, Table):
            return found
        why = found
    limits.check_table(str(file.path), file.size)
    decoded = decode(file.read(), str(file.path), options.encoding)
    if is_lines and not is_text(decoded.text.encode(errors="replace")):
        raise DataError(Message("'{file}' is not a text, whatever its name says.", file=str(file.path)))
    how, choices = {"encoding": decoded.encoding}, {"encoding": list(ENCODINGS)}
    if is_lines:
        lines = {f"line {number}": line for number, line in enumerate(lines_of(decoded.text), 1) if line.strip()}
        return Table(_LINES, [(line,) for line in lines.values()], list(lines), how, choices)
    if options.header != "no" and _is_header(decoded.text):
        raise DataError(
            Message("'{file}' has only the names of its columns, and no rows.", file=str(file.path)),
            Message("Put what is to be predicted below them."),
        )
    rows = records(decoded.text, DELIMITERS["comma"], limits.rows + 1).rows
    if not rows or max(map(len, rows)) != 1:
        raise DataError(Message("'{file}': {why}", file=str(file.path), why=why))
    return tabulated(rows, options, how, choices)


def _is_header(text: str) -> bool:
    """True for one line alone that names columns."""
    lines = [line for line in lines_of(text) if line.strip()]
    return len(lines) == 1 and any(is_known_name(cell) for cell in _BETWEEN_CELLS.split(lines[0]))


def _proposal(tables: Mapping[PurePosixPath, _Opened]) -> dict[str, Any]:
    """How the first table was understood, and what else there is to choose."""
    first = next(iter(tables.values()), None)
    if first is None:
        return {}
    if not first.texts_at:
        return {**first.table.how, "choices": first.table.choices}
    choices = {**first.table.choices, "text_column": list(first.table.columns)}
    return {**first.table.how, "text_column": first.table.columns[first.texts_at[-1]], "choices": choices}


def _rows(opened: _Opened, columns: Row, prefix: str) -> Iterator[Unlabelled | Skip]:
    table = opened.table
    width, places = len(table.columns), _places(table.columns, columns)
    yield from (replace(skip, file=prefix + skip.file) for skip in table.skips)
    for row, name in zip(table.rows, table.row_names, strict=True):
        if any(cell.strip() for cell in row[width:]):
            yield Skip(prefix + name, ragged(len(row), width))
            continue
        text = "\n".join(row[at] for at in opened.texts_at if at < len(row) and row[at])
        if not opened.texts_at:
            read = partial(_whole_row, table.columns, row)
        elif not text and "sheet" in table.how and table.notes:  # the note says which formulas have no result
            read = partial(_refused, sentences(Message("The message is empty."), *table.notes))
        else:
            read = partial(text.encode, errors="replace")  # half of an emoji: no file can hold it
        yield Unlabelled(prefix + name, read, _placed(row, places))


def _refused(why: Message) -> bytes:
    raise UnreadableExampleError(why)


def _whole_row(columns: Row, row: Row) -> bytes:
    return row_text(dict(zip(columns, row, strict=False))).encode()


def _document(file: SourceFile, encoding: str | None) -> Unlabelled | Skip:
    if file.kind and file.kind.is_text:
        return Unlabelled(str(file.path), as_text(file, encoding))
    if is_note(file.path):
        return file.skip(Message("A note about the data, not an example."))
    return file.skip(Message("It is neither a text nor a table."))


def _places(own: Row, everything: Row) -> list[int | None]:
    """Where each column of the whole stands in a table."""
    at = {column: number for number, column in enumerate(own)}
    return [at.get(column) for column in everything]


def _placed(row: Row, places: Sequence[int | None]) -> Row:
    return tuple("" if at is None or at >= len(row) else row[at] for at in places)
