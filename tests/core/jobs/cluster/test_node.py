"""A training on another machine, without one: the desk and the node of this test are in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.data.dataset import Dataset
from core.errors import RunError
from core.events import EpochEnd, Warned
from core.jobs.base import run_job
from core.jobs.cluster import node
from core.jobs.cluster.desk import Change, Desk
from core.jobs.cluster.node import work
from core.runs.folder import RunFolder
from core.runs.runner import this_process
from core.training.engine.checkpoint import Checkpoint
from core.training.spec.recipe import Recipe
from core.workspace import SHARED_CACHE
from tests.chaos.trial import differences, outcome
from tests.helpers import message_dataset, only, picture_dataset
from tests.refusing_disk import full_disk


@pytest.fixture(autouse=True)
def _tells_at_once(tiny_models, monkeypatch):
    monkeypatch.setattr(node, "_EVERY", 0.001)
    monkeypatch.setattr(node, "_SHARE", 0)
    monkeypatch.setattr(Checkpoint, "due", True)


@pytest.fixture
def pictures(workspace) -> Dataset:
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    return dataset


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder of a machine."""
    monkeypatch.setenv(SHARED_CACHE, str(tmp_path / "machine" / "cache"))
    return tmp_path / "machine"


def a_run(workspace, dataset_id: str, **recipe) -> RunFolder:
    asked = Recipe(**{"model": "tiny-image", "strategy": "full", "epochs": 12, "seed": 3, **recipe})
    return RunFolder.create(workspace.runs, "train", "t", {"dataset": dataset_id, "recipe": asked.to_dict()})


def done_here(workspace, run: RunFolder) -> RunFolder:
    """The same, as if there were no cluster."""
    same = RunFolder.create(workspace.runs, "train", "t", run.request)
    run_job(same, workspace, lambda: False)
    assert same.status().state == "completed"
    return same


class Watched(Desk):
    """A desk that counts what it gives out, and does something whenever it is told of a change."""

    def __init__(self, on_change=lambda run: None) -> None:
        super().__init__(this_process())
        self.on_change, self.given, self.sent = on_change, [], []

    def take(self, path, claim):
        taken = super().take(path, claim)
        self.given.append((path, claim, taken.key if taken else ""))
        return taken

    def read(self, path, claim, key, names):
        self.sent += names
        return super().read(path, claim, key, names)

    def keep(self, path, claim, key, change):
        flags = super().keep(path, claim, key, change)
        self.on_change(RunFolder(Path(path), claim))
        return flags


def epochs(run: RunFolder) -> list[int]:
    return [one.epoch for one in only(EpochEnd, run.events())]


def test_a_training_elsewhere_comes_to_the_same_and_nothing_is_sent_twice(pictures, workspace, place):
    desk = Watched()
    first, second = (a_run(workspace, pictures.id, seed=seed) for seed in (3, 4))
    for run in (first, second):
        work(desk, str(run.path), run.claim, place)
        assert run.status().state == "completed"
        assert epochs(run) == list(range(13))
        assert differences(outcome(done_here(workspace, run)), outcome(run)) == []
        assert not run.damages() and not run.checkpoint.exists()
    assert len(desk.sent) == len(set(desk.sent)) == len(pictures.examples) + 2
    assert not any((place / "jobs").iterdir()), "the copy is gone"


def test_a_model_of_ones_own_comes_along(pictures, workspace, place):
    parent = done_here(workspace, a_run(workspace, pictures.id, epochs=1))
    run = a_run(workspace, pictures.id, model=f"run:{parent.id}", epochs=2)
    work(Watched(), str(run.path), run.claim, place)
    assert differences(outcome(done_here(workspace, run)), outcome(run)) == []


def test_a_lost_machine_is_followed_by_another_that_ends_with_the_same_bits(pictures, workspace, place):
    class Lost(Exception):
        pass

    def lose(run):
        if 4 < len(epochs(run)) < 9 and run.checkpoint.exists() and not lost:
            lost.append(epochs(run)[-1])
            raise Lost

    lost, run = [], a_run(workspace, pictures.id)
    desk = Watched(lose)
    with pytest.raises(Lost):
        work(desk, str(run.path), run.claim, place)
    assert run.status().state == "running" and run.checkpoint.exists()
    work(desk, str(run.path), run.claim, place / "other")
    assert run.status().state == "completed"
    assert differences(outcome(done_here(workspace, run)), outcome(run)) == []
    assert len(only(Warned, run.events())) == 1
    done_again = [epoch for epoch in set(epochs(run)) if epochs(run).count(epoch) > 1]
    assert len(done_again) < 4, "it did not begin anew"


def test_a_machine_that_was_given_up_is_refused_when_it_turns_up_again(pictures, workspace, place):
    run, desk = a_run(workspace, pictures.id), Watched()
    old = desk.take(str(run.path), run.claim)
    new = desk.take(str(run.path), run.claim)
    with pytest.raises(RunError, match="taken up somewhere else"):
        desk.keep(str(run.path), run.claim, old.key, Change(0, b"nonsense\n"))
    with pytest.raises(RunError):
        desk.end(str(run.path), run.claim, old.key, Change(0), "failed")
    assert run.status().state == "running" and len(only(Warned, run.events())) == 1
    desk.keep(str(run.path), run.claim, new.key, Change(len(new.files["events.jsonl"])))
    with pytest.raises(RunError):
        desk.take(str(run.path), "another claim")


def test_a_job_that_takes_every_machine_with_it_does_not_take_all(pictures, workspace, place):
    run, desk = a_run(workspace, pictures.id), Watched()
    for _ in range(4):
        assert desk.take(str(run.path), run.claim)
    assert desk.take(str(run.path), run.claim) is None
    work(desk, str(run.path), run.claim, place)
    assert run.status().state == "running", "its launcher says that nobody works on it"


@pytest.mark.parametrize("flag", ["pause", "stop"])
def test_it_is_asked_to_stop_or_to_pause(flag, pictures, workspace, place):
    ask = {"pause": RunFolder.ask_to_pause, "stop": RunFolder.ask_to_stop}[flag]
    run = a_run(workspace, pictures.id, epochs=30)
    desk = Watched(lambda run: ask(run) if len(epochs(run)) > 2 else None)
    work(desk, str(run.path), run.claim, place)
    assert len(epochs(run)) < 30
    if flag == "stop":
        assert run.status().state == "stopped" and (run.path / "model.safetensors").exists()
        return
    assert run.status().state == "paused" and run.checkpoint.exists()
    run.reopen()
    work(Watched(), str(run.path), run.claim, place)
    assert run.status().state == "completed" and epochs(run) == list(range(31))
    assert differences(outcome(done_here(workspace, run)), outcome(run)) == []


def test_texts_and_what_was_left_open(workspace, place):
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    run = a_run(workspace, dataset.id, model="tiny-text", strategy="auto", epochs=None)
    work(Watched(), str(run.path), run.claim, place)
    assert run.status().state == "completed"
    assert run.request["recipe"]["strategy"] != "auto" and run.request["left_open"]["strategy"] == "auto"


def test_what_is_missing_fails_in_the_usual_words(workspace, place):
    run = a_run(workspace, "nosuchdataset")
    work(Watched(), str(run.path), run.claim, place)
    assert run.status().state == "failed" and "no dataset" in str(run.status().reason)


def test_a_full_disk_at_the_desk_interrupts_the_training(pictures, workspace, place):
    run, desk = a_run(workspace, pictures.id), Watched()
    taken = desk.take(str(run.path), run.claim)
    with full_disk(run.path), pytest.raises(Exception, match="disk is full"):
        desk.keep(str(run.path), run.claim, taken.key, Change(0, b"", {"model.safetensors": bytes(9)}))
    assert run.status().state == "interrupted"


def test_nothing_but_the_workspace_is_given_out_and_nothing_but_the_folder_is_written(pictures, workspace, tmp_path):
    (tmp_path / "secret").write_text("x")
    run, desk = a_run(workspace, pictures.id), Desk(this_process())
    job = str(run.path), run.claim, desk.take(str(run.path), run.claim).key
    for name in ("../secret", str(tmp_path / "secret")):
        with pytest.raises(RunError, match="outside"):
            desk.read(*job, [name])
        with pytest.raises(RunError, match="outside"):
            desk.sizes(*job, [name])
    with pytest.raises(RunError, match="outside"):
        desk.keep(*job, Change(0, b"", {"../other/run.json": b""}))
    assert desk.sizes(*job, ["datasets/none"]) == [None]
