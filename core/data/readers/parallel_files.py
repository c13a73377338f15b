"""Texts in one file and their classes in another, line by line: "train_text.txt" and "train_labels.txt"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.encoding import ENCODINGS, decode, lines_of, looks_like_text
from core.data.readers.labels import label_levels
from core.data.readers.names import divides, is_archive, part_called, split_of
from core.data.readers.reading import Declined, Item, Reading, ReadOptions, Skip, Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message

_TEXT_WORDS = frozenset(
    {"text", "texts", "sentence", "sentences", "x", "input", "inputs", "data", "seq", "in", "message", "messages",
     "utterance", "utterances", "question", "questions", "review", "reviews", "tweets", "documents", "corpus", "source"}
)  # fmt: skip
_LABEL_WORDS = frozenset(
    {"label", "labels", "y", "class", "classes", "target", "targets", "intent", "intents", "category", "categories",
     "tags", "topic", "topics", "sentiment", "out"}
)  # fmt: skip
_LONGEST_LABEL = 60
_MOST_PAIRS = 100


@dataclass(frozen=True)
class _Pair:
    """Two files with as many lines each."""

    texts: SourceFile
    labels: SourceFile
    split: str | None


class ParallelFiles:
    """The structure. Two files belong together when their names differ in a word for texts and one for labels, and
    when they have as many lines."""

    names = {"parallel-files": Message("A file of texts, and a file with the class of each line")}
    whole_files = False

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """DataError when there are more lines than the limit."""
        pairs = _pairs(source)
        reason = Message("No two files in '{source}' are one of texts and one of their classes.", source=source.name)
        items: list[Item | Skip] = []
        used: set[SourceFile] = set()
        encodings: set[str] = set()
        for pair in pairs:
            found = _items(pair, options.encoding, limits)
            if isinstance(found, Message):
                reason = found
                continue
            used.update((pair.texts, pair.labels))
            items += found[0]
            encodings.add(found[1])
        limits.check_rows(source.name, len(items))
        labels = [item.label for item in items if isinstance(item, Item)]
        if not labels or (options.structure not in self.names and 2 * len(set(labels)) > len(labels)):
            return Declined(reason, 0.6 if pairs else 0.0)
        levels = label_levels(labels, options.label_level)
        items = [
            Item(item.name, levels(item.label), item.read, item.split) if isinstance(item, Item) else item
            for item in items
        ]
        others = [
            file.skip(Message("Neither a file of texts nor one of their classes.")) for file in source.files
            if file not in used
        ]  # fmt: skip
        proposal = {
            "structure": "parallel-files",
            "encoding": encodings.pop() if len(encodings) == 1 else None,
            "splits": any(pair.split for pair in pairs),
            **levels.proposal,
            "choices": {"encoding": list(ENCODINGS), **levels.choices},
        }
        return Reading("text", proposal, (*source.skipped, *others, *items))


def _pairs(source: Source) -> list[_Pair]:
    texts: dict[tuple[str, ...], SourceFile] = {}
    labels: dict[tuple[str, ...], SourceFile] = {}
    for file in source.files:
        if (file.kind and not file.kind.is_text) or is_archive(file.path):
            continue
        words = _words(file.path)
        for wanted, found in ((_TEXT_WORDS, texts), (_LABEL_WORDS, labels)):
            if set(words) & wanted:
                found.setdefault(tuple(word for word in words if word not in wanted), file)
    both = [(texts[key], labels[key]) for key in texts if key in labels and texts[key] is not labels[key]]
    parts = [_part(one.path) for one, _ in both]
    divided = divides(parts)
    return [
        _Pair(one, other, part if divided else None)
        for (one, other), part in zip(both[:_MOST_PAIRS], parts, strict=False)
    ]


def _words(path: PurePosixPath) -> list[str]:
    name = str(path.with_suffix("")) if path.suffix.casefold() == ".txt" else str(path)
    return [word for word in re.split(r"[\s_.\-/]+", name.casefold()) if word]


def _part(path: PurePosixPath) -> str | None:
    folders = [part for folder in path.parts[:-1] if (part := part_called(folder))]
    return split_of(path.name) or (folders[-1] if folders else None)


def _items(pair: _Pair, encoding: str | None, limits: Limits) -> tuple[list[Item | Skip], str] | Message:
    """An item or a skip for each line, and the encoding of the texts; or why the two do not belong together."""
    try:
        (texts, used), (labels, _) = (_lines(file, encoding, limits) for file in (pair.texts, pair.labels))
    except (DataError, UnreadableExampleError) as error:
        return error.problem
    if len(texts) != len(labels):
        return Message(
            "'{texts}' has {n} lines and '{labels}' has {m}: line by line they do not belong together.",
            texts=str(pair.texts.path),
            labels=str(pair.labels.path),
            n=len(texts),
            m=len(labels),
        )
    if any(len(label) > _LONGEST_LABEL for label in labels):
        return Message("'{labels}' does not hold classes.", labels=str(pair.labels.path))
    items: list[Item | Skip] = []
    for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1):
        name = f"{pair.texts.path} line {number}"
        if text and label:
            items.append(Item(name, label, text.encode, pair.split))
        else:
            items.append(Skip(name, Message("The label is empty.") if text else Message("The message is empty.")))
    return items, used


def _lines(file: SourceFile, encoding: str | None, limits: Limits) -> tuple[Sequence[str], str]:
    limits.check_table(str(file.path), file.size)
    raw = file.read()
    if not looks_like_text(raw):
        raise UnreadableExampleError(Message("Not a text file, whatever its name says."))
    decoded = decode(raw, str(file.path), encoding)
    lines = [line.strip() for line in lines_of(decoded.text)]
    while lines and not lines[-1]:
        lines.pop()
    return lines, decoded.encoding
