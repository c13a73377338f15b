"""What the machines of a cluster ask for and bring, on the computer where the workspaces lie.

A machine *takes* a job: it gets a key, and what the job's folder holds. With the key it reads whatever else of the
workspace it needs, and writes into that folder alone. When the machine is lost, another takes the same job and gets
another key; should the first one turn up again, it is refused. All of this is plain files: nothing here knows of Ray.
"""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.errors import RunError, StorageError
from core.events import Warned
from core.messages import NOTHING, Message
from core.runs.folder import LOG, RunFolder, taken_up
from core.runs.runner import Runner
from core.storage import write, writing
from core.workspace import Workspace

FLAGS = ("stop", "pause")
_OWN = ("run.json", "no-room", *FLAGS)
"""Files of a job's folder that stay where they are: who works on the job, and what they are asked, is said at the
desk."""
_MOST_LOST = 3
"""So often a job begins again elsewhere; one that takes every machine with it must not take all."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job as a machine gets it: its key, the content of `run.json`, and the other files of its folder by name."""

    key: str
    about: dict[str, Any]
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """What a machine has new of a job: `lines` of the log, which begin `at` so many bytes, whole `files` by name, and
    the recipe, where an open one was `settled`."""

    at: int
    lines: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    settled: dict[str, Any] | None = None


@dataclass
class _Job:
    """All keys that were given for a job; the last one is good."""

    keys: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Desk:
    """Serves all machines of a cluster; thread-safe. `runner` answers for the jobs: while it lives, they do.

    Every method but `take` raises RunError for a key that is not good any more, and StorageError where the disk here
    refuses; then the job is interrupted.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._jobs: defaultdict[tuple[str, str], _Job] = defaultdict(_Job)
        """By folder and claim."""

    def take(self, path: str, claim: str) -> Taken | None:
        """The job in the folder `path`, to be worked on with this claim. None when too many machines were lost over
        it. RunError where somebody else took it up."""
        folder, job = RunFolder(Path(path), claim), self._jobs[path, claim]
        with job.lock:
            if not job.keys:
                folder.begin(self._runner)
            about = folder.about()
            if about["state"] != "running" or about["claim"] != claim:
                raise taken_up(folder.id)
            if job.keys:
                if len(job.keys) > _MOST_LOST:
                    return None
                folder.append(Warned(_BEGAN_AGAIN))
            job.keys.append(secrets.token_hex(8))
            return Taken(job.keys[-1], about, files_of(folder))

    def sizes(self, path: str, claim: str, key: str, names: Sequence[str]) -> list[tuple[str, int] | None]:
        """Of files of the job's workspace (paths in it, with "/"): SHA-256 digest and bytes; None where there is none.
        Each is read once in a process, as long as it does not change."""
        home = self._home(path, claim, key)
        return [_size(_inside(home, name)) for name in names]

    def read(self, path: str, claim: str, key: str, names: Sequence[str]) -> list[bytes]:
        """The content of such files."""
        home = self._home(path, claim, key)
        return [_inside(home, name).read_bytes() for name in names]

    def keep(self, path: str, claim: str, key: str, change: Change) -> tuple[str, ...]:
        """Keep what is new. Gives which of FLAGS are up."""
        with self._jobs[path, claim].lock:
            folder = self._folder(path, claim, key)
            try:
                self._keep(folder, change)
            except StorageError as error:
                folder.end("interrupted", error.message)
                raise
            return tuple(flag for flag in FLAGS if (folder.path / flag).exists())

    def end(
        self, path: str, claim: str, key: str, change: Change, state: str, reason: Message = NOTHING,
        result: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Keep what is new last, and that the job is over."""
        self.keep(path, claim, key, change)
        with self._jobs[path, claim].lock:
            self._folder(path, claim, key).end(state, reason, result)
        del self._jobs[path, claim]

    def _folder(self, path: str, claim: str, key: str) -> RunFolder:
        folder = RunFolder(Path(path), claim)
        if self._jobs[path, claim].keys[-1:] != [key] or folder.about()["claim"] != claim:
            raise taken_up(folder.id)
        return folder

    def _home(self, path: str, claim: str, key: str) -> Path:
        return Workspace.holding(self._folder(path, claim, key).path).root.resolve()

    @staticmethod
    def _keep(folder: RunFolder, change: Change) -> None:
        if change.settled is not None and folder.request["recipe"] != change.settled:
            folder.settle(change.settled)
        if change.lines:
            with writing(log := folder.path / LOG), log.open("ab") as file:
                file.truncate(change.at)
                file.write(change.lines)
        for name, content in change.files.items():
            target = _inside(folder.path.resolve(), name)
            write(target, content)


_BEGAN_AGAIN = Message(
    "The computer that was training does not answer any more. Another one continues from the last checkpoint."
)


def files_of(folder: RunFolder) -> dict[str, bytes]:
    """What there is of a job but `run.json`, by name."""
    files = (file for file in folder.path.iterdir() if not file.name.startswith(".") and file.name not in _OWN)
    return {file.name: file.read_bytes() for file in files}


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise RunError(Message("'{name}' lies outside of the workspace.", name=name))
    return path


def _size(file: Path) -> tuple[str, int] | None:
    try:
        found = file.stat()
        return _digest(file, found.st_mtime_ns, found.st_size), found.st_size
    except OSError:
        return None


@lru_cache(100_000)
def _digest(file: Path, changed: int, size: int) -> str:
    return sha256(file.read_bytes()).hexdigest()
