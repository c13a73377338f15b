"""How a class shares one computer: how much is done at once, and what is too much for one student."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from core.classroom.room import ClassRoom, Member
from core.library.items import folder_bytes
from core.messages import NOTHING, Message, sentences
from core.runs.folder import RunFolder
from core.runs.local import Rules
from core.runs.turns import expected_of
from core.workspace import Workspace

_MEGABYTE = 1e6
_WORKER_BYTES = 1.5e9
"""Memory of a worker that trains."""
_BRINGS = ("intake", "add", "open_project")
"""Jobs that bring examples in."""
_FREES = ("empty_bin",)
_SLACK = 1.5
"""A job that was estimated to be short enough, and is not, is stopped after so many times the limit."""


def class_rules(room: ClassRoom) -> Rules:
    """With four cores and fewer each does a training of its own, on one thread; with more, two share one. Half as many
    others, reading files and asking models, are done besides, so that nobody waits for a training to look at pictures.
    One training at a time is always a short one."""
    cores = os.cpu_count() or 1
    slots = cores if cores <= 4 else cores // 2
    slots = max(1, min(slots, int(psutil.virtual_memory().total / _WORKER_BYTES) - 1))
    return Rules(
        slots, light_slots=max(2, slots), reserved=1 if slots > 1 else 0, most=_SLACK * 60 * room.quotas.minutes,
        refuses=lambda job: why_refused(room, job), is_held=lambda job: _is_held(room, job),
    )  # fmt: skip


def why_refused(room: ClassRoom, job: RunFolder) -> Message:
    """Why a student may not have this done, in one sentence and what to do about it; nothing where they may. The
    teacher may do anything."""
    member = _owner(room, job)
    if member is None or member.is_teacher:
        return NOTHING
    quotas, kind, home = room.quotas, job.about()["kind"], room.workspace_of(member)
    if (seconds := expected_of(job)) > 60 * quotas.minutes:
        return sentences(
            Message("This would take {time:duration}, and {most:duration} is the most for one job in this class.",
                    time=seconds, most=60.0 * quotas.minutes),
            Message("Choose a quicker method, fewer epochs or fewer examples."),
        )  # fmt: skip
    if kind in _FREES:
        return NOTHING
    if (size := folder_bytes(home.root)) >= quotas.megabytes * _MEGABYTE:
        return sentences(
            Message("Your space in this class is full: {size:bytes} of {most:bytes}.", size=size,
                    most=quotas.megabytes * _MEGABYTE),
            Message("Delete something in the Library, and empty the bin there."),
        )  # fmt: skip
    if kind in _BRINGS and (n := kept_examples(home)) >= quotas.examples:
        return sentences(
            Message("You have {n} examples, and {most} is the most in this class.", n=n, most=quotas.examples),
            Message("Delete a dataset in the Library, and empty the bin there."),
        )
    return NOTHING


def kept_examples(home: Workspace) -> int:
    """How many examples are kept for all datasets together. Texts and rows lie in the datasets themselves, and are
    bounded by the room that these take."""
    kept = (file for folder in home.examples.glob("*") if folder.is_dir() for file in folder.iterdir())
    return sum(not file.name.startswith(".") for file in kept)


def _owner(room: ClassRoom, job: RunFolder) -> Member | None:
    root: Path = Workspace.holding(job.path).root
    return next((one for one in room.members if room.workspace_of(one).root == root), None)


def _is_held(room: ClassRoom, job: RunFolder) -> bool:
    member = _owner(room, job)
    return member is not None and room.is_held(member)
