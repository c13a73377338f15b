"""From whatever a person names to a kept data set, every file accounted for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.readers.archive import read_zip
from core.data.readers.folder import read_folder
from core.data.readers.items import Item, Reading, Skip
from core.data.readers.table import read_table
from core.data.samples import get_sample, read_digits, sample_folder
from core.errors import DataError, UnreadableExampleError
from core.events import Event, PhaseProgress
from core.modalities import get_modality
from core.modalities.base import Modality
from core.workspace import Workspace

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person can say about a source; None means "propose it yourself"."""

    text_column: str | None = None
    label_column: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class IntakeReport:
    """What became of every file: `used` + len(`skipped`) is the number given."""

    modality: str
    classes: dict[str, int]
    splits: dict[str, int]
    used: int
    skipped: tuple[Skip, ...]
    proposal: dict[str, Any]
    findings: tuple[dict[str, Any], ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def open_source(source: str, options: ReadOptions) -> tuple[Reading, str]:
    """Find the reader for `source` (a path or `sample:ID`) and the set's title. DataError when there is none."""
    if source.startswith("sample:"):
        sample = get_sample(source.removeprefix("sample:"))
        if sample.file is None:
            return read_digits(), sample.title
        return open_source(str(sample_folder() / sample.file), options)[0], sample.title
    try:
        path = Path(source).expanduser()
        exists = bool(source.strip()) and path.exists()
    except (OSError, RuntimeError, ValueError):  # a name too long, the home of nobody, a null character
        exists = False
    if not exists:
        raise DataError(f"There is no file or folder '{source}'.", "Check the name and try again.")
    title = options.title or path.stem
    if path.is_dir():
        return read_folder(path), options.title or path.resolve().name
    if path.suffix.casefold() == ".zip":
        return read_zip(path), title
    if path.suffix.casefold() in TABLE_SUFFIXES:
        return read_table(path, options.text_column, options.label_column), title
    raise DataError(
        f"'{path.name}' is not a kind of file that can be read here.",
        "Use a zip or a folder of class folders for pictures, or a CSV or TSV table for messages.",
    )


def take_in(
    source: str, workspace: Workspace, options: ReadOptions | None = None, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, tuple[Dataset, IntakeReport]]:
    """Decode, check and keep every example of `source`. Yields progress, returns the set and its report.

    One unreadable file is a line in the report. DataError when fewer than two classes are left.
    """
    options = options or ReadOptions()
    reading, title = open_source(source, options)
    modality = get_modality(reading.modality)
    examples: list[Example] = []
    skipped: list[Skip] = []
    for done, item in enumerate(reading.items(), start=1):
        if stop():
            raise DataError("Reading was stopped.", "Nothing was kept; start again when you like.")
        taken = item if isinstance(item, Skip) else _take(item, modality, workspace)
        if isinstance(taken, Skip):
            skipped.append(Skip(_plain(taken.file), taken.reason))
        else:
            examples.append(taken)
        if done % 20 == 0 or done == reading.total:
            yield PhaseProgress("read", done, reading.total)
    dataset = Dataset(_plain(title), reading.modality, tuple(examples), workspace.examples)
    _refuse_hopeless(dataset, skipped, title)
    splits = {part: sum(e.split == part for e in examples) for part in {e.split for e in examples if e.split}}
    report = IntakeReport(reading.modality, dataset.counts, splits, len(examples), tuple(skipped), reading.proposal)
    sample = source.removeprefix("sample:") if source.startswith("sample:") else None
    dataset.save(workspace, {"report": report.to_dict(), "sample": sample})
    return dataset, report


def _take(item: Item, modality: Modality, workspace: Workspace) -> Example | Skip:
    try:
        raw = item.read()
        digest = modality.digest(raw)
        if modality.is_kept(digest, workspace.examples):
            return Example(digest, _plain(item.label), _plain(item.name), None, item.split)
        payload = modality.read(raw)
    except UnreadableExampleError as error:
        return Skip(item.name, str(error))
    except OSError:
        return Skip(item.name, "The file could not be read.")
    modality.keep(payload, digest, workspace.examples)
    text = payload if isinstance(payload, str) else None
    return Example(digest, _plain(item.label), _plain(item.name), text, item.split)


def _plain(name: str) -> str:
    """A name from outside as text that any file can hold; bytes that are no text are spelt out, so names stay apart."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _refuse_hopeless(dataset: Dataset, skipped: list[Skip], title: str) -> None:
    if not dataset.examples:
        likely = f" The first was left out because: {skipped[0].reason}" if skipped else ""
        raise DataError(f"Nothing in '{title}' could be used.{likely}", "Check the files and try again.")
    if len(dataset.classes) == 1:
        raise DataError(
            f"'{title}' holds one class only ('{dataset.classes[0]}').",
            "To learn a difference the model needs at least two classes. Add a second one.",
        )
