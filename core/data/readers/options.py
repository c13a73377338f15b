"""What a person can say about a source. The command line's flags and the page's form are both made from this."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any


def _option(says: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=None, metadata={"help": says, "choices": choices})


STRUCTURES = ("class-folders", "file-names", "label-table", "text-per-class", "table", "lines")
LABEL_LEVELS = ("full", "top", "bottom")
HEADERS = ("yes", "no")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """None means "propose it yourself"."""

    structure: str | None = _option("how the labels are given", STRUCTURES)
    files: str | None = _option('only the files whose path matches this pattern, such as "raw/*"')
    encoding: str | None = _option("how the text is encoded, such as utf-8, gb18030, shift_jis or cp1252")
    delimiter: str | None = _option("what stands between the columns: comma, semicolon, tab, pipe",
                                    ("comma", "semicolon", "tab", "pipe"))  # fmt: skip
    header: str | None = _option("whether the first row names the columns", HEADERS)
    sheet: str | None = _option("the sheet of a workbook")
    text_column: str | None = _option("the column that holds the messages")
    label_column: str | None = _option("the column that holds the labels")
    label_level: str | None = _option(
        'which part of a label with two levels is the class ("animal/cat"): full, top or bottom', LABEL_LEVELS
    )
    title: str | None = None

    def over(self, proposed: ReadOptions) -> ReadOptions | None:
        """What is said here, and the rest as `proposed`; None when another structure or delimiter is said."""
        said = {name: value for name in read_options() if (value := getattr(self, name)) is not None}
        for name in ("structure", "delimiter"):
            if said.get(name, getattr(proposed, name)) != getattr(proposed, name):
                return None
        return replace(proposed, **said)


def read_options() -> dict[str, Any]:
    """The options by name, with their help and choices."""
    return {option.name: option.metadata for option in fields(ReadOptions) if option.metadata}
