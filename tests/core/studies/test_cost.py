"""How long it will take, from speeds that are known."""

from __future__ import annotations

import pytest

from core.hardware import note_speed
from core.studies.learning_curve import LEARNING_CURVE
from core.studies.learning_curve.design import CurveDesign
from core.studies.transfer import TRANSFER
from core.studies.transfer.design import TransferDesign
from tests.helpers import picture_dataset


@pytest.fixture
def pictures(workspace, tiny_models):
    return picture_dataset(workspace)


def seconds(pictures, workspace, **about) -> float | None:
    return TRANSFER.plan(TransferDesign("tiny-image", shots=3, **about), pictures, workspace).seconds


def curve(pictures, workspace, *strategies, **about) -> float | None:
    return LEARNING_CURVE.plan(CurveDesign("tiny-image", strategies, **about), pictures, workspace).seconds


def test_before_the_model_was_timed_nothing_is_said(pictures, workspace):
    assert seconds(pictures, workspace) is None
    assert curve(pictures, workspace, "head") is None
    note_speed(workspace, "tiny-image", "embed", 100, 1.0)
    assert seconds(pictures, workspace) is None  # nobody knows how fast it learns
    assert curve(pictures, workspace, "full") is None


def test_more_of_anything_takes_longer(pictures, workspace):
    for work in ("embed", "probe-top", "probe-full"):
        note_speed(workspace, "tiny-image", work, 100, 1.0)
    base = seconds(pictures, workspace, splits=3)
    assert seconds(pictures, workspace, splits=6) > 1.7 * base
    assert seconds(pictures, workspace, splits=3, strategy="full") > base
    assert seconds(pictures, workspace, splits=3, views=16) > base
    assert seconds(pictures, workspace, splits=3, parts=()) < base
    assert seconds(pictures, workspace, splits=3, scratch_epochs=300) == pytest.approx(
        base + 3 * 2 * 270 * 9 / 100, rel=1e-6
    )  # 3 splits, 2 networks, 270 epochs more, 9 pictures, 100 a second
    assert curve(pictures, workspace, "full", splits=3) > curve(pictures, workspace, "head", splits=3)
    assert curve(pictures, workspace, "head", "full", splits=6) > curve(pictures, workspace, "head", "full", splits=3)
