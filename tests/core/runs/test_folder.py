"""A job on disk: its state is told truly whatever became of its process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from itertools import pairwise

import psutil
import pytest

from core.errors import RunError
from core.events import EpochEnd, Progress, RunEnded, StepEnd, Warned
from core.messages import NOTHING, Message, counted, quoted
from core.runs.folder import (
    ACTIVE,
    RunFolder,
    Status,
    damaged_jobs,
    ending,
    forget_checkpoints,
    list_runs,
    unreadable_runs,
)
from core.runs.runner import RUNNERS, Runner, _started, this_process
from core.storage import own_name, write_json
from tests.helpers import edit

REQUEST = {"dataset": "d", "recipe": {"model": "m"}}


@pytest.fixture
def folder(workspace) -> RunFolder:
    return RunFolder.create(workspace.runs, "train", "My title", REQUEST)


def change(folder: RunFolder, **values) -> None:
    """Edit `run.json` by hand."""
    edit(folder.path / "run.json", **values)


def dead_process() -> Runner:
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = _started(psutil.Process(process.pid))
    process.wait()
    return {"by": "local", "pid": process.pid, "started": started}


# --- states ------------------------------------------------------------------------------------------------------


def test_a_new_job_is_queued_in_the_name_of_this_process(folder):
    assert folder.status().state == "queued"
    assert folder.status().active
    assert folder.about()["runner"]["pid"] == os.getpid()
    assert (folder.about()["kind"], folder.title, folder.request) == ("train", "My title", REQUEST)


def test_a_job_begins_and_ends(folder):
    folder.begin()
    assert folder.status().state == "running"
    folder.end("completed", result={"x": 1})
    status = folder.status()
    assert (status.state, status.reason, status.active) == ("completed", NOTHING, False)
    assert folder.about()["result"] == {"x": 1}
    assert folder.request == REQUEST
    assert folder.title == "My title"


@pytest.mark.parametrize("state", ACTIVE)
def test_a_job_whose_process_is_gone_is_interrupted_with_a_reason(folder, state):
    change(folder, state=state, runner=dead_process())
    status = folder.status()
    assert status.state == "interrupted"
    assert not status.active
    assert {"queued": "before it could start", "running": "ended without a word"}[state] in str(status.reason)


@pytest.mark.parametrize("state", ACTIVE)
def test_a_recycled_pid_is_a_strangers_process(folder, state):
    process = folder.about()["runner"]
    change(folder, state=state, runner={**process, "started": process["started"] - 100})
    assert folder.status().state == "interrupted"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere psutil gives times that stay")
def test_a_clock_that_is_put_right_ends_no_job(folder, monkeypatch):
    """The laptop slept for ten minutes, or its clock was wrong until it found a time server."""
    folder.begin()
    true = psutil._pslinux.boot_time()
    for off in (600.0, -86_400.0):
        monkeypatch.setattr(psutil._pslinux, "boot_time", lambda off=off: true + off)
        assert folder.status().state == "running"


@pytest.mark.skipif(sys.platform == "win32", reason="no zombies there")
def test_a_process_that_is_dead_but_not_yet_buried_is_gone(folder):
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    started = _started(psutil.Process(process.pid))
    process.stdout.read()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    change(folder, state="running", runner={"by": "local", "pid": process.pid, "started": started})
    assert folder.status().state == "interrupted"
    process.wait()


@pytest.mark.parametrize("state", ["completed", "stopped", "failed"])
def test_a_job_that_is_over_stays_so_when_its_process_is_gone(folder, state):
    change(folder, state=state, reason={"message": "why"}, runner=dead_process())
    assert folder.status() == Status(state, Message("why"))


def test_a_job_that_ends_between_the_two_looks_is_not_called_interrupted(folder, monkeypatch):
    change(folder, state="running", runner=dead_process())
    abouts = iter([folder.about(), {**folder.about(), "state": "completed"}])
    monkeypatch.setattr(RunFolder, "about", lambda self: next(abouts))
    assert folder.status().state == "completed"


def test_a_job_that_somebody_takes_up_between_the_two_looks_is_not_called_interrupted(folder, monkeypatch):
    change(folder, state="running", runner=dead_process())
    abouts = iter([folder.about(), {**folder.about(), "runner": this_process()}])
    monkeypatch.setattr(RunFolder, "about", lambda self: next(abouts))
    assert folder.status().state == "running"


# --- who works on it ---------------------------------------------------------------------------------------------


def elsewhere(folder: RunFolder) -> RunFolder:
    """The same job as another server sees it."""
    return RunFolder(folder.path)


def test_only_who_was_given_a_job_begins_it_and_only_once(folder):
    with pytest.raises(RunError, match="somewhere else"):
        elsewhere(folder).begin()
    RunFolder(folder.path, folder.claim).begin()
    with pytest.raises(RunError, match="somewhere else"):
        folder.begin()
    assert folder.status().state == "running"


def test_of_two_who_go_on_with_a_run_at_the_same_moment_one_is_told_so(folder, monkeypatch):
    folder.end("paused")
    other, refused, write = elsewhere(folder), [], RunFolder._write

    def second():
        with pytest.raises(RunError, match="under way already"):
            other.reopen()
        refused.append(True)

    thread = threading.Thread(target=second)

    def slowly(self, about):
        if not thread.ident:
            thread.start()
            thread.join(0.2)  # time enough to look, and to write, if nothing kept it from that
        write(self, about)

    monkeypatch.setattr(RunFolder, "_write", slowly)
    folder.reopen()
    thread.join()
    assert refused
    folder.begin()


def test_a_worker_that_was_given_up_leaves_the_job_to_whoever_took_it_up(folder):
    """Its server died before it began, and another server went on with the run."""
    change(folder, runner=dead_process())
    taken = elsewhere(folder)
    taken.reopen()
    with pytest.raises(RunError, match="somewhere else"):
        folder.begin()
    folder.end("failed", Message("It came too late."))
    folder.close_if_open()
    assert taken.status() == Status("queued")
    taken.begin()
    taken.end("completed")
    folder.close_if_open()
    assert folder.status().state == "completed"


def test_a_run_under_way_is_not_taken_up_again(folder):
    with pytest.raises(RunError, match="under way already"):
        elsewhere(folder).reopen()
    folder.begin()
    with pytest.raises(RunError, match="under way already"):
        elsewhere(folder).reopen()


def test_a_run_that_is_over_keeps_no_checkpoint_and_one_that_is_not_does(folder):
    folder.begin()
    folder.checkpoint.touch()
    folder.end("paused")
    assert folder.checkpoint.exists()
    folder.reopen()
    folder.begin()
    folder.end("completed")
    assert not folder.checkpoint.exists()


def test_a_checkpoint_that_a_kill_left_with_a_finished_run_goes_and_no_other(workspace):
    runs = {state: RunFolder.create(workspace.runs, "train", "t", {}) for state in ("completed", "paused", "queued")}
    for state, run in runs.items():
        if state != "queued":
            run.end(state)
        run.checkpoint.touch()
    forget_checkpoints(workspace)
    assert {state: run.checkpoint.exists() for state, run in runs.items()} == {
        "completed": False, "paused": True, "queued": True,
    }  # fmt: skip


def test_nothing_is_made_in_a_folder_that_was_deleted(folder):
    shutil.rmtree(folder.path)
    for change_it in (folder.begin, folder.reopen, folder.close_if_open, lambda: folder.end("completed")):
        with pytest.raises(RunError, match="is missing"):
            change_it()
    assert not folder.path.exists()


def test_asking_to_stop_is_seen_by_everyone_who_opens_the_folder(folder):
    assert not folder.stop_requested()
    RunFolder(folder.path).ask_to_stop()
    RunFolder(folder.path).ask_to_stop()
    assert folder.stop_requested()


# --- the log -----------------------------------------------------------------------------------------------------

LOG = [Progress("embed", 1, 2), Warned(quoted("zwei\nZeilen \u2028 🙂")), RunEnded("r", "completed")]


def test_events_are_read_in_the_order_they_were_written(folder):
    assert folder.events() == []
    for event in LOG:
        folder.append(event)
    assert folder.events() == LOG
    assert RunFolder(folder.path).events() == LOG


@pytest.mark.parametrize(
    "torn", ['{"event": "warned", "mess', '{"event": "warned", "message": "x"}', "\x00\x00", "ü"[:1]]
)
def test_a_last_line_without_its_end_is_left_out(folder, torn):
    for event in LOG:
        folder.append(event)
    with (folder.path / "events.jsonl").open("a", encoding="utf-8") as log:
        log.write(torn)
    assert folder.events() == LOG


def test_a_torn_line_does_not_swallow_what_is_told_when_the_run_goes_on(folder):
    folder.append(LOG[0])
    with (folder.path / "events.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"event": "warned", "mess')
    folder.end("paused")
    folder.reopen()
    folder.append(LOG[2])
    assert folder.events() == [LOG[0], LOG[2]]


def test_a_last_line_torn_inside_a_letter_is_left_out(folder):
    folder.append(LOG[0])
    with (folder.path / "events.jsonl").open("ab") as log:
        log.write('{"event": "warned", "message": "ü'.encode()[:-1])
    assert folder.events() == LOG[:1]


@pytest.mark.parametrize(
    "line", ["not json", '{"event": "from_the_future"}', "{}", "[]", "7", '{"event": "step_end"}', ""]
)
def test_a_line_that_cannot_be_understood_does_not_hide_the_others(folder, line):
    folder.append(LOG[0])
    with (folder.path / "events.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")
    folder.append(LOG[2])
    assert folder.events() == [LOG[0], LOG[2]]


def test_of_the_steps_only_some_are_kept_but_every_epoch_is(folder):
    everything = []
    for epoch in range(1, 21):
        everything += [StepEnd(epoch, step, 50, 0.5, epoch + step * 0.02) for step in range(50)]
        everything.append(EpochEnd(epoch, 20, 0.1, 0.9, None, None, epoch + 0.99))
    for event in everything:
        folder.append(event)
    kept = folder.events()
    assert [e for e in kept if isinstance(e, EpochEnd)] == [e for e in everything if isinstance(e, EpochEnd)]
    steps = [e for e in kept if isinstance(e, StepEnd)]
    assert 90 <= len(steps) <= 110  # 20 seconds, one in 0.2
    assert steps[0] == everything[0]
    assert all(b.seconds - a.seconds >= 0.2 - 1e-9 for a, b in pairwise(steps))
    assert [e for e in everything if e in kept] == kept


def test_the_ending_is_the_last_run_ended(folder):
    assert ending(LOG) == LOG[2]
    assert ending(LOG[:2]) is None


# --- finding runs ------------------------------------------------------------------------------------------------


def test_a_job_that_is_over_is_copied_once(folder, tmp_path):
    folder.begin()
    folder.append(Progress("embed", 1, 2))
    folder.end("completed", result={"n": 1})
    copy = folder.copied(tmp_path / "elsewhere")
    assert (copy.id, copy.about(), copy.events()) == (folder.id, folder.about(), folder.events())
    copy.rename("mine")
    assert folder.copied(tmp_path / "elsewhere").title == "mine"


def test_a_run_is_found_by_its_id(folder, workspace):
    assert RunFolder.find(folder.id, workspace).path == folder.path


@pytest.mark.parametrize("bad", ["", "..", "../runs", "nosuchrun", "/etc", "A", "a\x00b", "x" * 300])
def test_an_unknown_run_is_a_run_error(folder, workspace, bad):
    (workspace.root / "run.json").write_text("{}")
    with pytest.raises(RunError, match="no run with the id"):
        RunFolder.find(bad, workspace)


def test_runs_are_listed_newest_first(workspace):
    for name in ("20250101-000000-aaaaaa", "20260101-000000-aaaaaa", "20240101-000000-aaaaaa"):
        RunFolder.create(workspace.runs, "train", name, {}).path.rename(workspace.runs / name)
    (workspace.runs / "not-a-run").mkdir()
    assert [run.id[:4] for run in list_runs(workspace)] == ["2026", "2025", "2024"]


@pytest.mark.parametrize("content", ["{}", '{"kind": "train", "state": "completed"}', '{"format": 99}'])
def test_a_folder_of_another_version_says_so_where_it_is_opened_and_is_counted_in_lists(folder, workspace, content):
    (workspace.runs / "old").mkdir()
    (workspace.runs / "old" / "run.json").write_text(content)
    with pytest.raises(RunError, match="earlier version") as caught:
        RunFolder.find("old", workspace)
    assert caught.value.problem.values == {"id": "old"}
    assert [run.id for run in list_runs(workspace)] == [folder.id]
    assert unreadable_runs(workspace).values == {"n": 1}


def test_where_every_run_can_be_read_nothing_is_said_of_others(folder, workspace):
    assert unreadable_runs(workspace) is NOTHING


def test_whether_a_job_lives_is_asked_of_whoever_runs_it(folder, monkeypatch):
    """A cluster's record means nothing here; its own answer counts."""
    folder.begin({"by": "cluster", "actor": "7"})
    assert folder.status().state == "interrupted", "nobody here can answer for it"
    living = {"7"}
    monkeypatch.setitem(RUNNERS, "cluster", lambda runner: runner["actor"] in living)
    assert folder.status().state == "running"
    living.clear()
    assert folder.status().state == "interrupted"


def test_reasons_and_results_come_back_as_messages(folder):
    reason = counted("{n} file was left out.", "{n} files were left out.", n=2)
    folder.end("failed", reason, {"left_out": [{"file": "a", "reason": Message("Empty.")}], "message": NOTHING})
    assert folder.status().reason == reason
    assert folder.about()["result"]["left_out"][0]["reason"] == Message("Empty.")


def test_a_title_is_only_ever_data(workspace):
    title = "../../🙂\n" + "x" * 500
    folder = RunFolder.create(workspace.runs, "train", title, {})
    assert folder.title == title
    assert folder.path.parent == workspace.runs
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("state", ACTIVE)
def test_a_job_that_nobody_works_on_any_more_is_closed(folder, state):
    change(folder, state=state)
    folder.close_if_open()
    assert folder.about()["state"] == "interrupted"
    assert folder.status().reason


def test_closing_a_job_that_has_ended_changes_nothing(folder):
    folder.end("completed", result={"x": 1})
    before = folder.about()
    folder.close_if_open()
    assert folder.about() == before


# --- what is damaged ---------------------------------------------------------------------------------------------


@pytest.fixture
def ended(folder) -> RunFolder:
    """A job that left a file."""
    folder.begin()
    for event in LOG:
        folder.append(event)
    write_json(folder.path / "model.json", {"a": 1})
    folder.end("completed")
    return folder


def test_of_a_job_that_ended_whole_nothing_is_damaged(ended):
    assert ended.damages() == []


@pytest.mark.parametrize("name", ["model.json", "events.jsonl"])
@pytest.mark.parametrize("spoil", [None, lambda raw: b"", lambda raw: raw[: len(raw) // 2], lambda raw: raw[:-1]])
def test_a_file_that_is_damaged_or_gone_since_is_missed(ended, name, spoil):
    file = ended.path / name
    raw = file.read_bytes()
    file.unlink()
    if spoil:
        file.write_bytes(spoil(raw))
    (found,) = ended.damages()
    assert found.path == file
    assert found.missing == (spoil is None)


def test_while_a_job_works_nothing_is_missed(folder):
    folder.begin()
    folder.append(LOG[0])
    assert folder.damages() == []


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 30, b"\xff\xfe", None])
def test_a_damaged_job_is_said_where_it_is_opened_and_is_one_entry_of_a_list(ended, workspace, content):
    other = RunFolder.create(workspace.runs, "train", "Other", REQUEST)
    (ended.path / "run.json").unlink()
    if content is not None:
        (ended.path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json"):
        RunFolder.find(ended.id, workspace)
    assert ended.status().state == "damaged"
    assert [run.id for run in list_runs(workspace)] == [other.id]
    assert [entry.id for entry in damaged_jobs(workspace.runs)] == [ended.id]
    assert unreadable_runs(workspace) is NOTHING


def test_what_can_still_be_read_of_a_title_is_told(ended, workspace):
    file = ended.path / "run.json"
    file.write_bytes(file.read_bytes().replace(b"completed", b"Completed", 1))
    assert [entry.title for entry in damaged_jobs(workspace.runs)] == ["My title"]


def test_a_folder_that_is_being_made_is_in_no_list(folder, workspace):
    (workspace.runs / own_name(folder.id)).mkdir()
    (workspace.runs / "20261125-142501-9f3a1c02").mkdir()
    assert damaged_jobs(workspace.runs) == []
    assert [run.id for run in list_runs(workspace)] == [folder.id]
