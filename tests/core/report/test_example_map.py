"""The map of the examples."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.cache import CACHE_VIEW, VectorCache
from core.models.catalogue import get_card
from core.report import example_map
from core.report.example_map import make_map
from core.report.map_chart import show_map
from core.report.markup import tag
from core.results.finished_run import gather
from tests.core.report.making import hostile_messages, known_vectors
from tests.core.report.reading import read
from tests.core.studies.comparison.making import finished_run, messages


@pytest.fixture
def run(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    return finished_run(workspace, dataset, wrong=(0, 1, 2))


def test_it_lies_in_the_two_directions_in_which_they_differ_most(run, workspace):
    facts = gather(run.id, workspace)
    vectors = known_vectors(facts.dataset, workspace)
    found = make_map(facts)
    assert sorted(found.indices) == list(range(80)) and found.left_out == 0
    rows = np.stack([vectors[facts.dataset.examples[i].id] for i in found.indices])
    oracle = PCA(2).fit(rows)
    assert np.allclose(np.abs(found.places), np.abs(oracle.transform(rows)), atol=1e-3)
    assert found.share == pytest.approx(oracle.explained_variance_ratio_.sum(), abs=1e-4)


def test_who_taught_and_who_was_answered_wrongly_can_be_told_apart(run, workspace):
    facts = gather(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    found = make_map(facts)
    chart = read(tag("html", show_map(facts, found))).all("svg")[0]
    assert (len(chart.all("rect")), len(chart.all("circle")), len(chart.all("path"))) == (60, 17, 3)
    assert "3 of them judged the model and were answered wrongly" in chart.attributes["aria-label"]


def test_every_wrong_answer_stands_in_the_table_behind_it(run, workspace):
    facts = gather(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    rows = read(tag("html", show_map(facts, make_map(facts)))).all("table")[1].rows()
    wrong = {facts.dataset.examples[facts.seen.at[a.example]].name for a in facts.wrong}
    assert {row[0] for row in rows} == wrong and len(rows) == 3


def test_without_what_the_model_made_of_them_there_is_none(run, workspace):
    assert make_map(gather(run.id, workspace)) is None


def test_of_many_examples_all_wrong_ones_are_drawn(run, workspace, monkeypatch):
    facts = gather(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    monkeypatch.setattr(example_map, "_MOST", 20)
    found = make_map(facts)
    assert len(found.indices) == len(set(found.indices)) == 20 and found.left_out == 60
    assert sum(a is not None and not a.right for a in found.answers) == 3
    assert "60 examples are not drawn" in show_map(facts, found)


def test_many_wrong_answers_leave_room_for_the_others(workspace, tiny_models, monkeypatch):
    run = finished_run(workspace, messages(workspace, each=40), wrong=range(18))
    facts = gather(run.id, workspace)
    known_vectors(facts.dataset, workspace)
    monkeypatch.setattr(example_map, "_MOST", 20)
    found = make_map(facts)
    assert len(set(found.indices)) == 20
    assert sum(a is not None and not a.right for a in found.answers) == 10


def test_names_in_one_place_are_written_below_each_other(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=["one class", "another", "third"], each=8)
    rows = {example.id: [1.0] * 9 + [float(i % 8)] for i, example in enumerate(dataset.examples)}
    card = get_card("tiny-text", workspace)
    VectorCache(workspace, card.identity, card.input_size, CACHE_VIEW).put({k: np.array(v) for k, v in rows.items()})
    facts = gather(finished_run(workspace, dataset).id, workspace)
    chart = read(tag("html", show_map(facts, make_map(facts)))).all("svg")[0]
    heights = sorted(float(t.attributes["y"]) for t in chart.all("text") if t.attributes.get("class") == "name")
    assert len(heights) == 3 and min(b - a for a, b in pairwise(heights)) >= 13.9


def test_of_many_classes_those_that_are_mistaken_have_colours(workspace, tiny_models):
    dataset = hostile_messages(workspace, harm=[f"class {i:02}" for i in range(12)], each=8)
    known_vectors(dataset, workspace)
    run = finished_run(workspace, dataset, wrong=range(20, 24))
    facts = gather(run.id, workspace)
    found = make_map(facts)
    assert {a.truth for a in facts.wrong} <= set(found.coloured) and len(found.coloured) == 7
