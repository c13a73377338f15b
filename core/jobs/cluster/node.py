"""What a machine of a cluster does with a training: the same as any other, in a copy of its folder.

The copy lies in a workspace of its own, into which comes only what this training needs. Files of datasets and models
are kept by their digest in the machine's `place`, so none is sent twice. A thread beside the training tells the desk
what is new in the copy, and passes on what the training is asked: to stop, or to pause.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.data.dataset import ABOUT, EXAMPLES, Dataset
from core.errors import UserError
from core.jobs.base import run_job
from core.jobs.cluster.desk import Change, Desk, Taken, files_of
from core.models.catalogue import RUN
from core.runs.folder import LOG, RunFolder
from core.storage import own_name, sweep, write
from core.workspace import Workspace, made

_EVERY = 0.5
"""Seconds between two words to the desk."""
_SHARE = 20
"""Between two checkpoints that are sent at least so many times what sending the last one took passes."""
_AT_ONCE = 8 * 1024**2
"""Bytes of files that are asked for together."""
_MODEL = ("model.json", "model.safetensors")
"""What one needs of a run to begin from its model."""


def work(desk: Desk, path: str, claim: str, place: Path) -> None:
    """Do the job whose folder is `path` where the desk is. `place` is this machine's folder for all that it is sent."""
    taken = desk.take(path, claim)
    if taken is None:
        return
    jobs = made(place / "jobs")
    sweep(jobs)
    home = Workspace(jobs / own_name("job"))
    try:
        folder = RunFolder.received(home.runs / Path(path).name, taken.about)
        for name, content in taken.files.items():
            write(folder.path / name, content, sync=False)
        with FileLock(place / ".lock"):  # of two that need the same, the second finds it there
            _Fetching(desk, (path, claim, taken.key), place, home).all_of(folder.request)
        with _mirrored(folder, desk, (path, claim, taken.key), taken) as mirror:
            run_job(folder, home, folder.stop_requested)
        mirror.end()
    finally:
        shutil.rmtree(home.root, ignore_errors=True)


class _Fetching:
    """Brings files of the job's workspace into the one here, by way of the machine's own store."""

    def __init__(self, desk: Desk, job: tuple[str, str, str], place: Path, home: Workspace) -> None:
        self.desk, self.job, self.home = desk, job, home
        self.store = made(place / "files")

    def all_of(self, request: dict[str, Any]) -> None:
        """What a training needs. Of what is missing it says so itself."""
        dataset = request["dataset"]
        self.files([f"datasets/{dataset}/{name}" for name in (ABOUT, EXAMPLES)])
        with suppress(UserError):
            found = Dataset.load(dataset, self.home)
            ids = dict.fromkeys(example.id for example in (*found.examples, *found.unlabelled))
            kept = (file for one in ids for file in found.kind.files(one, found.store))
            self.files([file.relative_to(self.home.root).as_posix() for file in kept])
        model = str(request["recipe"].get("model", ""))
        if model.startswith(RUN):
            self.files([f"runs/{model.removeprefix(RUN)}/{name}" for name in _MODEL])

    def files(self, names: Sequence[str]) -> None:
        """Put these where they belong; those that there are none of are left out."""
        found = [(name, *size) for name, size in zip(names, self.desk.sizes(*self.job, names), strict=True) if size]
        lacking = {digest: (name, size) for name, digest, size in found if not self._kept(digest).exists()}
        for part in _parts(list(lacking.items())):
            contents = self.desk.read(*self.job, [name for _, (name, _) in part])
            for (digest, _), content in zip(part, contents, strict=True):
                made(self._kept(digest).parent)
                write(self._kept(digest), content, sync=False)
        for name, digest, _ in found:
            target = self.home.root / name
            made(target.parent)
            _link(self._kept(digest), target)

    def _kept(self, digest: str) -> Path:
        return self.store / digest[:2] / digest


def _parts(files: Sequence[tuple[str, tuple[str, int]]]) -> Iterator[list[tuple[str, tuple[str, int]]]]:
    """Files in parts that are sent together."""
    part: list[tuple[str, tuple[str, int]]] = []
    for one in files:
        part.append(one)
        if sum(size for _, (_, size) in part) >= _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _link(kept: Path, target: Path) -> None:
    try:
        os.link(kept, target)
    except OSError:  # a disk that has no links
        shutil.copyfile(kept, target)


class _Mirror:
    """Tells the desk what is new in the copy of a job's folder."""

    def __init__(self, folder: RunFolder, desk: Desk, job: tuple[str, str, str], taken: Taken) -> None:
        self.folder, self.desk, self.job = folder, desk, job
        self.began_with = taken.about["request"]
        self.told = taken.files.get(LOG, b"").rfind(b"\n") + 1
        self.saved, self.due = self._changed(), 0.0
        self.refused: Exception | None = None

    def follow(self, over: threading.Event) -> None:
        """Until the job is `over`. Where the desk refuses, the job stops."""
        while not over.wait(_EVERY):
            try:
                self._tell()
            except Exception as error:
                self.refused = error
                self.folder.ask_to_stop()
                return

    def end(self) -> None:
        """Tell how the job ended, with all that it leaves."""
        if self.refused:
            raise self.refused
        files, status = files_of(self.folder), self.folder.status()
        del files[LOG]
        result = self.folder.about()["result"]
        self.desk.end(*self.job, self._change(files), status.state, status.reason, result)

    def _tell(self) -> None:
        # The checkpoint first: the log that is read after it tells all that had happened by then.
        files, began = self._checkpoint(), time.monotonic()
        change = self._change(files)
        flags = self.desk.keep(*self.job, change)
        self.told = change.at + len(change.lines)
        if files:
            self.due = time.monotonic() + _SHARE * (time.monotonic() - began)
        for flag in flags:
            (self.folder.path / flag).touch()

    def _change(self, files: dict[str, bytes]) -> Change:
        with suppress(FileNotFoundError):
            with (self.folder.path / LOG).open("rb") as log:
                log.seek(self.told)
                new = log.read()
            request = self.folder.request
            settled = request["recipe"] if request != self.began_with else None
            return Change(self.told, new[: new.rfind(b"\n") + 1], files, settled)
        return Change(self.told, b"", files)

    def _checkpoint(self) -> dict[str, bytes]:
        changed = self._changed()
        if changed == self.saved or time.monotonic() < self.due:
            return {}
        self.saved = changed
        with suppress(FileNotFoundError):  # the run is over
            return {self.folder.checkpoint.name: self.folder.checkpoint.read_bytes()}
        return {}

    def _changed(self) -> int:
        """When the checkpoint was written; 0 where there is none."""
        with suppress(FileNotFoundError):
            return self.folder.checkpoint.stat().st_mtime_ns
        return 0


@contextmanager
def _mirrored(folder: RunFolder, desk: Desk, job: tuple[str, str, str], taken: Taken) -> Iterator[_Mirror]:
    """While the block works, the desk is told what is new."""
    mirror, over = _Mirror(folder, desk, job, taken), threading.Event()
    beside = threading.Thread(target=mirror.follow, args=(over,), daemon=True)
    beside.start()
    try:
        yield mirror
    finally:
        over.set()
        beside.join()
