"""A frozen backbone as an encoder: by ONNX Runtime, with the numbers of PyTorch, four to five times faster on a CPU."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from core.modalities.base import Batch
from core.models.backbone import Backbone, tensors
from core.models.trained import load_backbone
from core.storage import damage, own_name, write_sealed
from core.workspace import Workspace

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
        device = next(self._backbone.parameters()).device
        with torch.inference_mode():
            return self._backbone(**tensors(batch, device)).float().cpu().numpy()


class OnnxEncoder:
    """`embed` does what the backbone's `forward` does."""

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Threads that spin while they wait fight with decoding and with the page for the same two cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = [i.name for i in self._session.get_inputs()]

    def embed(self, batch: Batch) -> np.ndarray:
        """Embeddings (n, dimension) float32."""
        return self._session.run(None, {name: batch[name] for name in self._inputs})[0]


def frozen_encoder(backbone: Backbone, workspace: Workspace) -> Encoder:
    """The fastest encoder whose numbers agree with the backbone's."""
    if next(backbone.parameters()).device.type != "cpu":
        return TorchEncoder(backbone)
    path = onnx_path(backbone.card.identity, workspace)
    threads = torch.get_num_threads()
    whole = damage(path) is None or export(backbone, path)
    return OnnxEncoder(path, threads) if whole else TorchEncoder(backbone)


def prepare_encoder(model_id: str, workspace: Workspace) -> None:
    """Do ahead of time what the first embedding would wait for: load the model, and translate it once."""
    frozen_encoder(load_backbone(model_id, workspace), workspace)


def onnx_path(identity: str, workspace: Workspace) -> Path:
    folder = workspace.cache / "onnx"
    folder.mkdir(exist_ok=True)
    return folder / f"{identity}.onnx"


def export(backbone: Backbone, path: Path) -> bool:
    """Write the backbone as ONNX. False, and no file, if the result would not agree with PyTorch."""
    inputs = backbone.example_inputs()
    names = list(inputs)
    axes = {**backbone.dynamic_axes(), "embedding": backbone.output_axes()}
    temporary = path.with_name(own_name(path.name))
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns about every Python branch; parity is checked below
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            torch.onnx.export(
                _Positional(backbone, names).eval(), tuple(inputs.values()), str(temporary), dynamo=False,
                input_names=names, output_names=["embedding"], dynamic_axes=axes, opset_version=17,
            )  # fmt: skip
        if not agrees(backbone, OnnxEncoder(temporary, torch.get_num_threads()), inputs):
            return False
        write_sealed(path, temporary.read_bytes())
        return True
    except (torch.onnx.errors.OnnxExporterError, RuntimeError):
        return False
    finally:
        temporary.unlink(missing_ok=True)


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
