"""Where things live, by which names, and what is tidied away."""

from __future__ import annotations

import os
import time
from pathlib import Path

import platformdirs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import StorageError
from core.storage import own_name, write
from core.workspace import Workspace, is_safe_id, new_id, tidy
from tests.refusing_disk import full_disk, read_only_disk


@given(st.text())
@example("..")
@example("")
@example("a/b")
@example("a\n")
@example("../a")
@example("a" * 65)
@example("CON")
def test_an_accepted_id_is_always_the_name_of_one_folder_below(text):
    if is_safe_id(text):
        assert text
        assert len(text) <= 64
        assert not set(text) & set("/\\.:\0\n ")
        assert (Path("/root") / text).resolve().parent == Path("/root")


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True))
def test_plain_ids_are_accepted(text):
    assert is_safe_id(text)


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "/a", "a\\b", "-a", "A", "é", "a\n", "a" * 65, "٣"])
def test_anything_else_is_refused(text):
    assert not is_safe_id(text)


def test_new_ids_sort_by_time_within_a_second_too():
    made = []
    for _ in range(20):
        made.append(new_id())
        time.sleep(2e-6)
    assert made == sorted(made)


def test_new_ids_are_safe_and_all_different():
    made = {new_id() for _ in range(50)}
    assert len(made) == 50
    assert all(map(is_safe_id, made))


def test_the_home_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(tmp_path / "mine"))
    assert Workspace.default().root == (tmp_path / "mine").resolve()


def test_without_a_choice_it_is_the_users_own_data_folder(monkeypatch):
    monkeypatch.delenv("FINETUNE_LAB_HOME")
    assert Workspace.default().root == Path(platformdirs.user_data_dir("finetune-lab"))


@pytest.mark.parametrize("name", ["datasets", "examples", "runs", "jobs", "uploads", "cache"])
def test_folders_are_made_when_first_asked_for(workspace, name):
    assert not workspace.root.exists()
    folder = getattr(workspace, name)
    assert folder.is_dir()
    assert folder.parent == workspace.root


def old(path, days):
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))
    return path


def test_what_a_killed_process_left_goes_at_once_wherever_it_lies(workspace):
    """The owner is no process any more: its number is larger than any."""
    places = [workspace.root, workspace.runs / "r1", workspace.runs / "r1" / "added", workspace.examples / "ab"]
    places += [workspace.datasets / "d1", workspace.staging, workspace.cache / "onnx", workspace.uploads / "captures"]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".model.safetensors.4999999.0a1b2c3d.tmp").write_bytes(b"half of it")
        (place / ".import.4999999.0a1b2c3d.tmp").mkdir()
        (place / own_name("of this process")).write_bytes(b"being written")
    tidy(workspace)
    left = sorted(path.name for path in workspace.root.rglob(".*"))
    assert len(left) == len(places)
    assert all(f".{os.getpid()}." in name for name in left)


def test_old_uploads_jobs_and_leftovers_go_and_everything_else_stays(workspace):
    captures = workspace.uploads / "captures"
    captures.mkdir()
    gone, stays = [], []
    for folder in (workspace.uploads, workspace.jobs, captures, workspace.staging):
        for name, days, where in (("old", 8, gone), ("new", 0.5, stays)):
            path = folder / name
            path.mkdir()
            (path / "file").write_text("x")
            where.append(old(path, days))
    for folder in (workspace.datasets, workspace.runs, workspace.examples):
        path = folder / "precious"
        path.mkdir()
        stays.append(old(path, 900))
    old(captures, 30)

    tidy(workspace)

    assert [path for path in gone if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []


@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_a_workspace_that_cannot_be_made_is_an_empty_one_and_who_writes_is_told_why(workspace, disk):
    with disk(workspace.root):
        tidy(workspace)
        assert list(workspace.runs.glob("*")) == []
        with pytest.raises(StorageError, match="cannot be written"):
            write(workspace.runs / "x", b"x")
    assert not workspace.root.exists()
    write(workspace.runs / "x", b"x")
