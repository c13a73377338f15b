"""What a file is for, as far as its name tells: a picture, a document, a table, an archive, a note or litter."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
)
DOCUMENT_SUFFIXES = frozenset({".txt", ".text", ".md"})
TABLE_SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".psv", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl", ".ndjson"}
)
ARCHIVE_SUFFIXES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst"})

LITTER_REASON = "A hidden file of the operating system, not an example."
_LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx"})
_NOTES = frozenset(
    {"readme", "license", "licence", "copying", "copyright", "notice", "source", "sources", "citation", "credits",
     "authors", "changelog", "changes", "attribution"}
)  # fmt: skip


def is_litter(path: PurePosixPath) -> bool:
    """True for what operating systems leave lying about, and for everything hidden."""
    return any(part.casefold() in _LITTER or part.startswith(".") for part in path.parts)


def is_picture(path: PurePosixPath) -> bool:
    return path.suffix.casefold() in PICTURE_SUFFIXES


def is_document(path: PurePosixPath) -> bool:
    """True for a plain text file that is not a note about the data ("README.md", "SOURCE.txt")."""
    return path.suffix.casefold() in DOCUMENT_SUFFIXES and not is_note(path)


def is_note(path: PurePosixPath) -> bool:
    """True for files that people put beside data to tell where it comes from."""
    first_word = re.split(r"[\W_]", path.name.casefold(), maxsplit=1)[0]
    return first_word in _NOTES and path.suffix.casefold() in {"", *DOCUMENT_SUFFIXES, ".rst", ".html", ".pdf"}


def is_table(path: PurePosixPath) -> bool:
    return path.suffix.casefold() in TABLE_SUFFIXES


def is_archive(path: PurePosixPath) -> bool:
    return path.suffix.casefold() in ARCHIVE_SUFFIXES


def spoken_suffix(path: PurePosixPath) -> str:
    """The file's kind in few characters, for a sentence: ".csv", or the whole name where it has no suffix."""
    return path.suffix or path.name
