"""Whatever is killed, and whenever: what was finished is there, and what was under way goes on as if nothing had been.

Trainings that are killed at random moments, with real models, are in `tests.chaos.kills`, to be run by hand.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress

import pytest

from core.data.dataset import Dataset
from core.errors import RunError
from core.events import EpochEnd, RunEnded, RunStarted
from core.jobs.base import run_job
from core.messages import Message
from core.runs.folder import RunFolder, Status
from core.runs.local import LocalLauncher
from core.training.engine.checkpoint import Checkpoint
from core.training.spec.recipe import Recipe, applicable_options
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace
from tests.chaos.forked import command_line, fork_workers
from tests.chaos.jobs import JOBS, STAGING, finished, furnish, harm
from tests.chaos.trial import differences, outcome, wait_for
from tests.helpers import message_dataset, only, picture_dataset, wait_until
from tests.tiny import TINY_IMAGE

GOING = [name for name, strategy in STRATEGIES.items() if "epochs" in strategy.options and strategy.suits(TINY_IMAGE)]
MAKE = {"image": picture_dataset, "text": message_dataset}
MIDDLE, BETWEEN = "2 3", "3 1"
"""Epoch and step at which it dies; the checkpoint is that of the step before."""
RANDOM = {
    "full": {"augmentation": "strong", "mixup": 0.4, "turned_classes": "yes"},
    "scratch": {"augmentation": "light", "turned_classes": "yes", "classifier": "cosine"},
    "episodic": {"augmentation": "strong", "turned_classes": "yes", "ways": 4, "queries": 2},
}


@pytest.fixture
def launch(workspace, monkeypatch):
    """A launcher as a server has it, with workers that are forked."""
    fork_workers(monkeypatch)
    made = []

    def make() -> LocalLauncher:
        made.append(LocalLauncher(workspace, slots=1))
        return made[-1]

    yield make
    for launcher in made:
        launcher.close()


def recipe_of(strategy: str, kind: str) -> Recipe:
    """Brief, and with something random in every step."""
    brief = {"epochs": 3, "batch_size": 5, "layers": 1, "lora_rank": 2, **RANDOM.get(strategy, {})}
    usable = applicable_options(strategy, kind)
    chosen = {name: value for name, value in brief.items() if name in usable}
    return Recipe(f"tiny-{kind}", strategy, seed=3, **chosen)


def begun_on_the_command_line(recipe: Recipe, dataset: Dataset, workspace: Workspace, dies: str) -> RunFolder:
    given = {name: value for name, value in recipe.to_dict().items() if value is not None}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    before = set(workspace.runs.iterdir())
    env = {"FINETUNE_LAB_HOME": str(workspace.root), "DIES": dies}
    assert command_line(env, "train", f"dataset:{dataset.id}", *flags) == -signal.SIGKILL
    (made,) = set(workspace.runs.iterdir()) - before
    return RunFolder(made)


def begun_by(launcher: LocalLauncher, request: dict, workspace: Workspace, dies: str) -> RunFolder:
    run = RunFolder.create(workspace.runs, "train", "t", request)
    (run.path / "dies").write_text(dies)
    launcher.start(run)
    wait_for(run)
    return run


def moment(run: RunFolder) -> tuple[int, int]:
    about = Checkpoint(run.checkpoint).load().about
    return about["epoch"], about["step"]


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("strategy", GOING)
def test_a_run_that_is_killed_ends_with_the_same_bits(strategy, kind, workspace, launch, tiny_models):
    """In the middle of an epoch and between two, begun here and taken up there, and the other way round."""
    launcher = launch()
    dataset = MAKE[kind](workspace)
    dataset.save(workspace)
    recipe = recipe_of(strategy, kind)
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    whole = RunFolder.create(workspace.runs, "train", "t", request)
    run_job(whole, workspace, lambda: False)
    assert whole.status().state == "completed"

    here, there = (MIDDLE, BETWEEN) if kind == "image" else (BETWEEN, MIDDLE)
    one = begun_on_the_command_line(recipe, dataset, workspace, here)
    other = begun_by(launcher, request, workspace, there)
    for run, dies in ((one, here), (other, there)):
        assert run.status().state == "interrupted"
        assert moment(run) == ((2, 2) if dies == MIDDLE else (3, 0))
    launcher.resume(one)
    assert command_line({"FINETUNE_LAB_HOME": str(workspace.root)}, "resume", other.id) == 0
    assert (wait_for(one), wait_for(other)) == ("completed", "completed")
    for run in (one, other):
        assert differences(outcome(whole), outcome(run)) == []
        wait_until(lambda run=run: not run.checkpoint.exists())


@pytest.mark.parametrize("name", [name for name in JOBS if name not in ("doctor", "export")])  # which need a real model
def test_any_other_job_that_is_killed_says_so_harms_nothing_and_is_begun_again(
    name, workspace, launch, tiny_models, tmp_path
):
    home, launcher = furnish(workspace, tmp_path / "source", "tiny-text"), launch()
    before = finished(home)
    kind, request = JOBS[name]

    def begin(dies: str) -> RunFolder:
        parent = workspace.studies if kind == "study" else workspace.jobs
        job = RunFolder.create(parent, kind, name, request(home))
        (job.path / "dies").write_text(dies)
        launcher.start(job)
        wait_for(job)
        return job

    killed = begin("2" if name == "intake" else "1")
    assert killed.status().state == "interrupted"
    assert any(workspace.staging.iterdir()) == (name in STAGING), "there is something to tidy up"
    assert harm(killed, before, home) == []
    again = begin("")
    assert again.status() == Status("completed"), again.status().reason


def test_of_two_servers_and_a_command_line_one_takes_up_each_run_and_no_other_calls_it_interrupted(
    workspace, launch, tiny_models, monkeypatch
):
    def on_a_slow_disk(self, about, write=RunFolder._write):
        time.sleep(0.05)
        write(self, about)

    monkeypatch.setattr(RunFolder, "_write", on_a_slow_disk)
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    recipe = Recipe("tiny-text", "full", epochs=3, seed=1)
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    runs = [RunFolder.create(workspace.runs, "train", "t", request) for _ in range(4)]
    for run in runs:
        run.end("paused")
    together, seen, taken = threading.Barrier(3), set(), []

    def try_all(name, resume):
        for run in runs:
            together.wait()
            with suppress(RunError):
                resume(RunFolder(run.path))
                taken.append((run.id, name))
            seen.update(other.status().state for other in runs)

    def on_the_command_line(run):
        if command_line({"FINETUNE_LAB_HOME": str(workspace.root)}, "resume", run.id) != 0:
            raise RunError(Message("It was refused."))

    parties = {"one": launch().resume, "two": launch().resume, "command line": on_the_command_line}
    threads = [threading.Thread(target=try_all, args=party) for party in parties.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {wait_for(run) for run in runs} == {"completed"}
    assert seen <= {"paused", "queued", "running", "completed"}
    assert sorted(run_id for run_id, _ in taken) == [run.id for run in runs]
    for run in runs:
        events = run.events()
        assert (len(only(RunStarted, events)), len(only(RunEnded, events))) == (1, 1)
        assert [one.epoch for one in only(EpochEnd, events)] == [0, 1, 2, 3]
