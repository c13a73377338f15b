"""A short probe of a model's speed on this machine: before anything was trained, so that times can be estimated."""

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
from core.training.engine.device import has_bfloat16, mixed_precision
from core.workspace import Workspace

_TRIES = 2
_PRECISIONS = ("step-float32", "step-bfloat16")
_SMALL = 100_000
"""Parameters of a network that has nothing to gain from fewer bits: its matrices are soon multiplied."""
_WORTH = 1.1
"""So much faster the rougher precision must be."""


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
    bfloat16 = bfloat16_suits(backbone, workspace, torch.device("cpu"))
    inputs = tensors(batch)
    parts = cut(backbone, len(backbone.layer_groups()) - kind.usual.probed_layers, backbone.card.input_size)
    if parts is not None:
        trunk, above, _ = parts
        activations, _ = trunk.activations(inputs)
        yield "probe-top", lambda: _step(above, activations, bfloat16=bfloat16)
    in_each = [measured_speed(workspace, backbone.card.id, work) for work in _PRECISIONS]
    if (known := in_each[bfloat16]) is None:
        yield "probe-full", lambda: _step(backbone, inputs, bfloat16=bfloat16)
    else:  # the same step was timed to tell which precision is faster
        note_speed(workspace, backbone.card.id, "probe-full", BATCH_SIZE, BATCH_SIZE / known)


def _step(module: torch.nn.Module, inputs: dict[str, Tensor], *, bfloat16: bool = False) -> None:
    module.train()
    freeze_statistics(module)
    with mixed_precision(next(iter(inputs.values())).device, bfloat16=bfloat16):
        embeddings = module(**inputs)
    embeddings.float().sum().backward()
    module.zero_grad(set_to_none=True)


def bfloat16_suits(backbone: Backbone, workspace: Workspace, device: torch.device) -> bool:
    """Whether training the network is faster in bfloat16 on this computer.

    A graphics card that has it is. Of processors that have it, some train a text model half as fast again with it, and
    a convolutional one up to three times as fast or slower than without: that is measured, once for each model, and
    kept with the speeds.
    """
    if device.type != "cpu" or not has_bfloat16(device):
        return has_bfloat16(device)
    if sum(parameter.numel() for parameter in backbone.parameters()) < _SMALL:
        return False
    single, half = (measured_speed(workspace, backbone.card.id, work) for work in _PRECISIONS)
    if single is None or half is None:
        return _bfloat16_is_faster(backbone, workspace)
    return half > _WORTH * single


def _bfloat16_is_faster(backbone: Backbone, workspace: Workspace) -> bool:
    """Time steps of training in both precisions, and keep that. The network, and which random numbers are drawn next,
    are as if nothing had been measured."""
    kind = get_modality(backbone.card.modality)
    inputs = tensors(kind.batch([kind.typical()] * BATCH_SIZE, backbone.spec()))
    times: list[list[float]] = [[], []]
    modes = [(module, module.training) for module in backbone.modules()]
    with torch.random.fork_rng(devices=[]):
        for _ in range(1 + _TRIES):  # in turns, since other programs come and go
            for bfloat16 in (False, True):
                began = time.perf_counter()
                _step(backbone, inputs, bfloat16=bfloat16)
                times[bfloat16].append(time.perf_counter() - began)
    for module, training in modes:
        module.training = training
    best = [min(those[1:]) for those in times]
    for work, seconds in zip(_PRECISIONS, best, strict=True):
        note_speed(workspace, backbone.card.id, work, BATCH_SIZE, seconds)
    return _WORTH * best[True] < best[False]
