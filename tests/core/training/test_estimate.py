"""An estimate is made of what was measured here, and of nothing else."""

from __future__ import annotations

import pytest

from core.models.catalog import BUNDLED
from core.models.speed import note_speed, tuning_work
from core.training.estimate import expected_seconds
from core.training.recipe import Recipe

IMAGE, TEXT = BUNDLED


def estimate(workspace, strategy="head", card=IMAGE, n_train=75, n_judge=25, **options):
    return expected_seconds(
        Recipe(model=card.id, strategy=strategy, **options).filled(card), card, n_train, n_judge, workspace
    )


def test_before_the_first_measurement_nothing_is_claimed(workspace):
    assert estimate(workspace) is None
    assert estimate(workspace, "full") is None


def test_the_head_costs_one_embedding_of_everything(workspace):
    note_speed(workspace, IMAGE.id, "embed", 500, 10.0)  # 50 a second
    assert estimate(workspace) == pytest.approx(2.0)


def test_a_picture_of_half_the_side_costs_a_quarter(workspace):
    note_speed(workspace, IMAGE.id, "embed", 500, 10.0)
    assert estimate(workspace, image_size=IMAGE.input_size // 2 // 32 * 32) == pytest.approx(2.0 * (96 / 224) ** 2)


def test_measured_tuning_speed_counts_for_every_epoch(workspace):
    note_speed(workspace, TEXT.id, "embed", 500, 10.0)
    note_speed(workspace, TEXT.id, tuning_work(TEXT.input_size), 100, 10.0)  # 10 a second
    assert estimate(workspace, "full", TEXT, epochs=4) == pytest.approx(2.0 + 4 * (75 + 25 / 3) / 10)


def test_tuning_everything_takes_longer_than_the_head(workspace):
    note_speed(workspace, IMAGE.id, "embed", 500, 10.0)
    assert estimate(workspace, "full") > estimate(workspace)
