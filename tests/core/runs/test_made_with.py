"""On what a run was trained."""

import platform
from importlib.metadata import version

import psutil

from core.runs.made_with import look_around, note_made_with, read_made_with


def test_what_was_noted_can_be_read(tmp_path):
    note_made_with(tmp_path, "cpu")
    found = read_made_with(tmp_path)
    assert found == look_around("cpu")
    assert (found.python, found.device) == (platform.python_version(), "cpu")
    assert found.versions["torch"] == version("torch")
    assert found.memory == psutil.virtual_memory().total and found.cores >= 1


def test_nobody_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "somebodys-laptop")
    note_made_with(tmp_path, "cpu")
    assert "somebodys" not in (tmp_path / "made_with.json").read_text()


def test_an_older_run_has_no_note(tmp_path):
    assert read_made_with(tmp_path) is None
    (tmp_path / "made_with.json").write_text('{"system": "half')
    assert read_made_with(tmp_path) is None
