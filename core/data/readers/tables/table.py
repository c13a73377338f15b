"""One file as a table, whatever format it has."""

from __future__ import annotations

from dataclasses import replace

from core.data.readers.encoding import ENCODINGS, Decoded, decode, looks_like_text
from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.tables.delimited import judge_delimited, read_delimited
from core.data.readers.tables.excel import is_workbook, read_workbook
from core.data.readers.tables.json_records import looks_like_json, read_json
from core.data.readers.tables.lines import looks_like_lines, read_lines
from core.data.readers.tables.shape import Table, check_size
from core.errors import DataError
from core.limits import Limits

__all__ = ["Table", "load_table"]


def load_table(file: SourceFile, options: ReadOptions, limits: Limits) -> Table | None:
    """The table in `file`, or None when it holds none.

    DataError when it is larger than its limit, cannot be opened (protected, damaged, an old format), or when an
    option does not fit it. UnreadableExampleError when its bytes cannot be had.
    """
    name = str(file.path)
    check_size(name, file.size, limits)
    raw = file.read()
    check_size(name, len(raw), limits)
    try:
        if is_workbook(raw):
            return read_workbook(raw, name, options, limits)
        if not looks_like_text(raw) and options.encoding is None:
            return None
        decoded = decode(raw, name, options.encoding)
        del raw  # 50 MB that are not needed twice
        table = _from_text(decoded.text, name, file.path.suffix.casefold(), options, limits)
    except DataError as error:
        if name in error.problem:
            raise
        raise DataError(f"'{name}' cannot be used: {_continued(error.problem)}", error.advice) from error
    return None if table is None else _with_encoding(table, decoded)


def _continued(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _from_text(text: str, name: str, suffix: str, options: ReadOptions, limits: Limits) -> Table | None:
    if options.structure == "lines":
        return read_lines(text, name, limits)
    if looks_like_json(text) and options.delimiter is None:
        try:
            return read_json(text, name, limits)
        except DataError:
            if suffix in (".json", ".jsonl", ".ndjson"):
                raise  # otherwise it may be a message that begins with a bracket
    dialect = judge_delimited(text, suffix, options)
    sure = dialect.consistency >= 0.9 and dialect.first_fits and (dialect.names > 0 or dialect.repeats)
    told = options.structure == "table" or options.delimiter is not None
    if not told and not sure and looks_like_lines(text):
        return read_lines(text, name, limits)
    if told or dialect.makes_a_table(suffix):
        return read_delimited(text, name, dialect, options, limits)
    return None


def _with_encoding(table: Table, decoded: Decoded) -> Table:
    notes = table.notes
    if decoded.replaced:
        notes = (*notes, f"{decoded.replaced:,} characters could not be read with the encoding {decoded.encoding}.")
    return replace(
        table,
        how={**table.how, "encoding": decoded.encoding},
        choices={**table.choices, "encoding": list(ENCODINGS)},
        notes=notes,
    )
