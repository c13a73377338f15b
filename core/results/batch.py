"""Predictions of many examples at once, as they lie on the disk, and as the table that a person takes away.

A folder holds `batch.json` (what was asked, how far it is, how many of each answer) and `answers/000000.jsonl` and so
on, of a few hundred rows each. So ten thousand answers are never in memory together, a page of them is one small file,
and a kill loses no more than the last rows. Whether an answer is "none of these" is not kept: it follows from a
threshold that a person moves.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from core.data.readers.reading import Skip
from core.data.readers.table import named_columns
from core.data.unlabelled import Batch
from core.errors import DataError, RunError, UnreadableExampleError
from core.evaluation.rejection import Rejection
from core.file_names import FreeNames, file_name
from core.messages import NOTHING, Language, Message, counted, revived
from core.spreadsheets import Cell, csv_lines
from core.storage import Damaged, read_json, read_lines, replacing, write_json, write_lines, writing

_ABOUT, _ANSWERS = "batch.json", "answers"
_ROWS = 200
"""Rows of a file: what a kill may lose, and what is read for a page of them."""
TABLE, FOLDERS = "answers.csv", "folders.csv"
"""The table beside sorted files; and which folder is which class, where a class has no name for a folder."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One example and its answer: the class, the second, and how like it is to what the model knows; or the `error`.

    `name` says where it was, `cells` are its row of a table, `thumbnail` is a data URI for a page. The model was
    `trained` on it where it was among its training examples.
    """

    name: str
    cells: tuple[str, ...] = ()
    label: str = ""
    confidence: float = 0.0
    second: str = ""
    second_confidence: float = 0.0
    likeness: float | None = None
    error: Message = NOTHING
    thumbnail: str = ""
    trained: bool = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BatchRow:
        return cls(**{**data, "cells": tuple(data.get("cells", ())), "error": revived(data.get("error", NOTHING))})

    def to_dict(self) -> dict[str, Any]:
        """Without what it does not have."""
        usual = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    def score(self, by: str) -> float:
        """What a threshold is held against, as `Rejection.by` says."""
        return self.confidence if by != "likeness" or self.likeness is None else self.likeness

    def is_none(self, by: str, threshold: float | None) -> bool:
        """True for a readable example whose answer is "none of these"."""
        return threshold is not None and not self.error and self.score(by) < threshold


@dataclass(frozen=True)
class Counts:
    """How many examples got each answer at some threshold, how many got "none of these", and how many could not be
    read."""

    classes: dict[str, int]
    none: int
    errors: int


class BatchWriter:
    """Keeps rows as they come; `close` keeps the last of them. StorageError where the disk refuses."""

    def __init__(self, folder: Path, columns: Sequence[str], proposal: dict[str, Any], notes: Sequence[Message],
                 total: int, refusal: Rejection) -> None:  # fmt: skip
        self._folder = folder
        self._rows: list[BatchRow] = []
        self._files = 0
        self._about: dict[str, Any] = {
            "columns": list(columns), "proposal": proposal, "notes": list(notes), "total": total,
            "refusal": refusal.to_dict(), "rows": 0, "errors": 0, "trained": 0, "scores": {},
        }  # fmt: skip
        with writing(folder / _ANSWERS):
            (folder / _ANSWERS).mkdir()
        write_json(folder / _ABOUT, self._about)

    def add(self, row: BatchRow) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROWS:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()

    def _flush(self) -> None:
        write_lines(_file(self._folder, self._files), (row.to_dict() for row in self._rows))
        by, scores = self._about["refusal"]["by"], self._about["scores"]
        for row in self._rows:
            self._about["trained"] += row.trained
            if row.error:
                self._about["errors"] += 1
            else:
                counted, hundredth = scores.setdefault(row.label, {}), str(_hundredths(row.score(by)))
                counted[hundredth] = counted.get(hundredth, 0) + 1
        self._about["rows"] += len(self._rows)
        self._files, self._rows = self._files + 1, []
        write_json(self._folder / _ABOUT, self._about)


def _file(folder: Path, number: int) -> Path:
    return folder / _ANSWERS / f"{number:06}.jsonl"


def _hundredths(score: float) -> int:
    """The largest whole hundredth that is not above `score`, as `score < hundredth / 100` compares."""
    n = int(score * 100)
    return n + 1 if (n + 1) / 100 <= score else n - (n / 100 > score)


class BatchAnswers:
    """What a `BatchWriter` has kept so far. RunError where it is damaged, or nothing was begun."""

    def __init__(self, folder: Path) -> None:
        about = read_json(folder / _ABOUT)
        if isinstance(about, Damaged):
            raise RunError(about.why, Message("Predict the same examples once more."))
        self._folder = folder
        self.columns: tuple[str, ...] = tuple(about["columns"])
        self.proposal: dict[str, Any] = revived(about["proposal"])
        self.trained: int = about.get("trained", 0)
        """So many of them were among the training examples."""
        self.notes: list[Message] = [*revived(about["notes"]), *trained_note(self.trained)]
        self.total: int = about["total"]
        """What was asked; `rows` of them are there."""
        self.rows: int = about["rows"]
        self.refusal = Rejection.from_dict(about["refusal"])
        self._errors: int = about["errors"]
        self._scores: dict[str, dict[str, int]] = about["scores"]

    def counts(self, threshold: float | None) -> Counts:
        """At a `threshold` in whole hundredths; None for no "none of these" at all."""
        classes: Counter[str] = Counter()
        none = 0
        for label, scores in self._scores.items():
            below = sum(n for at, n in scores.items() if threshold is not None and int(at) < round(threshold * 100))
            classes[label] += sum(scores.values()) - below
            none += below
        return Counts(dict((+classes).most_common()), none, self._errors)

    def tallied(self, threshold: float | None) -> Counts:
        """The same at any `threshold`, by a look at all rows."""
        classes: Counter[str] = Counter()
        none = errors = 0
        for row in self.each():
            if row.error:
                errors += 1
            elif row.is_none(self.refusal.by, threshold):
                none += 1
            else:
                classes[row.label] += 1
        return Counts(dict(classes.most_common()), none, errors)

    def each(self, start: int = 0) -> Iterator[BatchRow]:
        """The rows from number `start` on. A file that is damaged is one row that says so."""
        for number in range(start // _ROWS, -(-self.rows // _ROWS)):
            kept = read_lines(_file(self._folder, number), BatchRow.from_dict)
            if isinstance(kept, Damaged):
                yield BatchRow(kept.path.name, error=kept.message)
            else:
                yield from kept[max(0, start - number * _ROWS) :]

    def page(self, start: int, n: int, wanted: Callable[[BatchRow], bool] | None = None) -> list[BatchRow]:
        """`n` rows from number `start` on; of those that are `wanted`, if that is said."""
        if wanted is None:
            return list(islice(self.each(start), n))
        return list(islice(filter(wanted, self.each()), start, start + n))

    def table(self, threshold: float | None, language: Language) -> Iterator[Sequence[Cell]]:
        """Everything as a table, its header first: the columns that there were, where it is, the answer."""
        by = self.refusal.by
        theirs = {column.strip().casefold() for column in self.columns}
        own = [
            language.render(_OURS.having(column=title) if language.render(title).casefold() in theirs else title)
            for title in _COLUMNS
            if by == "likeness" or title is not _SIMILARITY
        ]
        yield list(named_columns([*self.columns, *own])[0])
        for row in self.each():
            cells = [*row.cells, *[""] * (len(self.columns) - len(row.cells)), row.name]
            if row.error:
                yield [*cells, *[""] * (len(own) - 2), language.render(row.error)]
                continue
            answer = language.render(NONE) if row.is_none(by, threshold) else row.label
            likeness = [_rounded(row.likeness)] if by == "likeness" else []
            yield [
                *cells, answer, row.label, _rounded(row.confidence), row.second, _rounded(row.second_confidence),
                *likeness, "",
            ]  # fmt: skip


def trained_note(n: int) -> list[Message]:
    """That a model was trained on so many of the examples that it was asked about; nothing for none."""
    if not n:
        return []
    return [
        counted(
            "{n} of these was among the training examples. The model knows the class of that one already, so its "
            "answer says nothing about new ones.",
            "{n} of these were among the training examples. The model knows their classes already, so its answers to "
            "them say nothing about new ones.",
            n=n,
        )
    ]


NONE = Message("None of these")
_SIMILARITY = Message("Similarity")
_OURS = Message("{column} (this prediction)")
"""A column of ours where the table that was given has one of that name, as every table of answers has."""
_COLUMNS = (
    Message("File or row"), Message("Answer"), Message("Most likely class"), Message("Confidence"),
    Message("Second class"), Message("Confidence in it"), _SIMILARITY, Message("Problem"),
)  # fmt: skip


_FOLDER_COLUMNS = (Message("Folder"), Message("Class"))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def write_sorted(
    path: Path, batch: Batch, answers: BatchAnswers, threshold: float | None, language: Language
) -> Iterator[int]:
    """Write the files of `batch` into a zip, each into a folder of its answer, and beside them the table of answers
    and, where some are not called as their class is, one of the folders. Yields how many are done.

    DataError where the files are not those that the answers are about. StorageError where the disk refuses.
    """
    none = file_name(language.render(NONE))
    folders: dict[str | None, str] = {None: none}
    free = FreeNames([TABLE, FOLDERS, none])
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for done, (item, row) in enumerate(zip(batch.items, answers.each(), strict=False), start=1):
            if (item.file if isinstance(item, Skip) else item.name) != row.name:
                raise DataError(
                    Message("The files, or the answers to them, are not what they were."),
                    Message("Predict them again."),
                )
            if not isinstance(item, Skip) and not row.error:
                label = None if row.is_none(answers.refusal.by, threshold) else row.label
                if label not in folders:
                    folders[label] = free.take(file_name(row.label))
                name = free.take(f"{folders[label]}/{file_name(PurePosixPath(item.name).name)}")
                with suppress(UnreadableExampleError):  # it was there a while ago; the table names it
                    archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), item.read())
            yield done
        named = {folder: label for label, folder in folders.items() if label is not None}
        tables = {TABLE: answers.table(threshold, language)}
        if any(folder != label for folder, label in named.items()):
            tables[FOLDERS] = iter([[language.render(title) for title in _FOLDER_COLUMNS], *named.items()])
        for name, rows in tables.items():
            with archive.open(name, "w") as file:
                file.writelines(csv_lines(rows))


def rows_of(entries: Iterable[tuple[str, tuple[str, ...], dict[str, Any]]]) -> Iterator[BatchRow]:
    """Answers as rows: of all probabilities, the two largest are kept."""
    for name, cells, entry in entries:
        if "error" in entry:
            yield BatchRow(name, cells, error=entry["error"])
            continue
        best = sorted(entry["probabilities"].items(), key=lambda pair: -pair[1])
        second, share = best[1] if len(best) > 1 else ("", 0.0)
        thumbnail = entry.get("thumbnail", "")
        yield BatchRow(
            name, cells, entry["label"], best[0][1], second, share, entry["likeness"], thumbnail=thumbnail,
            trained=entry.get("trained", False),
        )  # fmt: skip
