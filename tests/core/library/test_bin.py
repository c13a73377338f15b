"""What is deleted can come back, goes when its time is over, and nothing goes under its user."""

from __future__ import annotations

import json
import os
import shutil
import time

import pytest

from core.data.dataset import Dataset
from core.data.store import filling, forget_unused
from core.data.versions import Change, change_set
from core.errors import RunError, StorageError, UserError
from core.library.bin import KEEP_DAYS, delete, empty, find_binned, list_bin, restore, tidy_bin, what_goes
from core.library.items import find_items, list_items
from core.library.remarks import Remark, write_remark
from core.runs.folder import RunFolder, list_runs
from core.storage import sweep
from core.workspace import tidy
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import edit, picture_dataset
from tests.refusing_disk import full_disk, read_only_disk


@pytest.fixture
def dataset(workspace, tiny_models) -> Dataset:
    return messages(workspace)


@pytest.fixture
def run(workspace, dataset) -> RunFolder:
    return finished_run(workspace, dataset, title="mine")


def paths(workspace) -> set[str]:
    kinds = ("datasets", "runs", "studies", "jobs")
    return {f"{kind}/{path.name}" for kind in kinds for path in (workspace.root / kind).glob("*")}


def aged(workspace, days: float) -> None:
    """Everything in the bin was deleted so many days ago."""
    for path in workspace.bin.iterdir():
        then = time.strftime("%Y%m%d-%H%M%S", time.gmtime(time.time() - days * 86400))
        path.rename(path.with_name(then + path.name[15:]))


def test_deleted_and_restored_it_is_as_it_was(workspace, dataset, run):
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.suffix}
    (entry,) = delete([run.id], workspace)
    assert list_runs(workspace) == [] and not run.path.exists()
    assert [(one.kind, one.title, one.ids) for one in list_bin(workspace)] == [("run", "mine", [run.id])]
    restore(entry, workspace)
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.suffix} == before
    assert list_bin(workspace) == [] and list(workspace.bin.iterdir()) == []


def test_versions_go_with_what_was_imported_and_come_back_with_it(workspace, dataset):
    version = change_set(dataset.id, [Change("exclude", examples=(dataset.examples[0].key,))], workspace)
    before = paths(workspace)
    (root,) = find_items([dataset.id], workspace)
    assert "1 more goes with it" in str(what_goes([root], list_items(workspace)))
    (entry,) = delete([dataset.id], workspace)
    assert paths(workspace) == set() and entry.ids == [dataset.id, version.id] and entry.kind == "dataset"
    restore(find_binned(version.id, workspace), workspace)
    assert paths(workspace) == before
    delete([version.id], workspace)
    assert paths(workspace) == {f"datasets/{dataset.id}"}, "a later version goes by itself"


def test_what_stays_is_told(workspace, dataset, run):
    items = list_items(workspace)
    assert "'mine'" in str(what_goes(find_items([dataset.id], workspace), items))
    assert not what_goes(find_items([dataset.id, run.id], workspace), items)
    assert not what_goes(find_items([run.id], workspace), items)


# --- in use -----------------------------------------------------------------------------------------------------------


def training(workspace, dataset, **more: object) -> RunFolder:
    request = {"dataset": dataset.id, "recipe": {"model": "tiny-text", "strategy": "head", **more}}
    return RunFolder.create(workspace.runs, "train", "busy", request)


@pytest.mark.parametrize("begun", [False, True])
def test_neither_a_training_under_way_nor_what_it_needs_can_be_deleted(workspace, dataset, run, begun):
    busy = training(workspace, dataset, model=f"run:{run.id}")
    if begun:
        busy.begin()
    before = paths(workspace)
    for item, why in ((busy.id, "is under way"), (dataset.id, "used by the run 'busy'"), (run.id, "used by the run")):
        with pytest.raises(UserError, match=why):
            delete([item], workspace)
    with pytest.raises(UserError, match="is under way"):
        delete([dataset.id, run.id, busy.id], workspace)
    assert paths(workspace) == before and list_bin(workspace) == []


def test_what_a_paused_run_needs_stays_unless_the_run_goes_too(workspace, dataset):
    paused = training(workspace, dataset)
    paused.begin()
    paused.end("paused")
    with pytest.raises(UserError, match="left unfinished and can be resumed"):
        delete([dataset.id], workspace)
    assert len(delete([dataset.id, paused.id], workspace)) == 2


def test_a_job_of_somebody_else_holds_what_it_works_with(workspace, dataset, run):
    job = RunFolder.create(workspace.jobs, "predict", "asking", {"run": run.id, "inputs": []})
    with pytest.raises(UserError, match=r"using 'mine' right now \(asking\)"):
        delete([run.id], workspace)
    RunFolder.create(workspace.jobs, "doctor", "checking", {"dataset": dataset.id})
    job.begin()
    job.end("completed")
    delete([run.id, dataset.id], workspace)


def test_a_study_under_way_holds_its_runs(workspace, dataset, run):
    other = finished_run(workspace, dataset, title="other")
    design = {"runs": [run.id, other.id], "on": "own"}
    RunFolder.create(workspace.studies, "study", "comparing", {"study": "comparison", "design": design})
    with pytest.raises(UserError, match="used by the study 'comparing'"):
        delete([run.id], workspace)


def test_what_is_pinned_stays(workspace, dataset, run):
    write_remark(run.path, Remark(pinned=True))
    with pytest.raises(UserError, match="'mine' is pinned"):
        delete([run.id], workspace)
    assert list_items(workspace)[0].id == run.id


# --- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_who_delete_the_same_one_does_and_the_other_is_told(workspace, dataset, run, monkeypatch):
    item = find_items([run.id], workspace)
    monkeypatch.setattr("core.library.bin.list_items", lambda workspace: seen)
    seen = list_items(workspace)
    from core.library.bin import to_bin

    to_bin(item, workspace)
    with pytest.raises(UserError, match="deleted meanwhile"):
        to_bin(item, workspace)
    assert len(list_bin(workspace)) == 1
    with pytest.raises(UserError, match="is in the bin"):
        delete([run.id], workspace)


def test_who_takes_a_run_up_in_the_moment_in_which_it_goes_is_told(workspace, dataset):
    paused = training(workspace, dataset)
    paused.begin()
    paused.end("paused")
    delete([paused.id], workspace)
    with pytest.raises(RunError):
        paused.reopen()
    assert not paused.path.exists(), "a lock must not make the folder anew"
    restore(find_binned(paused.id, workspace), workspace)
    paused.reopen()
    with pytest.raises(RunError, match="is under way"):
        paused.move(workspace.bin / "x")


def test_what_is_begun_while_its_dataset_goes_brings_it_back(workspace, dataset, monkeypatch):
    from core.library import bin as module

    really = module._move

    def meanwhile(*arguments):
        moved = really(*arguments)
        training(workspace, dataset)
        return moved

    monkeypatch.setattr(module, "_move", meanwhile)
    with pytest.raises(UserError, match="used by the run 'busy'"):
        delete([dataset.id], workspace)
    assert (workspace.datasets / dataset.id).is_dir() and list_bin(workspace) == []


def test_of_two_who_restore_one_does_and_the_other_is_told(workspace, dataset, run):
    (entry,) = delete([run.id], workspace)
    restore(entry, workspace)
    with pytest.raises(UserError, match="here again already"):
        restore(entry, workspace)
    (entry,) = delete([run.id], workspace)
    empty([entry], workspace)
    with pytest.raises(UserError, match="not in the bin any more"):
        restore(entry, workspace)


def test_the_same_that_was_imported_again_is_not_replaced(workspace, dataset):
    (entry,) = delete([dataset.id], workspace)
    dataset.save(workspace)
    with pytest.raises(UserError, match="here again already"):
        restore(entry, workspace)
    assert list_bin(workspace) == [entry] or len(list_bin(workspace)) == 1


def test_a_kill_half_way_leaves_each_folder_here_or_there(workspace, dataset, monkeypatch):
    change_set(dataset.id, [Change("exclude", examples=(dataset.examples[0].key,))], workspace)
    moved = []

    def killed(source, target):
        if moved:
            raise KeyboardInterrupt
        moved.append(target)
        shutil.move(source, target)

    before = paths(workspace)
    with monkeypatch.context() as patch:
        patch.setattr("core.library.bin.os.replace", killed)
        with pytest.raises(KeyboardInterrupt):
            delete([dataset.id], workspace)
    sweep(workspace.root)
    (entry,) = list_bin(workspace)
    assert len(entry.folders) == 1 and len(paths(workspace)) == len(before) - 1
    restore(entry, workspace)
    assert paths(workspace) == before


# --- time and room ----------------------------------------------------------------------------------------------------


def test_after_a_week_it_goes_for_good(workspace, dataset, run):
    delete([run.id], workspace)
    aged(workspace, KEEP_DAYS - 0.1)
    tidy(workspace)
    tidy_bin(workspace)
    assert len(list_bin(workspace)) == 1
    aged(workspace, KEEP_DAYS + 0.1)
    tidy_bin(workspace)
    assert list_bin(workspace) == [] and list(workspace.bin.iterdir()) == []


def test_pictures_go_when_nobody_names_them_any_more(workspace):
    one, other = picture_dataset(workspace, each=2), picture_dataset(workspace, each=3)
    one.save(workspace)
    other.save(workspace)
    shared = {example.id for example in one.examples} & {example.id for example in other.examples}
    delete([one.id], workspace)
    assert forget_unused(workspace) == 0, "what is in the bin can come back"
    empty(list_bin(workspace), workspace)
    assert not other.damaged()
    assert {file.stem for file in workspace.examples.rglob("*.img")} == {example.id for example in other.examples}
    assert len(shared) < len(other.examples)


def test_a_change_that_can_be_undone_keeps_its_picture(workspace):
    dataset = picture_dataset(workspace, each=2)
    dataset.save(workspace)
    change_set(dataset.id, [Change("exclude", examples=(dataset.examples[0].key,))], workspace)
    assert forget_unused(workspace) == 0 and not dataset.damaged()


def test_nothing_leaves_the_store_while_somebody_fills_it_or_a_dataset_is_damaged(workspace):
    dataset = picture_dataset(workspace, each=2)
    with filling(workspace):
        assert forget_unused(workspace) == 0
    dataset.save(workspace)
    table = workspace.datasets / dataset.id / "examples.jsonl"
    content = table.read_bytes()
    table.write_bytes(content[:20])
    assert forget_unused(workspace) == 0 and not dataset.damaged()
    shutil.rmtree(table.parent)
    assert forget_unused(workspace) > 0 and len(dataset.damaged()) == len(dataset.examples)
    assert list(workspace.staging.iterdir()) == []


def test_who_begins_to_fill_the_store_meanwhile_finds_all_of_it(workspace, monkeypatch):
    dataset = picture_dataset(workspace, each=2)
    began, really = [], os.replace

    def slow(source, target):
        really(source, target)
        if not began:
            began.append(filling(workspace))
            began[0].__enter__()

    monkeypatch.setattr("core.data.store.os.replace", slow)
    assert forget_unused(workspace) == 0
    assert not dataset.damaged()
    began[0].__exit__(None, None, None)


def test_a_full_disk_has_room_to_delete_and_restore_and_a_read_only_one_says_so(workspace, dataset, run):
    assert workspace.bin.is_dir()
    with full_disk(workspace.root):
        (entry,) = delete([run.id], workspace)
        restore(entry, workspace)
        (entry,) = delete([run.id], workspace)
        empty([entry], workspace)
    with read_only_disk(workspace.root), pytest.raises(StorageError, match="read-only"):
        delete([dataset.id], workspace)
    assert (workspace.datasets / dataset.id).is_dir()


def test_what_an_earlier_version_made_can_be_deleted_too(workspace, dataset, run):
    (run.path / "run.json").write_text(json.dumps({"format": 1, "title": "old"}))
    (item,) = [one for one in list_items(workspace) if one.kind == "run"]
    assert (item.state, item.title) == ("earlier", "old")
    delete([run.id], workspace)
    assert list_bin(workspace)[0].ids == [run.id]


def test_a_damaged_run_keeps_its_name_in_the_bin(workspace, dataset, run):
    edit(run.path / "run.json", title="named")
    file = run.path / "run.json"
    file.write_bytes(file.read_bytes().replace(b"completed", b"complated", 1))
    delete([run.id], workspace)
    assert list_bin(workspace)[0].title == "named"
