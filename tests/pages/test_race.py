"""The page "Race", with tiny models, and what other pages make of a race's runs."""

from __future__ import annotations

import pytest

from core.events import Progress
from core.hardware import note_speed
from core.runs.folder import RunFolder, list_runs
from core.runs.local import LocalLauncher
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.events import CandidateStarted
from tests.core.studies.benchmark.making import events, final, out
from tests.helpers import picture_dataset
from tests.pages.conftest import press, visit, words

RACE = "studies/benchmark.py"
SCORES = {"nearest": (0.50, 0.52, 0.51), "head": (0.88, 0.90, 0.89)}


@pytest.fixture
def tiny(app, workspace, tiny_models):
    """The app with a set of pictures that is large enough for a final test, and a tiny model of known speed."""
    for card in tiny_models.values():
        for work in ("embed", "probe-top", "probe-full"):
            note_speed(workspace, card.id, work, 100, 1.0)
    app.session_state["model-image"] = "tiny-image"
    pictures = picture_dataset(workspace, each=40)
    pictures.save(workspace)
    app.query_params["dataset"] = pictures.id
    return app


def study(workspace, told, state: str | None = "completed", **design) -> RunFolder:
    chosen = BenchmarkDesign(("tiny-image",), ("nearest", "head"), **design)
    request = {"study": "benchmark", "dataset": "d", "design": chosen.to_dict()}
    folder = RunFolder.create(workspace.studies, "study", "mine", request)
    for event in told:
        folder.append(event)
    if state:
        folder.end(state, "It was killed." if state == "interrupted" else "")
    return folder


def cells(app) -> str:
    return "\n".join(str(table.value.to_dict("list")).replace("\\", "") for table in (*app.table, *app.dataframe))


def labels(app) -> list[str]:
    return [button.label for button in app.main.button]


def test_without_data_it_says_what_will_appear(app):
    assert "nothing to learn from yet" in words(visit(app, RACE))


def test_before_it_begins_it_says_who_races_how_long_and_what_is_held_back(tiny):
    visit(tiny, RACE)
    said = words(tiny).replace("\\", "")
    assert "3 methods are trained under 3 seeds. Under each the same examples train and validate for all." in said
    assert "Takes a" in said and "10 minutes here" not in said, "three small models need no more than their time"
    assert "Choosing by a score makes that score too high" in said and "24 examples are reserved" in said
    pills = next(group for group in tiny.button_group if group.label == "Fine-tuning methods")
    assert "Nearest average · about 2 seconds" in pills.options
    assert "Nearest average" in cells(tiny) and "0 of 3" in cells(tiny)


def test_from_a_press_of_the_button_to_the_winner(tiny, workspace):
    visit(tiny, RACE)
    next(group for group in tiny.button_group if group.label == "Fine-tuning methods").set_value(["nearest", "head"])
    tiny.run()
    press(tiny, "Start")
    tiny.run()
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.status().state == "completed" and folder.id in tiny.query_params["study"]
    result, said = folder.about()["result"], words(tiny).replace("\\", "")
    assert all(str(sentence) in said for sentence in result["sentences"])
    assert "3 of 3" in cells(tiny) and "Under each seed 24 examples validate" in said
    assert len(list_runs(workspace)) == 6
    winner = result["recommendation"]["run"]
    press(tiny, "Use the recommended one")
    assert winner in tiny.query_params["run"]


def test_ways_that_do_not_fit_are_named_before_it_begins(tiny, workspace):
    note_speed(workspace, "tiny-image", "probe-full", 10, 10.0)
    visit(tiny, RACE)
    next(group for group in tiny.button_group if group.label == "Fine-tuning methods").set_value(["nearest", "full"])
    next(field for field in tiny.number_input if field.label.startswith("Time for all")).set_value(1).run()
    said = words(tiny).replace("\\", "")

    assert "All layers: skipped: a run of it takes at least about 2 minutes" in said
    next(field for field in tiny.number_input if field.label.startswith("Time for all")).set_value(8).run()
    assert "All layers trains for" in words(tiny) and "instead of its usual epochs" in words(tiny)


def test_other_values_can_be_searched(tiny, workspace, monkeypatch):
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: None)
    visit(tiny, RACE)
    next(group for group in tiny.button_group if group.label == "Fine-tuning methods").set_value(["head"])
    tiny.run()
    next(box for box in tiny.multiselect if box.label == "Try other values of").set_value(["learning_rate"]).run()
    values = next(field for field in tiny.text_input if field.label == "Learning rate")
    assert values.value == "0.02 0.2"  # about a third of the usual one, and about three times as much
    values.set_value("0.01, 0.1 x").run()
    assert "Learning rate must be a number between" in words(tiny).replace("\\", "")
    next(field for field in tiny.text_input if field.label == "Learning rate").set_value("0.01 0.1").run()
    assert "3 methods are trained" in words(tiny) and "Learning rate 0" in cells(tiny)
    press(tiny, "Start")
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.request["design"]["search"] == {"learning_rate": [0.01, 0.1]}


def test_no_way_at_all_is_no_race(tiny):
    visit(tiny, RACE)
    next(group for group in tiny.button_group if group.label == "Fine-tuning methods").set_value([]).run()
    assert "No method is chosen" in words(tiny).replace("\\", "")
    assert "Start" not in labels(tiny)


# --- while it runs, and however it ends ---


def test_while_it_runs_the_leaderboard_fills_and_can_be_stopped(tiny, workspace):
    told = events(SCORES)
    running = study(workspace, [Progress("embed", 3, 96)], None)
    visit(tiny, RACE, study=running.id)
    said = tiny.get("progress")[0].proto.text
    assert said.startswith("Extracting features with the pretrained model: 3 of 96") and "at the latest" in said
    run = RunFolder.create(workspace.runs, "train", "mine", {"recipe": {}})
    for event in [*told[:4], CandidateStarted(1, 1, run.id, 9.0), Progress("ways", 3, 6)]:
        running.append(event)
    tiny.run()
    assert tiny.get("progress")[0].proto.text.startswith("3 of 6 trainings done · Last layer only, seed 1: 0\u00a0% · ")
    assert "Best so far: Last layer only, 88\u00a0%" in words(tiny).replace("\\", "")
    assert "2 of 3" in cells(tiny)
    press(tiny, "Stop and keep what is done")
    assert running.stop_requested() and "Stopping ..." in labels(tiny)


@pytest.mark.parametrize(("state", "says"), [("stopped", "It was stopped"), ("interrupted", "It was killed")])
def test_however_it_ended_what_is_done_is_shown(tiny, workspace, state, says):
    told = [*events(SCORES)[:5], CandidateStarted(0, 2, "cut", 9.0)]
    visit(tiny, RACE, study=study(workspace, told, state).id)
    assert "seed 2: " not in words(tiny)
    said = words(tiny).replace("\\", "")
    assert says in said and "Last layer only" in said and "The test set was not used" in said
    assert "2 of 3" in cells(tiny)


def test_one_that_was_killed_before_anything_was_judged_says_so(tiny, workspace):
    visit(tiny, RACE, study=study(workspace, [], "interrupted").id)
    assert "It had not begun to train yet" in words(tiny) and "Start another" in labels(tiny)


def test_the_end_says_what_who_why_and_how_sure(tiny, workspace):
    told = [
        *events(SCORES, n=400, n_train=1200),
        final(1, "head-0", "1" * 45 + "0" * 5),
        final(0, "nearest-0", "0" * 50),
    ]
    visit(tiny, RACE, study=study(workspace, told).id)
    said = words(tiny).replace("\\", "")
    assert "Recommended: “Last layer only”." in said and "clearly the best" in said
    assert "right on 45 of 50: 90\u00a0% (95\u00a0% confidence interval 79\u00a0% to 96\u00a0%" in said
    assert "'best'" in cells(tiny) and "38 (" in cells(tiny)
    assert "Use the recommended one" not in labels(tiny)  # its run was deleted
    press(tiny, "Start another")
    assert "study" not in tiny.query_params


def test_where_nobody_learnt_more_than_guessing_nobody_wins(tiny, workspace):
    visit(tiny, RACE, study=study(workspace, events({"nearest": (0.25,) * 3, "head": (0.26,) * 3})).id)
    assert "None of them beats the baseline" in words(tiny).replace("\\", "")
    assert "Use the recommended one" not in labels(tiny)


def test_who_was_left_out_and_why_stands_below(tiny, workspace):
    visit(tiny, RACE, study=study(workspace, [*events({**SCORES, "full": ()}), out(2)]).id)
    assert "All layers: left out: too slow" in words(tiny).replace("\\", "")
    assert "skipped" in cells(tiny)


def test_a_bad_address_says_so(tiny):
    for address in ("../../etc", "nothing"):
        visit(tiny, RACE, study=address)
        assert "cannot be shown" in words(tiny) and not labels(tiny)


def test_the_studio_shows_the_race_and_its_winner_not_every_training(tiny, workspace):
    race = study(workspace, events(SCORES))
    recipe = {"model": "tiny-image", "strategy": "head"}
    request = {"dataset": "d", "recipe": recipe, "study": race.id}
    members = [RunFolder.create(workspace.runs, "train", f"member {n}", request) for n in range(3)]
    for member in members:
        member.end("completed")
    race.end("completed", result={"recommendation": {"run": members[1].id}})
    said = words(visit(tiny, "studio/studio.py"))
    assert "member 1" in said and "member 0" not in said and "member 2" not in said
    assert "**mine**" in said
