"""What is kept of every epoch, and that it is the truth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.events import EpochEnd, RunStarted
from core.training.engine.history import (
    DIMENSIONS,
    MOST_EPOCHS,
    MOST_EXAMPLES,
    MOST_SHOWN,
    History,
    choose_shown,
    projected,
    read_history,
    write_history,
)
from core.training.engine.train import train
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, only, picture_dataset


def noted(epochs, best=lambda epoch: 0, n=3, places=True):
    """A history of so many epochs after the first state; what is said follows from the epoch."""
    history = History()
    history.watch(range(n))
    for epoch in range(epochs + 1):
        probabilities = torch.full((n, 2), 0.25)
        probabilities[:, epoch % 2] = 0.75
        where = torch.full((n, 4), float(epoch)) if places or epoch == 0 else None
        history.note(epoch, range(n), probabilities, where, best(epoch))
    return history


def run(dataset, strategy, workspace, **options):
    history = History()
    recipe = Recipe(f"tiny-{dataset.modality}", strategy, seed=3, **options)
    stream = train(dataset, recipe, workspace, history=history)
    events = []
    while True:
        try:
            events.append(next(stream))
        except StopIteration as end:
            return history, events, end.value


@pytest.mark.parametrize("strategy", ["head", "partial", "full", "lora", "bias", "scratch", "contrastive", "episodic"])
def test_after_each_epoch_it_holds_what_the_curve_says(workspace, tiny_models, strategy):
    dataset = picture_dataset(workspace)
    options = {"layers": 1} if strategy in ("partial", "contrastive") else {}
    history, events, result = run(dataset, strategy, workspace, epochs=3, **options)
    curve = {end.epoch: end.validation_accuracy for end in only(EpochEnd, events)}
    assert set(history.moments) == set(curve) == {0, 1, 2, 3}
    truths = np.array([dataset.classes.index(dataset.examples[i].label) for i in history.examples])
    for epoch, moment in history.moments.items():
        assert (moment.predicted == truths).mean() == pytest.approx(curve[epoch])
    (started,), ends = only(RunStarted, events), only(EpochEnd, events)
    rows = [history.examples.index(i) for i in started.shown]
    assert rows
    assert {end.epoch: end.predicted for end in ends} == {
        epoch: tuple(moment.predicted[rows].tolist()) for epoch, moment in history.moments.items()
    }
    judged = {answer.example: answer for answer in result.answers}
    for i, said, sure in zip(
        history.examples, history.moments[3].predicted, history.moments[3].confidence, strict=True
    ):
        answer = judged[dataset.examples[i].id]
        assert dataset.classes[said] == answer.label
        assert float(sure) == pytest.approx(answer.confidence, abs=1e-3)


@pytest.mark.parametrize(("strategy", "moves"), [("head", False), ("full", True), ("contrastive", True)])
def test_places_move_only_where_the_network_learns(workspace, tiny_models, strategy, moves):
    history, _, _ = run(message_dataset(workspace), strategy, workspace, epochs=3)
    first, last = (history.moments[epoch].places for epoch in (0, 3))
    assert first.shape == (len(history.examples), 10)
    assert first.std() > 0
    assert np.array_equal(first, last) == (not moves)


@pytest.mark.parametrize("make", [picture_dataset, message_dataset], ids=["image", "text"])
def test_the_last_places_are_those_of_the_finished_network(workspace, tiny_models, make):
    """Whatever order they are judged in: messages of like length come together."""
    dataset = make(workspace)
    history, _, result = run(dataset, "full", workspace, epochs=3)
    with torch.inference_mode():
        expected = projected(result.model.embed([dataset.payload(i) for i in history.examples])).numpy()
    np.testing.assert_allclose(history.moments[3].places, expected, atol=1e-2, rtol=1e-2)


def test_the_first_places_are_those_of_the_pretrained_network(workspace, tiny_models):
    """Tuning begins with a head that is fitted on them: they are looked at before the first step."""
    dataset = message_dataset(workspace)
    frozen, _, _ = run(dataset, "head", workspace, epochs=2)
    tuned, _, _ = run(dataset, "full", workspace, epochs=2)
    np.testing.assert_allclose(tuned.moments[0].places, frozen.moments[0].places, atol=1e-2)


def test_of_a_long_run_it_keeps_the_best_the_newest_and_every_so_manyth():
    history = noted(203, best=lambda epoch: min(epoch, 77))
    kept = sorted(history.moments)
    assert len(kept) <= MOST_EPOCHS
    assert set(kept) == {77, 203, *range(0, 201, 8)}


@pytest.mark.parametrize("epochs", [1, 37, 38, 39, 40, 75, 76, 77, 400])
def test_never_too_many_and_never_too_few(epochs):
    kept = sorted(noted(epochs, best=lambda epoch: min(epoch, 5)).moments)
    assert min(epochs + 1, MOST_EPOCHS // 2) <= len(kept) <= MOST_EPOCHS
    assert (kept[0], kept[-1]) == (0, epochs)


def test_of_many_examples_some_are_watched():
    history = History()
    history.watch(range(3, 1803))
    assert MOST_EXAMPLES * 0.8 < len(history.examples) <= MOST_EXAMPLES
    probabilities = torch.eye(2)[torch.arange(1800) % 2]
    history.note(0, range(3, 1803), probabilities, torch.arange(1800.0)[:, None], 0)
    assert history.moments[0].predicted.tolist() == [(i - 3) % 2 for i in history.examples]
    assert history.moments[0].places[:, 0].tolist() == [i - 3 for i in history.examples]


@pytest.mark.parametrize("n", [500, 501, 952, 976, 1800])
def test_those_that_are_shown_are_always_watched(n):
    history, shown = History(), range(1, n, n // MOST_SHOWN)[:MOST_SHOWN]
    history.watch(range(n), shown)
    assert set(shown) <= set(history.examples)
    assert MOST_EXAMPLES * 0.45 < len(history.examples) <= MOST_EXAMPLES


@pytest.mark.parametrize("n", [0, 1, 23, 24, 25, 300])
def test_each_class_has_its_share_of_those_that_are_shown(n):
    classes = [0 if i % 4 else 1 for i in range(n)]
    shown = choose_shown(range(100, 100 + n), classes)
    assert len(shown) == len(set(shown)) == min(n, MOST_SHOWN)
    said = [classes[i - 100] for i in shown]
    assert said == sorted(said)
    assert abs(sum(said) - len(said) / 4) <= 1


@pytest.mark.parametrize("places", [True, False])
def test_it_comes_back_from_disk_as_it_was(tmp_path, places):
    history = noted(3, places=places)
    write_history(history, tmp_path)
    found = read_history(tmp_path)
    assert found.examples == history.examples
    assert list(found.moments) == list(history.moments)
    for epoch, moment in history.moments.items():
        for name in ("predicted", "confidence", "places"):
            np.testing.assert_array_equal(getattr(found.moments[epoch], name), getattr(moment, name))


def test_places_that_never_moved_are_kept_once(tmp_path):
    assert sum(name.endswith("places") for name in noted(3, places=False).arrays()) == 1


@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_where_there_is_none_or_it_is_spoilt_there_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / "history.safetensors").write_bytes(content)
    assert read_history(tmp_path) is None


def test_a_single_moment_is_not_kept(tmp_path):
    write_history(noted(0), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_projection_keeps_distances_about_as_they_were():
    points = torch.from_numpy(np.random.default_rng(4).normal(size=(60, 700))).float()
    ratio = torch.pdist(projected(points)) / torch.pdist(points)
    assert projected(points).shape == (60, DIMENSIONS)
    assert 0.95 < ratio.mean() < 1.05
    assert ratio.std() < 0.2


def test_a_projection_of_few_dimensions_leaves_them_as_they_are():
    points = torch.rand(5, 7)
    assert torch.equal(projected(points), points)


def test_what_does_not_fit_into_half_precision_comes_as_near_as_it_can():
    history = History()
    history.watch([0])
    history.note(0, [0], torch.tensor([[0.5, 0.5]]), torch.tensor([[1e9, float("nan"), -1e9]]), 0)
    assert history.moments[0].places.tolist() == [[65504.0, 0.0, -65504.0]]
