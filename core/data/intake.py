"""From whatever a person names to a kept dataset: all of it or nothing, and every file accounted for."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from core.data.dataset import NO_FACTS, Dataset, Example, describe_dataset
from core.data.duplicates import grouped, look_ahead, near_pairs
from core.data.readers.doubts import doubt_about
from core.data.readers.examples import find_examples
from core.data.readers.few_rows import few_rows, rows_of_known_classes
from core.data.readers.names import first_names
from core.data.readers.opening import nothing_there, open_path
from core.data.readers.propose import propose
from core.data.readers.reading import (
    ONE_CLASS,
    Heeded,
    Item,
    Reading,
    ReadOptions,
    Roles,
    Skip,
    Source,
    UndecidedError,
    UnlabelledItem,
)
from core.data.samples import get_sample, sample_folder
from core.data.store import filling, is_at_hand, move_in
from core.data.versions import Change, change_set
from core.errors import DataError, UnreadableExampleError
from core.events import Event, Progress, SourceUnderstood
from core.limits import Limits
from core.messages import Message, counted, sentences
from core.modalities import get_modality
from core.modalities.base import PIECES, Modality, Payload
from core.storage import own_name, refusal, require_room, sync_all, writing
from core.workspace import Workspace, new_id

CUT_FROM = "cut_from"
"""In the facts of a piece of a longer file: the name of that file. The other facts are still those of the file."""
_TELL_EVERY = 20
_MOST_TOLD = 200
"""So often progress is told at most: whoever watches reads all that was told."""
_TELLING = 100
"""So many examples tell how much room the others take."""
_MANY_FAILURES = 3
"""So many unreadable files, if they are more than the readable ones, have a cause that no single file explains."""


@dataclass(frozen=True)
class IntakeReport:
    """What became of every file or row: `used` and what `skipped`, `unlabelled` and `heeded` hold are what was given.

    `heeded` are files that hold no example, and were read for what they say of others. `unlabelled` are those whose
    class nobody has said, with what there is in its place: they are kept to learn from.
    `notes` are sentences on what should be looked at although nothing was left out for it.
    """

    modality: str
    classes: dict[str, int]
    splits: dict[str, int]
    used: int
    skipped: tuple[Skip, ...]
    proposal: dict[str, Any]
    notes: tuple[Message, ...] = ()
    unlabelled: tuple[Skip, ...] = ()
    heeded: tuple[Skip, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def take_in(
    source: str, workspace: Workspace, options: ReadOptions | None = None, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, tuple[Dataset, IntakeReport]]:
    """Decode, check and keep every example of `source`. Yields progress, returns the dataset and its report.

    One unreadable file is a line in the report. DataError when most cannot be read, when fewer than two classes are
    left, or after a stop; then nothing is kept.
    """
    options = options or ReadOptions()
    reading, title = yield from _understood(source, options, Limits.of(workspace))
    with filling(workspace):
        kept = yield from keep_examples(reading, title, workspace, stop, at_least=2)
        dataset = yield from _grouped(_dataset(title, reading, kept, workspace), workspace, stop)
        report = _report(reading, dataset, kept)
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
    """Add the examples of `source` to the dataset `into`, or begin one called `title` with them.

    With `label` all files of a folder, whatever their names, are of that class; otherwise the source says the
    labels as in `take_in`, and `options` how to read it. `burst`: they were taken in one go and are as good as copies,
    so no split divides them. The new examples are for training, wherever the dataset has a division; those that it
    has already are skips. DataError when nothing can be read, or when pictures would come to messages.
    """
    limits, options = Limits.of(workspace), options or ReadOptions()
    before = Dataset.load(into, workspace) if into else None
    if before:
        before.require_originals()
    if label is not None:
        reading = _all_of_one_class(Path(source), label, limits)
    else:
        like = _roles(before, workspace) if before and before.kind.is_row else None
        said = replace(options, like=like, kind=options.kind or before.modality) if before and like else options
        reading, _ = yield from _understood(source, said, limits, set(before.classes) if before else set())
        reading = _joined(before, reading, like) if before and like and reading.modality == before.modality else reading
    came = {"path": source, "options": asdict(options), "into": into}
    return (
        yield from take_reading(
            reading, workspace, into=before, called=title or label or Path(source).name, title=title, burst=burst,
            addition={"proposal": reading.proposal, "source": came} if label is None else None, stop=stop,
        )
    )  # fmt: skip


def take_reading(
    reading: Reading,
    workspace: Workspace,
    *,
    into: Dataset | None = None,
    called: str,
    title: str | None = None,
    burst: bool = False,
    addition: dict[str, Any] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, tuple[Dataset, IntakeReport]]:
    """Add what was read to a dataset, or begin one with it, as `take_more` does. `called` is what sentences about it
    name; `addition` is kept beside the new version of the dataset."""
    if into and into.modality != reading.modality:
        raise DataError(
            Message(
                "'{title}' holds {held}; these are {given}.",
                title=into.title,
                held=into.kind.many,
                given=get_modality(reading.modality).many,
            )
        )
    with filling(workspace):
        kept = yield from keep_examples(reading, called, workspace, stop, 1)
        if into:
            kept = _not_there_yet(kept, into)
        named = _as_one_batch(kept, burst)
        if into is None:
            made = _dataset(title or str(get_modality(reading.modality).first_title), reading, named, workspace)
            dataset = yield from _grouped(made, workspace, stop)
            dataset.save(workspace, {"sample": None})
        elif named.examples or named.unlabelled:
            change = Change("add", added=(*named.examples, *named.unlabelled))
            dataset = change_set(into.id, [change], workspace, addition)
        else:
            dataset = into
    return dataset, _report(reading, dataset, kept)


@dataclass(frozen=True)
class _Kept:
    """What was made of a reading: labelled and unlabelled examples, why the latter have no class, all skips, and the
    files that were `heeded`."""

    examples: Sequence[Example]
    unlabelled: Sequence[Example]
    without_class: Sequence[Skip]
    skipped: Sequence[Skip]
    heeded: Sequence[Skip] = ()


def _dataset(title: str, reading: Reading, kept: _Kept, workspace: Workspace) -> Dataset:
    examples, unlabelled = tuple(kept.examples), tuple(kept.unlabelled)
    return Dataset(plain(title), reading.modality, examples, workspace.examples, unlabelled=unlabelled)


def _not_there_yet(kept: _Kept, before: Dataset) -> _Kept:
    """The same, in which what the dataset has already is a skip."""
    there = Message("The dataset has it already, with the same class.")
    known = {(example.id, example.label) for example in (*before.examples, *before.unlabelled)}
    twice = {example.name for example in (*kept.examples, *kept.unlabelled) if (example.id, example.label) in known}
    again = _files_of([example for example in (*kept.examples, *kept.unlabelled) if example.name in twice])
    return _Kept(
        [example for example in kept.examples if example.name not in twice],
        [example for example in kept.unlabelled if example.name not in twice],
        [skip for skip in kept.without_class if skip.file not in again],
        [*kept.skipped, *(Skip(name, there) for name in again)],
    )


def _roles(before: Dataset, workspace: Workspace) -> Roles:
    """What the columns of a dataset of rows are for, as it was read; else what its rows hold."""
    proposal = (describe_dataset(before.id, workspace).get("report") or {}).get("proposal") or {}
    label, marked = proposal.get("label_column"), tuple(proposal.get("marked_columns") or ())
    if proposal.get("example_columns"):
        return Roles(tuple(proposal.get("columns", ())), tuple(proposal["example_columns"]), label, marked)
    rows = (before.payload(index) for index in range(len(before.examples)))
    return Roles((), tuple(dict.fromkeys(name for row in rows for name in row)), label, marked)


def _joined(before: Dataset, reading: Reading, like: Roles) -> Reading:
    """Rows as those of the dataset that they come to: under its names of columns, and written its way."""
    own = reading.proposal.get("example_columns") or ()
    called = dict(zip(own, like.examples, strict=True)) if len(own) == len(like.examples) else {}
    given: dict[str, Any] = {}
    for item in reading.items:
        if isinstance(item, (Item, UnlabelledItem)):
            with suppress(UnreadableExampleError):  # it stays as it is, and is refused where all are read
                row = before.kind.read(item.read())
                given[_called(item)] = {called.get(name, name): cell for name, cell in row.items()}
    held = [before.payload(index) for index in range(len(before.examples))]
    rows, notes = before.kind.joined(held, given)
    raw = {name: before.kind.exported(row)[1] for name, row in zip(given, rows, strict=True)}
    items = tuple(
        replace(item, read=partial(raw.__getitem__, _called(item)))
        if isinstance(item, (Item, UnlabelledItem)) and _called(item) in raw
        else item
        for item in reading.items
    )
    return replace(reading, items=items, notes=(*reading.notes, *map(plain_data, notes)))


def _called(item: Item | UnlabelledItem) -> str:
    return item.name if isinstance(item, Item) else item.file


def _grouped(dataset: Dataset, workspace: Workspace, stop: Callable[[], bool]) -> Generator[Event, None, Dataset]:
    near = yield from near_pairs(dataset, workspace, stop)
    if near is None:
        raise _stopped()
    return grouped(dataset, near.pairs)


def _understood(
    source: str, options: ReadOptions, limits: Limits, classes: Set[str] = frozenset()
) -> Generator[Event, None, tuple[Reading, str]]:
    """As `open_source`; tells how the source was understood, or what there is to choose from."""
    try:
        reading, title = open_source(source, options, limits, classes)
    except UndecidedError as error:
        yield SourceUnderstood(plain_data(error.proposal))
        raise
    yield SourceUnderstood(reading.proposal)
    return reading, title


def open_source(
    source: str, options: ReadOptions, limits: Limits, classes: Set[str] = frozenset()
) -> tuple[Reading, str]:
    """How `source` (a path or `sample:ID`) is read, and the dataset's title. DataError when it cannot be.

    `classes` are those of the dataset it is for, where there is one: they tell the labels of a row or two.
    """
    if source.startswith("sample:"):
        sample = get_sample(source.removeprefix("sample:"))
        if sample.file is not None:
            return open_source(str(sample_folder() / sample.file), options, limits)[0], str(sample.title)
        assert sample.reads is not None
        return sample.reads(), str(sample.title)
    try:
        path = Path(source).expanduser()
        exists = bool(source.strip()) and path.exists()
    except (OSError, RuntimeError, ValueError):  # a name too long, the home of nobody, a null character
        exists = False
    if not exists:
        raise nothing_there(source)
    own_name = path.resolve().name if path.is_dir() else path.stem
    reading = _proposed(open_path(path, limits, options.files), options, limits, classes)
    clean = replace(reading, proposal=plain_data(reading.proposal), notes=tuple(map(plain_data, reading.notes)))
    return clean, options.title or own_name


def tasted(source: str, n: int) -> list[Payload]:
    """The first example of each of the first `n` classes, decoded, to be looked at before anything is imported.
    DataError where it cannot be read."""
    reading, _ = open_source(source, ReadOptions(), Limits())
    kind = get_modality(reading.modality)
    first: dict[str, Item] = {}
    for item in reading.items:
        if isinstance(item, Item):
            first.setdefault(item.label, item)
    return [kind.read(item.read()) for item in list(first.values())[:n]]


def _proposed(opened: Source, options: ReadOptions, limits: Limits, classes: Set[str]) -> Reading:
    known = None if options.like else rows_of_known_classes(opened, classes)
    if known and (told := options.over(known)):
        return propose(opened, told, limits)
    try:
        return propose(opened, options, limits, classes)
    except DataError:
        few = None if options.like else few_rows(opened)
        told = options.over(few) if few else None
        if told is None:
            raise
        reading = propose(opened, told, limits)
        labels = [item.label for item in reading.items if isinstance(item, Item)]
        if doubt_about(labels) and 2 * sum(label in classes for label in labels) < len(labels):
            raise
        return reading


def _all_of_one_class(folder: Path, label: str, limits: Limits) -> Reading:
    if not label.strip():
        raise DataError(Message("The class needs a name."))
    source = open_path(folder, limits)
    items = [Item(str(file.path), label.strip(), file.read) for file in source.files]
    return Reading(find_examples(source).kind.name, {"structure": ONE_CLASS}, (*source.skipped, *items))


def _as_one_batch(kept: _Kept, burst: bool) -> _Kept:
    """The examples under names that no other batch has."""
    batch = new_id()
    group = f"burst-{batch}" if burst else None

    def named(examples: Sequence[Example]) -> list[Example]:
        return [replace(one, name=f"{batch}/{one.name}", group=group or one.group) for one in examples]

    return replace(kept, examples=named(kept.examples), unlabelled=named(kept.unlabelled))


# --- decoding, and keeping all of it or nothing ------------------------------------------------------------------


def keep_examples(
    reading: Reading, title: str, workspace: Workspace, stop: Callable[[], bool], at_least: int
) -> Generator[Event, None, _Kept]:
    """Every example of `reading` in the store, or none of them, and the skips. Yields progress.

    DataError when most cannot be read, when there are fewer than `at_least` classes, or once `stop` is true.
    StorageError as soon as it can be told that the disk has no room for all.
    """
    staging = workspace.staging / own_name("import")
    with writing(staging):
        staging.mkdir()
    try:
        kept, failures = yield from _decode(reading, workspace, staging, stop)
        _refuse_hopeless(kept, failures, title, at_least, reading.proposal.get("beside"))
        new = tuple(e for e in kept.examples if get_modality(reading.modality).is_kept(e.id, staging))
        if new and get_modality(reading.modality).measures:
            yield from look_ahead(Dataset(title, reading.modality, new, staging), workspace, stop)
        if stop():
            raise _stopped()
        sync_all(staging)
        move_in(staging, workspace.examples)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return kept


def _require_room(store: Path, staging: Path, done: int, total: int) -> None:
    """StorageError unless the disk has room for the rest, if that takes as much as what was kept of those `done`."""
    kept = sum(file.stat().st_size for file in staging.rglob("*.*"))
    if kept:
        require_room(store, kept * (total - done) // done)


def _decode(
    reading: Reading, workspace: Workspace, staging: Path, stop: Callable[[], bool]
) -> Generator[Event, None, tuple[_Kept, list[Skip]]]:
    """What was kept, and those of the skips that were meant to be examples but could not be read."""
    modality = get_modality(reading.modality)
    examples: list[Example] = []
    unlabelled: list[Example] = []
    without_class: list[Skip] = []
    skipped: list[Skip] = []
    heeded: list[Skip] = []
    failures: list[Skip] = []
    total = len(reading.items)
    tell_every = max(_TELL_EVERY, total // _MOST_TOLD)
    with closing(_taken(reading.items, modality, workspace.examples, staging)) as pairs:
        for done, (item, taken) in enumerate(pairs, start=1):
            if stop():
                raise _stopped()
            if isinstance(taken, Heeded):
                heeded.append(Skip(plain(taken.file), plain_data(taken.reason)))
            elif isinstance(taken, Skip):
                skipped.append(Skip(plain(taken.file), plain_data(taken.reason)))
                if isinstance(item, Item):
                    failures.append(skipped[-1])
            elif isinstance(item, Item):
                examples += taken
            else:
                unlabelled += taken
                without_class.append(Skip(plain(item.file), plain_data(item.reason)))
            if done % tell_every == 0 or done == total:
                yield Progress("read", done, total)
            if done == _TELLING:
                _require_room(workspace.examples, staging, done, total)
    return _Kept(examples, unlabelled, without_class, skipped, heeded), failures


def _taken(
    items: Sequence[Item | Skip], modality: Modality[Any, Any], store: Path, staging: Path
) -> Generator[tuple[Item | Skip, list[Example] | Skip], None, None]:
    """Each item with what became of it, in order. Several are decoded at a time, where that takes longer than handing
    them over to threads; whoever does not want all closes it, and waits for those.

    What has no class is kept too, unless the files put it where it would be asked about: nobody could say if an answer
    is right, and what is held back is not to be learnt from.
    """

    def take(item: Item | Skip) -> list[Example] | Skip:
        if isinstance(item, Item) or (isinstance(item, UnlabelledItem) and item.split in (None, "train")):
            return _take(item, modality, store, staging)
        return item

    if modality.is_text:
        yield from ((item, take(item)) for item in items)
        return
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(items), _TELL_EVERY):
            part = items[start : start + _TELL_EVERY]
            yield from zip(part, pool.map(take, part), strict=True)


def _take(
    item: Item | UnlabelledItem, modality: Modality[Any, Any], store: Path, staging: Path
) -> list[Example] | Skip:
    """The example in a file, or the several that it is cut into."""
    try:
        raw = item.read()
        digest = modality.digest(raw)
        kept: list[tuple[str, str | None]] = [(digest, None)]
        if not is_at_hand(modality, digest, store) and not modality.is_kept(digest, staging):
            pieces = modality.read_all(raw)
            several = range(len(pieces)) if len(pieces) > 1 else ()
            ids = [modality.digest(f"{digest}/{n}/{len(pieces)}".encode()) for n in several] or [digest]
            kept = [(own, modality.keep(piece, own, staging)) for own, piece in zip(ids, pieces, strict=True)]
        facts = modality.facts(raw) or NO_FACTS
        whole = Example(digest, "", plain(_called(item)), kept[0][1], item.split, facts=facts)
        if isinstance(item, Item):
            whole = replace(whole, label=sys.intern(plain(item.label)), source=item.source and plain(item.source))
        if len(kept) == 1:
            return [whole]
        group, about = f"cut-{digest}", {**facts, CUT_FROM: whole.name, PIECES: len(kept)}
        return [
            replace(whole, id=own, name=f"{whole.name} ({n}/{len(kept)})", text=text, group=group, facts=about)
            for n, (own, text) in enumerate(kept, start=1)
        ]
    except UnreadableExampleError as error:
        return Skip(_called(item), error.message)
    except OSError as error:
        if refused := refusal(error, staging):
            raise refused from error
        return Skip(_called(item), Message("The file could not be read."))


def plain_data(value: Any) -> Any:
    """Plain data, messages included, in which every text is `plain`."""
    if isinstance(value, dict):
        return {plain(key): plain_data(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(entry) for entry in value]
    if isinstance(value, Message):
        return Message.from_dict(plain_data(value.to_dict()))
    return plain(value) if isinstance(value, str) else value


def plain(name: str) -> str:
    """A name from outside as text that any file can hold; bytes that are no text are spelt out, so names stay apart."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode(errors="backslashreplace").decode()
    return name  # itself: hundreds of thousands of copies would take room


def _stopped() -> DataError:
    return DataError(Message("Reading was stopped."), Message("Nothing was kept; start again when you like."))


def _refuse_hopeless(
    kept: _Kept, failures: Sequence[Skip], title: str, at_least: int, beside: Message | None = None
) -> None:
    examples = kept.examples
    likely = _likely_cause(failures or [*kept.skipped, *kept.without_class])
    if not examples:
        problem = Message("Nothing in '{title}' could be used.", title=title)
        raise DataError(sentences(problem, *likely), Message("Check the files and try again."))
    if len(failures) >= _MANY_FAILURES and len(failures) > len(examples):
        total = len(failures) + len(examples)
        problem = Message(
            "{n} of {total} files in '{title}' cannot be read.", n=len(failures), total=total, title=title
        )
        raise DataError(
            sentences(problem, *likely),
            Message("Was something lost on the way here? Copy the files or make the zip again."),
        )
    classes = {example.label for example in examples}
    if len(classes) < at_least:
        problem = Message("'{title}' holds one class only ('{label}').", title=title, label=classes.pop())
        raise DataError(
            sentences(problem, beside) if beside else problem,
            Message(
                "To learn a difference the model needs at least two classes. Add a second one, or say where the labels "
                "are, if they were looked for in the wrong place."
            ),
        )


def _likely_cause(skips: Sequence[Skip]) -> list[Message]:
    """The reason that is given most often."""
    if not skips:
        return []
    reason = Counter(skip.reason for skip in skips).most_common(1)[0][0]
    return [Message("The likely cause: {reason} (first: {file})", reason=reason, file=skips[0].file)]


# --- the report --------------------------------------------------------------------------------------------------


def _report(reading: Reading, dataset: Dataset, kept: _Kept) -> IntakeReport:
    splits = Counter(example.split for example in kept.examples if example.split)
    notes = (*reading.notes, *_file_notes(dataset.kind, kept.examples))
    return IntakeReport(
        reading.modality, dataset.counts, dict(splits), len(_files_of(kept.examples)), tuple(kept.skipped),
        reading.proposal, notes, tuple(kept.without_class), tuple(kept.heeded),
    )  # fmt: skip


def _files_of(examples: Sequence[Example]) -> list[str]:
    """The name of each file or row that examples come from: of several pieces of one, once."""
    whole = [example.name for example in examples if CUT_FROM not in example.facts]
    return [*whole, *dict.fromkeys(example.facts[CUT_FROM] for example in examples if CUT_FROM in example.facts)]


def _file_notes(kind: Modality[Any, Any], examples: Sequence[Example]) -> Iterator[Message]:
    """What files are that their names do not say."""
    pieces = [example for example in examples if CUT_FROM in example.facts]
    if pieces:
        files = len(_files_of(pieces))
        yield counted(
            "{n} long file was cut into {pieces} pieces, which stay together: {names}.",
            "{n} long files were cut into {pieces} pieces; those of one file stay together: {names}.",
            n=files,
            pieces=len(pieces),
            names=first_names(_files_of(pieces)),
        )
    lies = [e for e in examples if kind.is_misnamed(e.name, e.facts)]
    if lies:
        yield counted(
            "{n} file is of another format than its name says, and was read all the same: {names}.",
            "{n} files are of another format than their names say, and were read all the same: {names}.",
            n=len(lies),
            names=first_names([f"{e.name} ({e.facts['format']})" for e in lies]),
        )
    moving = [e.name for e in examples if e.facts.get("frames", 1) > 1]
    if moving:
        yield counted(
            "{n} file holds several pictures or an animation; the first picture was used: {names}.",
            "{n} files hold several pictures or an animation; the first picture was used: {names}.",
            n=len(moving),
            names=first_names(moving),
        )
