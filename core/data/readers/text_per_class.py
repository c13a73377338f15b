"""One text file for each class, one example in every line: "cats.txt", "dogs.txt"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.readers.encoding import ENCODINGS, decode, lines_of, looks_like_text
from core.data.readers.names import (
    divides,
    has_document_suffix,
    is_archive,
    is_note,
    is_rich,
    part_called,
    shared_edges,
    split_of,
    spoken_suffix,
)
from core.data.readers.reading import Declined, Item, Reading, ReadOptions, Skip, Source, SourceFile
from core.data.readers.table_files import is_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message

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


class TextPerClass:
    """The structure. What differs between the names of the files is the class."""

    names = {"text-per-class": Message("One text file for each class")}
    whole_files = False

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """There must be at least two files of text with several lines each. DataError when they pass the limit."""
        forced = options.structure in self.names
        candidates = _candidates(source.files)
        if not forced and not 2 <= len(candidates) <= _MOST_CLASSES:
            return _declined(source, len(candidates))
        files, damaged = _read(source, candidates, options.encoding, limits)
        classes = _named(files)
        if len({file.label for file in classes}) < 2 or (not forced and _few_lines(classes)):
            return _declined(source, len(candidates))
        chosen = set(candidates)
        others = [
            file.skip(Message("Not a text file with examples ('{suffix}').", suffix=spoken_suffix(file.path)))
            for file in source.files
            if file not in chosen
        ]
        return _reading(classes, (*source.skipped, *others, *damaged))


def _declined(source: Source, candidates: int) -> Declined:
    advice = Message(
        "Write the examples of each class into a text file of its own, one in each line, and name the file after the "
        "class: cats.txt, dogs.txt."
    )
    if candidates > _MOST_CLASSES:
        reason = Message(
            "There are {n} text files in '{source}', too many to be a class each.", n=candidates, source=source.name
        )
        return Declined(reason, 0.2, advice)
    if candidates > 1:
        reason = Message(
            "The {n} text files in '{source}' do not hold several lines each, one for every example.",
            n=candidates,
            source=source.name,
        )
        return Declined(reason, 0.3, advice)
    reason = Message("There are not two or more text files in '{source}', one for each class.", source=source.name)
    return Declined(reason, 0.1 * candidates * (len(source.files) > 1), advice)


def _candidates(files: Sequence[SourceFile]) -> list[SourceFile]:
    """The text documents; where there are none, files without a known suffix: "cats", "dogs.train", "rt.pos"."""
    documents = [file for file in files if file.kind and file.kind.is_text and not is_rich(file.path)]
    if documents:
        return documents
    unknown = [file for file in files if not _has_another_use(file)]
    bare = {file for file in unknown if not file.path.suffix or part_called(file.path.suffix[1:])}
    # "rt.pos" and "rt.neg" are classes, but "tool.py" and "page.html" are just other files.
    one_name = len({file.path.with_suffix("") for file in unknown if file not in bare}) == 1
    return unknown if one_name else [file for file in unknown if file in bare]


def _has_another_use(file: SourceFile) -> bool:
    return bool(file.kind) or is_table(file.path) or is_archive(file.path) or is_note(file.path)


def _read(
    source: Source, candidates: Sequence[SourceFile], encoding: str | None, limits: Limits
) -> tuple[list[_ClassFile], list[Skip]]:
    files: list[_ClassFile] = []
    damaged: list[Skip] = []
    for file in candidates:
        try:
            files.append(_class_file(file, encoding))
        except (UnreadableExampleError, DataError) as error:
            damaged.append(file.skip(error.message))
        limits.check_rows(source.name, sum(len(file.lines) for file in files))
    return files, damaged


def _class_file(file: SourceFile, encoding: str | None) -> _ClassFile:
    raw = file.read()
    if not looks_like_text(raw):
        raise UnreadableExampleError(Message("Not a text file, whatever its name says."))
    decoded = decode(raw, str(file.path), encoding)
    numbered = enumerate(lines_of(decoded.text), start=1)
    lines = tuple((number, line.strip()) for number, line in numbered if line.strip())
    if not lines:
        raise UnreadableExampleError(Message("The file is empty."))
    return _ClassFile(file, lines, decoded.encoding)


def _few_lines(files: Sequence[_ClassFile]) -> bool:
    counts = sorted(len(file.lines) for file in files)
    return counts[len(counts) // 2] < _USUAL_LINES


def _named(files: Sequence[_ClassFile]) -> list[_ClassFile]:
    """The files with their class and part: what differs between their names, without words like "train"."""
    parts = [split_of(str(file.file.path)) for file in files]
    divided = divides(parts)
    words = [_words(file.file.path, divided) for file in files]
    start, end = shared_edges(words)
    return [
        replace(file, label=" ".join(w[start : len(w) - end]), split=part if divided else None)
        for file, part, w in zip(files, parts, words, strict=True)
    ]


def _words(path: PurePosixPath, without_parts: bool) -> list[str]:
    name = str(path.with_suffix("")) if has_document_suffix(path) else str(path)
    words = [word for word in re.split(r"[\s_\-./]+", name) if word]
    return [word for word in words if not (without_parts and split_of(word))] or words


def _reading(files: Sequence[_ClassFile], skips: Sequence[Skip]) -> Reading:
    encodings = sorted({file.encoding for file in files})
    tree = [
        {"folder": str(file.file.path), "label": file.label, "split": file.split, "count": len(file.lines)}
        for file in files
    ]
    proposal = {
        "structure": "text-per-class",
        "encoding": encodings[0] if len(encodings) == 1 else None,
        "splits": any(file.split for file in files),
        "tree": tree[:30],
        "choices": {"encoding": list(ENCODINGS)},
    }

    items = [
        Item(f"{file.file.path} line {number}", file.label, line.encode, file.split)
        for file in files
        for number, line in file.lines
    ]
    notes = (Message("Each line is an example. Lines without anything in them are none, and are not counted."),)
    return Reading("text", proposal, (*skips, *items), notes)
