"""What a job is on disk: `run.json` (what is asked, who works on it), `events.jsonl` (what happened), and its files.

Everything a page shows comes from here, so reload, second tab, second user and crash recovery come free.

Several servers and command lines may share a workspace. Whoever queues a job, at first or to go on with it, puts a new
*claim* into `run.json`, and only who holds that one begins and ends it. The file is changed under a lock that the
operating system takes back from a process that dies.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.errors import RunError
from core.events import Event, RunEnded, StepEnd, from_dict, to_json
from core.messages import NOTHING, Message, counted, encode, revived
from core.runs.runner import Runner, is_alive, this_process
from core.storage import write
from core.workspace import Workspace, is_safe_id, new_id

FORMAT = 2
"""Of `run.json`; a folder that says another one, or none, was made by another version of the program."""
ACTIVE = ("queued", "running")
_LOCK = ".lock"
_STEP_GAP = 0.2
"""Seconds between steps that are kept in the log; epochs and everything else are always kept."""


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is queued, running, paused, completed, stopped, failed or interrupted; `reason` explains the last two."""

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
        """A new job under `parent`, queued in the name of this process."""
        folder = cls(parent / new_id(), _new_claim())
        folder.path.mkdir(parents=True)
        folder._write(
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
    def find(cls, run_id: str, workspace: Workspace) -> RunFolder:
        """The training run with this id; RunError when there is none, or another version of the program made it."""
        folder = cls(workspace.runs / run_id)
        if not is_safe_id(run_id) or not (folder.path / "run.json").exists():
            raise RunError(
                Message("There is no run with the id '{id}'.", id=run_id),
                Message("`python -m core runs` lists them."),
            )
        folder.about()
        return folder

    def about(self) -> dict[str, Any]:
        """The content of `run.json`. RunError for a folder that another version of the program made."""
        about: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        if about.get("format") != FORMAT:
            raise RunError(
                Message("The run '{id}' was made by an earlier version of the program and cannot be read.", id=self.id),
                Message("Train it anew, or delete its folder."),
            )
        return {**about, "reason": revived(about.get("reason", NOTHING)), "result": revived(about.get("result", {}))}

    @property
    def readable(self) -> bool:
        """False for a folder that another version of the program made."""
        try:
            self.about()
        except (OSError, ValueError, RunError):
            return False
        return True

    @property
    def request(self) -> dict[str, Any]:
        """What is asked, in the words of the kind of job."""
        request: dict[str, Any] = self.about()["request"]
        return request

    @property
    def title(self) -> str:
        return str(self.about()["title"])

    @property
    def checkpoint(self) -> Path:
        """Where the state of an unfinished training run is kept, until the run is over."""
        return self.path / "checkpoint.safetensors"

    def reopen(self) -> None:
        """Queue an unfinished run again, in the name of this process. RunError for one that is not unfinished, or that
        somebody else was faster to take up."""
        with self._locked() as about:
            status = _status(about)
            if status.active:
                raise RunError(
                    Message("The run '{id}' is under way already.", id=self.id),
                    Message("Wait for its end, or pause it first."),
                )
            if not status.resumable:
                raise RunError(
                    Message("The run '{id}' was not left unfinished, so there is nothing to go on with.", id=self.id),
                    Message("Train it anew."),
                )
            for flag in ("stop", "pause"):
                (self.path / flag).unlink(missing_ok=True)
            self._end_torn_line()
            self.claim = _new_claim()
            queued = {"state": "queued", "reason": NOTHING, "claim": self.claim, "runner": this_process()}
            self._write({**about, **queued})

    def begin(self, runner: Runner | None = None) -> None:
        """`runner` (this process, unless said otherwise) works on the job from now on. RunError for a job that is not
        queued under this claim: somebody else works on it, or did."""
        with self._locked() as about:
            if about["state"] != "queued" or about["claim"] != self.claim:
                raise RunError(
                    Message("The run '{id}' was taken up somewhere else meanwhile.", id=self.id),
                    Message("`python -m core runs` says how far it is."),
                )
            self._write({**about, "state": "running", "runner": runner or this_process()})

    def end(self, state: str, reason: Message = NOTHING, result: dict[str, Any] | None = None) -> None:
        """The job is over; `result` is kept in `run.json` so that lists need not read the log. Changes nothing while
        somebody else works on it."""
        with self._locked() as about:
            if about["state"] in ACTIVE and about["claim"] != self.claim:
                return
            self._write({**about, "state": state, "reason": reason, "result": result or {}})
            if not Status(state).resumable:
                self.checkpoint.unlink(missing_ok=True)

    def close_if_open(self) -> None:
        """Write down that nobody works on the job any more, if nobody said how it ended and nobody else took it up."""
        with self._locked() as about:
            if about["state"] in ACTIVE and about["claim"] == self.claim:
                self._write({**about, "state": "interrupted", "reason": _INTERRUPTED["running"], "result": {}})

    def status(self) -> Status:
        """What the job is doing; one whose runner is gone is "interrupted", whatever its file says."""
        about = self.about()
        while (status := _status(about)).state != about["state"]:
            # It may have finished, or been taken up, between the two looks.
            before, about = about, self.about()
            if about == before:
                break
        return status

    @contextmanager
    def _locked(self) -> Iterator[dict[str, Any]]:
        """The content of `run.json`, which nobody else changes meanwhile."""
        self.about()  # for a folder that is gone, no lock must make a new one
        with FileLock(self.path / _LOCK):
            yield self.about()

    def append(self, event: Event) -> None:
        """Add an event to the log. Steps come far faster than anyone can look, so most of them are left out."""
        if isinstance(event, StepEnd):
            if event.seconds - self._last_step < _STEP_GAP:
                return
            self._last_step = event.seconds
        with (self.path / "events.jsonl").open("a", encoding="utf-8") as log:
            log.write(to_json(event) + "\n")

    def _end_torn_line(self) -> None:
        """A last line that a crash cut off must not swallow the next one."""
        with suppress(FileNotFoundError), (self.path / "events.jsonl").open("rb+") as log:
            if log.seek(0, os.SEEK_END):
                log.seek(-1, os.SEEK_END)
                if log.read(1) != b"\n":
                    log.write(b"\n")

    def events(self) -> list[Event]:
        """The log so far. A last line that is still being written, or was torn by a crash, is left out."""
        return list(self._read_events())

    def _read_events(self) -> Iterator[Event]:
        try:
            lines = (self.path / "events.jsonl").read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return
        for line in lines[:-1]:
            try:
                yield from_dict(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue

    def ask_to_stop(self) -> None:
        (self.path / "stop").touch()

    def ask_to_pause(self) -> None:
        (self.path / "pause").touch()

    def pause_requested(self) -> bool:
        return (self.path / "pause").exists()

    def stop_requested(self) -> bool:
        return (self.path / "stop").exists()

    def _write(self, about: dict[str, Any]) -> None:
        write(self.path / "run.json", json.dumps(about, ensure_ascii=False, indent=1, default=encode).encode())


def _new_claim() -> str:
    return secrets.token_hex(8)


def _status(about: dict[str, Any]) -> Status:
    """What the content of a `run.json` says, if its runner still lives."""
    if about["state"] in ACTIVE and not is_alive(about["runner"]):
        return Status("interrupted", _INTERRUPTED[about["state"]])
    return Status(about["state"], about["reason"])


_INTERRUPTED = {
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
    folders = [RunFolder(file.parent) for file in sorted(parent.glob("*/run.json"), reverse=True)]
    return [folder for folder in folders if folder.readable]


def unreadable_runs(workspace: Workspace) -> Message:
    """A line for lists: how many runs an earlier version of the program made. No sentence where there are none."""
    n = sum(not RunFolder(file.parent).readable for file in workspace.runs.glob("*/run.json"))
    return (
        counted(
            "{n} run was made by an earlier version of the program and cannot be read.",
            "{n} runs were made by an earlier version of the program and cannot be read.",
            n=n,
        )
        if n
        else NOTHING
    )


def ending(events: list[Event]) -> RunEnded | None:
    """The event that closed a training run, if it is over."""
    return next((event for event in reversed(events) if isinstance(event, RunEnded)), None)
