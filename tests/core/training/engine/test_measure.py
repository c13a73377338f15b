"""The speed probe: everything is timed, or nothing more once somebody wants the computer."""

from __future__ import annotations

import pytest
import torch

from core.events import Progress, drain
from core.hardware import measured_speed, note_speed
from core.training.engine import measure as measuring
from core.training.engine.measure import bfloat16_suits, measure
from tests.helpers import only
from tests.tiny import TINY

CPU = torch.device("cpu")


def timed(workspace, model) -> set[str]:
    return {work for work in ("embed", "probe-top", "probe-full") if measured_speed(workspace, model, work)}


def test_embedding_and_both_depths_of_tuning_are_timed(workspace, tiny_models):
    speed = drain(measure("tiny-image", workspace))
    assert speed == measured_speed(workspace, "tiny-image", "embed") > 0
    assert timed(workspace, "tiny-image") == {"embed", "probe-top", "probe-full"}


def test_a_network_that_cannot_be_cut_is_timed_as_a_whole(workspace, tiny_models):
    drain(measure("tiny-text", workspace))
    assert timed(workspace, "tiny-text") == {"embed", "probe-full"}


def test_the_weights_stay_as_they_are(workspace, tiny_models, monkeypatch):
    backbone = TINY["tiny-image"](tiny_models["image"])
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    monkeypatch.setattr("core.training.engine.measure.load_backbone", lambda model, workspace: backbone)
    drain(measure("tiny-image", workspace))
    assert all(value.equal(before[name]) for name, value in backbone.state_dict().items())


def test_it_is_stopped_between_two_runs(workspace, tiny_models):
    events = []
    stopped = drain(measure("tiny-image", workspace, lambda: len(events) == 5), events.append)
    assert stopped is None
    assert len(only(Progress, events)) == 5
    assert timed(workspace, "tiny-image") == {"embed"}


@pytest.fixture
def counts_as_large(monkeypatch):
    monkeypatch.setattr(measuring, "_SMALL", 0)


@pytest.mark.parametrize(("single", "half"), [(1.0, 1.2), (1.0, 1.05), (2.0, 1.0)])
def test_the_faster_precision_is_taken_and_kept(workspace, tiny_models, monkeypatch, counts_as_large, single, half):
    backbone = TINY["tiny-image"](tiny_models["image"])
    monkeypatch.setattr(measuring, "has_bfloat16", lambda device: True)
    note_speed(workspace, "tiny-image", "step-float32", 8, 8 / single)
    note_speed(workspace, "tiny-image", "step-bfloat16", 8, 8 / half)
    monkeypatch.setattr(measuring, "_bfloat16_is_faster", lambda *args: pytest.fail("measured again"))
    assert bfloat16_suits(backbone, workspace, CPU) == (half > 1.1 * single)


def test_a_step_of_the_whole_network_is_timed_once(workspace, tiny_models, monkeypatch, counts_as_large):
    monkeypatch.setattr(measuring, "has_bfloat16", lambda device: True)
    steps, step = [], measuring._step

    def noting(module, inputs, **options):
        steps.append(options)
        step(module, inputs, **options)

    monkeypatch.setattr(measuring, "_step", noting)
    drain(measure("tiny-text", workspace))
    assert len(steps) == 6, "three in each precision"
    speeds = [measured_speed(workspace, "tiny-text", work) for work in ("step-float32", "step-bfloat16")]
    assert measured_speed(workspace, "tiny-text", "probe-full") == pytest.approx(speeds[speeds[1] > 1.1 * speeds[0]])


def test_precisions_are_measured_once_and_leave_chance_and_weights_alone(
    workspace, tiny_models, monkeypatch, counts_as_large
):
    backbone = TINY["tiny-image"](tiny_models["image"])
    before = {name: value.clone() for name, value in backbone.state_dict().items()}
    modes = [module.training for module in backbone.modules()]
    monkeypatch.setattr(measuring, "has_bfloat16", lambda device: True)
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    bfloat16_suits(backbone, workspace, CPU)
    assert torch.rand(4).equal(expected)
    assert all(value.equal(before[name]) for name, value in backbone.state_dict().items())
    assert [module.training for module in backbone.modules()] == modes
    assert all(parameter.grad is None for parameter in backbone.parameters())
    assert all(measured_speed(workspace, "tiny-image", work) for work in ("step-float32", "step-bfloat16"))


def test_nothing_is_measured_where_the_processor_has_no_bfloat16(workspace, tiny_models, monkeypatch):
    monkeypatch.setattr(measuring, "has_bfloat16", lambda device: False)
    assert not bfloat16_suits(TINY["tiny-image"](tiny_models["image"]), workspace, CPU)
    assert measured_speed(workspace, "tiny-image", "step-float32") is None


def test_a_small_network_is_not_measured(workspace, tiny_models, monkeypatch):
    monkeypatch.setattr(measuring, "has_bfloat16", lambda device: True)
    assert not bfloat16_suits(TINY["tiny-image"](tiny_models["image"]), workspace, CPU)
    assert measured_speed(workspace, "tiny-image", "step-float32") is None
