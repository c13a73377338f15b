"""Each example is embedded once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.events import Progress, drain
from core.hardware import measured_speed
from core.models import embeddings
from core.models.backbone import tensors
from core.models.embeddings import BATCH_SIZE, embed_dataset
from core.models.encoders import OnnxEncoder, TorchEncoder, frozen_encoder, onnx_path
from tests.helpers import message_dataset, picture_dataset
from tests.tiny import TINY, TINY_IMAGE, TINY_TEXT

CASES = {"image": (picture_dataset, TINY_IMAGE), "text": (message_dataset, TINY_TEXT)}
each_case = pytest.mark.parametrize("modality", CASES)


def never():
    raise AssertionError("the model was loaded although everything is known")


def expected(dataset, backbone, size=None) -> np.ndarray:
    """One example at a time, by PyTorch."""
    rows = []
    for i in range(len(dataset.examples)):
        batch = dataset.kind.batch([dataset.payload(i)], backbone.spec(size))
        with torch.no_grad():
            rows.append(backbone(**tensors(batch))[0].numpy())
    return np.stack(rows)


@each_case
def test_rows_stand_in_the_order_of_the_examples(workspace, modality):
    make, card = CASES[modality]
    dataset, backbone = make(workspace, each=15), TINY[card.id]()
    assert len(dataset.examples) > 2 * BATCH_SIZE
    found = drain(embed_dataset(dataset, card, lambda: backbone, workspace))
    assert found.shape == (45, card.dimension)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected(dataset, backbone), atol=1e-5)


@each_case
def test_the_second_time_nothing_is_computed(workspace, modality):
    make, card = CASES[modality]
    dataset = make(workspace)
    first = drain(embed_dataset(dataset, card, TINY[card.id], workspace))
    seen = []
    again = drain(embed_dataset(dataset, card, never, workspace), seen.append)
    assert np.array_equal(first, again)
    assert seen == []


def test_the_cache_follows_the_content_not_the_data_set(workspace):
    dataset = picture_dataset(workspace)
    first = drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace))
    relabelled = tuple(replace(e, label="x", name=str(i)) for i, e in enumerate(reversed(dataset.examples)))
    other = replace(dataset, title="other", examples=relabelled)
    assert np.array_equal(drain(embed_dataset(other, TINY_IMAGE, never, workspace)), first[::-1])


def test_another_size_or_another_model_is_computed_anew(workspace):
    dataset = picture_dataset(workspace)
    backbone = TINY["tiny-image"]()
    small = drain(embed_dataset(dataset, TINY_IMAGE, lambda: backbone, workspace))
    large = drain(embed_dataset(dataset, TINY_IMAGE, lambda: backbone, workspace, size=64))
    assert not np.allclose(small, large)
    np.testing.assert_allclose(large, expected(dataset, backbone, 64), atol=1e-5)
    with pytest.raises(AssertionError, match="loaded"):
        drain(embed_dataset(dataset, replace(TINY_IMAGE, identity="other"), never, workspace))


def test_only_what_is_missing_is_computed(workspace, monkeypatch):
    dataset = picture_dataset(workspace)
    part = replace(dataset, examples=dataset.examples[:5])
    drain(embed_dataset(part, TINY_IMAGE, TINY["tiny-image"], workspace))
    computed = []
    original = embeddings._embed_parts

    def counting(dataset, indices, *rest):
        computed.extend(indices)
        return original(dataset, indices, *rest)

    monkeypatch.setattr(embeddings, "_embed_parts", counting)
    drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace))
    assert sorted(computed) == list(range(5, 24))


def test_copies_are_computed_once(workspace):
    dataset = picture_dataset(workspace, each=4)
    doubled = replace(dataset, examples=dataset.examples * 2)
    seen = []
    found = drain(embed_dataset(doubled, TINY_IMAGE, TINY["tiny-image"], workspace), seen.append)
    assert np.array_equal(found[:12], found[12:])
    assert seen[-1] == Progress("embed", 12, 12)


def test_rows_that_were_not_asked_for_are_zero(workspace):
    dataset = picture_dataset(workspace)
    found = drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace, indices=[3, 7]))
    assert sorted(np.flatnonzero(np.abs(found).sum(1))) == [3, 7]
    np.testing.assert_allclose(found[3], expected(dataset, TINY["tiny-image"]())[3], atol=1e-5)


def test_progress_counts_up_to_the_total(workspace):
    seen = []
    drain(embed_dataset(picture_dataset(workspace, each=15), TINY_IMAGE, TINY["tiny-image"], workspace), seen.append)
    assert seen[0] == Progress("prepare", 0, 1)
    assert [(e.stage, e.done, e.total) for e in seen[1:]] == [("embed", done, 45) for done in (8, 16, 24, 32, 40, 45)]


def test_stopping_gives_none_and_keeps_what_was_done(workspace):
    dataset = picture_dataset(workspace, each=15)
    assert drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace, stop=lambda: True)) is None
    seen = []
    assert drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace), seen.append) is not None
    assert seen[1] == Progress("embed", 16, 45)


def test_messages_of_like_length_are_computed_together(workspace, monkeypatch):
    dataset = message_dataset(workspace)
    long = tuple(replace(e, text=e.text + " more" * (i * 7 % 11)) for i, e in enumerate(dataset.examples))
    dataset = replace(dataset, examples=long)
    parts = []
    original = embeddings._embed_parts

    def watching(*arguments):
        for part, vectors in original(*arguments):
            parts.append([len(dataset.examples[i].text) for i in part])
            yield part, vectors

    monkeypatch.setattr(embeddings, "_embed_parts", watching)
    found = drain(embed_dataset(dataset, TINY_TEXT, TINY["tiny-text"], workspace))
    lengths = [length for part in parts for length in part]
    assert lengths == sorted(lengths)
    np.testing.assert_allclose(found, expected(dataset, TINY["tiny-text"]()), atol=1e-5)


def test_the_speed_is_noted_at_the_models_own_size_only(workspace):
    dataset = picture_dataset(workspace)
    drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace, size=64))
    assert measured_speed(workspace, "tiny-image", "embed") is None
    drain(embed_dataset(dataset, TINY_IMAGE, TINY["tiny-image"], workspace))
    assert measured_speed(workspace, "tiny-image", "embed") > 0


# --- which encoder -----------------------------------------------------------------------------------------------


@each_case
def test_onnx_is_used_when_it_agrees(workspace, modality):
    backbone = TINY[CASES[modality][1].id]()
    assert isinstance(frozen_encoder(backbone, workspace), OnnxEncoder)
    assert onnx_path(backbone.card.identity, workspace).exists()


def test_pytorch_is_used_when_the_translation_disagrees(workspace, monkeypatch):
    monkeypatch.setattr("core.models.encoders.agrees", lambda *arguments: False)
    backbone = TINY["tiny-image"]()
    encoder = frozen_encoder(backbone, workspace)
    assert isinstance(encoder, TorchEncoder)
    assert list(workspace.cache.glob("onnx/*")) == []
    batch = {"pixels": backbone.example_inputs()["pixels"].numpy()}
    with torch.no_grad():
        np.testing.assert_allclose(encoder.embed(batch), backbone(**backbone.example_inputs()), atol=1e-6)


def test_pytorch_is_used_when_the_network_cannot_be_translated(workspace, monkeypatch):
    def refuse(*arguments, **options):
        raise RuntimeError("Unsupported operator")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    assert isinstance(frozen_encoder(TINY["tiny-image"](), workspace), TorchEncoder)
    assert list(workspace.cache.glob("onnx/*")) == []


def test_a_spoilt_translation_is_made_again(workspace):
    """Everything under `cache` can be computed again, so nothing in it may stop a run."""
    backbone = TINY["tiny-image"]()
    path = onnx_path(backbone.card.identity, workspace)
    path.parent.mkdir()
    path.write_bytes(b"")
    inputs = backbone.example_inputs()
    found = frozen_encoder(backbone, workspace).embed({"pixels": inputs["pixels"].numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(found, backbone(**inputs).numpy(), atol=1e-5)


def test_the_torch_encoder_ignores_training_mode():
    backbone = TINY["tiny-image"]().train()
    batch = {"pixels": backbone.example_inputs()["pixels"].numpy()}
    encoder = TorchEncoder(backbone)
    assert np.array_equal(encoder.embed(batch), encoder.embed(batch))
