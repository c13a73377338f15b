"""What a job is on disk: `run.json` (what is asked, who works on it), `events.jsonl` (what happened), and its files.

Everything a page shows comes from here, so reload, second tab, second user and crash recovery come free.

Several servers and command lines may share a workspace. Whoever queues a job, at first or to go on with it, puts a new
*claim* into `run.json`, and only who holds that one begins and ends it. The file is changed under a lock that the
operating system takes back from a process that dies.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from filelock import FileLock

from core.errors import RunError, StorageError
from core.events import Event, RunEnded, StepEnd, from_dict, to_json
from core.messages import NOTHING, Message, counted, revived
from core.runs.runner import RUNNERS, Runner, is_alive, this_process
from core.storage import (
    Damaged,
    DamagedFolder,
    append_line,
    damage,
    making,
    not_ours,
    read_json,
    read_log,
    write_json,
    writing,
)
from core.workspace import Workspace, is_safe_id, new_id

FORMAT = 3
"""Of `run.json`; a folder that says another one, or none, was made by another version of the program."""
ACTIVE = ("queued", "running")
LOG = "events.jsonl"
REMOVE = Message("What is damaged cannot be repaired; it can be removed.")
"""What to do about a damaged run or study."""
CLOSED = Message("The program was closed.")
"""Why a training rests that nobody has paused."""
_LOCK = ".lock"
_NO_ROOM = "no-room"
"""The flag of a job that ended when there was no room left to say so."""
_STEP_GAP = 0.2
"""Seconds between steps that are kept in the log; epochs and everything else are always kept."""


class _Written(msgspec.Struct):
    """What every `run.json` says, whatever the kind of job: one that says anything else is damaged, since it was not
    this program that wrote it."""

    kind: str
    title: str
    created: datetime
    state: Literal["queued", "running", "paused", "completed", "stopped", "failed", "interrupted"]
    request: dict[str, Any]
    claim: str = ""
    runner: dict[str, Any] = {}
    result: dict[str, Any] | None = None
    reason: Any = NOTHING
    files: dict[str, Annotated[int, msgspec.Meta(ge=0)]] = {}

    def __post_init__(self) -> None:
        if not 1990 <= self.created.year <= 2999:  # no computer's clock, and further than some can count
            raise ValueError("This is no time at which a job was asked for")


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is queued, running, paused, completed, stopped, failed, interrupted or damaged; `reason` explains the
    last three."""

    state: str
    reason: Message = NOTHING

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """True for a run that was left unfinished: paused, or whoever worked on it died."""
        return self.state in ("paused", "interrupted")


class RunFolder:
    """One job's folder. `claim` is the right to work on the job (see above), for whoever was given it."""

    def __init__(self, path: Path, claim: str = "") -> None:
        self.path = path
        self.claim = claim
        self._last_step = float("-inf")

    @property
    def id(self) -> str:
        return self.path.name

    @classmethod
    def create(cls, parent: Path, kind: str, title: str, request: dict[str, Any]) -> RunFolder:
        """A new job under `parent`, queued in the name of this process. StorageError where the disk refuses."""
        folder = cls(parent / new_id(), _new_claim())
        with making(folder.path) as place:
            cls(place)._write(
                {
                    "format": FORMAT,
                    "kind": kind,
                    "title": title,
                    "created": datetime.now(UTC).isoformat(timespec="seconds"),
                    "state": "queued",
                    "claim": folder.claim,
                    "runner": this_process(),
                    "request": request,
                }
            )
        return folder

    @classmethod
    def received(cls, path: Path, about: dict[str, Any]) -> RunFolder:
        """A copy of a job that was asked for on another computer, with this content of `run.json`, queued at `path` in
        the name of this process. StorageError where the disk refuses."""
        folder = cls(path, about["claim"])
        with making(path) as place:
            cls(place)._write({**about, "state": "queued", "runner": this_process()})
        return folder

    @classmethod
    def find(cls, run_id: str, workspace: Workspace) -> RunFolder:
        """The training run with this id; RunError when there is none, it is damaged, or an earlier version made it."""
        folder = cls(workspace.runs / run_id)
        if not is_safe_id(run_id) or not folder.path.is_dir():
            if binned := workspace.binned("runs", run_id, "run.json"):
                raise RunError(*binned)
            raise RunError(
                Message("There is no run with the id '{id}'.", id=run_id),
                Message("`python -m core runs` lists them."),
            )
        folder.about()
        return folder

    def about(self) -> dict[str, Any]:
        """The content of `run.json`. RunError where it is damaged, or an earlier version of the program made it."""
        about = self._read()
        if isinstance(about, Damaged) and not self._is_earlier(about):
            raise RunError(about.why, REMOVE)
        if isinstance(about, Damaged) or about.get("format") != FORMAT:
            raise RunError(
                Message("The run '{id}' was made by an earlier version of the program and cannot be read.", id=self.id),
                Message("Train it again, or delete its folder."),
            )
        return about

    def _read(self) -> dict[str, Any] | Damaged:
        """The same with what is damaged as a value; of another version, as it is."""
        about = read_json(self.path / "run.json")
        if isinstance(about, Damaged) or about.get("format") != FORMAT:
            return about
        try:
            msgspec.convert(about, _Written)
            told = {name: revived(about.get(name, nothing)) for name, nothing in (("reason", NOTHING), ("result", {}))}
            return {**about, **told}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return not_ours(self.path / "run.json", about)

    @staticmethod
    def _is_earlier(about: Damaged) -> bool:
        """What an earlier version wrote has no seal, and says another format or none."""
        return about.unsealed and about.rescued is not None and about.rescued.get("format") != FORMAT

    @property
    def readable(self) -> bool:
        """False for a folder that is damaged, or that another version of the program made."""
        try:
            self.about()
        except RunError:
            return False
        return True

    @property
    def is_earlier(self) -> bool:
        """True for a folder that an earlier version of the program made."""
        about = self._read()
        return self._is_earlier(about) if isinstance(about, Damaged) else about.get("format") != FORMAT

    def damages(self) -> list[Damaged]:
        """What is wrong with `run.json`, or with the files that were there when the job ended.

        Whole files are read once in a process (see `core.storage.damage`).
        """
        about = self._read()
        if isinstance(about, Damaged):
            return [] if self._is_earlier(about) else [about]
        sizes: dict[str, int] = about.get("files", {}) if about["state"] not in ACTIVE else {}
        looked = (
            read_log(self.path / name, size).damage if name == LOG else damage(self.path / name)
            for name, size in sizes.items()
        )
        return [found for found in looked if found]

    @property
    def request(self) -> dict[str, Any]:
        """What is asked, in the words of the kind of job."""
        request: dict[str, Any] = self.about()["request"]
        return request

    @property
    def title(self) -> str:
        return str(self.about()["title"])

    @property
    def was_left(self) -> bool:
        """Whether the program ended while the job was under way or waited here: nobody wanted it to rest."""
        about = self.about()
        closed = about["reason"] == CLOSED and about["runner"].get("by") in RUNNERS  # not in a project that was opened
        return closed or (about["state"] in ACTIVE and not is_alive(about["runner"]))

    @property
    def checkpoint(self) -> Path:
        """Where the state of an unfinished training run is kept, until the run is over."""
        return self.path / "checkpoint.safetensors"

    def reopen(self) -> None:
        """Queue an unfinished run again, in the name of this process. RunError for one that is not unfinished, or that
        somebody else was faster to take up."""
        with self._locked() as about:
            status = self._status(about)
            if status.active:
                raise RunError(
                    Message("The run '{id}' is under way already.", id=self.id),
                    Message("Wait for its end, or pause it first."),
                )
            if not status.resumable:
                raise RunError(
                    Message("The run '{id}' was not left unfinished, so there is nothing to resume.", id=self.id),
                    Message("Train it again."),
                )
            self.claim = _new_claim()
            queued = {"state": "queued", "reason": NOTHING, "claim": self.claim, "runner": this_process()}
            self._write({**about, **queued})
            for flag in ("stop", "pause", _NO_ROOM):
                (self.path / flag).unlink(missing_ok=True)

    def begin(self, runner: Runner | None = None) -> None:
        """`runner` (this process, unless said otherwise) works on the job from now on. RunError for a job that is not
        queued under this claim: somebody else works on it, or did. StorageError where the disk refuses: then it counts
        as interrupted."""
        with self._locked() as about:
            if about["state"] != "queued" or about["claim"] != self.claim:
                raise taken_up(self.id)
            with self._else_flagged():
                self._write({**about, "state": "running", "runner": runner or this_process()})

    def end(self, state: str, reason: Message = NOTHING, result: dict[str, Any] | None = None) -> None:
        """The job is over; `result` is kept in `run.json` so that lists need not read the log. Changes nothing while
        somebody else works on it. StorageError where there is no room to say so: then it counts as interrupted."""
        with self._locked() as about:
            if about["state"] in ACTIVE and about["claim"] != self.claim:
                return
            ended = {"state": state, "reason": reason, "result": result or {}, "files": self._sizes()}
            with self._else_flagged():
                self._write({**about, **ended})
            if not Status(state).resumable:
                self.checkpoint.unlink(missing_ok=True)

    def _sizes(self) -> dict[str, int]:
        """The files that there are now, with their sizes in bytes, so that one which goes missing is missed."""
        found = (file for file in sorted(self.path.iterdir()) if file.suffix in (".json", ".jsonl", ".safetensors"))
        return {
            file.name: file.stat().st_size
            for file in found if not file.name.startswith(".") and file not in (self.path / "run.json", self.checkpoint)
        }  # fmt: skip

    def rename(self, title: str) -> None:
        """Give the job another title, also while somebody works on it."""
        with self._locked() as about:
            self._write({**about, "title": title})

    def settle(self, recipe: dict[str, Any]) -> None:
        """What is asked was left open, and this is what it came to: from now on the job is asked for that. What was
        asked first is kept beside it."""
        with self._locked() as about:
            request = about["request"]
            self._write({**about, "request": {**request, "recipe": recipe, "left_open": request["recipe"]}})

    def move(self, target: Path) -> None:
        """Move the folder of a job that nobody works on, in one step. RunError while somebody does: who takes it up in
        this very moment is either seen here, or finds it gone."""
        with self._locked() as about:
            if self._status(about).active:
                raise RunError(
                    Message("The run '{id}' is under way.", id=self.id), Message("Wait for its end, or stop it first.")
                )
            if os.name != "nt":
                os.replace(self.path, target)
                return
        os.replace(self.path, target)  # Windows moves no folder in which a file is open, such as the lock

    def copied(self, parent: Path) -> RunFolder:
        """The same job, which is over, among those of another workspace, unless it is there already. StorageError where
        the disk refuses."""
        copy = RunFolder(parent / self.id)
        if not copy.path.exists():
            with making(copy.path) as place:
                shutil.copytree(self.path, place, dirs_exist_ok=True)
        return copy

    def close_if_open(self) -> None:
        """Write down that nobody works on the job any more, if nobody said how it ended and nobody else took it up."""
        with self._locked() as about:
            if about["state"] in ACTIVE and about["claim"] == self.claim:
                self._write({**about, "state": "interrupted", "reason": _INTERRUPTED["running"], "result": {}})

    def status(self) -> Status:
        """What the job is doing; one whose runner is gone is "interrupted", whatever its file says."""
        try:
            about = self.about()
            while (status := self._status(about)).state != about["state"]:
                # It may have finished, or been taken up, between the two looks.
                before, about = about, self.about()
                if about == before:
                    break
        except RunError as error:
            return Status("damaged", error.problem)
        return status

    def _status(self, about: dict[str, Any]) -> Status:
        """What the content of `run.json` says, if its runner still lives and had room to say how it ended."""
        if about["state"] in ACTIVE and (self.path / _NO_ROOM).exists():
            return Status("interrupted", _INTERRUPTED[_NO_ROOM])
        if about["state"] in ACTIVE and not is_alive(about["runner"]):
            return Status("interrupted", _INTERRUPTED[about["state"]])
        return Status(about["state"], about["reason"])

    @contextmanager
    def _locked(self) -> Iterator[dict[str, Any]]:
        """The content of `run.json`, which nobody else changes meanwhile."""
        self.about()  # for a folder that is gone, no lock must make a new one
        with writing(self.path / _LOCK), FileLock(self.path / _LOCK):
            yield self.about()

    @contextmanager
    def _else_flagged(self) -> Iterator[None]:
        """What cannot be written is said by an empty file, for which a full disk has room."""
        try:
            yield
        except StorageError:
            self._flag(_NO_ROOM)
            raise

    def _flag(self, name: str) -> None:
        with writing(self.path / name):
            (self.path / name).touch()

    def append(self, event: Event) -> None:
        """Add an event to the log. Steps come far faster than anyone can look, so most of them are left out."""
        if isinstance(event, StepEnd):
            if event.seconds - self._last_step < _STEP_GAP:
                return
            self._last_step = event.seconds
        append_line(self.path / LOG, to_json(event))

    def events(self) -> list[Event]:
        """The log so far. A last line that is still being written, or was torn by a crash, is left out, and so are
        lines that are damaged."""
        return list(self._read_events())

    def _read_events(self) -> Iterator[Event]:
        for row in read_log(self.path / LOG).rows:
            with suppress(ValueError, KeyError, TypeError):  # an event of a later version
                yield from_dict(row)

    def ask_to_stop(self) -> None:
        self._flag("stop")

    def ask_to_pause(self) -> None:
        self._flag("pause")

    def pause_requested(self) -> bool:
        return (self.path / "pause").exists()

    def stop_requested(self) -> bool:
        return (self.path / "stop").exists()

    def _write(self, about: dict[str, Any]) -> None:
        write_json(self.path / "run.json", about, indent=1)


def taken_up(run_id: str) -> RunError:
    """What is said to whoever works on a job that is not theirs any more."""
    return RunError(
        Message("The run '{id}' was taken up somewhere else meanwhile.", id=run_id),
        Message("`python -m core runs` says how far it is."),
    )


def _new_claim() -> str:
    return secrets.token_hex(8)


_INTERRUPTED = {
    _NO_ROOM: Message("There was no room left on the disk. Make some, and try again."),
    "queued": Message("The program was closed before it could start."),
    "running": Message(
        "Its process ended without a word: it was killed, or the computer ran out of memory or lost power."
    ),
}


def list_runs(workspace: Workspace) -> list[RunFolder]:
    """Every training run that this version of the program can read, newest first."""
    return list_jobs(workspace.runs)


def list_jobs(parent: Path) -> list[RunFolder]:
    """Every job in a folder of jobs that this version of the program can read, newest first."""
    return [folder for folder in _folders(parent) if folder.readable]


def forget_checkpoints(workspace: Workspace) -> None:
    """Delete those of runs that are over, whose process was killed before it could."""
    for run in (RunFolder(path.parent) for path in workspace.runs.glob("*/checkpoint.safetensors")):
        status = run.status()
        if not status.active and not status.resumable and status.state != "damaged":
            run.checkpoint.unlink(missing_ok=True)


def damaged_jobs(parent: Path) -> list[DamagedFolder]:
    """Every job in a folder of jobs whose `run.json` is damaged, newest first, with its title where that is known."""
    found = ((folder, folder._read()) for folder in _folders(parent) if not folder.is_earlier)
    return [
        DamagedFolder(folder.path, about.why, str((about.rescued or {}).get("title", "")))
        for folder, about in found if isinstance(about, Damaged) and any(folder.path.iterdir())
    ]  # fmt: skip


def unreadable_runs(workspace: Workspace) -> Message:
    """A line for lists: how many runs an earlier version of the program made. No sentence where there are none."""
    n = sum(folder.is_earlier for folder in _folders(workspace.runs))
    return (
        counted(
            "{n} run was made by an earlier version of the program and cannot be read.",
            "{n} runs were made by an earlier version of the program and cannot be read.",
            n=n,
        )
        if n
        else NOTHING
    )


def _folders(parent: Path) -> list[RunFolder]:
    """Whatever can be a job, newest first."""
    found = (path for path in parent.glob("*") if is_safe_id(path.name) and path.is_dir())
    return [RunFolder(path) for path in sorted(found, reverse=True)]


def ending(events: list[Event]) -> RunEnded | None:
    """The event that closed a training run, if it is over."""
    return next((event for event in reversed(events) if isinstance(event, RunEnded)), None)
