"""The whole way of a model as one ONNX network: from the arrays of a batch to calibrated probabilities.

Backbone (its adapters are merged when a run is saved), head with the rows of added classes, temperature, softmax, and
how alike each input is to the training examples (`core.models.extended.likeness`), which "none of these" goes by.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import Message
from core.modalities.base import Batch
from core.models.backbone import Backbone
from core.models.extended import NEIGHBOURS, ExtendedModel, KnownExamples, class_means, from_middle

onnxruntime.disable_telemetry_events()  # see `core.models.encoders`

PROBABILITIES, SIMILARITY = "probabilities", "similarity"
_OPSET = 17
_WORTH = 0.9
"""A smaller network takes at most this share of the room. A packed table of words has little left to gain."""
_LARGE = 1000
"""Weights with fewer numbers are not worth the trouble."""
_OUTPUTS_FIRST = ("Conv", "Gather", "Gemm")
"""Operators whose weights have a row, or a block, for each output channel or word; others have a column."""
_PRECISE = ("/last_layer", "/similarity")
"""Parts that stay in float32 when the rest is made smaller: they are small, and the answer hangs on them."""


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


class _LastLayer(nn.Module):
    """Probabilities (n, classes) for embeddings as the head sees them (n, d)."""

    def __init__(self, model: ExtendedModel) -> None:
        super().__init__()
        self.head, self.temperature = model.head, model.model.temperature

    def forward(self, prepared: Tensor) -> Tensor:
        return F.softmax(F.linear(prepared, self.head.weight, self.head.bias) / self.temperature, dim=1)


class _Whole(nn.Module):
    """Takes the inputs by position, as the exporter passes them."""

    def __init__(self, backbone: Backbone, model: ExtendedModel, names: Sequence[str]) -> None:
        super().__init__()
        self.backbone, self.names = backbone, list(names)
        self.head, self.last_layer = model.head, _LastLayer(model)
        known = model.known_examples()
        self.similarity = None if known is None else _Similarity(known)

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        embeddings = self.backbone(**dict(zip(self.names, values, strict=True)))
        prepared = self.head.prepared(embeddings)
        probabilities = self.last_layer(prepared)
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


def in_whole_numbers(network: bytes) -> bytes | None:
    """The same network with its weights kept as whole numbers of 8 bits, and a scale for each output channel or row of
    a table: a quarter of the size. When it is loaded they become what they were again, nearly, and nothing else is
    rounded: so an answer depends neither on what is asked with it nor on the processor. None where it gets no smaller.
    """

    def rounded(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = np.abs(values).max(others, keepdims=True) / 127
        scale[scale == 0] = 1
        return np.round(values / scale).astype(np.int8), scale.astype(np.float32)

    made = _with_smaller_weights(network, rounded)
    return made if len(made) < _WORTH * len(network) else None


def in_half_precision(network: bytes) -> bytes:
    """The same network with its weights kept in 16 bits: half the size."""
    most = np.finfo(np.float16).max
    return _with_smaller_weights(network, lambda values, axis: (values.clip(-most, most).astype(np.float16), None))


_Store = Callable[[np.ndarray, int], tuple[np.ndarray, np.ndarray | None]]
"""Weights and the axis of their output channels, to what is kept of them, and a factor to multiply that with."""


def _with_smaller_weights(network: bytes, store: _Store) -> bytes:
    model = onnx.load_from_string(network)
    graph = model.graph
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    before: list[onnx.NodeProto] = []
    factors: list[onnx.TensorProto] = []
    for weights in graph.initializer:
        values, name, used = onnx.numpy_helper.to_array(weights), weights.name, users.get(weights.name, [])
        if values.dtype != np.float32 or values.ndim < 2 or values.size < _LARGE:
            continue
        if not used or any(node.name.startswith(_PRECISE) for node in used):
            continue
        kept, factor = store(values, 0 if used[0].op_type in _OUTPUTS_FIRST else values.ndim - 1)
        stored = f"{name}/stored"
        weights.CopyFrom(onnx.numpy_helper.from_array(kept, stored))
        as_float = name if factor is None else f"{name}/float"
        before.append(onnx.helper.make_node("Cast", [stored], [as_float], to=onnx.TensorProto.FLOAT))
        if factor is not None:
            factors.append(onnx.numpy_helper.from_array(factor, f"{name}/factor"))
            before.append(onnx.helper.make_node("Mul", [as_float, f"{name}/factor"], [name]))
    graph.initializer.extend(factors)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*before, *rest])
    return bytes(model.SerializeToString())


def answer(network: bytes, batch: Batch) -> dict[str, np.ndarray]:
    """What a network says of a batch, by the names of its outputs."""
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    taken = {one.name: batch[one.name] for one in session.get_inputs()}
    return dict(zip((one.name for one in session.get_outputs()), session.run(None, taken), strict=True))
