"""Networks without knowledge: small-cnn, small-text and two layers on ready features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import ModelError, RecipeError
from core.events import drain
from core.models.backbones.small_cnn import SmallCnn
from core.models.backbones.two_layer import TwoLayer
from core.models.catalogue import BLANK, CATALOGUE, get_card
from core.models.encoders import OnnxEncoder, frozen_encoder
from core.models.trained import TrainedModel, load_backbone
from core.models.vocabulary import Vocabulary, split_words
from core.training.engine.train import train
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES, strategies_for, usual_strategy
from tests.helpers import message_dataset, picture_dataset
from tests.tiny import TINY

CARDS = {card.id: card for card in BLANK}


@pytest.mark.parametrize("size", [32, 64, 96])
def test_the_small_picture_network_takes_any_size_and_keeps_quarters_apart(size):
    network = SmallCnn(CARDS["small-cnn"])
    pixels = torch.zeros(1, 3, size, size)
    pixels[:, :, : size // 2, : size // 2] = 1.0
    with torch.no_grad():
        found = network(pixels=pixels).reshape(64, 2, 2)
        upright = network(pixels=torch.zeros(1, 3, size, size)).reshape(64, 2, 2)
    assert found.shape == (64, 2, 2)
    assert (found - upright)[:, 0, 0].abs().max() > 1e-3
    assert (found - upright)[:, 1, 1].abs().max() < (found - upright)[:, 0, 0].abs().max()


def test_the_bundled_model_for_drawings_is_small_and_says_what_it_has_seen(workspace):
    from core.models.backbones.small_cnn import GLYPHNET

    card = get_card("glyphnet", workspace)
    assert GLYPHNET.stat().st_size < 3e6
    assert round(GLYPHNET.stat().st_size / 1e6, 1) == card.megabytes
    assert "never seen Omniglot" in GLYPHNET.with_suffix(".md").read_text(encoding="utf-8")
    assert Recipe(card.id, "full").filled(card).augmentation == "drawing"


def test_damaged_weights_are_said_to_be(workspace, monkeypatch, tmp_path):
    from core.models.backbones import small_cnn

    (tmp_path / "w").write_bytes(b"nonsense")
    monkeypatch.setattr(small_cnn, "GLYPHNET", tmp_path / "w")
    with pytest.raises(ModelError, match="damaged"):
        load_backbone("glyphnet", workspace)


def test_its_quarters_are_plain_averages_as_numpy_has_them():
    network = SmallCnn(CARDS["small-cnn"])
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        maps = network.blocks(pixels).numpy()
        found = network(pixels=pixels).numpy()
    expected = [maps[:, :, y : y + 2, x : x + 2].mean((2, 3)) for y in (0, 2) for x in (0, 2)]
    np.testing.assert_allclose(found, np.stack(expected, axis=2).reshape(2, -1), rtol=1e-5, atol=1e-6)


def test_every_new_network_begins_alike(workspace):
    first, second = (SmallCnn(CARDS["small-cnn"]).state_dict() for _ in range(2))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert sum(p.numel() for p in SmallCnn(CARDS["small-cnn"]).parameters()) == CARDS["small-cnn"].parameters


def test_it_runs_in_onnx_runtime(workspace):
    network = load_backbone("small-cnn", workspace)
    encoder = frozen_encoder(network, workspace)
    assert isinstance(encoder, OnnxEncoder)
    pixels = torch.randn(3, 3, 96, 96)
    with torch.no_grad():
        expected = network(pixels=pixels).numpy()
    np.testing.assert_allclose(encoder.embed({"pixels": pixels.numpy()}), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("text", "words"), [
    ("Where is my Card? It's LATE!", ["where", "is", "my", "card", "?", "it", "s", "late", "!"]),
    ("房间很大 ok", ["房", "间", "很", "大", "ok"]),
    ("   ...   ", []),
])  # fmt: skip
def test_messages_fall_into_words(text, words):
    assert split_words(text) == words


def test_a_vocabulary_counts_the_commonest_first_and_knows_what_it_does_not_know():
    vocabulary = Vocabulary.of(["the cat", "the dog", "the end"])
    assert vocabulary.words[0] == "the"
    encoded = vocabulary(["the horse", ""], padding=True, truncation=True, max_length=8, return_tensors="np")
    assert encoded["input_ids"].tolist() == [[2, 1], [0, 0]]
    assert encoded["attention_mask"].tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize("card", BLANK, ids=lambda card: card.id)
def test_a_network_that_knows_nothing_is_offered_only_what_teaches_it(card, workspace):
    assert get_card(card.id, workspace) is card
    masked = {"masked"} if card.masks else set()
    assert set(strategies_for(card)) == {"auto", "episodic", "scratch"} | masked
    assert usual_strategy(card) == "scratch"
    with pytest.raises(RecipeError, match=r"is untrained.*scratch"):
        Recipe(card.id, "head").filled(card)


@pytest.mark.parametrize("strategy", ["scratch", "episodic"])
@pytest.mark.parametrize("model", ["small-cnn", "small-text"])
def test_pretrained_here_it_is_a_model_to_start_from(workspace, model, strategy):
    """Source set, run, target set: the chain, with words and weights and picture size kept."""
    image = model == "small-cnn"
    source = (picture_dataset if image else message_dataset)(workspace, each=8)
    size = {"image_size": 32} if image else {}
    brief = {"epochs": 2} if strategy == "scratch" else {"epochs": 2, "ways": 3, "queries": 2}
    recipe = Recipe(model, strategy, **brief, **size)
    result = drain(train(source, recipe, workspace, run="r"))
    folder = workspace.runs / "20260101-000000-abcdef"
    folder.mkdir(parents=True)
    result.model.save(folder)
    again = TrainedModel.load(folder, workspace)
    payloads = [source.payload(i) for i in range(4)]
    assert again.predict(payloads) == result.model.predict(payloads)
    card = get_card(f"run:{folder.name}", workspace)
    assert not card.blank
    assert set(strategies_for(card)) == {name for name, way in STRATEGIES.items() if way.suits(card)}
    assert card.input_size == (32 if image else 256)
    target = (picture_dataset if image else message_dataset)(workspace, each=5)
    for way in ("nearest", "full"):
        further = drain(train(target, Recipe(card.id, way, **({"epochs": 1} if way == "full" else {})), workspace))
        assert further.model.parent == card.id
        assert further.model.card.id == model


@pytest.mark.parametrize("more", [{}, {"turned_classes": "yes"}, {"augmentation": "light"}], ids=str)
@pytest.mark.parametrize("strategy", ["scratch", "episodic"])
def test_on_ready_features_only_the_hidden_layer_learns(workspace, tiny_models, monkeypatch, strategy, more):
    base = tiny_models["image"]
    card = replace(CARDS["two-layer-pictures"], id="two-tiny", features=base.id, dimension=8, input_size=32)
    monkeypatch.setitem(CATALOGUE, card.id, card)
    before = TINY[base.id]().state_dict()
    brief = {"epochs": 3} if strategy == "scratch" else {"epochs": 3, "ways": 3, "queries": 2}
    result = drain(train(picture_dataset(workspace, each=8), Recipe(card.id, strategy, **brief, **more), workspace))
    backbone = result.model.backbone
    assert isinstance(backbone, TwoLayer)
    assert all(torch.equal(value, before[name]) for name, value in backbone.features.state_dict().items())
    fresh = TwoLayer(card, TINY[base.id]()).hidden.layer.weight
    assert not torch.equal(backbone.hidden.layer.weight, fresh)
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        features = backbone.features(pixels=x)
        expected = torch.relu(features @ backbone.hidden.layer.weight.T + backbone.hidden.layer.bias)
        assert torch.allclose(backbone.eval()(pixels=x), expected, atol=1e-6)
