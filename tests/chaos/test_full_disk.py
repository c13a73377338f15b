"""A full and a read-only disk under every verb and every page. The long form, on a real disk: `full_disk.py`."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from itertools import count
from pathlib import Path

import pytest

from core.__main__ import verbs
from core.library.bin import delete
from core.runs.folder import list_runs
from core.storage import damage, free_bytes
from core.workspace import Workspace
from pages.shared.pages import PAGES
from tests.chaos import forked
from tests.chaos.full_disk import try_out
from tests.chaos.page_visits import VISITS, visit
from tests.chaos.scene import VERBS, Scene, do_verb, leftovers, make_scene, tree
from tests.conftest import install_tiny_models
from tests.refusing_disk import full_disk, read_only_disk

DISKS = {"full": full_disk, "read-only": read_only_disk}
each_disk = pytest.mark.parametrize("disk", DISKS.values(), ids=DISKS)


@pytest.fixture(scope="module")
def scene(tmp_path_factory) -> Iterator[Scene]:
    """Shared, since nothing in it can be changed."""
    with pytest.MonkeyPatch.context() as patch:
        install_tiny_models(patch)
        patch.setattr("os.fsync", lambda fd: None)
        yield make_scene(tmp_path_factory.mktemp("scene"))


def test_every_verb_and_every_page_is_here():
    assert set(VERBS) == {verb.name for verb in verbs()}
    assert {asked.page for asked in VISITS.values()} == {page for group in PAGES.values() for page in group}


@each_disk
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_must_write_says_in_one_paragraph_why_it_cannot_and_others_do_their_work(scene, verb, disk):
    before = tree(scene.workspace.root)
    with disk(scene.workspace.root):
        outcome = do_verb(scene, verb)
    assert list(outcome.complaints()) == []
    fits = disk is full_disk and verb in ("pause", "stop", "restore")  # there is room for an empty file, and to move
    if fits and verb == "restore":
        delete([scene.names["deleted"]], scene.workspace)
    elif fits:
        (scene.workspace.runs / scene.names["waiting"] / verb).unlink()
    assert outcome.status == (2 if VERBS[verb].writes and not fits else 0), outcome.err
    if outcome.status == 2:
        assert len(outcome.err.strip().split("\n\n")) == 1
        assert tree(scene.workspace.root) == before
    assert list(leftovers(scene.workspace)) == []


@each_disk
@pytest.mark.parametrize(
    "name", ["start, a sample", "data, an upload", "train, a run", "train, begin", "try, a picture", "project, save"]
)
def test_a_page_shows_what_it_can_and_says_what_it_cannot(scene, name, disk):
    before = tree(scene.workspace.root)
    with disk(scene.workspace.root):
        said, complaints = visit(scene, name)
    assert complaints == []
    assert ("cannot be written" in said) == (name != "train, a run")
    assert tree(scene.workspace.root) == before


# --- what is refused on the way ---------------------------------------------------------------------------------------


@pytest.fixture
def fresh(scene, tmp_path) -> Scene:
    """A copy that may be changed."""
    shutil.copytree(scene.workspace.root, tmp_path / "home")
    return Scene(Workspace(tmp_path / "home"), {**scene.names, "out": str(tmp_path / "home")})


def weights(scene: Scene, run: str) -> bytes:
    return (scene.workspace.runs / run / "model.safetensors").read_bytes()


@pytest.mark.parametrize("of_four", [{0}, pytest.param({1, 2, 3}, marks=pytest.mark.slow)], ids=["first", "others"])
def test_a_training_goes_on_from_any_write_that_was_refused_and_ends_the_same(fresh, of_four):
    """How many there are depends on how long it takes: steps and checkpoints are written by the clock."""
    start = {run.id for run in list_runs(fresh.workspace)}
    assert do_verb(fresh, "train").status == 0
    (whole,) = {run.id for run in list_runs(fresh.workspace)} - start
    resumed = 0
    for allowed in (number for number in count() if number % 4 in of_four):
        known = {run.id for run in list_runs(fresh.workspace)}
        with full_disk(fresh.workspace.root, allowed):
            outcome = do_verb(fresh, "train")
        assert (list(outcome.complaints()), list(leftovers(fresh.workspace))) == ([], []), allowed
        if outcome.status == 0:
            break
        for run in {run.id for run in list_runs(fresh.workspace)} - known:
            assert do_verb(Scene(fresh.workspace, {**fresh.names, "paused": run}), "resume").status == 0
            assert weights(fresh, run) == weights(fresh, whole), allowed
            resumed += 1
    assert resumed > 3 * len(of_four)


@pytest.mark.parametrize("verb", ["check", "teach", "edit", "add", "report", "card"])
def test_what_is_refused_at_any_write_leaves_nothing_and_can_be_done_again(fresh, verb):
    before = kept(fresh)
    for allowed in count():
        with full_disk(fresh.workspace.root, allowed):
            outcome = do_verb(fresh, verb)
        assert list(outcome.complaints()) == []
        if outcome.status == 0:  # nothing was refused, or what could be done without
            break
        assert kept(fresh) == before, allowed
        assert list(leftovers(fresh.workspace)) == []
    assert allowed


def kept(scene: Scene) -> dict[str, int]:
    """What is on the disk, save whole pictures in the store, which the next try finds, and what a model sees in its
    examples, which can be made again."""
    assert all(damage(file) is None for file in scene.workspace.examples.rglob("*.img"))
    return {
        name: size for name, size in tree(scene.workspace.root).items()
        if not name.startswith("examples/") and not name.endswith("reference.safetensors")
    }  # fmt: skip


# --- what is looked at before ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["train", "check"])
def test_what_needs_more_room_than_there_is_is_refused_before_it_begins_with_both_numbers(fresh, monkeypatch, verb):
    monkeypatch.setattr("core.data.intake._TELLING", 2)
    monkeypatch.setattr("core.storage.free_bytes", lambda path: 1_000_000)
    before = tree(fresh.workspace.root)
    outcome = do_verb(fresh, verb)
    assert outcome.status == 2
    assert "It needs 4 MB, 1 MB are free" in outcome.err
    assert tree(fresh.workspace.root) == before


# --- a real one ------------------------------------------------------------------------------------------------------


def may_mount() -> bool:
    try:
        asked = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    except OSError:
        return False
    return asked.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not may_mount(), reason="this account may not mount a disk of its own")
def test_a_real_disk_that_fills_up(scene, tmp_path):
    done = forked.context().Process(target=four_rounds, args=(scene, tmp_path / "said"))
    done.start()
    done.join()
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert done.exitcode == 0, said
    assert "0 complaints" in said


def four_rounds(scene: Scene, said: Path) -> None:
    """In a process that may mount: what it mounts nobody else sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.unshare(_NEW_MOUNTS) == 0, os.strerror(ctypes.get_errno())
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with said.open("w", encoding="utf-8") as file, redirect_stdout(file), redirect_stderr(file):
        status = try_out(scene, range(1, 5), ["train", "check"])
    sys.exit(status)


_NEW_MOUNTS = 0x00020000
"""CLONE_NEWNS of Linux."""


def test_the_room_of_a_place_that_is_not_there_yet_is_that_of_its_disk(tmp_path):
    assert free_bytes(tmp_path / "none" / "file") == pytest.approx(free_bytes(Path(tmp_path)), rel=0.1)
