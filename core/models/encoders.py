"""A frozen backbone as an encoder: by ONNX Runtime, with the numbers of PyTorch, four to five times faster on a CPU."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from core.errors import StorageError
from core.modalities.base import Batch
from core.models.backbone import Backbone, device_of, tensors
from core.models.catalogue import get_card
from core.models.trained import TrainedModel, load_backbone
from core.storage import damage, may_be_cached, write_sealed, writing
from core.workspace import Workspace

# `core.QUIET` keeps builds for Linux and macOS from reporting. Those for Windows do not know it: they hand their events
# to the system's tracing, from here on no more.
onnxruntime.disable_telemetry_events()

PARITY = 1e-4
"""Largest difference from PyTorch, relative to the largest value, that is let through."""


class Encoder(Protocol):
    """Whatever turns a batch into embeddings (n, d): ONNX Runtime, or PyTorch where that cannot."""

    def embed(self, batch: Batch) -> np.ndarray: ...


class TorchEncoder:
    """The backbone itself, in evaluation mode."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone

    def embed(self, batch: Batch) -> np.ndarray:
        self._backbone.eval()
        with torch.inference_mode():
            return self._backbone(**tensors(batch, device_of(self._backbone))).float().cpu().numpy()


class OnnxEncoder:
    """`embed` does what the backbone's `forward` does. `network` is an ONNX model, or the file that holds one."""

    def __init__(self, network: Path | bytes, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that spin while they wait fight with decoding and with the page for the same two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        given = str(network) if isinstance(network, Path) else network
        self._session = onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
        self._inputs = [i.name for i in self._session.get_inputs()]

    def embed(self, batch: Batch) -> np.ndarray:
        """Embeddings (n, dimension) float32."""
        return self._session.run(None, {name: batch[name] for name in self._inputs})[0]


def frozen_encoder(backbone: Backbone, workspace: Workspace) -> Encoder:
    """The fastest encoder whose numbers agree with the backbone's. Its translation is kept, where there is room; of a
    network that is another one in each training (`ModelCard.fits`) it would not pay."""
    if device_of(backbone).type != "cpu" or backbone.card.fits:
        return TorchEncoder(backbone)
    path = onnx_path(backbone.card.identity, workspace)
    if damage(path) is None:
        return OnnxEncoder(path, torch.get_num_threads())
    network = translated(backbone)
    if network is None:
        return TorchEncoder(backbone)
    with suppress(StorageError):  # then it is translated again
        _keep(network, path)
    return OnnxEncoder(network, torch.get_num_threads())


def prepare_encoder(model_id: str, workspace: Workspace) -> None:
    """Do ahead of time what the first embedding would wait for: load the model, and translate it once."""
    frozen_encoder(load_backbone(model_id, workspace), workspace)


def hasten(model: TrainedModel, model_id: str, workspace: Workspace) -> None:
    """Have a model whose id is `model_id` answer by the fastest encoder from now on. This takes a moment at first, and
    pays for whoever asks about many examples."""
    model.backbone.card = get_card(model_id, workspace)  # as `load_backbone` has it
    model.faster = frozen_encoder(model.backbone, workspace).embed


def _keep(network: bytes, path: Path) -> None:
    if may_be_cached(path, len(network)):
        with writing(path.parent):
            path.parent.mkdir(exist_ok=True)
        write_sealed(path, network)


def onnx_path(identity: str, workspace: Workspace) -> Path:
    return workspace.cache / "onnx" / f"{identity}.onnx"


def translated(backbone: Backbone) -> bytes | None:
    """The backbone as an ONNX model. None if that would not agree with PyTorch, or cannot be made."""
    inputs = backbone.example_inputs()
    names = list(inputs)
    axes = {**backbone.dynamic_axes(), "embedding": backbone.output_axes()}
    written: Any = io.BytesIO()  # which PyTorch takes, although it only says so of paths
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns about every Python branch; parity is checked below
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            torch.onnx.export(
                _Positional(backbone, names).eval(), tuple(inputs.values()), written, dynamo=False,
                input_names=names, output_names=["embedding"], dynamic_axes=axes, opset_version=17,
            )  # fmt: skip
        network = written.getvalue()
        return network if agrees(backbone, OnnxEncoder(network, torch.get_num_threads()), inputs) else None
    except (torch.onnx.errors.OnnxExporterError, RuntimeError):
        return None


def agrees(backbone: Backbone, encoder: OnnxEncoder, inputs: dict[str, Tensor]) -> bool:
    """True when both give the same embeddings of `inputs` within PARITY."""
    with torch.no_grad():
        expected = backbone(**inputs).numpy()
    found = encoder.embed({name: value.numpy() for name, value in inputs.items()})
    return bool(np.abs(found - expected).max() <= PARITY * max(1.0, float(np.abs(expected).max())))


class _Positional(nn.Module):
    """The exporter passes inputs by position; backbones take them by name."""

    def __init__(self, backbone: Backbone, names: list[str]) -> None:
        super().__init__()
        self.backbone = backbone
        self.names = names

    def forward(self, *values: Tensor) -> Tensor:
        return self.backbone(**dict(zip(self.names, values, strict=True)))
