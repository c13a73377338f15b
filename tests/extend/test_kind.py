"""A new kind of example is one class and a backbone: files of it are read, checked, trained on, explained and tried."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.doctor.examine import examine
from core.errors import DataError
from core.events import Tried, drain
from core.jobs.trying import answers, open_model
from core.modalities import MODALITIES
from core.models.catalogue import CATALOGUE
from core.models.encoders import frozen_encoder
from core.models.trained import load_backbone
from core.results.occlusion import Witness, explain
from core.runs.folder import RunFolder
from core.training.spec.recipe import ANY_MODEL, Recipe, applicable_options
from tests.extend.toy_kind import CARD, Numbers
from tests.helpers import only, run_training, write_tree

TOY = Path(__file__).with_name("toy_kind.py")


@pytest.fixture
def numbers(monkeypatch):
    monkeypatch.setitem(MODALITIES, "numbers", Numbers())
    monkeypatch.setitem(CATALOGUE, CARD.id, CARD)


@pytest.fixture
def folder(tmp_path):
    """Rows whose first number is large, and rows whose last one is; one file is no row at all."""
    rng = np.random.default_rng(0)
    files = {"first/odd.nums": b"no numbers"}
    for label, at in (("first", 0), ("last", 3)):
        for number in range(12):
            row = rng.normal(0, 0.5, 4)
            row[at] += 3
            files[f"{label}/{number}.nums"] = " ".join(f"{value:.3f}" for value in row).encode()
    return write_tree(tmp_path / "rows", files)


@pytest.fixture
def dataset(numbers, folder, workspace) -> Dataset:
    return drain(take_in(str(folder), workspace))[0]


def test_it_is_under_a_hundred_lines():
    assert sum(bool(line.strip()) for line in TOY.read_text(encoding="utf-8").splitlines()) < 100


def test_files_of_the_kind_are_found_read_and_refused_with_a_reason(numbers, folder, workspace):
    dataset, report = drain(take_in(str(folder), workspace))
    assert (dataset.modality, dataset.counts) == ("numbers", {"first": 12, "last": 12})
    assert [(skip.file, str(skip.reason)) for skip in report.skipped] == [
        ("first/odd.nums", "It does not hold four numbers.")
    ]
    kept = Dataset.load(dataset.id, workspace)
    assert np.allclose(kept.payload(0), [float(value) for value in kept.examples[0].text.split()])


def test_the_data_check_says_what_holds_for_every_kind(dataset, workspace):
    assert {finding.check for finding in drain(examine(dataset, workspace))} <= {"few_examples", "wrong_labels"}


def test_only_options_that_change_something_are_offered(numbers):
    offered = applicable_options("full", "numbers")
    assert "augmentation" in offered
    assert not {"image_size", "turned_classes", "mixup"} & set(offered)


def test_the_best_is_found_for_it(dataset, workspace):
    events, result = run_training(dataset, Recipe(ANY_MODEL, "auto"), workspace)
    assert result and "head" in {event.strategy for event in only(Tried, events)}


@pytest.mark.parametrize(("strategy", "more"), [("head", {}), ("full", {"augmentation": "light", "epochs": 6})])
def test_it_is_trained_saved_explained_and_tried(dataset, workspace, strategy, more):
    _, result = run_training(dataset, Recipe(CARD.id, strategy, **more), workspace)
    assert np.mean([answer.right for answer in result.answers]) > 0.8
    folder = workspace.runs / "r1"
    folder.mkdir()
    result.model.save(folder)
    model = drain(open_model(RunFolder(folder), workspace, look=False))
    row = folder / "given.nums"
    row.write_text("4 0 0 0")
    (answer,) = answers(model, [str(row)])
    assert answer["label"] == "first"
    backbone = load_backbone("run:r1", workspace)
    why = explain(Witness(model, backbone, frozen_encoder(backbone, workspace)), np.array([4, 0, 0, 0], np.float32))
    assert (why.label, why.heat, why.words) == ("first", None, None)
    json.dumps(why.to_dict())


def test_without_it_the_files_are_strange_again(folder, workspace):
    assert "numbers" not in MODALITIES
    with pytest.raises(DataError):
        drain(take_in(str(folder), workspace))
