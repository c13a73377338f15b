"""A trained model on disk: JSON and safetensors, read without trust."""

from __future__ import annotations

import gc
import json
import pickle
import weakref

import pytest
import torch
from safetensors.torch import load, save

from core.errors import RunError
from core.models import trained
from core.models.encoders import hasten
from core.models.head import LinearHead
from core.models.trained import Prediction, TrainedModel
from core.storage import write_sealed
from tests.helpers import picture_dataset
from tests.tiny import TINY_IMAGE, TinyImage

CLASSES = ("a/b", "🙂", "../c")


@pytest.fixture
def make(tiny_models):
    def model(tuned: bool = False) -> TrainedModel:
        generator = torch.Generator().manual_seed(1)
        head = LinearHead.fitted_to(torch.randn(9, 12, generator=generator), 3)
        with torch.no_grad():
            head.weight.copy_(torch.randn(3, 12, generator=generator))
        backbone = TinyImage()
        if tuned:
            with torch.no_grad():
                backbone.first[0].weight.mul_(3)
        return TrainedModel(
            title="T", card=TINY_IMAGE, classes=CLASSES, size=32, tuned=tuned, head=head,
            parent="tiny-image", load_backbone=lambda: backbone,
        )  # fmt: skip

    return model


@pytest.mark.parametrize("tuned", [False, True])
def test_it_loads_as_it_was_saved(make, workspace, tmp_path, tuned):
    model = make(tuned)
    model.save(tmp_path)
    loaded = TrainedModel.load(tmp_path, workspace)
    for field in ("title", "card", "classes", "size", "tuned", "parent", "modality"):
        assert getattr(loaded, field) == getattr(model, field)
    dataset = picture_dataset(workspace, each=2)
    pictures = [dataset.payload(i) for i in range(6)]
    assert [p.probabilities for p in loaded.predict(pictures)] == [p.probabilities for p in model.predict(pictures)]


def test_an_untouched_backbone_is_named_not_copied(make, tmp_path):
    make(tuned=False).save(tmp_path)
    assert set(load((tmp_path / "model.safetensors").read_bytes())) == {
        "head.centre", "head.spread", "head.weight", "head.bias",
    }  # fmt: skip


def test_a_tuned_backbone_is_kept_whole(make, tmp_path):
    make(tuned=True).save(tmp_path)
    kept = set(load((tmp_path / "model.safetensors").read_bytes()))
    assert {f"backbone.{name}" for name in TinyImage().state_dict()} < kept


def test_saving_leaves_two_files_and_nothing_to_unpickle(make, tmp_path):
    make(tuned=True).save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.json", "model.safetensors"}
    json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads((tmp_path / "model.safetensors").read_bytes())


def test_the_backbone_is_loaded_only_when_it_is_needed(make, workspace, tmp_path, monkeypatch):
    make(tuned=True).save(tmp_path)
    monkeypatch.setattr("core.models.trained.load_pretrained", lambda *arguments: pytest.fail("loaded"))
    assert TrainedModel.load(tmp_path, workspace).classes == CLASSES


def test_answers_stand_in_order_and_sum_to_one(make, workspace):
    model, dataset = make(), picture_dataset(workspace, each=7)
    pictures = [dataset.payload(i) for i in range(21)]  # more than one batch
    answers = model.predict(pictures)
    assert len(answers) == 21
    for picture, answer in zip(pictures, answers, strict=True):
        assert tuple(answer.probabilities) == CLASSES
        assert sum(answer.probabilities.values()) == pytest.approx(1)
        (alone,) = model.predict([picture])
        assert alone.probabilities == pytest.approx(answer.probabilities, abs=1e-5)


def test_nothing_asked_nothing_answered(make):
    assert make().predict([]) == []


def test_predicting_twice_gives_the_same_answer(make, workspace):
    model, picture = make(), picture_dataset(workspace, each=1).payload(0)
    assert model.predict([picture]) == model.predict([picture])


def test_the_label_is_the_likeliest_class():
    assert Prediction({"a": 0.2, "b": 0.7, "c": 0.1}).label == "b"


# --- folders that hold no complete model -------------------------------------------------------------------------


def spoil_missing_json(folder):
    (folder / "model.json").unlink()


def spoil_missing_weights(folder):
    (folder / "model.safetensors").unlink()


def spoil_json_that_is_none(folder):
    (folder / "model.json").write_text("{")


def spoil_one_weight(folder):
    raw = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))


def spoil_weights_cut_short(folder):
    raw = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(raw[: len(raw) // 2])


def spoil_empty_weights(folder):
    (folder / "model.safetensors").write_bytes(b"")


def spoil_pickled_weights(folder):
    torch.save({"head.weight": torch.zeros(3, 12)}, folder / "model.safetensors")


def spoil_weights_of_another_model(folder):
    from safetensors.torch import save

    (folder / "model.safetensors").write_bytes(save({"other": torch.zeros(1)}))


SPOILED = [value for name, value in list(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda f: f.__name__.removeprefix("spoil_"))
def test_a_folder_without_a_complete_model_is_a_run_error(make, workspace, tmp_path, spoil):
    make().save(tmp_path)
    spoil(tmp_path)
    with pytest.raises(RunError, match=r"(has no finished model|The file .*/model\.).*Train it again"):
        TrainedModel.load(tmp_path, workspace)


def test_an_empty_folder_is_a_run_error(workspace, tmp_path):
    with pytest.raises(RunError, match="has no finished model"):
        TrainedModel.load(tmp_path, workspace)


def test_a_network_is_read_once_and_every_training_has_its_own(tiny_models, workspace, monkeypatch):
    read, original = [], trained.load_backbone
    monkeypatch.setattr(trained, "load_backbone", lambda *which: read.append(which) or original(*which))
    kept = trained.KeptBackbones()
    one, other = kept.load("tiny-image", workspace), kept.load("tiny-image", workspace)
    with torch.no_grad():
        next(one.parameters()).add_(1.0)
    assert len(read) == 1 and not torch.equal(next(one.parameters()), next(other.parameters()))
    assert torch.equal(next(other.parameters()), next(original("tiny-image", workspace).parameters()))
    monkeypatch.setattr(trained, "_ROOM", 0)
    full = trained.KeptBackbones()
    assert full.load("tiny-image", workspace) is not full.load("tiny-image", workspace) and len(read) == 3


@pytest.mark.parametrize("state", [{}, {"first.0.weight": torch.ones(1)}])
def test_weights_of_another_network_are_a_run_error(make, workspace, tmp_path, state):
    make(tuned=True).save(tmp_path)
    kept = load((tmp_path / "model.safetensors").read_bytes())
    head = {name: value for name, value in kept.items() if name.startswith("head.")}
    write_sealed(tmp_path / "model.safetensors", save({**head, **{f"backbone.{n}": v for n, v in state.items()}}))
    with pytest.raises(RunError, match="holds no model like tiny-image"):
        _ = TrainedModel.load(tmp_path, workspace).backbone


@pytest.mark.parametrize("in_a_hurry", [False, True])
def test_its_memory_is_free_as_soon_as_nobody_needs_it(make, workspace, in_a_hurry):
    """In a worker each message is answered by a model of half a gigabyte; a cycle would keep it until Python looks."""
    gc.disable()
    try:
        model = make()
        if in_a_hurry:
            hasten(model, "tiny-image", workspace)
        dataset = picture_dataset(workspace, each=1)
        model.predict([dataset.payload(0)])
        gone = weakref.ref(model)
        del model
        assert gone() is None
    finally:
        gc.enable()
