"""One text file for each class, one example in every line: "cats.txt", "dogs.txt"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.encoding import ENCODINGS, decode, looks_like_text
from core.data.readers.names import (
    DOCUMENT_SUFFIXES,
    divides,
    is_archive,
    is_document,
    is_note,
    is_picture,
    is_table,
    part_called,
    split_of,
)
from core.data.readers.options import ReadOptions
from core.data.readers.reading import Item, Reading, Skip
from core.data.readers.source import Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

NAME = "text-per-class"
_MOST_CLASSES = 100
_USUAL_LINES = 3
"""Files with fewer lines are rather examples themselves."""


@dataclass(frozen=True)
class _ClassFile:
    """The lines that are not blank, with their numbers as an editor counts them."""

    file: SourceFile
    lines: tuple[tuple[int, str], ...]
    encoding: str
    label: str = ""
    split: str | None = None


def propose(source: Source, options: ReadOptions, limits: Limits) -> Reading | None:
    """Read each text file as a class and each of its lines that is not blank as an example.

    What differs between the names of the files is the class. None unless there are at least two files of text with
    several lines each, or DataError instead where `options` insist on this structure. DataError too when there are
    more lines than the limit.
    """
    forced = options.structure == NAME
    candidates = _candidates(source.files)
    if not forced and not 2 <= len(candidates) <= _MOST_CLASSES:
        return None
    files, damaged = _read(candidates, options.encoding, limits)
    classes = _named(files)
    if len({file.label for file in classes}) < 2 or (not forced and _few_lines(classes)):
        if forced:
            raise DataError(
                f"There are not two or more text files in '{source.name}', one for each class.",
                "Write the examples of each class into a text file of its own, one in each line, and name the file "
                "after the class: cats.txt, dogs.txt.",
            )
        return None
    others = [Skip(str(file.path), f"Not a text file with examples ('{file.path.suffix or file.path.name}').")
              for file in source.files if file not in set(candidates)]  # fmt: skip
    return _reading(classes, (*source.skipped, *others, *damaged))


def _candidates(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The text documents; where there are none, files without a known suffix: "cats", "dogs.train", "rt.pos"."""
    documents = [file for file in files if is_document(file.path)]
    if documents:
        return documents
    unknown = [file for file in files if not _has_another_use(file.path)]
    bare = [file for file in unknown if not file.path.suffix or part_called(file.path.suffix[1:])]
    # "rt.pos" and "rt.neg" are classes, but "tool.py" and "page.html" are just other files.
    one_name = len({file.path.with_suffix("") for file in unknown if file not in bare}) == 1
    return unknown if one_name else bare


def _has_another_use(path: PurePosixPath) -> bool:
    return is_picture(path) or is_table(path) or is_archive(path) or is_note(path)


def _read(
    candidates: Sequence[SourceFile], encoding: str | None, limits: Limits
) -> tuple[list[_ClassFile], list[Skip]]:
    files: list[_ClassFile] = []
    damaged: list[Skip] = []
    for file in candidates:
        try:
            files.append(_class_file(file, encoding))
        except (UnreadableExampleError, DataError) as error:
            damaged.append(Skip(str(file.path), error.problem))
        if sum(len(file.lines) for file in files) > limits.rows:
            raise DataError(
                f"The text files hold more than {limits.rows:,} lines, which is the limit.",
                'Use fewer lines, or raise "rows" in settings.json.',
            )
    return files, damaged


def _class_file(file: SourceFile, encoding: str | None) -> _ClassFile:
    raw = file.read()
    if not looks_like_text(raw):
        raise UnreadableExampleError("Not a text file, whatever its name says.")
    decoded = decode(raw, str(file.path), encoding)
    numbered = enumerate(re.split(r"\r\n|\r|\n", decoded.text), start=1)
    lines = tuple((number, line.strip()) for number, line in numbered if line.strip())
    if not lines:
        raise UnreadableExampleError("The file is empty.")
    return _ClassFile(file, lines, decoded.encoding)


def _few_lines(files: Sequence[_ClassFile]) -> bool:
    counts = sorted(len(file.lines) for file in files)
    return counts[len(counts) // 2] < _USUAL_LINES


def _named(files: Sequence[_ClassFile]) -> list[_ClassFile]:
    """The files with their class and part: what differs between their names, without words like "train"."""
    parts = [split_of(str(file.file.path)) for file in files]
    divided = divides(parts)
    words = [_words(file.file.path, divided) for file in files]
    start = end = 0
    while words and all(len(w) > start + 1 for w in words) and len({w[start] for w in words}) == 1:
        start += 1
    while words and all(len(w) > start + end + 1 for w in words) and len({w[-1 - end] for w in words}) == 1:
        end += 1
    return [
        _ClassFile(file.file, file.lines, file.encoding, " ".join(w[start : len(w) - end]), part if divided else None)
        for file, part, w in zip(files, parts, words, strict=True)
    ]


def _words(path: PurePosixPath, without_parts: bool) -> list[str]:
    name = str(path.with_suffix("")) if path.suffix.casefold() in DOCUMENT_SUFFIXES else str(path)
    words = [word for word in re.split(r"[\s_\-./]+", name) if word]
    return [word for word in words if not (without_parts and split_of(word))] or words


def _reading(files: Sequence[_ClassFile], skips: Sequence[Skip]) -> Reading:
    encodings = sorted({file.encoding for file in files})
    tree = [
        {"folder": str(file.file.path), "label": file.label, "split": file.split, "count": len(file.lines)}
        for file in files
    ]
    proposal = {
        "structure": NAME,
        "encoding": encodings[0] if len(encodings) == 1 else None,
        "splits": any(file.split for file in files),
        "tree": tree[:30],
        "choices": {"encoding": list(ENCODINGS)},
    }

    def items() -> Iterator[Item | Skip]:
        yield from skips
        for file in files:
            for number, line in file.lines:
                yield Item(f"{file.file.path} line {number}", file.label, line.encode, file.split)

    total = len(skips) + sum(len(file.lines) for file in files)
    notes = ("Each line is an example. Lines without anything in them are none, and are not counted.",)
    return Reading("text", proposal, total, items, notes)
