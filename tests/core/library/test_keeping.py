"""Names, notes and pins, sizes, caches and the disk budget; on the command line too."""

from __future__ import annotations

import json
import os
import time

import pytest

from core.data.dataset import describe_dataset, kept_datasets
from core.errors import DataError, UserError
from core.library.items import _study_detail, find_items, is_export, list_items
from core.library.remarks import LONGEST_NOTE, Remark, read_remark, rename, write_remark
from core.library.room import CACHES, budget, cache_bytes, clear, set_budget, sizes_of, usage
from core.runs.folder import RunFolder, list_runs
from core.studies.benchmark.design import BenchmarkDesign
from core.workspace import tidy
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import edit, picture_dataset


@pytest.fixture
def run(workspace, tiny_models) -> RunFolder:
    return finished_run(workspace, messages(workspace), title="mine")


def test_a_new_name_changes_nothing_else(workspace, run):
    older, newer = messages(workspace, prefix="older"), messages(workspace, prefix="newer")
    order = [dataset_id for dataset_id, _ in kept_datasets(workspace)]
    assert rename(workspace.datasets / older.id, "  a   new name ", workspace) == "a new name"
    assert describe_dataset(older.id, workspace)["title"] == "a new name"
    assert [dataset_id for dataset_id, _ in kept_datasets(workspace)] == order, "it is not the newest now"
    before = run.about()
    rename(run.path, "run of mine", workspace)
    assert run.about() == {**before, "title": "run of mine"} and run.damages() == []
    assert newer.id in order


def test_a_run_is_renamed_while_it_trains(workspace, run):
    busy = RunFolder.create(workspace.runs, "train", "busy", run.request)
    busy.begin()
    rename(busy.path, "named meanwhile", workspace)
    busy.end("completed")
    assert (busy.title, busy.status().state) == ("named meanwhile", "completed")


@pytest.mark.parametrize("title", ["", "   ", "x" * 201])
def test_a_name_that_is_none_is_refused(workspace, run, title):
    with pytest.raises(UserError):
        rename(run.path, title, workspace)
    assert run.title == "mine"


def test_notes_and_pins_are_kept_and_damaged_ones_are_none(workspace, run):
    write_remark(run.path, Remark("tell \U0001f986 \u202e them", pinned=True))
    assert read_remark(run.path) == Remark("tell \U0001f986 \u202e them", pinned=True)
    assert list_items(workspace)[0].remark.pinned and run.damages() == []
    (run.path / "remark.json").write_bytes(b"{")
    assert read_remark(run.path) == Remark()
    with pytest.raises(UserError, match="letters"):
        write_remark(run.path, Remark("x" * (LONGEST_NOTE + 1)))
    with pytest.raises(UserError, match="deleted meanwhile"):
        write_remark(workspace.runs / "gone", Remark("x"))


def test_what_is_listed_says_what_it_is(workspace, run):
    items = {item.kind: item for item in list_items(workspace)}
    assert str(items["dataset"].detail) == "40 messages, 2 classes"
    assert str(items["run"].detail).endswith("\u00a0% · tiny-text · Last layer only")
    assert items["run"].needs == {items["dataset"].id} and items["run"].bytes > 1000
    assert find_items([f"run:{run.id}", run.id], workspace) == [items["run"]]


@pytest.mark.parametrize(
    "wrong",
    [{"created": "0001-01-01T00:00:00"}, {"result": {"test": {"accuracy": "good"}}}, {"kind": "x"}],
)
def test_one_bad_entry_is_listed_as_damaged_and_can_be_deleted(workspace, run, wrong, cli):
    dataset = messages(workspace, prefix="other")
    edit(workspace.datasets / dataset.id / "dataset.json", counts={"=1+1": "x"})
    edit(run.path / "run.json", **wrong)
    found = {item.id: item for item in list_items(workspace)}
    assert "is not what this program writes" in str(found[run.id].why) and found[dataset.id].state == "damaged"
    assert usage(workspace).total and sizes_of(found.values(), workspace)
    assert run.id in "".join(cli("remove")[1]) and cli("usage")[0] == 0 and cli("runs")[0] == 0
    assert cli("remove", run.id, dataset.id)[0] == 0 and len(list_items(workspace)) == 1


def test_pictures_count_for_their_dataset_and_once_for_the_whole(workspace, monkeypatch):
    small, large = picture_dataset(workspace, each=2), picture_dataset(workspace, each=4)
    small.save(workspace)
    large.save(workspace)
    items = list_items(workspace)
    stored = sum(file.stat().st_size for file in workspace.examples.rglob("*.img"))
    patient = sizes_of(items, workspace, patience=0.0)
    assert sorted(size is None for size in patient.values()) == [False, True], "one at least, the rest another time"
    sizes = sizes_of(items, workspace, patience=0.0)
    assert sizes[large.id] > sizes[small.id] > 0
    monkeypatch.setattr("core.library.room.named_in", None)
    assert sizes_of(items, workspace) == sizes, "a dataset never changes, so it is measured once"
    assert usage(workspace).parts["examples"] == stored


def test_hundreds_of_runs_are_listed_from_few_files(workspace, run, monkeypatch):
    for _ in range(30):
        finished_run(workspace, messages(workspace))
    read = []
    real = time.monotonic
    monkeypatch.setattr("core.runs.folder.read_log", lambda *a: read.append(a))
    assert len(list_items(workspace)) == 32 and real() > 0
    assert read == [], "no log is read"


# --- caches and budget ------------------------------------------------------------------------------------------------


def test_a_cache_is_cleared_and_nothing_that_is_used(workspace, run):
    (workspace.cache / "embeddings").mkdir()
    (workspace.cache / "embeddings" / "x.sqlite").write_bytes(b"x" * 1000)
    (workspace.uploads / "held.zip").write_bytes(b"x" * 100)
    (workspace.uploads / "free.zip").write_bytes(b"x" * 200)
    RunFolder.create(workspace.jobs, "intake", "reading", {"source": str(workspace.uploads / "held.zip")})
    done = RunFolder.create(workspace.jobs, "predict", "asking", {"run": run.id})
    done.begin()
    done.end("completed")
    assert cache_bytes("cache", workspace) == 1000 and cache_bytes("uploads", workspace) == 200
    for name in CACHES:
        clear(name, workspace)
    assert list(workspace.cache.iterdir()) == [] and not done.path.exists()
    assert [path.name for path in workspace.uploads.iterdir()] == ["held.zip"]
    assert {item.title for item in list_items(workspace)} == {"mine", "message"}


def test_an_export_stays_until_somebody_deletes_it(workspace, run):
    jobs = [RunFolder.create(workspace.jobs, kind, kind, {"run": run.id}) for kind in ("export", "predict")]
    for job in jobs:
        job.begin()
        job.end("completed")
        os.utime(job.path, (0, 0))
    tidy(workspace, is_export)
    clear("jobs", workspace)
    assert [job.path.exists() for job in jobs] == [True, False]
    assert [item.title for item in list_items(workspace) if item.kind == "export"] == ["export"]


def test_caches_stay_while_a_training_needs_them(workspace, run):
    (workspace.cache / "speed.json").write_bytes(b"{}")
    RunFolder.create(workspace.runs, "train", "busy", run.request)
    with pytest.raises(UserError, match="uses the caches"):
        clear("cache", workspace)
    assert (workspace.cache / "speed.json").exists()


def test_the_budget_warns_before_it_is_reached_and_keeps_other_settings(workspace, run):
    total = usage(workspace).total
    (workspace.root / "settings.json").write_text(json.dumps({"limits": {"files": 7}}))
    for size, says in ((total * 2, ""), (int(total * 1.2), " of the "), (total // 2, "more than")):
        monkey = max(size, 1)
        (workspace.root / "settings.json").write_text(json.dumps({"limits": {"files": 7}}))
        found = usage(workspace)
        said = str(type(found)(found.parts, found.free, monkey).warning)
        assert (says in said) if says else not said
    set_budget(3 * 1024**2, workspace)
    assert budget(workspace) == 3 * 1024**2
    assert json.loads((workspace.root / "settings.json").read_text())["limits"] == {"files": 7}
    set_budget(None, workspace)
    assert budget(workspace) is None


@pytest.mark.parametrize("settings", ["{", "[]", '{"disk_budget_megabytes": "much"}', '{"disk_budget_megabytes": 0}'])
def test_settings_that_cannot_be_read_are_said(workspace, settings):
    workspace.root.mkdir()
    (workspace.root / "settings.json").write_text(settings)
    with pytest.raises(DataError, match=r"settings\.json"):
        budget(workspace)


# --- the command line -------------------------------------------------------------------------------------------------


def test_the_verbs_do_what_the_page_does(workspace, run, cli):
    assert cli("rename", f"run:{run.id}", "better")[:2] == (0, ["Renamed: better"])
    assert cli("note", run.id, "look at this")[0] == 0
    assert cli("note", run.id)[1] == ["look at this"]
    assert cli("pin", run.id)[:2] == (0, ["Pinned: better"])
    rows = [json.loads(line) for line in cli("usage", "--json", "--sort", "largest", "--budget", "1")[1]]
    assert rows[0]["bytes"] >= rows[1]["bytes"] and rows[-1]["budget"] > 9e8
    (row,) = [row for row in rows if row.get("run")]
    assert (row["title"], row["note"], row["pinned"]) == ("better", "look at this", True)
    assert cli("remove", run.id)[0] == 2
    assert cli("pin", run.id, "--off")[1] == ["Unpinned: better"]
    assert cli("note", run.id, "")[0] == 0 and cli("note", run.id)[1] == []
    assert cli("usage", "--budget", "none", "--clear", "jobs")[0] == 0
    assert budget(workspace) is None
    assert "mine" not in "".join(cli("usage")[1])
    assert cli("remove", run.id)[0] == 0
    assert "The bin is empty" in cli("bin", "--empty")[1][0] and list_runs(workspace) == []


@pytest.mark.parametrize(
    "words",
    [("rename", "nosuch", "x"), ("note", "../runs"), ("pin", ""), ("restore", "nosuch"), ("usage", "--budget", "lots")],
)
def test_what_is_not_there_is_one_sentence(workspace, run, cli, words):
    status, out, error = cli(*words)
    assert status == 2 and out == [] and "Traceback" not in error and error.count("\n") == 1


def test_a_study_is_told_from_others_by_its_models_and_what_it_was_asked(workspace):
    asked = BenchmarkDesign(("glyphnet", "run:20990101-000000-abcdef"), ("nearest", "head"), seeds=3)
    about = {"request": {"study": "benchmark", "design": asked.to_dict()}}
    assert str(_study_detail(about, workspace)) == (
        "Benchmark · Glyphnet and run:20990101-000000-abcdef · Nearest average and Last layer only, 3 seeds"
    )
    assert str(_study_detail({"request": {"study": "benchmark", "design": {"models": []}}}, workspace)) == "Benchmark"
