"""A short probe of a model's speed on this machine: before anything was trained, so that times can be foretold."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image

from core.modalities import get_modality
from core.modalities.base import Batch, Payload
from core.models.backbone import freeze_statistics, tensors
from core.models.catalog import load_backbone
from core.models.embeddings import BATCH_SIZE, frozen_encoder
from core.models.speed import TYPICAL_LETTERS, measured_speed, note_speed
from core.models.trunk import cut
from core.training.estimate import PROBED_LAYERS
from core.workspace import Workspace

_TRIES = 2


def measure(model_id: str, workspace: Workspace) -> float:
    """Note how fast a model embeds, and is tuned, whole and above a cut. Returns examples embedded a second."""
    backbone = load_backbone(model_id, workspace)
    batch = get_modality(backbone.card.modality).batch(_typical(backbone.card.modality), backbone.spec())
    encoder = frozen_encoder(backbone, workspace)
    note_speed(workspace, model_id, "embed", BATCH_SIZE, _seconds(lambda: encoder.embed(batch)))
    inputs = tensors(batch)
    parts = cut(backbone, len(backbone.stages()) - PROBED_LAYERS[backbone.card.modality], backbone.card.input_size)
    if parts is not None:
        trunk, above, _ = parts
        with torch.no_grad():
            activations = {"activations": trunk(**inputs)}
        activations |= {name: inputs[name] for name in ("attention_mask",) if name in inputs}
        note_speed(workspace, model_id, "probe-top", BATCH_SIZE, _seconds(lambda: _step(above, activations)))
    note_speed(workspace, model_id, "probe-full", BATCH_SIZE, _seconds(lambda: _step(backbone, inputs)))
    return measured_speed(workspace, model_id, "embed") or 0.0


def _typical(modality: str) -> list[Payload]:
    """A batch of examples as one meets them."""
    if modality == "text":
        return [("a message of usual length " * 4)[:TYPICAL_LETTERS]] * BATCH_SIZE
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    return [Image.fromarray(noise)] * BATCH_SIZE


def _step(module: torch.nn.Module, inputs: Batch) -> None:
    module.train()
    freeze_statistics(module)
    module(**inputs).sum().backward()
    module.zero_grad(set_to_none=True)


def _seconds(work: Callable[[], object]) -> float:
    """The best of a few, after one that does not count: memory is found, kernels are chosen."""
    work()
    times = []
    for _ in range(_TRIES):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)
