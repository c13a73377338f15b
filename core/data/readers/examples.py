"""Which files of a source are the examples: its pictures, or its text documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.encoding import ENCODINGS, decode
from core.data.readers.items import Item, Reading, Skip
from core.data.readers.kinds import is_archive, is_document, is_picture, spoken_suffix
from core.data.readers.source import Source, SourceFile
from core.data.readers.tree import preview
from core.errors import DataError, UnreadableExampleError

_SAMPLE = 20
PLURAL = {"image": "pictures", "text": "text documents"}


@dataclass(frozen=True)
class Examples:
    """The files that are examples, all of one modality, and every other file with why it is none."""

    modality: str
    files: tuple[SourceFile, ...]
    skips: tuple[Skip, ...]

    @property
    def paths(self) -> list[PurePosixPath]:
        return [file.path for file in self.files]


@dataclass(frozen=True, slots=True)
class Said:
    """What was made out about one example: its label and part, or why it is left out."""

    label: str | None = None
    split: str | None = None
    why_not: str | None = None


def find_examples(source: Source) -> Examples:
    """Pictures or documents, whichever are more; none of either is an empty set of pictures."""
    pictures = [file for file in source.files if is_picture(file.path)]
    documents = [file for file in source.files if is_document(file.path)]
    modality, chosen = ("text", documents) if len(documents) > len(pictures) else ("image", pictures)
    others = set(source.files) - set(chosen)
    skips = [Skip(str(file.path), _why_not(file.path, modality)) for file in source.files if file in others]
    return Examples(modality, tuple(chosen), (*source.skipped, *skips))


def reading_of(
    examples: Examples,
    said: Sequence[Said],
    proposal: Mapping[str, object],
    choices: Mapping[str, object],
    encoding: str | None = None,
    notes: Sequence[str] = (),
) -> Reading:
    """The reading that gives each example what is said about it; `said` is in the order of the files.

    `encoding` is what all documents are read as; without it each is looked at on its own.
    """
    used = [(file, s) for file, s in zip(examples.files, said, strict=True) if s.label is not None]
    left_out = [Skip(str(file.path), s.why_not or "") for file, s in zip(examples.files, said, strict=True)
                if s.label is None]  # fmt: skip
    skips = (*examples.skips, *left_out)
    as_bytes = _as_text(encoding) if examples.modality == "text" else _as_is

    def items() -> Iterator[Item | Skip]:
        yield from skips
        for file, s in used:
            yield Item(str(file.path), s.label or "", as_bytes(file), s.split)

    about = {
        "modality": examples.modality,
        **proposal,
        **({"encoding": encoding or _usual_encoding(examples)} if examples.modality == "text" else {}),
        "choices": {**choices, **({"encoding": list(ENCODINGS)} if examples.modality == "text" else {})},
        "splits": any(s.split for _, s in used),
        "tree": preview(examples.paths, [(s.label, s.split) for s in said]),
    }
    return Reading(examples.modality, about, len(used) + len(skips), items, tuple(notes))


def _usual_encoding(examples: Examples) -> str:
    """What most of the first documents are written in."""
    found: Counter[str] = Counter()
    for file in examples.files[:_SAMPLE]:
        try:
            found[decode(file.read(), str(file.path)).encoding] += 1
        except UnreadableExampleError:
            continue
    return max(found, key=lambda encoding: found[encoding], default="utf-8")


def _as_is(file: SourceFile) -> Callable[[], bytes]:
    return file.read


def _as_text(encoding: str | None) -> Callable[[SourceFile], Callable[[], bytes]]:
    def reader(file: SourceFile) -> Callable[[], bytes]:
        def read() -> bytes:
            try:
                return decode(file.read(), str(file.path), encoding).text.encode("utf-8", errors="replace")
            except DataError as error:
                raise UnreadableExampleError(error.problem) from error

        return read

    return reader


def _why_not(path: PurePosixPath, modality: str) -> str:
    if is_archive(path):
        return "A packed file among the others; unpack it first, or read it on its own."
    kind = "picture" if modality == "image" else "text document"
    return f"Not a {kind} ('{spoken_suffix(path)}')."
