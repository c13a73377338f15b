"""Which files of a source are the examples, all of one kind, and the reading that gives each its class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.documents import text_of_document
from core.data.readers.encoding import ENCODINGS, decode, looks_like_text
from core.data.readers.names import is_archive, is_rich, spoken_suffix
from core.data.readers.reading import Item, Reading, Skip, Source, SourceFile, UnlabelledItem
from core.errors import DataError, UnreadableExampleError
from core.messages import NOTHING, Message
from core.modalities import MODALITIES
from core.modalities.base import Modality

_SAMPLE = 20
_MOST_ROWS = 30


@dataclass(frozen=True)
class Examples:
    """The files that are examples, all of one `kind`, and every other file with why it is none."""

    kind: Modality[Any, Any]
    files: tuple[SourceFile, ...]
    skips: tuple[Skip, ...]

    @property
    def paths(self) -> list[PurePosixPath]:
        return [file.path for file in self.files]


@dataclass(frozen=True, slots=True)
class Said:
    """What was made out about one example: its label and part, or why it is left out.

    With labels in `also` it is an example of each of these classes, too. `unlabelled`: it is left out because nobody
    has said its class, and for nothing else.
    """

    label: str | None = None
    split: str | None = None
    why_not: Message | None = None
    also: tuple[str, ...] = ()
    unlabelled: bool = False


def find_examples(source: Source) -> Examples:
    """The files of the kind that there are most of; without any, no files of the first kind."""
    kinds = [file.kind for file in source.files]
    kind = max(MODALITIES.values(), key=lambda one: sum(found is one for found in kinds))
    chosen, skips = [], []
    for file, found in zip(source.files, kinds, strict=True):
        if found is kind:
            chosen.append(file)
        else:
            skips.append(file.skip(why_not(file.path, kind)))
    return Examples(kind, tuple(chosen), (*source.skipped, *skips))


def reading_of(
    examples: Examples,
    said: Sequence[Said],
    proposal: Mapping[str, object],
    choices: Mapping[str, object],
    encoding: str | None = None,
    notes: Sequence[Message] = (),
    aside: tuple[Skip, ...] = (),
) -> Reading:
    """The reading that gives each example what is said about it; `said` is in the order of the files.

    `encoding` is what all documents are read as; without it each is looked at on its own.
    """
    is_text = examples.kind.is_text
    skips = list(examples.skips)
    used: list[Item] = []
    for file, s in zip(examples.files, said, strict=True):
        read = as_text(file, encoding) if is_text else file.read
        if s.label is None and s.unlabelled:
            skips.append(UnlabelledItem(str(file.path), s.why_not or NOTHING, read, s.split))
        elif s.label is None:
            skips.append(file.skip(s.why_not or NOTHING))
        else:
            used.append(Item(str(file.path), s.label, read, s.split))
            used += [Item(f"{file.path} ({n})", label, read, s.split) for n, label in enumerate(s.also, start=2)]
    about = {
        "modality": examples.kind.name,
        **proposal,
        **({"encoding": encoding or _usual_encoding(examples)} if is_text else {}),
        "choices": {**choices, **({"encoding": list(ENCODINGS)} if is_text else {})},
        "splits": any(item.split for item in used),
        "tree": preview(examples.paths, [(s.label, s.split) for s in said]),
    }
    return Reading(examples.kind.name, about, (*skips, *used), tuple(notes), aside)


def preview(paths: Sequence[PurePosixPath], named: Sequence[tuple[str | None, str | None]]) -> list[dict[str, object]]:
    """The tree as it was understood, for the page: folder, class, part and count, at most 30 rows.

    `named` has for each path its (label, split); a label of None says that it is not used.
    """
    counts = Counter((str(path.parent), *said) for path, said in zip(paths, named, strict=True))
    rows: list[dict[str, object]] = [
        {"folder": folder, "label": label, "split": split, "count": n} for (folder, label, split), n in counts.items()
    ]
    if len(rows) <= _MOST_ROWS:
        return rows
    rest = list(counts.values())[_MOST_ROWS - 1 :]
    more = Message("and {n} more", n=len(rest))
    return [*rows[: _MOST_ROWS - 1], {"folder": more, "label": None, "split": None, "count": sum(rest)}]


def _usual_encoding(examples: Examples) -> str:
    """What most of the first documents are written in."""
    found: Counter[str] = Counter()
    for file in [file for file in examples.files if not is_rich(file.path)][:_SAMPLE]:
        try:
            found[decode(file.read(), str(file.path)).encoding] += 1
        except UnreadableExampleError:
            continue
    return max(found, key=lambda encoding: found[encoding], default="utf-8")


def as_text(file: SourceFile, encoding: str | None) -> Callable[[], bytes]:
    """How to get a document as UTF-8, whatever it is written in (`encoding`, or what is proposed)."""

    def read() -> bytes:
        raw = file.read()
        text = text_of_document(raw, file.path.suffix.casefold())
        if text is None and not encoding and not looks_like_text(raw):
            raise UnreadableExampleError(Message("Not a text file, whatever its name says."))
        try:
            return (decode(raw, str(file.path), encoding).text if text is None else text).encode(errors="replace")
        except DataError as error:
            raise UnreadableExampleError(error.problem) from error

    return read


def why_not(path: PurePosixPath, kind: Modality[Any, Any]) -> Message:
    """The reason to leave out a file where examples are of this kind."""
    if is_archive(path):
        return Message("A packed file among the others; unpack it first, or read it on its own.")
    return Message(
        "Not one of the {examples}, but another kind of file ('{suffix}').",
        examples=kind.many,
        suffix=spoken_suffix(path),
    )
