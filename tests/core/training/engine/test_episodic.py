"""The episodes of prototypical training: what is shown, what is asked about, and the loss of one against NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.data.splits import make_split
from core.events import drain
from core.training.engine.context import TrainingContext
from core.training.engine.episodic import EpisodeSampler, _episode_loss, _Scale, _turned_each
from core.training.engine.fit import prepare
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from tests.helpers import picture_dataset


@pytest.fixture
def task_of(workspace, tiny_models):
    def make(groups: int | None = None, **options) -> TrainingContext:
        dataset, card = picture_dataset(workspace, each=8), tiny_models["image"]
        if groups:  # so many examples in a row are one burst
            bursts = tuple(replace(e, group=f"burst-{i // groups}") for i, e in enumerate(dataset.examples))
            dataset = replace(dataset, examples=bursts)
        config = TrainingConfig.of(
            Recipe(card.id, "episodic", **{"ways": 2, "supports": 2, "queries": 3, **options}), card
        )
        return TrainingContext(dataset, make_split(dataset, seed=0), config, card, workspace)

    return make


def drawn(task: TrainingContext, many: int = 40):
    sampler = EpisodeSampler(task)
    return [sampler.draw(epoch, step) for epoch in range(1, 5) for step in range(many // 4)]


def test_only_training_examples_take_part_and_nobody_is_asked_about_what_was_shown(task_of):
    task = task_of()
    for one in drawn(task):
        assert set(one.examples) <= set(task.split.train)
        assert len(set(one.examples)) == len(one.examples)
        assert set(one.support).isdisjoint(one.query)
        assert sorted([*one.support, *one.query]) == list(range(len(one.examples)))
        assert np.bincount(one.support_labels).tolist() == [2, 2]
        assert np.bincount(one.query_labels).tolist() == [3, 3]


def test_labels_follow_the_classes(task_of):
    task = task_of()
    for one in drawn(task):
        for places, labels in ((one.support, one.support_labels), (one.query, one.query_labels)):
            of = {(int(task.targets[one.examples[p]]), int(label)) for p, label in zip(places, labels, strict=True)}
            assert len(of) == one.ways == 2


def test_a_burst_never_stands_on_both_sides(task_of):
    task = task_of(groups=2, supports=1, queries=2)
    clusters = task.dataset.clusters
    for one in drawn(task):
        shown = {clusters[one.examples[p]] for p in one.support}
        assert shown.isdisjoint(clusters[one.examples[p]] for p in one.query)


def test_episodes_follow_from_the_seed(task_of):
    first, again, other = (drawn(task_of(seed=seed)) for seed in (1, 1, 2))
    same = [np.array_equal(a.examples, b.examples) for a, b in zip(first, again, strict=True)]
    assert all(same)
    assert not all(np.array_equal(a.examples, b.examples) for a, b in zip(first, other, strict=True))
    assert len({tuple(one.examples) for one in first}) > 30


def test_turned_classes_are_classes_of_their_own(task_of):
    task = task_of(turned_classes="yes", ways=9)
    for one in drawn(task):
        assert one.ways == 9
        for places, labels in ((one.support, one.support_labels), (one.query, one.query_labels)):
            kinds = zip(task.targets[one.examples[places]].tolist(), one.turns[places].tolist(), strict=True)
            of = set(zip(kinds, labels.tolist(), strict=True))
            assert len({kind for kind, _ in of}) == len(of) == 9
    pixels = torch.randn(5, 3, 6, 6)
    found = _turned_each({"pixels": pixels}, np.array([0, 3, 1, 2, 3]))["pixels"].numpy()
    for row, turn in enumerate([0, 3, 1, 2, 3]):
        assert np.array_equal(found[row], np.rot90(pixels[row].numpy(), turn, (1, 2)))


def test_the_loss_is_that_of_distances_to_class_means(task_of):
    one = drawn(task_of())[0]
    torch.manual_seed(0)
    embeddings = torch.randn(len(one.examples), 4)
    z = embeddings.numpy().astype(float)
    means = np.stack([z[one.support][one.support_labels == way].mean(0) for way in range(one.ways)])
    distances = ((z[one.query][:, None] - means[None]) ** 2).sum(2)
    logits = -10 * distances / distances.mean()
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = -np.log(shares[np.arange(len(logits)), one.query_labels]).mean()
    assert float(_episode_loss(embeddings, one, _Scale()).detach()) == pytest.approx(expected, rel=1e-4)


def test_what_is_evaluated_is_the_nearest_class_mean_of_all_training_examples(task_of):
    task = task_of()
    phase = drain(prepare(task))
    phase.refit()
    train, validation = list(task.split.train), list(task.split.validation)
    with torch.no_grad():
        z = task.backbone.eval()(**task.inputs([*train, *validation])).numpy().astype(float)
        said = phase.logits(validation).argmax(1).tolist()
    z -= z[: len(train)].mean(0)
    z /= np.linalg.norm(z, axis=1)[:, None]
    labels = task.targets[train].numpy()
    means = np.stack([z[: len(train)][labels == label].mean(0) for label in range(3)])
    expected = ((z[len(train) :][:, None] - means[None]) ** 2).sum(2).argmin(1).tolist()
    assert said == expected
