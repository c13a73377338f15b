"""The pages of studies that are trained on many splits or givers, with tiny models."""

from __future__ import annotations

import pytest

from core.data.dataset import kept_datasets
from core.evaluation.repeated_splits import Estimate
from core.events import Progress
from core.hardware import note_speed
from core.runs.folder import RunFolder, list_jobs
from core.runs.local import LocalLauncher
from core.studies.learning_curve.design import CurveDesign
from core.studies.pooled.design import PooledDesign
from core.studies.transfer.design import TransferDesign
from pages.studies.bars import gained
from tests.core.studies.learning_curve.test_table import events as curve_events
from tests.core.studies.learning_curve.test_table import usual
from tests.core.studies.making import events, square
from tests.core.studies.pooled.making import answers, given_by
from tests.helpers import message_dataset, picture_dataset
from tests.pages.conftest import press, visit, words

EXPERIMENT, CURVE, POOLED = "studies/transfer.py", "studies/learning_curve.py", "studies/pooled.py"


@pytest.fixture
def tiny(app, workspace, tiny_models):
    """The app with a set of pictures and tiny models whose speed is known."""
    for card in tiny_models.values():
        for work in ("embed", "probe-top", "probe-full"):
            note_speed(workspace, card.id, work, 100, 1.0)
    app.session_state["model-image"] = "tiny-image"
    app.session_state["model-text"] = "tiny-text"
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    app.query_params["dataset"] = pictures.id
    return app


@pytest.fixture
def waiting(monkeypatch):
    """Workers that never begin."""
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: None)


def study(workspace, kind: str, design: dict, told, state: str | None = "completed") -> RunFolder:
    request = {"study": kind, "dataset": "d", "design": design, "expected": 90.0}
    folder = RunFolder.create(workspace.studies, "study", "mine", request)
    for event in told:
        folder.append(event)
    if state:
        folder.end(state, "It was killed." if state == "interrupted" else "")
    return folder


def number(app, label: str):
    return next(widget for widget in app.number_input if widget.label == label)


def plain(cell: str) -> str:
    return cell.replace("\\", "")


def cells(app) -> str:
    return "\n".join(str(table.value.to_dict("list")) for table in (*app.table, *app.dataframe))


# --- what did the work? -------------------------------------------------------------------------------------------


def test_without_data_it_says_what_will_appear(app):
    assert "nothing to learn from yet" in words(visit(app, EXPERIMENT))
    assert "nothing to learn from yet" in words(visit(app, CURVE))


def test_where_nobody_gave_anything_a_sample_of_six_children_can_be_opened(app, workspace, waiting):
    said = words(visit(app, POOLED))
    assert "known who gave them" in said and "An example that came with the program" in said
    assert "Together is better" in said
    app.button(key="open-sample").click().run()
    assert [job.request["source"] for job in list_jobs(workspace.jobs)] == ["sample:children"]


def test_from_a_press_of_the_button_to_the_square_and_two_sentences(tiny, workspace):
    visit(tiny, EXPERIMENT)
    said = words(tiny)
    assert "In each of 5 random splits, 5 examples per class train, the same for every method. 9 others valid" in said
    assert "Takes" in said and "An example that came with the program" in said
    number(tiny, "Epochs from scratch").set_value(1)
    next(slider for slider in tiny.slider if slider.label == "Random splits").set_value(3)
    next(slider for slider in tiny.slider if slider.label == "Variations of each example").set_value(2).run()
    press(tiny, "Start")
    tiny.run()
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.status().state == "completed"
    assert folder.id in tiny.query_params["study"]
    said = words(tiny).replace("\\", "")
    assert all(str(sentence) in said for sentence in folder.about()["result"]["sentences"])
    assert "different examples validated." in said
    assert "…" not in cells(tiny)
    assert "Augmentation" in cells(tiny)
    assert "5 examples per class, 3 splits" in said and "An example that came with the program" not in said
    assert "Start" in [button.label for button in tiny.button], "one more can be started at once"


def test_bounds_are_those_of_the_set(tiny):
    visit(tiny, EXPERIMENT)
    assert number(tiny, "Examples per class").max == 7
    assert "Your smallest class allows 7" in number(tiny, "Examples per class").help


def test_parts_can_be_switched_off(tiny, waiting, workspace):
    visit(tiny, EXPERIMENT)
    for toggle in tiny.toggle:
        toggle.set_value(False)
    tiny.run()
    press(tiny, "Start")
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.request["design"]["parts"] == []


def test_messages_have_no_picture_size(tiny, workspace):
    messages = message_dataset(workspace)
    messages.save(workspace)
    visit(tiny, EXPERIMENT, dataset=messages.id)
    assert "Picture size from scratch" not in [widget.label for widget in tiny.number_input]
    strategy = next(group for group in tiny.button_group if group.label == "Fine-tuning method")
    assert strategy.value == "contrastive"


def test_while_it_runs_the_table_fills_and_can_be_stopped(tiny, workspace):
    told = events(square(0.2, 0.4, 0.7, 0.8), splits=2)
    told.insert(3, Progress("ways", 1, 20))
    running = study(workspace, "transfer", TransferDesign("tiny-image").to_dict(), [*told[:4]], None)
    visit(tiny, EXPERIMENT, study=running.id)
    assert "…" in cells(tiny)
    assert "nothing can be told" in words(tiny)
    assert tiny.get("progress")[0].proto.text == "1 of 20 trainings done · Takes about 2 minutes in all"
    for event in [*told[4:], Progress("ways", 8, 20), Progress("views", 3, 9)]:
        running.append(event)
    tiny.run()
    assert tiny.get("progress")[0].proto.text == (
        "8 of 20 trainings done · about 2 seconds left · Extracting features with the new network: 3 of 9 examples"
    )
    press(tiny, "Stop and keep what is done")
    assert running.stop_requested()
    assert "Stopping ..." in [button.label for button in tiny.button]


@pytest.mark.parametrize(
    ("state", "said"), [("stopped", "What was done before counts"), ("interrupted", "It was killed")]
)
def test_however_it_ended_what_is_done_is_shown(tiny, workspace, state, said):
    told = events(square(0.2, 0.4, 0.7, 0.8), splits=4)
    ended = study(workspace, "transfer", TransferDesign("tiny-image").to_dict(), told, state)
    visit(tiny, EXPERIMENT, study=ended.id)
    shown = words(tiny).replace("\\", "")
    assert said in shown
    assert "Pretraining helped" in shown


def test_negative_transfer_is_explained_when_it_happens(tiny, workspace):
    for shares, explained in (((0.9, 0.9, 0.7, 0.7), True), ((0.7, 0.7, 0.9, 0.9), False)):
        ended = study(workspace, "transfer", TransferDesign("tiny-image").to_dict(), events(square(*shares)))
        visit(tiny, EXPERIMENT, study=ended.id)
        assert ("worse start than random weights" in words(tiny)) is explained


def test_a_difference_has_a_sign_and_zero_has_none(tiny, workspace):
    told = events({**square(0.9, 0.9, 0.7, 0.4), "nearest/plain": 0.5, "nearest/harder": 0.5}, noise=0.0)
    ended = study(workspace, "transfer", TransferDesign("tiny-image").to_dict(), told)
    visit(tiny, EXPERIMENT, study=ended.id)
    scratch, transferred, nearest = tiny.table[0].value["difference (percentage points)"]
    assert plain(scratch).startswith("0 (\u2212") and plain(nearest).startswith("0 (\u2212")
    assert plain(transferred).startswith(("\u221230 (\u2212", "\u22122"))


def test_a_bad_address_and_a_study_of_another_kind_say_so(tiny, workspace):
    other = study(workspace, "learning_curve", CurveDesign("tiny-image").to_dict(), [])
    for address in ("../../etc", "nothing", other.id):
        visit(tiny, EXPERIMENT, study=address)
        assert "cannot be shown" in words(tiny) and not tiny.main.button


def test_a_study_that_another_version_made_says_so_and_is_not_listed(tiny, workspace):
    design = {**TransferDesign("tiny-image").to_dict(), "splits": 2}
    ((dataset, _),) = kept_datasets(workspace)
    old = RunFolder.create(
        workspace.studies, "study", "mine", {"study": "transfer", "dataset": dataset, "design": design}
    )
    old.end("completed")
    visit(tiny, EXPERIMENT, study=old.id)
    assert "another version of the program made it" in words(tiny) and not tiny.main.button
    visit(tiny, EXPERIMENT, study="")
    assert "Start" in [button.label for button in tiny.button]
    assert "Earlier ones" not in words(tiny)


def test_a_model_that_was_deleted_is_named_by_its_id(tiny, workspace):
    told = events(square(0.2, 0.4, 0.7, 0.8))
    old = study(workspace, "transfer", TransferDesign("run:gone").to_dict(), told)
    visit(tiny, EXPERIMENT, study=old.id)
    assert "run\\:gone" in words(tiny)


# --- how many examples? -------------------------------------------------------------------------------------------


def test_from_a_press_of_the_button_to_a_curve(tiny, workspace):
    visit(tiny, CURVE)
    assert "Trains on 1, 2, and 5 examples per class, 5 times over." in words(tiny)
    next(slider for slider in tiny.slider if slider.label == "Random splits").set_value(3).run()
    press(tiny, "Start")
    tiny.run()
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.status().state == "completed"
    said = words(tiny).replace("\\", "")
    assert "with 1 per class" in said
    assert "cannot be told: that needs a curve of at least four points" in said
    assert not [slider for slider in tiny.slider if slider.label.startswith("Target accuracy")]
    assert "examples per class" in cells(tiny)


def test_how_many_more_is_said_for_any_target(tiny, workspace):
    ended = study(workspace, "learning_curve", CurveDesign("tiny-image").to_dict(), curve_events(usual))
    visit(tiny, CURVE, study=ended.id)
    target = next(slider for slider in tiny.slider if slider.label.startswith("Target accuracy"))
    assert target.value == 90
    target.set_value(80).run()
    said = words(tiny).replace("\\", "")
    assert "To reach 80\u00a0% accuracy you would need about 2" in said  # (0.7 / 0.2) ^ 2.5 = 23
    assert "Twice as many examples (100 per class)" in said


def test_no_way_to_learn_is_no_curve(tiny):
    visit(tiny, CURVE)
    next(group for group in tiny.button_group if group.label == "Fine-tuning methods").set_value([]).run()
    assert "No method is chosen" in words(tiny).replace("\\", "")
    assert "Start" not in [button.label for button in tiny.button]


# --- alone or together? -------------------------------------------------------------------------------------------


def test_from_a_press_of_the_button_to_each_alone_and_all_together(tiny, workspace):
    givers = given_by(picture_dataset(workspace), ("ana", "ben", "cleo *c*"))
    givers.save(workspace)
    visit(tiny, POOLED, dataset=givers.id)
    assert "of each of 3 givers alone" in words(tiny)
    press(tiny, "Start")
    tiny.run()
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.status().state == "completed"
    said = words(tiny).replace("\\", "")
    assert all(str(sentence) in said for sentence in folder.about()["result"]["sentences"])
    assert "cleo" in cells(tiny) and "cleo" not in said, "names stand in what is folded only"


def test_without_givers_it_says_what_is_missing(tiny):
    visit(tiny, POOLED)
    assert "This needs examples of at least 3 givers" in words(tiny) and "Start" not in [
        one.label for one in tiny.button
    ]


def test_while_givers_are_tested_the_time_left_is_told(tiny, workspace):
    told = [*answers(0.5, 0.9, givers=4)[:11], Progress("ways", 6, 8)]
    running = study(workspace, "pooled", PooledDesign("tiny-image").to_dict(), told, None)
    visit(tiny, POOLED, study=running.id)
    assert tiny.get("progress")[0].proto.text == "6 of 8 trainings done · a moment left"


def test_what_was_gained_is_written_above_the_dots_of_the_givers():
    alone, together, gain = (Estimate(mean, 0.01, (mean - 0.1, mean + 0.1), 9, 0.0, 1.0) for mean in (0.3, 0.5, 0.2))
    (usual,) = gained((alone, together), gain, (0, 1), arrow=False)
    (lifted,) = gained((alone, together), gain, (0, 1), arrow=False, above=0.7)
    assert 0.5 < usual["y"] < 0.7 < lifted["y"]
