"""Workers are real processes here: they are killed, kept waiting and closed as in life."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core.data.dataset import Dataset
from core.errors import RunError
from core.events import EpochEnd, JobEnded
from core.models.catalogue import get_card
from core.models.encoders import onnx_path, prepare_encoder
from core.models.trained import TrainedModel
from core.runs.folder import RunFolder
from core.runs.launcher import Launcher
from core.runs.local import InProcess, LocalLauncher
from core.workspace import Workspace
from tests.chaos.forked import fork_workers
from tests.helpers import PROJECT, message_dataset, only, wait_until
from tests.refusing_disk import full_disk, read_only_disk

slow = pytest.mark.slow
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
TABLE = "text,label\nhello,a\nbye,b\n"


@pytest.fixture(scope="module")
def translated(real_workspace) -> Path:
    """The ONNX file that an idle worker would otherwise spend its time on."""
    prepare_encoder("efficientnet-lite0", real_workspace)
    return onnx_path(get_card("efficientnet-lite0", real_workspace).identity, real_workspace)


@pytest.fixture
def launch(translated, tmp_path):
    """Make a launcher in a workspace of its own; every worker is gone at the end, whatever the test did."""
    workspace = Workspace(tmp_path / "launched")
    (workspace.cache / "onnx").mkdir(parents=True)
    shutil.copy(translated, workspace.cache / "onnx")
    made = []

    def make(**options) -> SimpleNamespace:
        made.append(LocalLauncher(workspace, **options))
        return SimpleNamespace(launcher=made[-1], workspace=workspace)

    yield make
    for launcher in made:
        for worker in list(launcher._workers):
            worker.process.kill()
        launcher.close()


def intake_job(workspace: Workspace, source) -> RunFolder:
    return RunFolder.create(workspace.jobs, "intake", "t", {"source": str(source)})


def table(tmp_path, name="table.csv"):
    path = tmp_path / name
    path.write_text(TABLE)
    return path


def pipe(tmp_path, name="pipe.csv"):
    """A table that a job opens and then waits for, until someone writes into it."""
    os.mkfifo(tmp_path / name)
    return tmp_path / name


def over(job: RunFolder) -> bool:
    return not job.status().active


@slow
@needs_pipes
def test_jobs_wait_their_turn_are_stopped_and_are_killed_without_harm_to_others(launch, tmp_path):
    """One launcher for the whole story, since every worker takes seconds to import torch."""
    made = launch(slots=1)
    launcher, workspace = made.launcher, made.workspace

    # a short job runs to its end
    short = intake_job(workspace, table(tmp_path))
    launcher.start(short, heavy=False)
    wait_until(lambda: over(short))
    assert short.status().state == "completed"
    assert Dataset.load(short.about()["result"]["dataset"], workspace).classes == ("a", "b")
    assert isinstance(short.events()[-1], JobEnded)
    assert short.about()["runner"]["pid"] != os.getpid()

    # of two long ones the second waits, and can be taken out of the queue
    long = intake_job(workspace, pipe(tmp_path))
    second, third = intake_job(workspace, table(tmp_path)), intake_job(workspace, table(tmp_path))
    for job in (long, second, third):
        launcher.start(job)
    wait_until(lambda: long.status().state == "running")
    assert [launcher.position(job) for job in (long, second, third)] == [None, 0, 1]
    assert second.status().state == "queued"
    launcher.stop(second)
    assert second.status().state == "stopped"
    assert "before it started" in str(second.status().reason)
    assert [launcher.position(job) for job in (second, third)] == [None, 0]

    # short jobs do not wait for long ones
    meanwhile = intake_job(workspace, table(tmp_path))
    launcher.start(meanwhile, heavy=False)
    wait_until(lambda: over(meanwhile))
    assert meanwhile.status().state == "completed"
    assert long.status().state == "running"

    # a worker killed in the middle of its job: the job says so, and the next one has its turn
    os.kill(long.about()["runner"]["pid"], 9)
    wait_until(lambda: over(long))
    assert long.status().state == "interrupted"
    assert "killed" in str(long.status().reason)
    wait_until(lambda: over(third))
    assert third.status().state == "completed"
    assert second.status().state == "stopped"


@slow
def test_a_worker_that_dies_before_it_begins_does_not_leave_its_job_waiting_for_ever(launch, tmp_path):
    made = launch()
    job = intake_job(made.workspace, table(tmp_path))
    made.launcher.start(job, heavy=False)
    (worker,) = made.launcher._workers
    worker.process.kill()  # it is still importing torch
    wait_until(lambda: over(job), patience=60)
    assert job.status().state in ("completed", "interrupted", "failed")


def long_training(workspace: Workspace) -> RunFolder:
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    recipe = {"model": "tiny-text", "strategy": "scratch", "epochs": 500, "batch_size": 1}
    return RunFolder.create(workspace.runs, "train", "t", {"dataset": dataset.id, "recipe": recipe})


def epochs_of(job: RunFolder) -> list[int]:
    return [event.epoch for event in only(EpochEnd, job.events())]


@slow
def test_training_pauses_when_the_server_closes_goes_on_under_the_next_and_keeps_its_best_when_stopped(
    launch, tiny_models, monkeypatch
):
    fork_workers(monkeypatch)
    first = launch()
    job = long_training(first.workspace)
    first.launcher.start(job)
    wait_until(lambda: len(epochs_of(job)) > 2)
    first.launcher.close()
    assert job.status().state == "paused" and job.was_left
    seen = len(epochs_of(job))

    second = launch().launcher
    second.resume(job)
    wait_until(lambda: len(epochs_of(job)) > seen + 2)
    second.stop(job)
    wait_until(lambda: over(job))
    assert epochs_of(job) == list(range(len(epochs_of(job)))), "no epoch twice, none left out"
    assert job.status().state == "stopped"
    assert job.events()[-1].chosen
    assert TrainedModel.load(job.path, first.workspace).classes == ("bus", "lunch", "trip")


@slow
@pytest.mark.parametrize(("wanted", "found"), [(None, "passive"), ("active", "active")])
def test_threads_of_workers_wait_asleep_unless_a_person_wants_otherwise(launch, monkeypatch, wanted, found):
    """Going round and round they would take half of the time of a browser beside them, and of each other."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if wanted:
        monkeypatch.setenv("OMP_WAIT_POLICY", wanted)
    launcher = launch().launcher
    launcher.warm_up()
    (worker,) = launcher._workers
    wait_until(lambda: psutil.Process(worker.process.pid).environ().get("OMP_WAIT_POLICY") == found)


@slow
def test_closing_leaves_no_process_behind(launch):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    made = launch()
    made.launcher.warm_up()
    made.launcher.warm_up()
    started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
    assert len(started) == 1, "one idle worker is enough"
    made.launcher.close()
    assert not [process for process in started if process.is_running()]
    made.launcher.warm_up()
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


def feed(source):
    """Write to a pipe whenever it is opened: whoever reads a source may look at it more than once."""
    while True:
        source.write_text(TABLE)
        time.sleep(0.1)


@slow
@needs_pipes
def test_a_worker_whose_server_dies_stops_its_job_and_goes(tmp_path):
    workspace = Workspace(tmp_path / "orphaned")
    job, source = intake_job(workspace, pipe(tmp_path)), tmp_path / "pipe.csv"
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root)}
    worker = subprocess.Popen(
        [sys.executable, "-m", "core.jobs"], cwd=PROJECT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        worker.stdin.write(f"{job.claim} {job.path}\n")
        worker.stdin.flush()
        wait_until(lambda: job.status().state == "running")
        worker.stdin.close()  # as when the server is killed
        threading.Thread(target=feed, args=(source,), daemon=True).start()
        assert worker.wait(timeout=60) == 0
        assert job.status().state in ("failed", "stopped")
        assert list(workspace.datasets.iterdir()) == []
    finally:
        worker.kill()
        worker.wait()


@slow
def test_an_idle_worker_whose_preparations_fail_still_serves(tmp_path):
    """Else the launcher starts another, which fails too, and so on for ever."""
    workspace = Workspace(tmp_path / "idle")
    marker, job = tmp_path / "prepared", intake_job(workspace, table(tmp_path))
    program = (
        "import pathlib, core.jobs.__main__ as jobs, core.models.encoders as encoders\n"
        "def fail(model_id, workspace):\n"
        f"    pathlib.Path({str(marker)!r}).touch()\n"
        "    raise RuntimeError('no such model here')\n"
        "encoders.prepare_encoder, jobs._IDLE_SECONDS = fail, 0.01\n"
        "jobs.worker()\n"
    )
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root)}
    worker = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert worker.stdout.readline() == "ready\n"
        wait_until(marker.exists)
        worker.stdin.write(f"{job.claim} {job.path}\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "done\n"
        assert job.status().state == "completed"
    finally:
        worker.kill()
        worker.wait()


@slow
def test_a_job_may_need_a_library_that_is_being_imported_ahead(tmp_path):
    workspace = Workspace(tmp_path / "ahead")
    job = RunFolder.create(workspace.jobs, "odd", "t", {})
    program = (
        "import sys, time, core.jobs.__main__ as jobs\n"
        "from core.events import JobEnded\n"
        "from core.jobs.base import JOBS\n"
        "def odd(folder, workspace, stop):\n"
        "    while 'transformers' not in sys.modules: time.sleep(0.001)\n"
        "    from transformers import PreTrainedModel\n"
        "    yield JobEnded('completed')\n"
        "JOBS['odd'], jobs._IDLE_SECONDS = odd, 0.01\n"
        "jobs.worker()\n"
    )
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root)}
    worker = subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert worker.stdout.readline() == "ready\n"
        time.sleep(0.2)  # it is idle, and gets ready for the next job
        worker.stdin.write(f"{job.claim} {job.path}\n")
        worker.stdin.flush()
        assert worker.stdout.readline() == "done\n"
        assert job.status().state == "completed"
    finally:
        worker.kill()
        worker.wait()


# --- without processes -------------------------------------------------------------------------------------------


class _FakeProcess:
    """Takes lines and never answers."""

    def __init__(self):
        self.stdin, self.stdout = io.StringIO(), iter(())
        self.given = []
        write = self.stdin.write
        self.stdin.write = lambda line: (self.given.append(line.strip()), write(line))[1]

    def wait(self, timeout=None):
        return 0

    def terminate(self):
        self.given.append("terminated")

    kill = terminate


@pytest.fixture
def fakes(workspace, monkeypatch):
    """A launcher whose workers are only pretended."""
    from core.runs.local import Worker

    launcher = LocalLauncher(workspace, slots=1)

    def spawn():
        launcher._workers.append(Worker(_FakeProcess()))
        return launcher._workers[-1]

    monkeypatch.setattr(launcher, "_spawn", spawn)
    return launcher


def given(launcher) -> list[list[str]]:
    return [[line.rpartition("/")[2] for line in worker.process.given] for worker in launcher._workers]


def test_an_idle_worker_is_used_before_another_is_started(fakes, workspace):
    fakes.warm_up()
    job = intake_job(workspace, "x")
    fakes.start(job, heavy=False)
    assert given(fakes) == [[job.id]]


def test_long_jobs_start_in_the_order_in_which_they_came(fakes, workspace):
    queue = [intake_job(workspace, "x") for _ in range(3)]
    for job in queue:
        fakes.start(job)
    assert given(fakes) == [[queue[0].id]]
    for expected in (2, 3):
        fakes._release(fakes._workers[0])
        assert given(fakes) == [[job.id for job in queue[:expected]]]


def test_a_worker_that_died_while_idle_is_replaced(fakes, workspace):
    fakes.warm_up()

    def broken(line):
        raise BrokenPipeError

    fakes._workers[0].process.stdin.write = broken
    job = intake_job(workspace, "x")
    fakes.start(job, heavy=False)
    assert given(fakes) == [[job.id]]


def test_a_worker_that_was_sent_home_gets_no_job(fakes, workspace):
    """More than two idle workers are too many: the third is told to go, and takes a moment to be gone."""
    jobs = [intake_job(workspace, "x") for _ in range(4)]
    for job in jobs[:3]:
        fakes.start(job, heavy=False)
    workers = list(fakes._workers)
    for worker in reversed(workers):
        fakes._release(worker)
    assert [worker.process.stdin.closed for worker in workers].count(True) == 1
    fakes.start(jobs[3], heavy=False)
    took = [worker for worker in workers if jobs[3].id in " ".join(worker.process.given)]
    assert [worker.process.stdin.closed for worker in took] == [False]


def test_stopping_a_running_job_asks_first_and_insists_later(fakes, workspace):
    job = intake_job(workspace, "x")
    fakes.start(job)
    fakes.stop(job)
    assert job.stop_requested()
    (worker,) = fakes._workers
    assert worker.timers
    assert "terminated" not in worker.process.given
    for timer in worker.timers:
        timer.function()
    assert worker.process.given.count("terminated") == 2
    timers = list(worker.timers)
    fakes._release(worker)
    assert all(timer.finished.is_set() for timer in timers), "the next job must not be killed for this one"


def test_a_worker_that_dies_makes_room_even_when_its_run_was_deleted_meanwhile(fakes, workspace):
    gone, waits = intake_job(workspace, "x"), intake_job(workspace, "x")
    fakes.start(gone)
    fakes.start(waits)
    assert fakes.position(waits) == 0
    shutil.rmtree(gone.path)
    (dead,) = fakes._workers
    with suppress(FileNotFoundError):
        fakes._listen(dead)  # its output has come to an end
    assert fakes.position(waits) is None
    assert dead not in fakes._workers


def test_a_job_that_another_server_took_up_is_not_called_interrupted_when_its_first_worker_is_buried(fakes, workspace):
    job = intake_job(workspace, "x")
    fakes.start(job)
    (dead,) = fakes._workers
    job.end("paused")  # its worker's last word
    taken = RunFolder(job.path)
    taken.reopen()
    fakes._listen(dead)
    assert taken.status().state == "queued"


def test_a_waiting_job_is_paused_and_stopped_by_whoever_opens_its_folder(fakes, workspace):
    fakes.start(intake_job(workspace, "x"))
    for ask, state in ((fakes.pause, "paused"), (fakes.stop, "stopped")):
        waits = intake_job(workspace, "x")
        fakes.start(waits)
        ask(RunFolder(waits.path))
        assert (waits.status().state, fakes.position(waits)) == (state, None)


def test_stopping_a_job_that_is_over_is_harmless(fakes, workspace):
    job = intake_job(workspace, "x")
    job.end("completed")
    fakes.stop(job)
    assert job.status().state == "completed"
    assert fakes.position(job) is None


def test_in_one_process_a_job_is_over_before_start_returns_and_goes_on_after_a_pause(workspace):
    done = []

    def work(job):
        job.begin()
        done.append(job.id)
        job.end("paused" if len(done) == 1 else "completed")

    launcher: Launcher = InProcess(work)
    job = intake_job(workspace, "x")
    launcher.start(job)
    assert (job.status().state, launcher.position(job)) == ("paused", None)
    launcher.resume(job)
    assert job.status().state == "completed"
    with pytest.raises(RunError, match="nothing to resume"):
        launcher.resume(job)
    assert done == [job.id, job.id]


def test_both_launchers_of_this_machine_are_launchers(fakes):
    methods = {name for name in vars(Launcher) if not name.startswith("_")}
    assert methods == {"slots", "start", "stop", "pause", "resume", "position", "waits", "alive", "close"}
    for launcher in (fakes, InProcess(lambda job: None)):
        assert all(hasattr(launcher, name) for name in methods)


def test_a_job_lives_while_it_waits_while_a_worker_has_it_and_while_its_process_does(fakes, workspace):
    taken, waits = intake_job(workspace, "x"), intake_job(workspace, "x")
    for job in (taken, waits):
        fakes.start(job)
        job.begin({"by": "nobody"})
        assert fakes.alive(job)
    elsewhere = intake_job(workspace, "x")
    assert fakes.alive(elsewhere), "this process made it"
    elsewhere.begin({"by": "nobody"})
    assert not fakes.alive(elsewhere)


@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_a_worker_without_a_place_for_its_log_has_none(workspace, disk):
    with disk(workspace.root), LocalLauncher(workspace)._log() as log:
        assert log.name == os.devnull
