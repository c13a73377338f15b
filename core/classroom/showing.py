"""One student's model on the wall, if that student agrees: the teacher asks, the student says yes or no, and can take
it back at any time.

What is shown is a copy of that one run, with its dataset and the runs whose weights it is built on, in a workspace of
its own. So nothing else of the student's can be read through it, and whatever is done on the wall is done to the copy.
What somebody said is kept in memory alone, and copies are deleted with the server: nobody has agreed for longer.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.classroom.handing import give_dataset
from core.errors import UserError
from core.library.remarks import FILE as REMARK
from core.models.catalogue import RUN
from core.runs.folder import RunFolder
from core.storage import remove
from core.workspace import Workspace

ASKED, AGREED, REFUSED = "asked", "agreed", "refused"
_DEEPEST = 10
"""So many runs that are built one on the other are taken along."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What a student was asked about: a run of theirs, with its title; and what they said."""

    run: str
    title: str
    state: str = ASKED


class Showings:
    """Who was asked and what they said, by the id of the student; `folder` holds the copies. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, Showing] = {}

    def of(self, member_id: str) -> Showing | None:
        return self._known.get(member_id)

    def ask(self, member_id: str, run: RunFolder) -> None:
        """Ask a student. What they agreed to before ends."""
        with self._lock:
            self._end(member_id)
            self._known[member_id] = Showing(run.id, run.title)

    def agree(self, member_id: str, run_id: str, home: Workspace) -> None:
        """The student says yes to showing this run of their workspace. UserError where the run is gone, StorageError
        where the disk refuses; nothing is shown then. Nothing happens where they were asked about another meanwhile."""
        with self._lock:
            known = self._known.get(member_id)
            if known is None or known.run != run_id:
                return
            try:
                _copy(run_id, home, self.workspace(member_id))
            except UserError:
                self._end(member_id)
                raise
            self._known[member_id] = replace(known, state=AGREED)

    def refuse(self, member_id: str) -> None:
        """The student says no, or takes back what they said: nothing is shown from now on."""
        with self._lock:
            known = self._known.get(member_id)
            self._end(member_id)
            if known:
                self._known[member_id] = replace(known, state=REFUSED)

    def end(self, member_id: str) -> None:
        """The teacher is done with it."""
        with self._lock:
            self._end(member_id)

    def workspace(self, member_id: str) -> Workspace:
        """Where the copy of a student's run lies."""
        return Workspace(self.folder / member_id)

    def agreed(self, member_id: str) -> bool:
        known = self._known.get(member_id)
        return known is not None and known.state == AGREED

    def clear(self) -> None:
        """End all, also what a server left that was killed."""
        with self._lock:
            self._known.clear()
            if self.folder.is_dir():
                remove(self.folder)

    def _end(self, member_id: str) -> None:
        self._known.pop(member_id, None)
        if (root := self.workspace(member_id).root).is_dir():
            remove(root)


def _copy(run_id: str, home: Workspace, target: Workspace) -> None:
    """A run with its dataset, and the runs below it without theirs. What its owner noted on it stays theirs."""
    run = RunFolder(home.runs / run_id)
    with suppress(UserError):  # it was deleted: the result says so
        give_dataset(run.request["dataset"], home, target)
    for _ in range(_DEEPEST):
        copy = run.copied(target.runs)
        (copy.path / REMARK).unlink(missing_ok=True)
        model = str(run.request["recipe"]["model"])
        below = RunFolder(home.runs / model.removeprefix(RUN))
        if not model.startswith(RUN) or not below.readable:
            return
        run = below
