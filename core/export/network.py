"""The whole way of a model as one ONNX network: from the arrays of a batch to calibrated probabilities.

Backbone (its adapters are merged when a run is saved), head with the rows of added classes, temperature, softmax, and
how alike each input is to the training examples (`core.models.extended.likeness`), which "none of these" goes by.
"""

from __future__ import annotations

import io
import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import Message
from core.modalities import get_modality
from core.modalities.base import Batch, Payload
from core.models.backbone import Backbone
from core.models.extended import NEIGHBOURS, ExtendedModel, KnownExamples, class_means, from_middle

onnxruntime.disable_telemetry_events()  # see `core.models.encoders`

PROBABILITIES, SIMILARITY = "probabilities", "similarity"
_OPSET = 17
_PRECISE = ("/head", "/similarity", "/Softmax", "/Div")
"""Parts that stay in float32 when the rest is made of whole numbers: they are small, and the answer hangs on them."""


class _Similarity(nn.Module):
    """`likeness` to the examples of a model, which are constants here: (n, d) as the head sees them to (n,)."""

    examples: Tensor
    means: Tensor
    middle: Tensor

    def __init__(self, known: KnownExamples) -> None:
        super().__init__()
        examples = from_middle(known.vectors, known.middle)
        self.register_buffer("examples", examples)
        self.register_buffer("means", class_means(examples, known.targets))
        self.register_buffer("middle", known.middle)
        self._nearest = min(NEIGHBOURS, len(examples))

    def forward(self, prepared: Tensor) -> Tensor:
        x = from_middle(prepared, self.middle)
        to_examples = (x @ self.examples.T).topk(self._nearest, dim=1).values.mean(1)
        to_classes = (x @ self.means.T).amax(1)
        return ((to_examples + to_classes) / 2).clamp(0, 1)


class _Whole(nn.Module):
    """Takes the inputs by position, as the exporter passes them."""

    def __init__(self, backbone: Backbone, model: ExtendedModel, names: Sequence[str]) -> None:
        super().__init__()
        self.backbone, self.names = backbone, list(names)
        self.head = model.head
        self.temperature = model.model.temperature
        known = model.known_examples()
        self.similarity = None if known is None else _Similarity(known)

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        embeddings = self.backbone(**dict(zip(self.names, values, strict=True)))
        prepared = self.head.prepared(embeddings)
        probabilities = F.softmax(F.linear(prepared, self.head.weight, self.head.bias) / self.temperature, dim=1)
        return (probabilities,) if self.similarity is None else (probabilities, self.similarity(prepared))


def whole_network(model: ExtendedModel, about: Mapping[str, str]) -> bytes:
    """The model as an ONNX file, with `about` as its metadata. ModelError where it cannot be translated."""
    backbone = model.model.backbone
    inputs = backbone.example_inputs()
    whole = _Whole(backbone, model, list(inputs)).eval()
    gives = [PROBABILITIES] if whole.similarity is None else [PROBABILITIES, SIMILARITY]
    axes = {**backbone.dynamic_axes(), **{name: {0: "n"} for name in gives}}
    written: Any = io.BytesIO()  # which PyTorch takes, although it only says so of paths
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # tracing warns about every Python branch; the proof looks at every answer
            logging.getLogger("torch.onnx").setLevel(logging.ERROR)
            torch.onnx.export(
                whole, tuple(inputs.values()), written, dynamo=False, input_names=list(inputs), output_names=gives,
                dynamic_axes=axes, opset_version=_OPSET,
            )  # fmt: skip
    except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
        raise ModelError(
            Message("{model} cannot be translated to ONNX.", model=model.model.card.title),
            Message("Choose a run with another pretrained model."),
        ) from error
    network = onnx.load_from_string(written.getvalue())
    for name, value in about.items():
        network.metadata_props.add(key=name, value=value)
    return bytes(network.SerializeToString())


def in_whole_numbers(network: bytes, model: ExtendedModel, examples: Sequence[Payload]) -> bytes | None:
    """The same network with weights of 8 bits (a quarter of the size). None where that makes it no smaller.

    Convolutions are calibrated on some training `examples`: what passes through them is rounded too. In Transformers
    only weights are rounded, and what meets them is rounded as it comes (dynamic quantization).
    """
    layers = onnx.load_from_string(network).graph.node
    precise = [node.name for node in layers if node.name.startswith(_PRECISE)]
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "float32.onnx"), Path(folder, "int8.onnx")
        before.write_bytes(network)
        logging.getLogger().setLevel(logging.ERROR)  # it advises everybody to change the file first
        if any(node.op_type == "Conv" for node in layers):
            quantize_static(
                before, after, _Batches(model, examples), quant_format=QuantFormat.QDQ, per_channel=True,
                weight_type=QuantType.QInt8, nodes_to_exclude=precise,
            )  # fmt: skip
        else:
            quantize_dynamic(
                before, after, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
                nodes_to_exclude=precise,
            )  # fmt: skip
        made = after.read_bytes()
    return made if len(made) < 0.8 * len(network) else None


class _Batches(CalibrationDataReader):
    """Training examples one by one, as the network takes them."""

    def __init__(self, model: ExtendedModel, examples: Sequence[Payload]) -> None:
        trained = model.model
        kind, spec = get_modality(trained.modality), trained.backbone.spec(trained.size)
        self._batches = (kind.batch([example], spec) for example in examples)

    def get_next(self) -> Batch | None:
        return next(self._batches, None)


def answer(network: bytes, batch: Batch) -> dict[str, np.ndarray]:
    """What a network says of a batch, by the names of its outputs."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    taken = {one.name: batch[one.name] for one in session.get_inputs()}
    return dict(zip((one.name for one in session.get_outputs()), session.run(None, taken), strict=True))
