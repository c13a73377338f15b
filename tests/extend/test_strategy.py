"""A new way to train is one file: put among the strategies it is offered, explained and trained like any other."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cli.training import add_recipe_flags
from core.training import strategies
from core.training.spec.recipe import Recipe, applicable_options
from core.training.spec.strategies import STRATEGIES, discovered, strategies_for
from tests.helpers import picture_dataset, run_training

TOY = Path(__file__).with_name("toy_strategy.py")


@pytest.fixture
def focal(tmp_path, monkeypatch):
    """The file lies in the package, as far as Python can tell."""
    shutil.copy(TOY, tmp_path / "focal.py")
    monkeypatch.setattr(strategies, "__path__", [*strategies.__path__, str(tmp_path)])
    found = discovered()
    monkeypatch.setitem(STRATEGIES, "focal", found["focal"])
    yield found["focal"]
    sys.modules.pop("core.training.strategies.focal")


def test_it_is_about_twenty_lines():
    lines = TOY.read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 22


def test_it_is_found_offered_and_has_a_flag(focal, tiny_models):
    assert list(discovered()) == [*(name for name in STRATEGIES if name != "focal"), "focal"]
    assert "focal" in strategies_for(tiny_models["image"])
    assert set(applicable_options("focal", "image")) >= {"epochs", "learning_rate", "regularisation", "seed"}
    assert str(focal.described(None).full_title) == "Hard examples first (focal loss)"
    parser = argparse.ArgumentParser()
    add_recipe_flags(parser)
    assert parser.parse_args(["set", "--strategy", "focal", "--epochs", "3"]).strategy == "focal"


def test_it_trains_and_does_what_it_says(focal, tiny_models, workspace):
    dataset = picture_dataset(workspace, each=12)
    _, result = run_training(dataset, Recipe("tiny-image", "focal"), workspace)
    _, plain = run_training(dataset, Recipe("tiny-image", "head", epochs=40), workspace)
    assert np.mean([answer.right for answer in result.answers]) > 0.6
    assert np.mean([a.confidence for a in result.answers]) < np.mean([a.confidence for a in plain.answers])


def test_without_the_file_it_is_gone():
    assert "focal" not in discovered()
    assert "focal" not in STRATEGIES
