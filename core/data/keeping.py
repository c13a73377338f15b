"""Decoding what a reader hands on, and keeping all of it or nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.duplicates import look_at
from core.data.readers.items import Item, Reading, Skip
from core.errors import DataError, UnreadableExampleError
from core.events import Event, PhaseProgress
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
            yield PhaseProgress("read", done, reading.total)
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
