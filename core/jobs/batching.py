"""Jobs about thousands of examples: answer all of them, and sort their files into a folder for each answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.readers.reading import ReadOptions, Skip
from core.data.unlabelled import Batch, Unlabelled, is_batch, joined, named_path, read_batch
from core.errors import DataError, UnreadableExampleError, UserError
from core.events import Event, JobEnded, Progress
from core.jobs.base import Stop
from core.jobs.trying import answers_to, open_model, refusal_of, trained_on
from core.limits import Limits
from core.messages import Message, chosen_language
from core.modalities import get_modality
from core.modalities.image.decoding import thumbnail
from core.models.catalogue import about_model
from core.results.batch import BatchAnswers, BatchWriter, rows_of, write_sorted
from core.runs.folder import RunFolder
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.modalities.base import Modality, Payload
    from core.models.extended import ExtendedModel

SORTED = "sorted.zip"
_WINDOW = 64
"""So many examples are decoded while as many before them are answered; no more are in memory."""
_LOOKED_AT = 5000
_MOST_TOLD = 500
"""So often progress is told at most: whoever watches reads all that was told."""
_THUMBNAIL = 64
"""Pixels a side."""

Answered = tuple[str, tuple[str, ...], dict[str, Any]]
"""Where an example is, its row of a table, and the answer: as `answers` gives it, but for the input."""


def batch(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Ask the model of `run` about all that `paths` hold (see `core.data.unlabelled`); `names` say what they are called
    (none: nothing), `options` how tables are read. The answers lie in the job's folder, as `BatchAnswers` reads them.

    Result: how many `rows` were answered, which after a stop are less than there are.
    """
    request = folder.request
    run = RunFolder.find(request["run"], workspace)
    model = yield from open_model(run, workspace, stop)
    given = suited(gather(request, get_modality(model.model.modality), workspace), run, workspace)
    rows = yield from predict_batch(model, run, given, folder.path, workspace, stop, thumbnails=True)
    if rows == len(given.items):
        yield JobEnded("completed", result={"rows": rows})
    else:
        yield JobEnded("stopped", Message("It was stopped. What was answered before is kept."), {"rows": rows})


def sort(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Put the files that the job `batch` was about into a zip, each into a folder of its answer. `none_below` is the
    threshold, `language` that of its words. Result: its `file` and `bytes`."""
    request = folder.request
    asked = RunFolder(workspace.jobs / request["batch"])
    language = chosen_language([request.get("language", "en")])
    kind = get_modality(about_model(asked.request["run"], workspace)["card"]["modality"])
    given, answered = gather(asked.request, kind, workspace), BatchAnswers(asked.path)
    path = folder.path / SORTED
    for done in write_sorted(path, given, answered, request["none_below"], language):
        if done % _WINDOW == 0:
            yield Progress("sort", done, answered.rows)
            if stop():
                yield JobEnded("stopped", Message("Sorting was stopped. Nothing of it was kept."))
                return
    yield JobEnded("completed", result={"file": SORTED, "bytes": path.stat().st_size})


def gather(request: Mapping[str, Any], kind: Modality[Any, Any], workspace: Workspace) -> Batch:
    """What a batch is about: all that its `paths` hold, each a folder, an archive or a table, else one example.

    Of several, one that cannot be read is a row that says so; DataError where there is only one.
    """
    paths, options = request["paths"], ReadOptions(**request.get("options", {}))
    found = []
    for path, called in zip(paths, request.get("names") or [""] * len(paths), strict=True):
        place = named_path(path)
        try:
            if is_batch(place, kind):
                found.append(read_batch(place, kind, options, Limits.of(workspace), called))
            else:
                found.append(Batch((Unlabelled(called or path, partial(kind.raw, path)),)))
        except DataError as error:
            if len(paths) == 1:
                raise
            found.append(Batch((Skip(called or path, error.message),)))
    return joined(found)


def predict_batch(
    model: ExtendedModel, run: RunFolder, given: Batch, folder: Path, workspace: Workspace,
    stop: Stop = lambda: False, *, thumbnails: bool = False,
) -> Generator[Event, None, int]:  # fmt: skip
    """Answer everything in `given` and keep the answers in `folder`. Yields progress; returns how many there are, less
    than all after a stop."""
    hurry(model, run, workspace)
    total = len(given.items)
    writer = BatchWriter(folder, given.columns, given.proposal, given.notes, total, refusal_of(model, run))
    done = told = 0
    yield Progress("classify", 0, total)
    for part in answered_parts(model, given, trained_on(run, workspace), thumbnails=thumbnails):
        for row in rows_of(part):
            writer.add(row)
        done += len(part)
        if done - told >= total // _MOST_TOLD or done == total:
            told = done
            yield Progress("classify", done, total)
        if stop():
            break
    writer.close()
    return done


def suited(given: Batch, run: RunFolder, workspace: Workspace) -> Batch:
    """With rows written as the model of a run takes them, and notes on what it expects and does not find in a table, as
    so many of its rows tell. DataError where none of them has anything that it knows."""
    about = about_model(run.id, workspace)
    kind = get_modality(about["card"]["modality"])
    if not kind.is_row:
        return given
    looked_at: dict[str, Payload] = {}
    for item in given.items[:_LOOKED_AT]:
        if isinstance(item, Unlabelled):
            with suppress(UserError):  # it is refused when it is asked
                looked_at[item.name] = kind.read(item.read())
    suit = kind.suited(about["extras"], list(looked_at.values()))
    if suit is None or not looked_at:
        return given
    known: dict[str, Payload] = {}
    refused: list[DataError] = []
    for name, payload in looked_at.items():
        try:
            known[name] = suit(payload)
        except UnreadableExampleError as error:
            refused.append(DataError(Message("'{file}': {why}", file=name, why=error.problem), error.advice))
    if not known:
        raise refused[0]
    items = tuple(
        replace(item, read=partial(_rewritten, kind, suit, item.read)) if isinstance(item, Unlabelled) else item
        for item in given.items
    )
    notes = kind.unlike(about["extras"], known) if given.columns else ()
    return replace(given, items=items, notes=(*given.notes, *notes))


def _rewritten(kind: Modality[Any, Any], suit: Callable[[Any], Any], read: Callable[[], bytes]) -> bytes:
    return kind.exported(suit(kind.read(read())))[1]


def hurry(model: ExtendedModel, run: RunFolder, workspace: Workspace) -> None:
    """Have the model of a run answer as fast as it can (see `hasten`)."""
    from core.models.encoders import hasten

    hasten(model.model, f"run:{run.id}", workspace)


def answered_parts(
    model: ExtendedModel, given: Batch, is_known: Callable[[bytes], bool] = lambda raw: False,
    *, thumbnails: bool = False,
) -> Iterator[list[Answered]]:  # fmt: skip
    """The answers in order, some at a time. While these are worked out, threads decode those that come next. An answer
    says where the model was `trained` on its example, as `is_known` tells."""
    kind = get_modality(model.model.modality)

    def decoded(item: Unlabelled | Skip) -> tuple[Payload | UserError, bool]:
        try:
            if isinstance(item, Skip):
                raise UnreadableExampleError(item.reason)
            raw = item.read()
            return kind.read(raw), is_known(raw)
        except UserError as error:
            return error, False

    windows = [given.items[start : start + _WINDOW] for start in range(0, len(given.items), _WINDOW)]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        following = pool.map(decoded, windows[0]) if windows else iter(())
        for number, window in enumerate(windows):
            payloads = list(following)
            if number + 1 < len(windows):
                following = pool.map(decoded, windows[number + 1])
            yield _answered(model, kind, window, payloads, thumbnails, together=bool(given.columns))


def _answered(
    model: ExtendedModel, kind: Modality[Any, Any], window: Sequence[Unlabelled | Skip],
    payloads: Sequence[tuple[Payload | UserError, bool]], thumbnails: bool, *, together: bool,
) -> list[Answered]:  # fmt: skip
    readable_ones = [one for one, _ in payloads if not isinstance(one, UserError)]
    readable = iter(answers_to(model, readable_ones, together=together))
    found: list[Answered] = []
    for item, (payload, trained) in zip(window, payloads, strict=True):
        name, cells = (item.file, ()) if isinstance(item, Skip) else (item.name, item.cells)
        if isinstance(payload, UserError):
            found.append((name, cells, {"error": payload.message}))
            continue
        entry = next(readable) | ({"trained": True} if trained else {})
        if thumbnails and (picture := kind.picture(payload)):
            entry["thumbnail"] = thumbnail(picture, _THUMBNAIL)
        found.append((name, cells, entry))
    return found
