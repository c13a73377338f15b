"""How a class shares one computer: how much is done at once, and what is too much for one student."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from core.classroom.room import ClassRoom, Member
from core.data.album import ALBUM
from core.data.samples import sample_folder
from core.errors import UserError
from core.library.items import folder_bytes
from core.messages import NOTHING, Message, sentences
from core.models.hub import PREFIX
from core.runs.folder import RunFolder, list_runs
from core.runs.launcher import Launcher
from core.runs.local import Rules
from core.runs.turns import expected_of
from core.workspace import Workspace

DISK_REFUSES = Message("The teacher's computer cannot keep this: its disk is full, or refuses. Tell your teacher.")
"""What a student is told: where that disk is, and how full, is for the teacher."""
LITTLE_ROOM = 1e9
"""Bytes. With less free on the disk the teacher is told."""
_MEGABYTE = 1e6
_WORKER_BYTES = 1.5e9
"""Memory of a worker that trains."""
_BRINGS = ("intake", "add", "open_project")
"""Jobs that bring examples in."""
_FREES = ("empty_bin",)
_SLACK = 1.5
"""A job that was estimated to be short enough, and is not, is stopped after so many times the limit."""


def class_rules(room: ClassRoom) -> Rules:
    """With four cores and fewer each does a training of its own, on one thread; with more, two share one. As many
    others, two at least, reading files and asking models, are done besides, so that nobody waits for a training to look
    at pictures. One training at a time is always a short one."""
    cores = os.cpu_count() or 1
    slots = cores if cores <= 4 else cores // 2
    slots = max(1, min(slots, int(psutil.virtual_memory().total / _WORKER_BYTES) - 1))
    return Rules(
        slots, light_slots=max(2, slots), reserved=1 if slots > 1 else 0,
        most=lambda: _SLACK * 60 * room.quotas.minutes,
        refuses=lambda job: why_refused(room, job), is_held=lambda job: _is_held(room, job),
    )  # fmt: skip


def go_on(room: ClassRoom, launcher: Launcher) -> None:
    """Take up the trainings that were under way or waited when the server of the class ended, those that were asked for
    first before the others. What students paused rests."""
    left = [run for home in room.workspaces for run in list_runs(home) if run.was_left]
    for run in sorted(left, key=lambda run: run.id):
        with suppress(UserError):  # it is damaged, or the disk is full: its page says so
            launcher.resume(run)


def why_refused(room: ClassRoom, job: RunFolder) -> Message:
    """Why a student may not have this done, in one sentence and what to do about it; nothing where they may. The
    teacher may do anything."""
    member = _owner(room, job)
    if member is None or member.is_teacher:
        return NOTHING
    quotas, kind, home = room.quotas, job.about()["kind"], room.workspace_of(member)
    if not _is_theirs(job, home):
        return sentences(Message("This file is not one of yours."), Message("Upload it first."))
    if any(model.startswith(PREFIX) for model in _models_in(job.request)):
        return sentences(
            Message("A model of the Hugging Face Hub is not used by students: it would be fetched to the teacher's "
                    "computer."),
            Message("Choose another model."),
        )  # fmt: skip
    if (seconds := expected_of(job)) > 60 * quotas.minutes:
        return sentences(
            Message("This would take {time:duration}, and {most:duration} is the most for one job in this class.",
                    time=seconds, most=60.0 * quotas.minutes),
            Message("Choose a quicker method, fewer epochs or fewer examples."),
        )  # fmt: skip
    if kind in _FREES:
        return NOTHING
    return why_full(room, member) if kind in _BRINGS else why_no_room(room, home)


_NAMES = {
    "intake": "source", "add": "source", "open_project": "source", "batch": "paths", "shots": "albums",
    "save_class": "homes",
}  # fmt: skip
"""By the kind of job, what of its request names files, or whose they are and where."""


def _is_theirs(job: RunFolder, home: Workspace) -> bool:
    """Whether all files that a job is to read lie in the space of whoever asks. Pages name no others; this is for what
    nobody has thought of, since the teacher's disk is only a path away."""
    given: Any = job.request.get(_NAMES.get(job.about()["kind"], ""), [])
    paths = [given] if isinstance(given, str) else [one if isinstance(one, str) else one[-1] for one in given]
    own, came_with = home.root.resolve(), sample_folder().resolve()
    try:
        places = [Path(one).expanduser().resolve() for one in paths if not one.startswith("sample:")]
    except (OSError, RuntimeError, ValueError):  # no place at all
        return False
    return all(place.is_relative_to(own) or place.is_relative_to(came_with) for place in places)


def _models_in(request: Any) -> Iterator[str]:
    """The models that a job names. Pages offer a student none of the Hub, which may be a folder of the teacher's, too;
    but a project file may hold a run that was paused and is to go on here."""
    for name, value in request.items() if isinstance(request, Mapping) else ():
        if name in ("model", "models"):
            yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
        else:
            yield from _models_in(value)


def why_full(room: ClassRoom, member: Member) -> Message:
    """Why a student may bring no more examples, and what to do about it; nothing where they may."""
    home, most = room.workspace_of(member), room.quotas.examples
    if why := why_no_room(room, home):
        return why
    if (n := kept_examples(home)) >= most:
        return sentences(
            Message("You have {n} examples, and {most} is the most in this class.", n=n, most=most),
            Message("Delete a dataset in the Library, and empty the bin there."),
        )
    return NOTHING


def why_no_room(room: ClassRoom, home: Workspace) -> Message:
    """Why nothing more is put into a student's space, and what to do about it; nothing where something may be."""
    most = room.quotas.megabytes * _MEGABYTE
    if (size := folder_bytes(home.root)) < most:
        return NOTHING
    return sentences(
        Message("Your space in this class is full: {size:bytes} of {most:bytes}.", size=size, most=most),
        Message("Delete something in the Library, and empty the bin there."),
    )


def kept_examples(home: Workspace) -> int:
    """How many examples are kept for all datasets together, and pictures of which none is made yet. Texts and rows lie
    in the datasets themselves, and are bounded by the room that these take."""
    places = [*home.examples.glob("*"), *home.albums.glob("*")]
    kept = (file for folder in places if folder.is_dir() for file in folder.iterdir())
    return sum(not file.name.startswith(".") and file.name != ALBUM for file in kept)


def _owner(room: ClassRoom, job: RunFolder) -> Member | None:
    root: Path = Workspace.holding(job.path).root
    return next((one for one in room.members if room.workspace_of(one).root == root), None)


def _is_held(room: ClassRoom, job: RunFolder) -> bool:
    member = _owner(room, job)
    return member is not None and room.is_held(member)
