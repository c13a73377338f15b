"""A short probe of a model's speed on this machine: before anything was trained, so that times can be foretold."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator

import torch
from torch import Tensor

from core.events import Event, Progress
from core.hardware import measured_speed, note_speed
from core.modalities import get_modality
from core.models.backbone import Backbone, freeze_statistics, tensors
from core.models.embeddings import BATCH_SIZE
from core.models.encoders import frozen_encoder
from core.models.trained import load_backbone
from core.models.trunk import cut
from core.workspace import Workspace

_TRIES = 2


def measure(
    model_id: str,
    workspace: Workspace,
    stop: Callable[[], bool] = lambda: False,
    load: Callable[[str, Workspace], Backbone] | None = None,
) -> Generator[Event, None, float | None]:
    """Note how fast a model embeds, and is tuned, whole and above a cut.

    Yields progress; `load` gives the network, else it is read. Returns how many examples it embeds a second; None when
    stopped before all was measured.
    """
    yield Progress("prepare", 0, 1)
    backbone = (load or load_backbone)(model_id, workspace)
    for work, run in _works(backbone, workspace):
        times = []
        for tried in range(1 + _TRIES):
            yield Progress("measure", tried, 1 + _TRIES)
            if stop():
                return None
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        # the first does not count: memory is found, kernels are chosen
        note_speed(workspace, model_id, work, BATCH_SIZE, min(times[1:]))
    return measured_speed(workspace, model_id, "embed")


def _works(backbone: Backbone, workspace: Workspace) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is timed, on one batch each: the name its speed is kept under, and what does it."""
    kind = get_modality(backbone.card.modality)
    batch = kind.batch([kind.typical()] * BATCH_SIZE, backbone.spec())
    encoder = frozen_encoder(backbone, workspace)
    yield "embed", lambda: encoder.embed(batch)
    if next(backbone.parameters(), None) is None:  # nothing in it learns
        return
    inputs = tensors(batch)
    parts = cut(backbone, len(backbone.layer_groups()) - kind.usual.probed_layers, backbone.card.input_size)
    if parts is not None:
        trunk, above, _ = parts
        activations, _ = trunk.activations(inputs)
        yield "probe-top", lambda: _step(above, activations)
    yield "probe-full", lambda: _step(backbone, inputs)


def _step(module: torch.nn.Module, inputs: dict[str, Tensor]) -> None:
    module.train()
    freeze_statistics(module)
    module(**inputs).sum().backward()
    module.zero_grad(set_to_none=True)
