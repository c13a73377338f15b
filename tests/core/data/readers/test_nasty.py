"""The zip with everything that can be wrong with one."""

from __future__ import annotations

import pytest

from core.data.intake import take_in
from core.data.readers.propose import propose
from core.errors import UnreadableExampleError
from core.events import drain
from core.modalities import get_modality
from core.workspace import Workspace
from tests.nasty import CLASSES, EACH, write_nasty_zip
from tests.reading import labels, outcome, read_with


@pytest.fixture
def nasty(tmp_path):
    path = tmp_path / "nasty.zip"
    return path, write_nasty_zip(path)


def test_the_zip_is_small_and_holds_enough_to_train_on(nasty):
    path, expected = nasty
    assert path.stat().st_size < 1024**2
    assert all(list(expected.good.values()).count(label) >= EACH for label in CLASSES)


def test_good_files_are_right_and_every_other_one_is_named(nasty):
    path, expected = nasty
    reading = read_with(propose, path)
    used, skipped = outcome(reading)
    kind = get_modality("image")
    for item in reading.items:
        if getattr(item, "name", None) in used:
            try:
                kind.read(item.read())
            except UnreadableExampleError as error:
                skipped[item.name] = str(error)
                del used[item.name]
    assert labels(used) == expected.good
    assert skipped.keys() == expected.bad.keys()
    for name, word in expected.bad.items():
        assert word in skipped[name], name
    assert len(used) + len(skipped) == expected.entries == len(reading.items)


def test_it_comes_in_and_nothing_is_written_outside_the_workspace(tmp_path):
    workspace, path = Workspace(tmp_path / "below" / "home"), tmp_path / "below" / "nasty.zip"
    workspace.root.mkdir(parents=True)
    expected = write_nasty_zip(path)
    before = sorted(p for p in tmp_path.rglob("*") if not p.is_relative_to(workspace.root))
    dataset, report = drain(take_in(str(path), workspace))
    assert sorted(p for p in tmp_path.rglob("*") if not p.is_relative_to(workspace.root)) == before
    assert {e.name: e.label for e in dataset.examples} == expected.good
    assert {skip.file for skip in (*report.skipped, *report.heeded)} == set(expected.bad)
    assert report.used + len(report.skipped) + len(report.heeded) == expected.entries
    written = [p for p in workspace.root.rglob("*") if p.is_file()]
    assert all(p.name.isascii() and len(p.name) < 60 for p in written), "only names that we make"


def test_copies_have_the_same_id(nasty, workspace):
    path, expected = nasty
    dataset, _ = drain(take_in(str(path), workspace))
    ids = {example.name: example.id for example in dataset.examples}
    for group in expected.copies:
        assert len({ids[name] for name in group}) == 1
    assert len({expected.good[name] for name in expected.copies[-1]}) == 2
