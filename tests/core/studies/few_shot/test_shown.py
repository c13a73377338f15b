"""Episodes to look at: complete, of bounded size, and with a map that scikit-learn would draw too."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.evaluation.projection import project_to_plane
from core.studies.few_shot.episodes import Episode, Shape
from core.studies.few_shot.shown import how_many_to_show, read_shown, show_episode, write_shown
from tests.helpers import bare_dataset, example

SHAPE = Shape(2, 2, 3)
EPISODE = Episode(("a", "b"), (0, 1, 5, 6), (2, 3, 4, 7, 8, 9))
VECTORS = np.random.default_rng(0).normal(1, 1, (10, 6)).astype(np.float32)
SCORES = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4], [0.1, 0.9], [0.0, 1.0]])


@pytest.fixture
def shown():
    return show_episode(EPISODE, VECTORS, SCORES, SHAPE)


def test_answers_follow_from_the_scores_and_truths_from_the_places(shown):
    assert shown.answers == [0, 1, 0, 0, 1, 1]
    assert [shown.truth(i) for i in range(6)] == [0, 0, 0, 1, 1, 1]
    assert [shown.right(i) for i in range(6)] == [True, False, True, False, True, True]


def test_the_map_is_of_embeddings_of_length_one_with_averages_in_the_middle(shown):
    x = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    given, asked = x[[0, 1, 5, 6]], x[[2, 3, 4, 7, 8, 9]]
    means = np.stack([given[:2].mean(0), given[2:].mean(0)])
    expected, share = project_to_plane(np.concatenate([given, asked, means]))
    places = [*shown.support_places, *shown.query_places, *shown.prototype_places]
    np.testing.assert_allclose(places, expected, atol=1e-4)
    assert shown.map_share == pytest.approx(share)
    np.testing.assert_allclose(shown.prototype_places[0], np.mean(shown.support_places[:2], axis=0), atol=2e-4)


def test_an_episode_comes_back_from_its_file_as_it_was(shown, tmp_path):
    write_shown([shown, shown], tmp_path)
    back = read_shown(tmp_path)
    assert len(back) == 2
    assert json.dumps([back[0].classes, back[0].support, back[0].scores, back[0].support_places]) == json.dumps(
        [shown.classes, shown.support, shown.scores, shown.support_places]
    )
    assert [back[1].right(i) for i in range(6)] == [shown.right(i) for i in range(6)]
    assert read_shown(tmp_path / "nothing") == []


def test_for_readers_without_the_set_examples_have_names(shown):
    dataset = bare_dataset([example(f"d{i}", "a" if i < 5 else "b") for i in range(10)])
    plain = json.loads(json.dumps(shown.to_dict(dataset)))
    assert plain["support"] == ["d0.png", "d1.png", "d5.png", "d6.png"]
    assert plain["query"][3] == "d7.png"
    assert plain["answers"] == ["a", "b", "a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("shape", "many"), [((5, 5, 15), 100), ((20, 5, 50), 10), ((100, 1, 15), 1), ((900, 1, 19), 1)]
)
def test_few_big_episodes_are_kept_or_many_small_ones(shape, many):
    assert how_many_to_show(Shape(*shape)) == many


@pytest.mark.parametrize("size", [(30, 7), (12, 400)])
def test_the_map_shows_principal_components(size):
    points = np.random.default_rng(1).normal(3, 1, size) * np.geomspace(3, 0.1, size[1])
    oracle = PCA(2).fit(points)
    places, share = project_to_plane(points)
    expected = oracle.transform(points)
    signs = np.sign((places * expected).sum(0))
    np.testing.assert_allclose(places, expected * signs, atol=1e-6)
    assert share == pytest.approx(oracle.explained_variance_ratio_.sum())
    assert (places[np.abs(places).argmax(0), [0, 1]] > 0).all()


@pytest.mark.parametrize("points", [np.ones((4, 3)), np.ones((1, 3)), np.array([[0.0, 1.0], [1.0, 0.0]])])
def test_a_map_of_next_to_nothing(points):
    places, share = project_to_plane(points)
    assert places.shape == (len(points), 2)
    assert np.isfinite(places).all()
    assert share == pytest.approx(1.0)
