"""The embedding map."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.cache import CACHE_VIEW, VectorCache
from core.models.catalogue import get_card
from core.report import embedding_map
from core.report.contents import Contents
from core.results.finished_run import FinishedRun
from tests.core.report.making import hostile_messages, known_vectors
from tests.core.report.reading import Element, drawn
from tests.core.studies.comparison.making import finished_run, messages


def section(facts) -> Element:
    return drawn('{% include "sections/map.html.j2" %}', run=Contents(facts))


@pytest.fixture
def run(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    return finished_run(workspace, dataset, wrong=(0, 1, 2))


def test_it_lies_in_the_two_directions_in_which_they_differ_most(run, workspace):
    facts = FinishedRun.open(run.id, workspace)
    vectors = known_vectors(facts.dataset, workspace)
    found = embedding_map.embedding_map(facts)
    by_name = {example.name: vectors[example.id] for example in facts.dataset.examples}
    assert {one.name for one in found.placed} == set(by_name) and found.left_out == 0
    rows = np.stack([by_name[one.name] for one in found.placed])
    oracle = PCA(2).fit(rows)
    places = np.array([(one.x, one.y) for one in found.placed])
    assert np.allclose(np.abs(places), np.abs(oracle.transform(rows)), atol=1e-3)
    assert found.share == pytest.approx(oracle.explained_variance_ratio_.sum(), abs=1e-4)


def test_training_examples_and_wrong_answers_can_be_told_apart(run, workspace):
    facts = FinishedRun.open(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    chart = section(facts).all("svg")[0]
    assert (len(chart.all("rect")), len(chart.all("circle")), len(chart.all("path"))) == (60, 17, 3)
    assert "3 of them were evaluated and answered wrongly" in chart.attributes["aria-label"]


def test_every_wrong_answer_stands_in_the_table_behind_it(run, workspace):
    facts = FinishedRun.open(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    rows = section(facts).all("table")[1].rows()
    wrong = {facts.dataset.examples[facts.place[a.example]].name for a in facts.answers if not a.right}
    assert {row[0] for row in rows} == wrong and len(rows) == 3


def test_without_what_the_model_made_of_them_there_is_none(run, workspace):
    assert embedding_map.embedding_map(FinishedRun.open(run.id, workspace)) is None


def test_of_many_examples_all_wrong_ones_are_drawn(run, workspace, monkeypatch):
    facts = FinishedRun.open(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    monkeypatch.setattr(embedding_map, "_MOST", 20)
    found = embedding_map.embedding_map(facts)
    assert len(found.placed) == len({one.name for one in found.placed}) == 20 and found.left_out == 60
    assert len(found.wrong) == 3
    assert "60 examples are not drawn" in section(facts).text


def test_many_wrong_answers_leave_room_for_the_others(workspace, tiny_models, monkeypatch):
    run = finished_run(workspace, messages(workspace, each=40), wrong=range(18))
    facts = FinishedRun.open(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    monkeypatch.setattr(embedding_map, "_MOST", 20)
    found = embedding_map.embedding_map(facts)
    assert len({one.name for one in found.placed}) == 20
    assert len(found.wrong) == 10


def test_names_in_one_place_are_written_below_each_other(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=["one class", "another", "third"], each=8)
    rows = {example.id: [1.0] * 9 + [float(i % 8)] for i, example in enumerate(dataset.examples)}
    card = get_card("tiny-text", workspace)
    VectorCache(workspace, card.identity, card.input_size, CACHE_VIEW).put({k: np.array(v) for k, v in rows.items()})
    facts = FinishedRun.open(finished_run(workspace, dataset).id, workspace)
    chart = section(facts).all("svg")[0]
    heights = sorted(float(t.attributes["y"]) for t in chart.all("text") if t.attributes.get("class") == "name")
    assert len(heights) == 3 and min(b - a for a, b in pairwise(heights)) >= 13.9


def test_of_many_classes_those_that_are_mistaken_have_colours(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=[f"class {i:02}" for i in range(12)], each=8)
    known_vectors(dataset, workspace)
    run = finished_run(workspace, dataset, wrong=range(20, 24))
    facts = FinishedRun.open(run.id, workspace)
    found = embedding_map.embedding_map(facts)
    assert {a.truth for a in facts.answers if not a.right} <= set(found.colours) and len(found.colours) == 7
