"""Recordings beside a list of times that says what is heard in them when. Each stretch is an example."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from core.data.readers.examples import preview, why_not
from core.data.readers.file_index import FileIndex
from core.data.readers.names import kind_of
from core.data.readers.reading import Declined, Item, Reading, ReadOptions, Skip, Source, SourceFile
from core.data.readers.sources import NONE, can_be_sources
from core.data.readers.time_lists import Stretch, Track, may_be_a_list, read_track
from core.errors import DataError
from core.limits import Limits
from core.messages import Message, counted
from core.modalities.base import Modality

_BOTH = Message("Put the list and its recordings into one folder or zip, and choose that.")
_ANOTHER = Message("Save the recording again, as FLAC or MP3, say, or in shorter parts, each with its own list.")
_NAMED = 3
_TOUCHING = 0.02
"""Seconds by which stretches that follow each other may overlap: times are rounded."""
_WAS_READ = Message("The list of times: it was read, and holds no example itself.")


class LabelTracks:
    """The structure. A list belongs to the recordings that it names, else to that of the same name, else to the only
    one beside it."""

    names = {"label-tracks": Message("Stretches of recordings, with their times in a list")}
    whole_files = True

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """DataError where there are such lists and nothing else: without the recordings they say nothing."""
        recordings = [file for file in source.files if file.kind and file.kind.cuts_by_time]
        others = [file for file in source.files if not (file.kind and file.kind.cuts_by_time)]
        index = FileIndex([file.path for file in recordings])
        lists = [file for file in others if may_be_a_list(file)]
        tracks = [track for file in lists if (track := read_track(file, index, options, limits))]
        limits.check_rows(source.name, sum(len(track.stretches) for track in tracks))
        if not recordings:
            if tracks and len(tracks) == len(source.files) and all(track.is_certain for track in tracks):
                for skip in source.skipped:
                    if (kind := kind_of(PurePosixPath(skip.file))) and kind.cuts_by_time:
                        raise DataError(_unreadable(tracks, skip), _ANOTHER)
                raise DataError(_alone(tracks), _BOTH)
            return Declined(Message("There are no recordings in '{source}'.", source=source.name))
        found = [(track, number, one) for track in tracks for number, one in _placed(track, index, recordings)]
        if not any(number is not None for _, number, _ in found):
            return Declined(
                next((track.note for track in tracks if track.note), None)
                or Message("No list says which stretches of the recordings are examples."),
                0.3 if tracks else 0.0,
                Message("Call the list like its recording: 'walk.txt' beside 'walk.wav'."),
            )
        return _reading(source, recordings, others, tracks, found)


def _unreadable(tracks: Sequence[Track], recording: Skip) -> Message:
    return Message(
        "'{file}' lists stretches of a recording (start, end and label), and '{recording}' cannot be used: {reason}",
        file=str(tracks[0].file.path),
        recording=recording.file,
        reason=recording.reason,
    )


def _alone(tracks: Sequence[Track]) -> Message:
    """What lists without their recordings are, and what is missing."""
    names = list(dict.fromkeys(one.recording for track in tracks for one in track.stretches if one.recording))
    file = str(tracks[0].file.path)
    if not names:
        return Message(
            "'{file}' lists stretches of a recording (start, end and label), and the recording is not beside it.",
            file=file,
        )
    called = [PureWindowsPath(name).name for name in names[:_NAMED]]  # it knows both kinds of slashes
    return counted(
        "'{file}' lists stretches of a recording (start, end and label), and the recording is not beside it: "
        "{names:list}.",
        "'{file}' lists stretches of {n} recordings (start, end and label), and they are not beside it: {names:list}.",
        n=len(names),
        file=file,
        names=[*called, *([counted("{n} more", "{n} more", n=len(names) - _NAMED)] if len(names) > _NAMED else [])],
    )


def _reading(
    source: Source,
    recordings: Sequence[SourceFile],
    others: Sequence[SourceFile],
    tracks: Sequence[Track],
    found: Sequence[tuple[Track, int | None, Stretch]],
) -> Reading:
    kind = recordings[0].kind
    assert kind is not None
    cut = _Cutter(kind)
    items: list[Item | Skip] = []
    seen: set[tuple[int, float, float, str]] = set()
    times: Counter[str] = Counter()
    used: list[tuple[int, Stretch]] = []
    for track, number, one in found:
        where = f"{track.file.path} {one.row}"
        if (reason := _why_not(number, one)) is not None or number is None:
            items.append(Skip(where, reason or _NOT_HERE))
            continue
        if (number, one.start, one.end, one.label) in seen:
            items.append(Skip(where, Message("The same stretch stands in the list twice.")))
            continue
        seen.add((number, one.start, one.end, one.label))
        name = f"{recordings[number].path} {one.start:.3f}-{one.end:.3f} s"
        times[name] += 1
        name = f"{name} ({times[name]})" if times[name] > 1 else name
        items.append(Item(name, one.label, partial(cut, recordings[number], one.start, one.end)))
        used.append((number, one))
    items = _with_sources(items, recordings, used)
    named = {number for number, _ in used}
    unnamed = Message("No list says what is heard in it when.")
    aside = tuple(track.file.heeded(_WAS_READ) for track in tracks)
    lists = {track.file.path for track in tracks}
    skips = [
        *source.skipped,
        *aside,
        *(file.skip(why_not(file.path, kind)) for file in others if file.path not in lists),
        *(file.skip(unnamed) for number, file in enumerate(recordings) if number not in named),
    ]
    notes = [*_overlap_note(items), *(track.note for track in tracks if track.note)]
    columns = list(dict.fromkeys(column for track in tracks for column in track.columns))
    proposal: dict[str, Any] = {
        "structure": "label-tracks",
        "label_column": next((track.label_column for track in tracks if track.label_column), None),
        "sources": NONE,
        "choices": {"label_column": columns} if len(columns) > 1 else {},
        "tree": preview([recordings[number].path for number, _ in used], [(one.label, None) for _, one in used]),
    }
    return Reading(kind.name, proposal, (*skips, *items), (*_notes(len(used), len(named)), *notes), aside)


def _with_sources(
    items: list[Item | Skip], recordings: Sequence[SourceFile], used: Sequence[tuple[int, Stretch]]
) -> list[Item | Skip]:
    """What comes from one recording stays on one side, where each class is heard in several; else at least what is
    heard at the same time."""
    names = [str(recordings[number].path) for number, _ in used]
    whole = can_be_sources(names, [one.label for _, one in used])
    from_where = iter(names if whole else _at_once(used, names))
    return [
        Item(item.name, item.label, item.read, item.split, next(from_where)) if isinstance(item, Item) else item
        for item in items
    ]


def _at_once(used: Sequence[tuple[int, Stretch]], names: Sequence[str]) -> list[str | None]:
    """A name for all that overlap in time, by each other or by way of others; None for a stretch that stands alone."""
    found: list[str | None] = [None] * len(used)
    recording, end = -1, 0.0
    together: list[int] = []
    for at in sorted(range(len(used)), key=lambda at: (used[at][0], used[at][1].start)):
        number, one = used[at]
        if number != recording or one.start > end - _TOUCHING:
            recording, end, together = number, one.end, []
        together.append(at)
        end = max(end, one.end)
        if len(together) > 1:
            first = f"{names[at]} {used[together[0]][1].start:.3f} s"
            found[together[0]] = found[at] = first
    return found


def _overlap_note(items: Sequence[Item | Skip]) -> Iterator[Message]:
    """That some stretches overlap, where these are not kept together by their recording already."""
    sources = [item.source for item in items if isinstance(item, Item)]
    together = [source for source in sources if source]
    if not together or (None not in sources and len(set(together)) > 1):
        return
    yield counted(
        "{n} stretch overlaps another one in time. They stay on one side of the split.",
        "{n} stretches overlap others in time. Those that do stay on one side of the split.",
        n=len(together),
    )
    if len(set(sources)) == 1:
        yield Message(
            "Each of them overlaps the next, so none can be reserved for validation. Remove every other one, or add "
            "another recording."
        )


def _notes(stretches: int, recordings: int) -> Iterator[Message]:
    yield counted(
        "Cut out of {n} recording: {stretches} stretches, as the list says. What it does not name is not used.",
        "Cut out of {n} recordings: {stretches} stretches, as the lists say. What they do not name is not used.",
        n=recordings,
        stretches=stretches,
    )
    if recordings == 1:
        yield Message(
            "All of them come from one recording, so training and validation hear the same place and the same voices: "
            "expect a lower accuracy on another recording, and add some if you can."
        )


_NOT_HERE = Message("Its recording is not here.")


def _why_not(number: int | None, one: Stretch) -> Message | None:
    if number is None:
        return _NOT_HERE
    if not one.label:
        return Message("The label is empty.")
    if not (math.isfinite(one.start) and math.isfinite(one.end)) or one.start < 0:
        return Message("Its times are no moments of a recording.")
    if one.end <= one.start:
        return Message("It is a moment and no stretch: it ends where it begins, or before.")
    return None


class _Cutter:
    """Cuts stretches out of recordings. The file of one is kept until another one's turn comes."""

    def __init__(self, kind: Modality[Any, Any]) -> None:
        self._kind = kind
        self._content: Callable[[SourceFile], bytes] = lru_cache(maxsize=1)(lambda file: file.read())

    def __call__(self, file: SourceFile, start: float, end: float) -> bytes:
        return self._kind.stretch(self._content(file), start, end)


# --- whose list it is ------------------------------------------------------------------------------------------------


def _placed(track: Track, index: FileIndex, recordings: Sequence[SourceFile]) -> Iterator[tuple[int | None, Stretch]]:
    """Each stretch with the number of its recording, or None."""
    own = _own(track.file.path, index)
    for one in track.stretches:
        yield (own if one.recording is None else index.find(one.recording)), one


def _own(path: PurePosixPath, index: FileIndex) -> int | None:
    """The recording that a list is about: of the same name ("walk.Table.1.selections.txt", "walk_labels.txt"), else the
    only one in its folder, or at all."""
    if (beside := index.find_beside(path)) is not None:
        return beside
    name = path.name.casefold()
    called = [
        (len(other.stem), number)
        for number, other in enumerate(index.paths)
        if name.startswith(other.stem.casefold()) and not name[len(other.stem) : len(other.stem) + 1].isalnum()
    ]
    if called:
        return max(called)[1]
    for there in ([n for n, other in enumerate(index.paths) if other.parent == path.parent], range(len(index.paths))):
        if len(there) == 1:
            return there[0]
    return None
