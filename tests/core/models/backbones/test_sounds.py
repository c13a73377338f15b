"""The speech embedding is the package's own, window by window; both networks side by side are both."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.modalities.sound.modality import SoundModality
from core.models.backbones import sounds
from core.models.catalogue import CATALOGUE, load_pretrained
from core.models.encoders import OnnxEncoder
from core.models.trunk import cut
from tests.core.modalities.sound.making import tone

KIND = SoundModality()
SOUNDS = [tone(440, 0.3), np.random.default_rng(0).normal(0, 0.1, 30_000).astype(np.float32)]


def embedded(backbone, payloads) -> np.ndarray:
    batch = KIND.batch(payloads, backbone.spec())
    with torch.inference_mode():
        return backbone(**{name: torch.from_numpy(values) for name, values in batch.items()}).numpy()


@pytest.fixture(scope="module")
def speech():
    return load_pretrained("speech-embedding", None)


def test_each_window_is_what_the_package_makes_of_it(speech):
    folder = Path(find_spec("livekit").submodule_search_locations[0]) / "wakeword" / "resources"
    network = OnnxEncoder(folder / "embedding_model.onnx", threads=1)
    batch = KIND.batch(SOUNDS, speech.spec())
    for frames, length, found in zip(batch["frames"], batch["lengths"], embedded(speech, SOUNDS), strict=True):
        windows = np.stack([frames[start : start + 76] for start in range(0, length - 75, 8)])[..., None]
        each = network.embed({"input_1": windows}).squeeze((1, 2))
        expected = np.concatenate([each.mean(0), each.max(0), each.std(0)])
        np.testing.assert_allclose(found, expected, atol=2e-3)


def test_what_stands_beside_it_in_a_batch_changes_nothing(speech):
    together = embedded(speech, SOUNDS)
    for sound, found in zip(SOUNDS, together, strict=True):
        np.testing.assert_allclose(embedded(speech, [sound])[0], found, atol=1e-3)


def test_side_by_side_they_are_both(speech):
    both, pictures = (load_pretrained(name, None) for name in ("speech-and-sounds", "efficientnet-lite0-sounds"))
    found = embedded(both, SOUNDS)
    np.testing.assert_allclose(found[:, :288], 0.25 * embedded(speech, SOUNDS), atol=1e-3)
    np.testing.assert_allclose(found[:, 288:], embedded(pictures, SOUNDS), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "group"), [("speech-embedding", 4), ("speech-and-sounds", 2), ("speech-and-sounds", 7)]
)
def test_a_cut_keeps_what_each_sound_needs_and_no_padding(name, group):
    backbone = load_pretrained(name, None)
    trunk, above, shape = cut(backbone, group, backbone.card.input_size)
    batch = KIND.batch(SOUNDS, backbone.spec())
    activations, _ = trunk.activations({name: torch.from_numpy(value) for name, value in batch.items()})
    with torch.inference_mode():
        np.testing.assert_allclose(above(**activations).numpy(), embedded(backbone, SOUNDS), atol=1e-3)
    kept = activations["attention_mask"].sum(1).tolist()
    assert shape[0] == -1
    assert kept[0] < kept[1]
    assert kept == [trunk.below.expected_steps(None, {"seconds": len(sound) / 16_000}) for sound in SOUNDS]


@pytest.mark.parametrize("name", [name for name, card in CATALOGUE.items() if card.modality == "sound"])
def test_cards_say_what_the_networks_are(name):
    card, backbone = CATALOGUE[name], load_pretrained(name, None)
    groups = backbone.layer_groups()
    held = [id(parameter) for group in groups for parameter in group.parameters]
    assert len(groups) == card.stages
    assert sorted(held) == sorted(id(parameter) for parameter in backbone.parameters())
    assert embedded(backbone, SOUNDS).shape == (2, card.dimension)
    if not card.features:
        assert sum(parameter.numel() for parameter in backbone.parameters()) == card.parameters


def test_it_learns_and_can_begin_from_nothing():
    backbone = sounds.load_speech(CATALOGUE["speech-embedding"], None)
    before = embedded(backbone, SOUNDS)
    backbone.forget()
    blank = embedded(backbone, SOUNDS)
    assert 0.01 < np.abs(blank).max() < 1000
    assert not np.allclose(before, blank)
    batch = {name: torch.from_numpy(value) for name, value in KIND.batch(SOUNDS, backbone.spec()).items()}
    backbone.train()(**batch).pow(2).mean().backward()
    assert all(parameter.grad is not None for parameter in backbone.parameters())


def test_a_missing_package_is_said(monkeypatch):
    monkeypatch.setattr(sounds, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="sounds is not installed"):
        sounds.load_speech(CATALOGUE["speech-embedding"], None)


def test_smaller_pictures_are_looked_at_where_so_many_bands_are_enough():
    backbone = load_pretrained("efficientnet-lite0-sounds", None)
    shapes = [KIND.batch(SOUNDS, backbone.spec(size))["pixels"].shape for size in (None, 64, 128, 15)]
    assert shapes == [(2, 3, 128, 256), (2, 3, 64, 128), (2, 3, 128, 256), (2, 3, 128, 256)]
    batch = KIND.batch(SOUNDS, backbone.spec(64))
    with torch.inference_mode():
        found = backbone(**{name: torch.from_numpy(values) for name, values in batch.items()}).numpy()
    assert found.shape == (2, backbone.card.dimension) and not np.allclose(found[0], found[1])
