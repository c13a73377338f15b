"""Decoding what a reader hands on, and keeping all of it or nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence, Set
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.duplicates import group_again, look_at
from core.data.readers.few_rows import few_rows, rows_of_known_classes
from core.data.readers.opening import open_path
from core.data.readers.options import ReadOptions
from core.data.readers.propose import propose
from core.data.readers.reading import Item, Reading, Skip
from core.data.readers.source import Source
from core.data.samples import get_sample, read_digits, sample_folder
from core.data.versions import Change, change_set
from core.errors import DataError, UnreadableExampleError
from core.events import Event, Progress, SourceUnderstood
from core.limits import Limits
from core.modalities import get_modality
from core.modalities.base import Modality
from core.workspace import Workspace, new_id

_TELL_EVERY = 20
_MANY_FAILURES = 3
"""So many unreadable files, if they are more than the readable ones, have a cause that no single file explains."""


def keep_examples(
    reading: Reading, title: str, workspace: Workspace, stop: Callable[[], bool], at_least: int
) -> Generator[Event, None, tuple[list[Example], list[Skip]]]:
    """Every example of `reading` in the store, or none of them, and the skips. Yields progress.

    DataError when most cannot be read, when there are fewer than `at_least` classes, or once `stop` is true.
    """
    staging = workspace.staging / new_id()
    staging.mkdir()
    try:
        examples, skipped, failures = yield from _decode(reading, workspace, staging, stop)
        _refuse_hopeless(examples, skipped, failures, title, at_least)
        new = tuple(e for e in examples if get_modality(reading.modality).is_kept(e.id, staging))
        if new:
            yield from look_at(Dataset(title, reading.modality, new, staging), workspace, stop)
        if stop():
            raise _stopped()
        for file in sorted(staging.rglob("*.*")):
            target = workspace.examples / file.relative_to(staging)
            target.parent.mkdir(exist_ok=True)
            os.replace(file, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return examples, skipped


def _decode(
    reading: Reading, workspace: Workspace, staging: Path, stop: Callable[[], bool]
) -> Generator[Event, None, tuple[list[Example], list[Skip], list[Skip]]]:
    """Examples, all skips, and those of the skips that were meant to be examples but could not be read."""
    modality = get_modality(reading.modality)
    examples: list[Example] = []
    skipped: list[Skip] = []
    failures: list[Skip] = []
    for done, item in enumerate(reading.items(), start=1):
        if stop():
            raise _stopped()
        taken = item if isinstance(item, Skip) else _take(item, modality, workspace, staging)
        if isinstance(taken, Example):
            examples.append(taken)
        else:
            skipped.append(Skip(plain(taken.file), taken.reason))
            if isinstance(item, Item):
                failures.append(skipped[-1])
        if done % _TELL_EVERY == 0 or done == reading.total:
            yield Progress("read", done, reading.total)
    return examples, skipped, failures


def _take(item: Item, modality: Modality, workspace: Workspace, staging: Path) -> Example | Skip:
    try:
        raw = item.read()
        digest, text = modality.digest(raw), None
        if not modality.is_kept(digest, workspace.examples) and not modality.is_kept(digest, staging):
            payload = modality.read(raw)
            modality.keep(payload, digest, staging)
            text = payload if isinstance(payload, str) else None
        return Example(digest, plain(item.label), plain(item.name), text, item.split, facts=modality.facts(raw))
    except UnreadableExampleError as error:
        return Skip(item.name, str(error))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        return Skip(item.name, "The file could not be read.")


def plain_data(value: Any) -> Any:
    """Plain data in which every text is `plain`."""
    if isinstance(value, dict):
        return {plain(key): plain_data(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(entry) for entry in value]
    return plain(value) if isinstance(value, str) else value


def plain(name: str) -> str:
    """A name from outside as text that any file can hold; bytes that are no text are spelt out, so names stay apart."""
    return name.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _stopped() -> DataError:
    return DataError("Reading was stopped.", "Nothing was kept; start again when you like.")


def _refuse_hopeless(
    examples: Sequence[Example], skipped: Sequence[Skip], failures: Sequence[Skip], title: str, at_least: int
) -> None:
    reasons = Counter(skip.reason for skip in failures or skipped).most_common(1)
    likely = f" The likely cause: {reasons[0][0]} (first: {(failures or skipped)[0].file})" if reasons else ""
    if not examples:
        raise DataError(f"Nothing in '{title}' could be used.{likely}", "Check the files and try again.")
    if len(failures) >= _MANY_FAILURES and len(failures) > len(examples):
        raise DataError(
            f"{len(failures)} of {len(failures) + len(examples)} files in '{title}' cannot be read.{likely}",
            "Was something lost on the way here? Copy the files or make the zip again.",
        )
    classes = {example.label for example in examples}
    if len(classes) < at_least:
        raise DataError(
            f"'{title}' holds one class only ('{classes.pop()}').",
            "To learn a difference the model needs at least two classes. Add a second one, "
            "or choose below where the labels are, if they were looked for in the wrong place.",
        )


# From whatever a person names to a kept data set, every file accounted for.

_THERE = "The set has it already, with the same class."


@dataclass(frozen=True)
class IntakeReport:
    """What became of every file or row: `used` + len(`skipped`) is the number given.

    `notes` are sentences on what should be looked at although nothing was left out for it.
    """

    modality: str
    classes: dict[str, int]
    splits: dict[str, int]
    used: int
    skipped: tuple[Skip, ...]
    proposal: dict[str, Any]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def open_source(
    source: str, options: ReadOptions, limits: Limits, classes: Set[str] = frozenset()
) -> tuple[Reading, str]:
    """How `source` (a path or `sample:ID`) is read, and the set's title. DataError when it cannot be.

    `classes` are those of the set it is for, where there is one: they tell the labels of a row or two.
    """
    if source.startswith("sample:"):
        sample = get_sample(source.removeprefix("sample:"))
        if sample.file is None:
            return read_digits(), str(sample.title)
        return open_source(str(sample_folder() / sample.file), options, limits)[0], str(sample.title)
    try:
        path = Path(source).expanduser()
        exists = bool(source.strip()) and path.exists()
    except (OSError, RuntimeError, ValueError):  # a name too long, the home of nobody, a null character
        exists = False
    if not exists:
        raise DataError(f"There is no file or folder '{source}'.", "Check the name and try again.")
    own_name = path.resolve().name if path.is_dir() else path.stem
    reading = _proposed(open_path(path, limits, options.files), options, limits, classes)
    clean = replace(reading, proposal=plain_data(reading.proposal), notes=tuple(map(plain, reading.notes)))
    return clean, options.title or own_name


def _proposed(opened: Source, options: ReadOptions, limits: Limits, classes: Set[str]) -> Reading:
    known = rows_of_known_classes(opened, classes)
    if known and (told := options.over(known)):
        return propose(opened, told, limits)
    try:
        return propose(opened, options, limits)
    except DataError:
        few = few_rows(opened)
        told = options.over(few) if few else None
        if told is None:
            raise
        return propose(opened, told, limits)


def take_in(
    source: str, workspace: Workspace, options: ReadOptions | None = None, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, tuple[Dataset, IntakeReport]]:
    """Decode, check and keep every example of `source`. Yields progress, returns the set and its report.

    One unreadable file is a line in the report. DataError when most cannot be read, when fewer than two classes are
    left, or after a stop; then nothing is kept.
    """
    options = options or ReadOptions()
    reading, title = open_source(source, options, Limits.of(workspace))
    yield SourceUnderstood(reading.proposal)
    examples, skipped = yield from keep_examples(reading, title, workspace, stop, at_least=2)
    dataset = Dataset(plain(title), reading.modality, tuple(examples), workspace.examples)
    dataset = group_again(dataset, workspace)
    report = _report(reading, dataset, examples, skipped)
    sample = source.removeprefix("sample:") if source.startswith("sample:") else None
    said = {"path": source, "options": asdict(options)}
    dataset.save(workspace, {"report": report.to_dict(), "sample": sample, "source": said})
    return dataset, report


def take_more(
    source: str,
    workspace: Workspace,
    *,
    into: str | None = None,
    label: str | None = None,
    burst: bool = False,
    title: str | None = None,
    options: ReadOptions | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, tuple[Dataset, IntakeReport]]:
    """Add the examples of `source` to the set `into`, or begin a set called `title` with them.

    With `label` all pictures of a folder, whatever their names, are of that class; otherwise the source says the
    labels as in `take_in`, and `options` how to read it. `burst`: they were taken in one go and are as good as copies,
    so no split divides them. The new examples go with those that teach, wherever the set has a division; those that
    the set has already are skips. DataError when nothing can be read, or when pictures would come to messages.
    """
    limits, options = Limits.of(workspace), options or ReadOptions()
    before = Dataset.load(into, workspace) if into else None
    if label is not None:
        reading = _all_of_one_class(Path(source), label, limits)
    else:
        reading, _ = open_source(source, options, limits, set(before.classes) if before else set())
        yield SourceUnderstood(reading.proposal)
    if before and before.modality != reading.modality:
        raise DataError(f"'{before.title}' holds {before.modality}s; these are {reading.modality}s.")
    examples, skipped = yield from keep_examples(reading, title or "these files", workspace, stop, at_least=1)
    if before:
        known = {(example.id, example.label) for example in before.examples}
        skipped = [*skipped, *(Skip(e.name, _THERE) for e in examples if (e.id, e.label) in known)]
        examples = [example for example in examples if (example.id, example.label) not in known]
    named = _as_one_batch(examples, burst)
    if before is None:
        made = Dataset(plain(title or "My set"), reading.modality, named, workspace.examples)
        dataset = group_again(made, workspace)
        dataset.save(workspace, {"sample": None})
    elif named:
        said = {"path": source, "options": asdict(options), "into": before.id}
        addition = {"proposal": reading.proposal, "source": said} if label is None else None
        dataset = change_set(before.id, [Change("add", added=named)], workspace, addition)
    else:
        dataset = before
    return dataset, _report(reading, dataset, examples, skipped)


def _as_one_batch(examples: Sequence[Example], burst: bool) -> tuple[Example, ...]:
    """The examples under names that no other batch has."""
    batch = new_id()
    group = f"burst-{batch}" if burst else None
    return tuple(replace(example, name=f"{batch}/{example.name}", group=group) for example in examples)


def _all_of_one_class(folder: Path, label: str, limits: Limits) -> Reading:
    if not label.strip():
        raise DataError("The class needs a name.")
    source = open_path(folder, limits)

    def items() -> Iterator[Item | Skip]:
        yield from source.skipped
        for file in source.files:
            yield Item(str(file.path), label.strip(), file.read)

    return Reading("image", {"structure": "one-class"}, len(source.files) + len(source.skipped), items)


def _report(reading: Reading, dataset: Dataset, examples: Sequence[Example], skipped: Sequence[Skip]) -> IntakeReport:
    splits = Counter(example.split for example in examples if example.split)
    notes = (*reading.notes, *_file_notes(examples))
    return IntakeReport(
        reading.modality, dataset.counts, dict(splits), len(examples), tuple(skipped), reading.proposal, notes
    )


def _file_notes(examples: Sequence[Example]) -> Iterator[str]:
    """What files are that their names do not say."""
    lies = [e for e in examples if e.facts.get("format") and not _is_called(e.facts["format"], e.name)]
    if lies:
        named = _first([f"{e.name} ({e.facts['format']})" for e in lies])
        yield f"Of another format than their names say, and read all the same ({len(lies)}): {named}."
    moving = [e.name for e in examples if e.facts.get("frames", 1) > 1]
    if moving:
        named = _first(moving)
        yield f"Several pictures or an animation in one file ({len(moving)}), the first picture was used: {named}."


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")


_ENDINGS = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"}, "MPO": {".jpg", ".jpeg", ".mpo"}, "TIFF": {".tif", ".tiff"},
    "PPM": {".ppm", ".pgm", ".pbm", ".pnm"},
}  # fmt: skip


def _is_called(format: str, name: str) -> bool:
    ending = PurePosixPath(name).suffix.casefold()
    return not ending or ending in _ENDINGS.get(format, {f".{format.casefold()}"})
