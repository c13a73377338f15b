"""A disk that is full, fills up at a random moment, or is read-only: under every verb and under every page.

By hand: `unshare --mount python -m tests.chaos.full_disk --rounds 400 --seed 1`, on Linux, as somebody who may mount a
disk of their own; nobody else sees it. Every round says its seed, and `--rounds 1 --seed N` does it again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from core.runs.folder import RunFolder, list_runs
from core.workspace import Workspace
from tests.chaos.page_visits import VISITS, visit
from tests.chaos.scene import VERBS, Scene, do_verb, leftovers, make_scene
from tests.conftest import install_tiny_models

_SIZE = 256 * 1024**2
_PAGE = 4096


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own, in memory; only inside `unshare --mount`."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


class Filler:
    """Fills a disk, at once or in a moment, and gives the room back."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def fill(self, leave: int = 0) -> None:
        """Up to so many bytes."""
        room = os.statvfs(self._file.parent)
        size = room.f_bavail * room.f_frsize - leave
        with self._file.open("ab") as file, suppress(OSError):
            if size > 0:
                os.posix_fallocate(file.fileno(), file.tell(), size)

    def fill_after(self, seconds: float) -> None:
        self._thread = threading.Thread(target=lambda: self._stop.wait(seconds) or self.fill())
        self._thread.start()

    def give_back(self) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self._file.unlink(missing_ok=True)


class Rounds:
    """One verb or page after the other, on a disk that does something else each time.

    `refused` counts by what was done how often the disk was in the way, `resumed` the trainings that then went on.
    """

    def __init__(self, template: Scene, disk: Path) -> None:
        self.template, self.disk = template, disk
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.resumed = 0
        self.complaints: list[str] = []
        undisturbed = self._scene()
        for verb in ("train", "resume"):
            assert do_verb(undisturbed, verb).status == 0
        self._weights = {self._asked(run): _weights(run) for run in list_runs(undisturbed.workspace) if _weights(run)}

    def _scene(self) -> Scene:
        """A fresh copy of the template on the disk."""
        home = self.disk / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.template.workspace.root, home)
        return Scene(Workspace(home), {**self.template.names, "out": str(home)})

    def round(self, seed: int, names: list[str]) -> None:
        """What is done, and what the disk does, follow from the seed; when a disk that fills up is full, nearly so."""
        chance = random.Random(seed)
        name, way = chance.choice(names), chance.choice(["full", "fills", "read-only"])
        scene, filler, said = self._scene(), Filler(self.disk), f"seed {seed}: {name}, {way}"
        if way == "full":
            leave = _PAGE * int(2 ** chance.uniform(0, 9) - 1)
            said += f" but for {leave // 1024} KiB"
            filler.fill(leave)
        elif way == "fills":
            after = chance.uniform(0, 1.0)
            said += f" after {after:.2f} s"
            filler.fill_after(after)
        else:
            self._remount("ro")
        try:
            found = list(self._act(name, scene))
        finally:
            if way == "read-only":
                self._remount("rw")
            filler.give_back()
        found += leftovers(scene.workspace)
        found += self._go_on(scene)
        self.complaints += found
        print(said, *found, sep="\n    ", flush=True)

    def _remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.disk)], check=True)

    def _act(self, name: str, scene: Scene) -> Iterator[str]:
        self.done[name] += 1
        if name in VERBS:
            outcome = do_verb(scene, name)
            self.refused[name] += outcome.status == 2
            yield from outcome.complaints()
        else:
            said, complaints = visit(scene, name)
            self.refused[name] += "disk" in said
            yield from complaints

    def _go_on(self, scene: Scene) -> Iterator[str]:
        """Now that there is room, what was interrupted ends as if it never had been, and what reads, reads."""
        for run in list_runs(scene.workspace):
            if run.status().state == "interrupted":
                outcome = do_verb(Scene(scene.workspace, {**scene.names, "paused": run.id}), "resume")
                self.resumed += 1
                if outcome.status != 0:
                    yield f"not resumed: {outcome.err.strip()}"
                elif _weights(run) != self._weights.get(self._asked(run), _weights(run)):
                    yield "resumed, but with other weights"
        for verb in ("datasets", "runs", "score"):
            outcome = do_verb(scene, verb)
            if outcome.status != 0:
                yield f"afterwards, {verb}: {outcome.err.strip()}"

    @staticmethod
    def _asked(run: RunFolder) -> str:
        return json.dumps(run.request, sort_keys=True)


def _weights(run: RunFolder) -> bytes:
    file = run.path / "model.safetensors"
    return file.read_bytes() if file.exists() else b""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first round; the next one has the next")
    parser.add_argument("--only", nargs="+", default=[*VERBS, *VISITS], help="verbs and pages")
    flags = parser.parse_args()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as beside:
        install_tiny_models(patch)
        return try_out(make_scene(Path(beside)), range(flags.seed, flags.seed + flags.rounds), flags.only)


def try_out(template: Scene, seeds: Iterable[int], names: list[str]) -> int:
    """A round for each seed, and what they come to; 1 where there is a complaint."""
    with small_disk() as disk:
        rounds = Rounds(template, disk)
        for seed in seeds:
            rounds.round(seed, names)
    for name in sorted(rounds.done):
        print(f"{name:<20} {rounds.done[name]:>4} times, refused {rounds.refused[name]:>4}")
    print(f"{rounds.resumed} trainings were resumed; {len(rounds.complaints)} complaints")
    return 1 if rounds.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
