"""A new backbone is a card and a class: once in the catalogue, it is listed, timed, trained, saved and asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.events import drain
from core.hardware import measured_speed
from core.models.catalogue import CATALOGUE, cards, get_card
from core.models.trained import TrainedModel
from core.training.engine.measure import measure
from core.training.spec.recipe import Recipe
from tests.extend.toy_backbone import CARD
from tests.helpers import picture_dataset, run_training

TOY = Path(__file__).with_name("toy_backbone.py")


@pytest.fixture
def patches(monkeypatch):
    monkeypatch.setitem(CATALOGUE, CARD.id, CARD)


def test_it_is_about_forty_lines():
    assert sum(bool(line.strip()) for line in TOY.read_text(encoding="utf-8").splitlines()) <= 40


def test_it_is_listed_and_timed(patches, workspace):
    assert CARD in cards(workspace)
    drain(measure(CARD.id, workspace))
    assert measured_speed(workspace, CARD.id, "embed") > 0


@pytest.mark.parametrize("strategy", ["head", "full", "lora"])
def test_it_trains_and_answers_the_same_after_it_was_saved(patches, workspace, tmp_path, strategy):
    dataset = picture_dataset(workspace, each=8)
    _, result = run_training(dataset, Recipe(CARD.id, strategy), workspace)
    payloads = [dataset.payload(i) for i in range(3)]
    answers = [answer.probabilities for answer in result.model.predict(payloads)]
    assert np.isfinite([list(answer.values()) for answer in answers]).all()
    result.model.save(tmp_path)
    again = TrainedModel.load(tmp_path, workspace).predict(payloads)
    assert [answer.probabilities for answer in again] == answers


def test_without_its_card_it_is_gone(workspace):
    with pytest.raises(ModelError, match="no model called 'patches'"):
        get_card(CARD.id, workspace)
