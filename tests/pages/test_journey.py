"""The main journey through the real pages with the real bundled models."""

import csv
import io

import pytest

from core.data.dataset import kept_datasets
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder, list_runs
from core.workspace import Workspace
from pages.studio.beginning import worked_run
from tests.helpers import picture_dataset
from tests.pages.conftest import press, visit, words

pytestmark = pytest.mark.slow


def headings(app) -> set[str]:
    return {heading.value for heading in app.subheader}


@pytest.fixture
def sample_taken(app, workspace):
    """The app on the Train page with the clip art."""
    press(app, "Clip art")
    dataset_id = kept_datasets(workspace)[0][0]
    return visit(app, "train/train.py", dataset=dataset_id)


def test_pictures_from_the_first_press_to_result_to_try_it(app, workspace):
    shown = [metric.value for metric in app.metric]
    press(app, "Train")  # on what came with the program: it is imported first
    (run,) = list_runs(workspace)
    assert run.status().state == "completed" and app.title[0].value == "Clip art"
    assert [metric.value for metric in app.metric] == shown
    _is_as_good_as_the_worked_example(run, workspace)

    visit(app, "understand/result.py", run=run.id, part="learning")
    assert "What the curves say" in words(app)
    app.button_group(key="part").set_value("failures").run()
    said = words(app)
    assert "of 41 pictures were classified correctly" in said
    assert "always predicting the most frequent class" in said
    mistakes = {line for line in said.splitlines() if ":red[✗]" in line}  # the least confident show some of them again
    assert mistakes and f"{41 - len(mistakes)} of 41 pictures" in [figure.delta for figure in app.metric]
    app.button_group(key="part").set_value("classes").run()
    assert "Examples behind a number (click one in the matrix)" in [box.label for box in app.selectbox]
    app.button_group(key="part").set_value("kinds").run()
    assert "Near-duplicates (leakage)" in headings(app) and "Without them," in words(app)

    visit(app, "use/try_it.py", run=run.id)
    assert words(app).count(", confidence ") == 1 and words(app).count("actual **") == 12
    small = [button.label for button in app.button if button.key.startswith("try-chosen-")]
    assert len(small) == 12 and sum(label.startswith("✓ ") for label in small) > 6


def _said(recipe):
    return {name: value for name, value in recipe.items() if value is not None}


def _is_as_good_as_the_worked_example(run, workspace):
    """What fills the Studio before there is anything was trained just so: nothing in it is made up."""
    again, worked = FinishedRun.open(run, workspace), FinishedRun.open(worked_run(), Workspace.worked())
    assert again.started.dataset == worked.started.dataset
    assert _said(again.recipe) == _said(worked.recipe)  # an option that there was not then is left as it is
    assert again.score == worked.score
    for now, then in zip(again.aligned, worked.aligned, strict=True):
        assert (now.example, now.truth, now.label) == (then.example, then.truth, then.label)
        assert now.probabilities == pytest.approx(then.probabilities, abs=1e-3)


def test_options_that_do_not_apply_are_not_shown(sample_taken):
    app = sample_taken
    assert "**Clip art** · 166 pictures, 6 classes" in words(app)
    assert "Training: 125 examples. Validation: 41 (" in words(app).replace("\\", "")
    strategy = next(group for group in app.button_group if group.label == "Fine-tuning method")
    strategy.set_value("head").run()
    assert "Augmentation" not in [group.label for group in app.button_group]
    strategy = next(group for group in app.button_group if group.label == "Fine-tuning method")
    strategy.set_value("full").run()
    assert "Augmentation" in [group.label for group in app.button_group]


def test_a_run_that_failed_says_why(app, workspace):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    broken = RunFolder.create(
        workspace.runs, "train", "<b>mine</b>", {"dataset": "0" * 16, "recipe": {"model": "x", "strategy": "head"}}
    )
    broken.end("failed", "There is no data set with this id.")

    visit(app, "train/train.py", dataset=dataset.id)
    visit(app, "train/train.py", run=broken.id)

    assert "There is no data set with this id" in words(app).replace("\\", "")
    assert "<b>mine</b>" not in words(app)


def test_an_upload_with_odd_rows_is_accounted_for(app, workspace, tmp_path):
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["label", "message"])
    rows.writerows([["NA", "one"], ["01", "two\nlines"], ["NA", "three"], ["01", ""], ["", "five"], ["01", "=six"]])
    path = tmp_path / "odd.csv"
    path.write_text(table.getvalue(), encoding="utf-8")
    visit(app, "prepare/data.py")
    app.file_uploader[0].upload("odd.csv", path.read_bytes(), "text/csv").run()
    app.run()

    said = words(app)
    assert "Imported **4 of 6** rows: **2 classes**" in said
    assert list(kept_datasets(workspace)[0][1]["counts"].items()) == [("01", 2), ("NA", 2)]
