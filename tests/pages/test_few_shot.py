"""The few-shot lab: sliders that know the set, one episode drawn, and every figure with its interval."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from core.messages import Message
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher, UnderWay
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.shown import read_shown
from pages.studies.episode import _flag, show_map
from tests.helpers import message_dataset, picture_dataset
from tests.pages.conftest import press, visit, words

PAGE = "studies/few_shot.py"


@pytest.fixture
def pictures(workspace, tiny_models):
    dataset = picture_dataset(workspace, each=8)
    dataset.save(workspace)
    return dataset


def lab(app, dataset, model: str = "tiny-image", **address: str):
    """The page with this set and a model of a few hundred numbers."""
    app.session_state[f"model-{dataset.modality}"] = model
    return visit(app, PAGE, dataset=dataset.id, **address)


def choose(app, label: str, value: str):
    next(box for box in app.selectbox if box.label == label).set_value(value).run()
    assert not app.exception, app.exception
    return app


def slider(app, label: str):
    return next(one for one in app.slider if one.label == label)


def the_job(workspace) -> RunFolder:
    return RunFolder(max(file.parent for file in workspace.studies.glob("*/run.json")))


def test_a_run_is_said_in_a_sentence_drawn_and_told_class_by_class(app, workspace, pictures):
    app = press(lab(app, pictures), "Start")
    result = the_job(workspace).about()["result"]
    said = words(app).replace("\\", "")
    low, high = (f"{end * 100:.1f}\u00a0%" for end in result["interval"])
    assert f"Accuracy {result['accuracy'] * 100:.1f}\u00a0%: the mean of 1,000 episodes" in said
    assert (
        f"confidence interval over episodes: {low} to {high}). The baseline (always the same class) reaches 33\u00a0%."
        in said
    )
    assert {"How the model sees them", "Class by class, over all episodes"} <= {
        heading.value for heading in app.subheader
    }
    by_class = next(table.value for table in app.table if "most often predicted instead" in table.value)
    assert by_class["class"].tolist() == ["**dark**", "**light**", "**middle**"]
    assert all(re.fullmatch(r"\d+\u00a0% \(\d+-\d+\u00a0%\)", cell.replace("\\", "")) for cell in by_class["accuracy"])


def test_another_episode_can_be_looked_at_with_the_numbers_behind_it(app, workspace, pictures):
    app = press(lab(app, pictures), "Start")
    shown = read_shown(the_job(workspace).path)
    assert len(shown) == 100
    for number in (1, 7):
        next(one for one in app.number_input if one.label.startswith("Episode (")).set_value(number).run()
        episode = shown[number - 1]
        right = sum(episode.right(i) for i in range(len(episode.query)))
        assert f"Right on {right} of {len(episode.query)} queries" in words(app)
        numbers = next(table.value for table in app.dataframe if "→ dark" in table.value)
        assert numbers["→ dark"].tolist() == [row[0] for row in episode.scores[:4]]
        assert numbers["right?"].tolist() == ["✓" if episode.right(i) else "✗" for i in range(4)]
    choose(app, "Queries about", 2)
    numbers = next(table.value for table in app.dataframe if "→ dark" in table.value)
    assert numbers["→ dark"].tolist() == [row[0] for row in episode.scores[8:]]


def test_messages_are_listed_with_their_answers(app, workspace, tiny_models):
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    app = press(lab(app, dataset, "tiny-text"), "Start")
    episode = read_shown(the_job(workspace).path)[0]
    said = words(app).replace("\\", "")
    for place, i in enumerate(episode.query):
        verdict = "✓ right" if episode.right(place) else f"✗ {episode.classes[episode.answers[place]]}"
        assert f"- **{verdict}** · {dataset.examples[i].text}" in said
    for i in episode.support:
        assert f"- {dataset.examples[i].text}" in said


def test_sliders_end_where_the_set_does(app, workspace, tiny_models):
    dataset = picture_dataset(workspace, each=8)
    short = [e for e in dataset.examples if e.label != "middle" or e in dataset.examples[-3:]]
    dataset = replace(dataset, examples=tuple(short))
    dataset.save(workspace)
    lab(app, dataset)
    assert (slider(app, "Classes in an episode (ways)").min, slider(app, "Classes in an episode (ways)").max) == (2, 3)
    assert slider(app, "Classes in an episode (ways)").value == 3
    assert slider(app, "Examples of each (shots)").max == 2
    slider(app, "Classes in an episode (ways)").set_value(2).run()
    assert slider(app, "Examples of each (shots)").max == 7
    slider(app, "Examples of each (shots)").set_value(7).run()
    assert "Queries about each: **1**, all that this dataset has" in words(app)
    slider(app, "Classes in an episode (ways)").set_value(3).run()
    assert not app.exception
    assert slider(app, "Examples of each (shots)").value == 2


def test_classes_that_are_too_small_are_explained(app, workspace, tiny_models):
    dataset = picture_dataset(workspace, each=1)
    dataset.save(workspace)
    visit(app, PAGE, dataset=dataset.id)
    said = words(app).replace("\\", "")
    assert "does not have two classes with two different examples each" in said
    assert "Add examples" in said
    assert "Start" not in [button.label for button in app.button]


def test_every_method_has_its_sentence_and_the_one_that_looks_at_the_questions_is_marked(app, workspace, pictures):

    lab(app, pictures)
    for method in METHODS.values():
        choose(app, "Method", method.name)
        assert str(method.sentence) in words(app)
    choose(app, "Method", "transductive")
    press(app, "Start")
    assert "Uses your unlabelled test items: before it answered, it saw all the queries" in words(app)


def test_results_on_one_set_stand_side_by_side(app, workspace, pictures):
    press(lab(app, pictures), "Start")
    assert "Tried on this dataset so far" not in [heading.value for heading in app.subheader]
    choose(app, "Method", "matching")
    press(app, "Start")
    tried = next(table.value for table in app.dataframe if "method" in table.value)
    assert tried["method"].tolist() == [str(METHODS[name].title) for name in ("matching", "nearest")]


def test_a_result_has_an_address(app, workspace, pictures):
    press(lab(app, pictures), "Start")
    job = the_job(workspace).id

    def headings(address: str) -> list[str]:
        app.session_state["study-few_shot"] = None
        return [heading.value for heading in visit(app, PAGE, dataset=pictures.id, study=address).subheader]

    assert "How the model sees them" in headings(job)
    for bad in ("../../etc", "20990101-000000-abcdef"):
        assert "How the model sees them" not in headings(bad)


def test_who_comes_back_finds_the_newest_study_of_the_dataset_and_the_others_below(app, workspace, pictures):
    """It lay folded among the earlier ones."""
    press(lab(app, pictures), "Start")
    choose(app, "Method", "matching")
    press(app, "Start")
    del app.session_state["study-few_shot"], app.query_params["study"]
    said = words(visit(app, PAGE, dataset=pictures.id)).replace("\\", "")
    assert "the mean of 1,000 episodes" in said and "An example that came with the program" not in said
    assert f":gray-badge[{METHODS['matching'].title}, " in said
    assert [one.label for one in app.expander if one.label.startswith("Earlier ones")] == ["Earlier ones (1)"]


def test_an_episode_is_drawn_at_once_where_its_examples_are_known(app, workspace, pictures):
    assert "An example that came with the program" in words(lab(app, pictures))
    press(app, "Start")
    first = read_shown(the_job(workspace).path)[0]
    shutil.rmtree(the_job(workspace).path)
    del app.session_state["study-few_shot"], app.query_params["study"]
    said = words(visit(app, PAGE, dataset=pictures.id))
    right = sum(map(first.right, range(len(first.query))))
    assert f"Right on {right} of {len(first.query)} queries" in said and "This is one episode" in said
    slider(app, "Examples of each (shots)").set_value(1).run()
    assert "This is one episode" in words(app)


def test_the_result_of_one_set_is_not_shown_with_another(app, workspace, pictures):
    other = picture_dataset(workspace, each=8, seed=3)
    other.save(workspace)
    press(lab(app, pictures), "Start")
    visit(app, PAGE, dataset=other.id)
    assert "An example that came with the program" in words(app) and "study" not in app.query_params


def test_while_it_runs_it_says_how_far_it_is_and_can_be_cancelled(app, workspace, pictures, monkeypatch):
    from core.studies.events import EpisodesDone

    stopped = []
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: job.begin())
    monkeypatch.setattr(LocalLauncher, "stop", lambda self, job: stopped.append(job.id))
    press(lab(app, pictures), "Start")
    the_job(workspace).append(EpisodesDone(50, 200, 0.5, 0.4, 0.6))
    app.run()
    press(app, "Stop and keep what is done")
    assert the_job(workspace).id in stopped
    assert "How the model sees them" not in [heading.value for heading in app.subheader]


def test_work_that_nobody_waits_for_makes_room(app, workspace, pictures, monkeypatch):
    stopped = []
    monkeypatch.setattr(LocalLauncher, "stop", lambda self, job: stopped.append(job.id))
    timing = RunFolder.create(workspace.jobs, "measure", "t", {"model": "tiny-image"})
    lab(app, pictures)
    under_way = [UnderWay(timing, str(workspace.root), None, 1.0)]  # a window that is closed by now began it
    monkeypatch.setattr(LocalLauncher, "under_way", lambda self: under_way)
    press(app, "Start")
    assert stopped == [timing.id]


def test_what_went_wrong_is_said(app, workspace, pictures, monkeypatch):
    monkeypatch.setattr(
        LocalLauncher, "start", lambda self, job, heavy=True: job.end("failed", Message("The disk is full."))
    )
    press(lab(app, pictures), "Start")
    assert "The disk is full" in words(app)


def test_a_strangers_label_is_shown_as_it_is_on_the_map(monkeypatch):
    import streamlit as st

    from core.studies.few_shot.shown import ShownEpisode
    from tests.helpers import bare_dataset, example

    drawn = []
    monkeypatch.setattr(st, "plotly_chart", lambda figure, **options: drawn.append((figure, options)))
    label = "<b>x</b> & %{y}"
    episode = ShownEpisode(
        (label, "plain"), (0, 1), (2, 3), [[1.0, 0.0], [1.0, 0.0]], [0, 0],
        [(0.0, 0.0), (1.0, 1.0)], [(0.1, 0.1), (0.9, 0.9)], [(0.0, 0.0), (1.0, 1.0)], 0.5,
    )  # fmt: skip
    dataset = bare_dataset([example(name, [label, "plain"][n % 2]) for n, name in enumerate("abcd")])
    show_map(episode, dataset, "key")
    figure, options = drawn[0]
    said = [text for trace in figure.data for text in trace.hovertext]
    assert "1: &lt;b>x&lt;/b> &amp; %{y}: average" in said
    assert "2: plain: query, predicted &lt;b>x&lt;/b> &amp; %{y}" in said
    assert not any("<b>" in (trace.name + "".join(trace.hovertext)) for trace in figure.data)
    assert "1 were answered wrongly" in options["alt"]
    assert len(figure.layout.images) == 4, "each example stands where it lies"


@pytest.mark.parametrize(("colour", "ink"), [("#E69F00", "#000000"), ("#0072B2", "#FFFFFF"), ("#777777", "#FFFFFF")])
def test_names_on_the_map_stand_on_their_own_ground(colour, ink):
    """They were written over the marks of other examples."""
    (flag,) = go.Figure(layout={"annotations": [_flag((0.5, 0.5), "<b>owl", colour)]}).layout.annotations
    assert (flag.bgcolor, flag.font.color, flag.text) == (colour, ink, "&lt;b>owl")
