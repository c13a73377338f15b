"""ONNX Runtime gives PyTorch's numbers, or it is not used."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.modalities import get_modality
from core.models.catalogue import BUNDLED
from core.models.encoders import PARITY, OnnxEncoder, agrees, frozen_encoder, translated
from core.models.text_packages import missing
from core.models.trained import load_backbone
from tests.refusing_disk import full_disk, read_only_disk
from tests.tiny import TINY, TINY_IMAGE

WORDS = ("the", "bus", "was", "late", "this", "morning", "and", "my", "daughter", "could", "not", "come", "to", "class")
BATCHES = {
    "efficientnet-lite0": [(1, 224), (3, 96), (2, 160)],  # pictures, their side
    "efficientnet-lite0-stages": [(1, 224), (3, 96)],
    "colours-and-edges": [(1, 64), (3, 96), (5, 32)],
    "glyphnet": [(1, 32), (3, 96), (5, 64)],
    "minilm-l6": [(1, 1), (4, 12), (2, 300)],  # messages, their longest in words
    "multilingual-e5-small": [(1, 1), (3, 12)],
    "use-multilingual": [(1, 1), (3, 12)],
    "speech-embedding": [(1, 1), (3, 12), (2, 60)],  # sounds, their longest in tenths of a second
    "loudness-of-tones": [(1, 1), (3, 12), (2, 60)],
    "efficientnet-lite0-sounds": [(1, 1), (3, 12)],
    "speech-and-sounds": [(1, 1), (3, 12), (2, 60)],
}


def inputs_for(model_id: str, backbone, n: int, size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n * size)
    kind = get_modality(backbone.card.modality)
    if kind.playable(kind.typical()):
        sounds = [rng.normal(0, 0.1, 1_600 * size // (i + 1)).astype(np.float32) for i in range(n)]
        return kind.batch(sounds, backbone.spec())
    if not kind.is_text:
        return {"pixels": rng.normal(0, 0.6, (n, 3, size, size)).clip(-1, 1).astype(np.float32)}
    texts = [" ".join(rng.choice(WORDS, max(1, size // (i + 1)))) for i in range(n)]
    return kind.batch(texts, backbone.spec())


@pytest.mark.slow
@pytest.mark.parametrize("model_id", BATCHES)
def test_the_bundled_models_agree_with_pytorch_at_every_size(model_id, real_workspace):
    if (lacking := missing(model_id)) is not None:
        pytest.skip(str(lacking))
    backbone = load_backbone(model_id, real_workspace)
    encoder = frozen_encoder(backbone, real_workspace)
    assert isinstance(encoder, OnnxEncoder)
    for n, size in BATCHES[model_id]:
        batch = inputs_for(model_id, backbone, n, size)
        with torch.inference_mode():
            expected = backbone(**{name: torch.from_numpy(values) for name, values in batch.items()}).numpy()
        found = encoder.embed(batch)
        assert found.shape == expected.shape == (n, backbone.card.dimension)
        assert np.abs(found - expected).max() <= PARITY * max(1.0, np.abs(expected).max()), (n, size)


def test_every_bundled_model_that_is_translated_is_tried_above():
    assert set(BATCHES) == {card.id for card in BUNDLED if not card.fits}


def test_a_small_difference_is_noticed():
    backbone = TINY["tiny-image"]()
    encoder, inputs = OnnxEncoder(translated(backbone), 1), backbone.example_inputs()
    assert agrees(backbone, encoder, inputs)
    with torch.no_grad():
        backbone.second[1].bias += 3e-4
    assert not agrees(backbone, encoder, inputs)


def test_a_translation_leaves_no_other_file(workspace):
    frozen_encoder(TINY["tiny-image"](), workspace)
    assert [path.name for path in (workspace.cache / "onnx").iterdir()] == [f"{TINY_IMAGE.identity}.onnx"]


def test_a_translation_of_which_one_bit_changed_is_made_again(workspace):
    backbone = TINY["tiny-image"]()
    frozen_encoder(backbone, workspace)
    (file,) = (workspace.cache / "onnx").iterdir()
    whole = file.read_bytes()
    for at in range(len(whole) // 2, len(whole) // 2 + 8):  # among the weights, in the exponent of one
        spoilt = whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :]
        if not agrees(backbone, OnnxEncoder(spoilt, 1), backbone.example_inputs()):
            break
    else:
        pytest.fail("no bit that makes a difference was found")
    file.write_bytes(spoilt)
    encoder = frozen_encoder(backbone, workspace)
    assert agrees(backbone, encoder, backbone.example_inputs())
    assert file.read_bytes() == whole


@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_it_is_translated_all_the_same_where_nothing_can_be_kept(workspace, disk):
    backbone = TINY["tiny-image"]()
    with disk(workspace.root):
        encoder = frozen_encoder(backbone, workspace)
    assert isinstance(encoder, OnnxEncoder)
    assert agrees(backbone, encoder, backbone.example_inputs())
    assert list(workspace.cache.rglob("*.*")) == []


def test_dropout_and_batchnorm_are_translated_as_they_are_when_asked():
    backbone = TINY["tiny-image"](TINY_IMAGE).train()
    network, inputs = translated(backbone), backbone.example_inputs()
    found = OnnxEncoder(network, 1).embed({"pixels": inputs["pixels"].numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found, backbone.eval()(**inputs).numpy(), atol=1e-5)
