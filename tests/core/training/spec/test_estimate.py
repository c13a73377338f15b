"""An estimate is made of what was measured here, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from core.cache import CACHE_VIEW, VectorCache
from core.data.splits import Split
from core.hardware import RIVALLED, note_speed
from core.modalities import get_modality
from core.models.catalogue import BUNDLED
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds, tuning_work
from core.training.spec.recipe import Recipe
from tests.helpers import bare_dataset, example

IMAGE, TEXT = BUNDLED[:2]
START = 2.0 + 100 / 400
"""Loading, and the plain methods, which see all of `SPLIT`, where they were never measured."""
IMAGE_KIND = get_modality("image")
DATASET = bare_dataset([example(f"e{i}", "ab"[i % 2]) for i in range(100)])
SPLIT = Split(tuple(range(75)), tuple(range(75, 100)), (), "")


def estimate(workspace, strategy="nearest", **options):
    recipe = Recipe(model=IMAGE.id, strategy=strategy, **options)
    return expected_seconds(TrainingConfig.of(recipe, IMAGE), IMAGE, DATASET, SPLIT, workspace)


@pytest.fixture
def embeds_fifty(workspace):
    note_speed(workspace, IMAGE.id, "embed", 500, 10.0)
    return workspace


def test_before_the_first_measurement_nothing_is_claimed(workspace):
    assert estimate(workspace) is None
    assert estimate(workspace, "full") is None


def test_a_model_that_was_never_tuned_claims_nothing_about_tuning(embeds_fifty):
    assert estimate(embeds_fifty, "full") is None


def test_without_training_it_costs_one_embedding_of_everything(embeds_fifty):
    assert estimate(embeds_fifty) == pytest.approx(START + 2.0)


def test_what_is_known_already_costs_nothing(embeds_fifty):
    known = {e.id: np.zeros(2, dtype=np.float32) for e in DATASET.examples[:50]}
    VectorCache(embeds_fifty, IMAGE.identity, IMAGE.input_size, CACHE_VIEW).put(known)
    assert estimate(embeds_fifty) == pytest.approx(START + 1.0)


def test_a_picture_of_half_the_side_costs_a_quarter(embeds_fifty):
    assert estimate(embeds_fifty, image_size=96) == pytest.approx(START + 2.0 * (96 / 224) ** 2)


def test_measured_tuning_speed_counts_for_every_epoch_and_every_look(embeds_fifty):
    recipe = TrainingConfig.of(Recipe(model=IMAGE.id, strategy="full", epochs=4), IMAGE)
    note_speed(embeds_fifty, IMAGE.id, tuning_work(recipe, 224), 100, 10.0)  # 10 a second
    assert estimate(embeds_fifty, "full", epochs=4) == pytest.approx(START + 2 + 4 * (75 + 25 / 3) / 10 + 25 / 3 / 10)


def test_the_probe_stands_in_for_what_was_never_done_here(embeds_fifty):
    note_speed(embeds_fifty, IMAGE.id, "probe-full", 100, 10.0)
    note_speed(embeds_fifty, IMAGE.id, "probe-top", 100, 1.0)
    times = {name: estimate(embeds_fifty, name) for name in ("head", "partial", "bias", "full", "lora")}
    assert list(times) == sorted(times, key=times.get)
    assert times["full"] == pytest.approx(START + 2 + 8 * (75 + 25 / 3) / 10 + 25 / 3 / 10)


def test_turned_pictures_cost_four_times_as_much(embeds_fifty):
    note_speed(embeds_fifty, IMAGE.id, "probe-full", 100, 10.0)
    start = START + 2
    once, four = (estimate(embeds_fifty, "scratch", epochs=40, turned_classes=said) - start for said in ("no", "yes"))
    assert four == pytest.approx(4 * once)
    asked = {"epochs": 40, "augmentation": "none"}
    once, four = (estimate(embeds_fifty, "episodic", turned_classes=t, **asked) - start for t in ("no", "yes"))
    assert 2 < four / once < 4, "those that teach are looked at upright, whatever is turned"


def test_a_time_budget_is_its_own_estimate(embeds_fifty):
    assert estimate(embeds_fifty, "full", time_budget=90.0) == 90.0


@pytest.mark.parametrize(
    ("one", "other"),
    [({"augmentation": "none"}, {}), ({"image_size": 96}, {}), ({"turned_classes": "yes"}, {})],
    ids=str,
)
def test_ways_that_cost_differently_are_kept_apart(one, other):
    first, second = (TrainingConfig.of(Recipe(model=IMAGE.id, strategy="full", **o), IMAGE) for o in (one, other))
    assert tuning_work(first, first.image_size) != tuning_work(second, second.image_size)


def test_steps_of_the_last_layer_count_and_those_of_a_cross_validation_too(workspace):
    """They were forgotten once: `head` on 300 photos took three times what was said."""
    note_speed(workspace, IMAGE.id, "embed", 100, 1.0)

    def said(epochs: int, folds: int) -> float:
        recipe = TrainingConfig.of(Recipe(IMAGE.id, "head", epochs=epochs, batch_size=1), IMAGE)
        return expected_seconds(recipe, IMAGE, DATASET, SPLIT, workspace, folds=folds)

    step = (said(21, 0) - said(1, 0)) / 20
    assert step > 0
    assert said(21, 10) - said(21, 0) == pytest.approx(10 * 21 * step)


def test_the_plain_methods_beside_the_score_take_time_too(embeds_fifty):
    note_speed(embeds_fifty, IMAGE_KIND.plain.model, RIVALLED, 100, 5.0)
    assert estimate(embeds_fifty) == pytest.approx(2 + 2 + 5)
    assert estimate(embeds_fifty, "full", time_budget=90.0) == 90.0
    nobody = Split(tuple(range(75)), (), (), "")  # nothing to compare it on
    recipe = TrainingConfig.of(Recipe(model=IMAGE.id, strategy="nearest"), IMAGE)
    assert expected_seconds(recipe, IMAGE, DATASET, nobody, embeds_fifty) == pytest.approx(2 + 1.5)
