"""How it learnt: what the curves say, and the way back to any epoch."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.findings import save_findings
from core.evaluation.answers import read_answers
from core.training.engine.history import History, Moment, write_history
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import visit, words


@pytest.fixture
def run(workspace, tiny_models):
    """Ten messages judged it. It had all wrong at the start, half right after epoch 1, and one wrong at the end."""
    dataset = messages(workspace, each=20)
    save_findings(dataset.id, workspace, [], complete=True)  # else the doctor would look now
    made = finished_run(workspace, dataset, wrong=(1,))
    at = {example.id: i for i, example in enumerate(dataset.examples)}
    watched = tuple(at[answer.example] for answer in read_answers(made.path))
    truths = np.array([dataset.classes.index(dataset.examples[i].label) for i in watched])
    rng = np.random.default_rng(0)
    moments = {}
    for epoch, wrong in ((0, range(10)), (1, range(5)), (3, [1])):
        said = truths.copy()
        said[list(wrong)] = 1 - said[list(wrong)]
        moments[epoch] = Moment(epoch, said, np.full(10, 0.8), rng.normal(truths[:, None], 1, (10, 5)))
    write_history(History(watched, moments), made.path)
    return made


def travel(app, run, epoch):
    visit(app, "understand/result.py", run=run.id, part="time")
    app.select_slider(key="time-epoch").set_value(epoch).run()
    assert not app.exception, app.exception
    return words(app).replace("\u00a0", " ")


def test_it_opens_at_the_weights_that_were_kept(app, run):
    visit(app, "understand/result.py", run=run.id, part="time")
    said = words(app).replace("\u00a0", " ")
    assert "After epoch 3, **9 of 10** were right: **90 %** (95 % confidence interval 60-98 %)." in said
    assert "These are the weights that were kept." in said


def test_going_back_shows_how_good_it_was_and_what_changed(app, run):
    said = travel(app, run, 1)
    assert "After epoch 1, **5 of 10** were right: **50 %**" in said
    assert "that were kept" not in said
    assert "From epoch 0 to epoch 1: **5** were fixed, **0** were broken" in said
    assert "Fixed" in said and "Broken" not in said


def test_one_may_compare_with_the_end(app, run):
    travel(app, run, 1)
    app.button_group(key="time-other-start-end").set_value("end").run()
    assert not app.exception, app.exception
    assert "From epoch 1 to epoch 3: **4** were fixed, **0** were broken" in words(app)


def test_the_start_is_compared_with_the_end(app, run):
    said = travel(app, run, 0)
    assert "Before the first epoch, **0 of 10** were right" in said
    assert "From epoch 0 to epoch 3: **9** were fixed" in said


def test_a_run_without_a_history_says_so(app, run):
    (run.path / "history.safetensors").unlink()
    visit(app, "understand/result.py", run=run.id, part="time")
    assert "no epochs to go back to" in words(app)


def test_the_curves_are_read_in_words(app, run):
    visit(app, "understand/result.py", run=run.id, part="learning")
    said = words(app)
    assert "What the curves say" in said
    assert "so few cannot tell whether it has learnt anything" in said  # its last epoch says 7 of 10
