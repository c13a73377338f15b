"""Whatever happens inside a job, a person gets an end they can read."""

from __future__ import annotations

import errno
import json
from contextlib import ExitStack, nullcontext

import pytest
import torch
from PIL import Image

from core import jobs
from core.data.dataset import Dataset
from core.errors import DataError, StorageError
from core.evaluation.answers import read_answers
from core.events import EpochEnd, JobEnded, Progress, RunEnded, RunStarted, Searched, StepEnd, Warned, from_dict
from core.jobs.base import JOBS, run_job
from core.messages import NOTHING, Message, encode
from core.models.trained import TrainedModel
from core.runs.folder import RunFolder, Status
from core.storage import write
from core.training import engine
from core.training.spec.plan import settled
from core.training.spec.recipe import Recipe
from tests.helpers import only, picture_dataset, pictures_in_classes, png, write_tree
from tests.refusing_disk import full_disk


@pytest.fixture
def run(workspace):
    """Run a job of this kind in this process; gives its folder, its last event, and all it told."""

    def go(kind: str, request: dict, stop=lambda: False):
        parent = workspace.runs if kind == "train" else workspace.jobs
        folder, told = RunFolder.create(parent, kind, "A title", request), []
        last = run_job(folder, workspace, stop, told.append)
        assert told[-1] == last
        return folder, last, told

    return go


def everything_readable_in(folder: RunFolder) -> str:
    return "".join((folder.path / name).read_text(encoding="utf-8") for name in ("run.json", "events.jsonl"))


def raising(error):
    def job(folder, workspace, stop):
        yield Progress("read", 1, 2)
        raise error

    return job


@pytest.mark.parametrize("kind", ["train", "odd"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError(Message("The file is torn."), Message("Mend it.")), "The file is torn. Mend it."),
        (MemoryError(), "ran out of memory"),
        (RuntimeError("tensor a (3) must match tensor b (4)"), "Something went wrong inside the program"),
        (KeyError("x"), "Something went wrong inside the program"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_becomes_an_end_that_a_person_can_read(run, monkeypatch, kind, error, said):
    monkeypatch.setitem(JOBS, kind, raising(error))
    folder, last, _ = run(kind, {})
    assert isinstance(last, RunEnded if kind == "train" else JobEnded)
    assert last.reason == "failed"
    assert said in str(last.message)
    assert last.message
    assert folder.status().state == "failed"
    assert folder.status().reason == last.message
    assert folder.events()[-1] == last
    for technical in ("Traceback", "tensor a", "KeyError", "RuntimeError", 'File "'):
        assert technical not in everything_readable_in(folder)


def test_pytorch_running_out_of_memory_is_called_that(run, monkeypatch):
    """PyTorch says so with a RuntimeError, not with a MemoryError."""

    def job(folder, workspace, stop):
        torch.empty(2**60, dtype=torch.uint8)
        yield JobEnded("completed")

    monkeypatch.setitem(JOBS, "odd", job)
    _, last, _ = run("odd", {})
    assert last.reason == "failed"
    assert "ran out of memory" in str(last.message)


def test_when_not_even_the_details_can_be_written_the_end_is_still_told(run, monkeypatch):
    """On a full disk the log may have room for one more line when a file has not."""

    def full(path, content):
        raise StorageError(Message("The disk is full."))

    monkeypatch.setattr("core.jobs.base.write", full)
    monkeypatch.setitem(JOBS, "odd", raising(RuntimeError("tensor a (3) must match tensor b (4)")))
    folder, last, _ = run("odd", {})
    assert "Something went wrong inside the program" in str(last.message)
    assert folder.status().state == "failed"


@pytest.mark.parametrize("kind", ["train", "odd"])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EROFS, "Read-only file system"),
     StorageError(Message("The disk is full."), Message("Make room."))],
    ids=["full", "read-only", "said"],
)  # fmt: skip
def test_what_the_disk_refuses_is_an_interruption_and_can_go_on(run, monkeypatch, kind, error):
    """Whatever library met it."""
    monkeypatch.setitem(JOBS, kind, raising(error))
    folder, last, _ = run(kind, {})
    assert last.reason == "interrupted"
    assert "disk" in str(last.message)
    assert folder.events()[-1] == last
    assert folder.status() == Status("interrupted", last.message)
    assert folder.status().resumable
    assert not (folder.path / "error.txt").exists()


@pytest.mark.parametrize("ending", [JobEnded("completed"), None], ids=["completed", "refused"])
def test_a_job_whose_end_cannot_be_written_is_interrupted_while_its_worker_lives(workspace, monkeypatch, ending):
    """A worker goes on with other jobs, so that nobody could tell from its death."""
    folder = RunFolder.create(workspace.jobs, "odd", "t", {})

    with ExitStack() as disk:

        def job(folder, workspace, stop):
            disk.enter_context(full_disk(workspace.root))
            if ending is None:
                write(folder.path / "x", b"x")
            yield ending

        monkeypatch.setitem(JOBS, "odd", job)
        with pytest.raises(StorageError) if ending else nullcontext():
            run_job(folder, workspace, lambda: False)
        assert folder.about()["state"] == "running"
        assert folder.status().state == "interrupted"
        assert "no room left on the disk" in str(folder.status().reason)
        with pytest.raises(StorageError):
            folder.reopen()
        assert folder.status().state == "interrupted"
    folder.reopen()
    assert folder.status().state == "queued"


def test_a_job_that_cannot_even_begin_is_interrupted(workspace):
    folder = RunFolder.create(workspace.jobs, "odd", "t", {})
    with full_disk(workspace.root), pytest.raises(StorageError):
        run_job(folder, workspace, lambda: False)
    assert folder.status().state == "interrupted"


def test_a_job_that_cannot_be_written_down_leaves_no_folder(workspace):
    for allowed in (0, 1):
        with full_disk(workspace.jobs, allowed), pytest.raises(StorageError):
            RunFolder.create(workspace.jobs, "odd", "t", {})
        assert list(workspace.jobs.iterdir()) == []


def test_the_details_of_an_unexpected_error_are_kept_apart(run, monkeypatch):
    monkeypatch.setitem(JOBS, "odd", raising(RuntimeError("tensor a (3) must match tensor b (4)")))
    folder, _, _ = run("odd", {})
    assert "tensor a (3) must match" in (folder.path / "error.txt").read_text()


@pytest.mark.parametrize("error", [DataError(Message("x")), RuntimeError("x")], ids=["expected", "unexpected"])
def test_what_happened_before_an_error_is_not_forgotten(run, monkeypatch, error):
    monkeypatch.setitem(JOBS, "odd", raising(error))
    folder, last, told = run("odd", {})
    assert told == folder.events() == [Progress("read", 1, 2), last]


def test_an_event_is_in_the_log_before_the_job_goes_on(run, monkeypatch):
    """A page that reads "preparing" only when the preparing is over might as well show nothing."""
    seen = []

    def job(folder, workspace, stop):
        for event in (Progress("prepare", 0, 1), Warned(Message("w"))):
            yield event
            seen.append(event in RunFolder(folder.path).events())
        yield JobEnded("completed")

    monkeypatch.setitem(JOBS, "odd", job)
    run("odd", {})
    assert seen == [True, True]


def test_a_job_without_an_end_is_a_failure(run, monkeypatch):
    monkeypatch.setitem(JOBS, "odd", lambda folder, workspace, stop: iter([Warned(Message("w"))]))
    _, last, _ = run("odd", {})
    assert last.reason == "failed"


def test_an_unknown_kind_of_job_is_a_failure(run):
    folder, last, _ = run("nonsense", {})
    assert last.reason == folder.status().state == "failed"


def test_a_job_is_marked_as_running_meanwhile_and_as_over_when_its_end_is_told(run, monkeypatch):
    states = []

    def job(folder, workspace, stop):
        states.append(folder.status().state)
        yield JobEnded("completed", result={"x": 1})

    monkeypatch.setitem(JOBS, "odd", job)
    folder, _, _ = run("odd", {})
    assert states == ["running"]
    assert folder.about()["state"] == "completed"
    assert folder.about()["result"] == {"x": 1}


def test_when_the_state_is_final_the_log_is_whole(workspace, monkeypatch):
    """A page stops looking when it sees the state, so the end must be in the log by then."""
    folder = RunFolder.create(workspace.jobs, "odd", "t", {})
    monkeypatch.setitem(JOBS, "odd", lambda *_: iter([JobEnded("completed")]))
    logs = []
    end = RunFolder.end
    monkeypatch.setattr(RunFolder, "end", lambda self, *a, **k: (logs.append(self.events()), end(self, *a, **k)))
    run_job(folder, workspace, lambda: False)
    assert logs == [[JobEnded("completed")]]


# --- the jobs there are ------------------------------------------------------------------------------------------


def test_intake_leaves_a_data_set(run, tmp_path, workspace):
    source = write_tree(tmp_path / "given", {**pictures_in_classes("cat", "dog"), "note.txt": b"x"})
    _, last, told = run("intake", {"source": str(source)})
    assert (last.reason, last.result["used"], last.result["skipped"]) == ("completed", 4, 1)
    assert Dataset.load(last.result["dataset"], workspace).classes == ("cat", "dog")
    assert only(Progress, told)


def test_intake_takes_the_options_of_the_page(run, tmp_path, workspace):
    table = tmp_path / "t.csv"
    table.write_text("text,label,mood\na,x,1\nb,x,2\n")
    _, last, _ = run("intake", {"source": str(table), "options": {"label_column": "mood", "title": "Moods"}})
    dataset = Dataset.load(last.result["dataset"], workspace)
    assert (dataset.classes, dataset.title) == (("1", "2"), "Moods")


def test_intake_of_nothing_usable_says_why(run, tmp_path):
    _, last, _ = run("intake", {"source": str(tmp_path / "gone")})
    assert last.reason == "failed"
    assert "There is no file or folder" in str(last.message)


@pytest.fixture
def trained(run, workspace, tiny_models):
    def go(strategy="head", stop=lambda: False, **options):
        dataset = picture_dataset(workspace, each=4)
        dataset.save(workspace)
        recipe = {"model": "tiny-image", "strategy": strategy, "epochs": 2, **options}
        return run("train", {"dataset": dataset.id, "recipe": recipe}, stop)

    return go


@pytest.mark.parametrize("strategy", ["head", "full"])
def test_training_leaves_the_model_and_its_answers(trained, workspace, strategy):
    folder, last, told = trained(strategy)
    assert isinstance(told[0], RunStarted)
    assert told[0].run == last.run == folder.id
    assert (last.reason, folder.status().state) == ("completed", "completed")
    model = TrainedModel.load(folder.path, workspace)
    assert model.title == "A title"
    assert len(read_answers(folder.path)) == last.validation.n
    assert from_dict(folder.about()["result"]) == last
    assert [e.epoch for e in only(EpochEnd, folder.events())] == [0, 1, 2]


def test_the_end_of_training_is_told_only_when_the_model_is_on_disk(workspace, tiny_models):
    dataset = picture_dataset(workspace, each=4)
    dataset.save(workspace)
    recipe = {"model": "tiny-image", "epochs": 2}
    folder = RunFolder.create(workspace.runs, "train", "t", {"dataset": dataset.id, "recipe": recipe})
    for event in jobs.train(folder, workspace, lambda: False):
        there = (folder.path / "model.safetensors").exists() and (folder.path / "answers.jsonl").exists()
        assert there == isinstance(event, RunEnded)


def test_what_the_program_chose_when_a_run_began_it_does_not_choose_anew_when_it_goes_on(
    trained, workspace, monkeypatch
):
    """By then it knows how fast this computer is, and might choose otherwise: no checkpoint would fit."""
    why = Message("There is time.")

    def found(recipe, dataset, plan, *_):
        filled = recipe.filled(plan.card)
        yield Searched(filled.to_dict(), why, 1.0, 1.0, 1, 0.0, NOTHING)
        return settled(plan, plan.card, filled, why)

    monkeypatch.setattr(engine.train, "search", lambda *asked: found(Recipe("tiny-image", "full", epochs=2), *asked))
    recipe, steps = {"model": "tiny-image", "strategy": "auto"}, []

    def pause_at_once(event):
        if isinstance(event, StepEnd):
            steps.append(event)
            folder.ask_to_pause()

    folder = RunFolder.create(workspace.runs, "train", "t", {**trained()[0].request, "recipe": recipe})
    run_job(folder, workspace, lambda: False, pause_at_once)
    assert (folder.status().state, len(steps)) == ("paused", 1)
    assert folder.request["recipe"]["strategy"] == "full" and folder.request["left_open"]["strategy"] == "auto"
    monkeypatch.setattr(engine.train, "search", lambda *asked: found(Recipe("tiny-image", "head"), *asked))
    folder.reopen()
    assert run_job(folder, workspace, lambda: False).reason == "completed"
    first, again = only(RunStarted, folder.events())
    assert first == again
    assert (again.recipe["strategy"], again.why) == ("full", why)


def test_training_that_is_stopped_before_it_began_leaves_no_model(trained):
    folder, last, _ = trained(stop=lambda: True)
    assert (last.reason, folder.status().state) == ("stopped", "stopped")
    assert not (folder.path / "model.json").exists()


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"dataset": "nosuchset", "recipe": {"model": "tiny-image"}}, "no dataset"),
        ({"dataset": None, "recipe": {"model": "tiny-image", "epochs": 0, "seed": -1}}, "Epochs"),
        ({"dataset": None, "recipe": {"model": "tiny-imag"}}, "Did you mean 'tiny-image'"),
        ({"dataset": None, "recipe": {"model": "tiny-text"}}, "model for messages"),
    ],
)
def test_a_request_that_cannot_be_met_says_why(run, workspace, tiny_models, request_, said):
    dataset = picture_dataset(workspace, each=2)
    dataset.save(workspace)
    _, last, _ = run("train", {**request_, "dataset": request_["dataset"] or dataset.id})
    assert last.reason == "failed"
    assert said in str(last.message)


def test_predict_answers_every_input_in_order(run, trained, tmp_path):
    folder, _, _ = trained()
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    good.write_bytes(png((120, 120, 120), (40, 30)))
    bad.write_bytes(b"<html>")
    asked = [str(bad), str(good), str(tmp_path / "gone.jpg")]
    job, last, _ = run("predict", {"run": folder.id, "inputs": asked})
    first, second, third = last.result["answers"]
    assert [a["input"] for a in (first, second, third)] == asked
    assert "not a picture" in str(first["error"])
    assert "cannot be read" in str(third["error"])
    assert second["label"] in ("dark", "light", "middle")
    assert sum(second["probabilities"].values()) == pytest.approx(1)
    json.dumps(last.result, default=encode)
    with Image.open(job.path / "input-1.jpg") as shown:
        assert shown.size == (40, 30)


def test_predict_with_an_unfinished_run_says_so(run, workspace):
    unfinished = RunFolder.create(workspace.runs, "train", "half done", {})
    _, last, _ = run("predict", {"run": unfinished.id, "inputs": ["x.png"]})
    assert last.reason == "failed"
    assert "no finished model" in str(last.message)


def test_what_many_ask_of_one_dataset_is_looked_for_once(run, workspace, monkeypatch):
    """Each window asks for itself, and with one slot the last of ten would wait for all the others."""
    dataset, looked = picture_dataset(workspace), []
    dataset.save(workspace)

    def look_over(dataset, workspace, **options):
        looked.append(dataset.id)
        yield Progress("doctor", 1, 1)
        return []

    monkeypatch.setattr("core.jobs.data.look_over", look_over)
    ends = [run("doctor", {"dataset": dataset.id})[1] for _ in range(3)]

    assert looked == [dataset.id]
    assert {(end.reason, end.result["findings"]) for end in ends} == {("completed", 0)}
