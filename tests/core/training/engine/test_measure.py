"""The speed probe: everything is timed, or nothing more once somebody wants the computer."""

from __future__ import annotations

from core.events import Progress, drain
from core.hardware import measured_speed
from core.training.engine.measure import measure
from tests.helpers import only


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
    from tests.tiny import TINY

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
