"""A network that answers from labelled rows, which it keeps: what it knows is how to learn from a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from core.errors import DataError, ModelError
from core.messages import NOTHING, Message
from core.modalities.table.columns import Columns
from core.modalities.table.fitting import fit_columns
from core.modalities.table.modality import TableSpec
from core.modalities.table.rows import Row
from core.models.backbone import LayerGroup, device_of
from core.models.backbones.columns import ColumnBackbone
from core.models.backbones.in_context_network import MOST_CLASSES, InContextNetwork, Memory
from core.models.card import ModelCard
from core.models.head import LinearHead
from core.workspace import Workspace

WEIGHTS = Path(__file__).parent.parent / "weights" / "in-context-table.safetensors"
MOST_ROWS = 512
"""Of more labelled rows so many are looked at, of each class its share, drawn from a fixed seed."""
_MOST_CELLS = 8192
"""And no more than together have so many numbers, since something is kept of each."""
_LABELLINGS = 4
"""So often the classes are given other vectors; the answer is the mean of what is said with each."""
_MOST_NUMBERS = 100
"""Of wider rows those numbers are looked at in which the classes differ most: no invented table had more."""
_NEVER = -1e4
"""The offset of a class without a labelled row."""


class InContextTable(ColumnBackbone):
    """The network, and the labelled rows from which it answers: they are part of its state. An embedding is what it
    makes of a question with each labelling, which its own last layer compares with every class, and behind that what it
    trusts of what linear classifiers say of each class, which its last layer adds."""

    shown: Tensor
    """The labelled rows, (k, numbers) float32."""
    labels: Tensor
    """The numbers of their classes, (k,) int64."""
    chosen: Tensor
    """Which numbers of a row are looked at, (numbers,) int64."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self.network = InContextNetwork()
        self.know(Columns())

    def know(self, columns: Columns) -> None:
        """And nothing but a row of zeros. Its card is another object from then on, as of all that met their rows."""
        self.columns = columns
        self.card = replace(self.card)
        self._keep(torch.zeros(1, columns.width), torch.zeros(1).long(), torch.arange(columns.width), 1)
        self.eval()

    def meet(self, payloads: Iterable[Row]) -> Message:
        """Columns are learnt anew with every table: what was learnt before is about none in particular. Rows whose
        classes nobody says are all of one."""
        rows = list(payloads)
        self.know(fit_columns(rows))
        self.show(rows, [0] * len(rows), 1)
        return NOTHING

    def show(self, payloads: Iterable[Row], targets: Sequence[int], classes: int) -> None:
        if classes > MOST_CLASSES:
            raise DataError(
                Message(
                    "{model} can tell apart at most {most} classes, and there are {n}.",
                    model=self.card.title, most=MOST_CLASSES, n=classes,
                ),
                Message("Choose another model for these classes."),
            )  # fmt: skip
        rows, numbers = self.columns.features(list(payloads)), np.asarray(targets, dtype=np.int64)
        chosen = _telling(rows, numbers)
        kept = _share_of_each(numbers, min(MOST_ROWS, _MOST_CELLS // len(chosen)))
        shown = torch.from_numpy(rows[np.ix_(kept, chosen)])
        self._keep(shown, torch.from_numpy(numbers[kept]), torch.from_numpy(chosen), classes)

    def _keep(self, shown: Tensor, labels: Tensor, chosen: Tensor, classes: int) -> None:
        device = device_of(self)
        for name, value in (("shown", shown), ("labels", labels), ("chosen", chosen)):
            self.register_buffer(name, value.to(device))
        self.classes = classes
        self._memory: tuple[list[tuple[int, int]], Memory] | None = None

    def begin(self, payloads: Iterable[Row]) -> None:
        """It has met its training rows, and been shown their classes."""
        return None

    def forget(self) -> None:
        super().forget()
        self.network.start()

    def extras(self) -> dict[str, Any]:
        found = super().extras()
        return {**found, "shown": list(self.shown.shape), "classes": self.classes} if found else {}

    def restore(self, extras: dict[str, Any]) -> None:
        super().restore(extras)
        if not extras:
            return
        try:
            rows, numbers = extras["shown"]
            places = range(min(rows, MOST_ROWS)), range(min(numbers, _MOST_NUMBERS))
            zeros = torch.zeros(*map(len, places))
            self._keep(zeros, torch.zeros(len(zeros)).long(), torch.zeros(zeros.shape[1]).long(), extras["classes"])
        except (KeyError, TypeError, ValueError) as error:
            problem = Message("What the model knows of its columns is damaged.")
            raise ModelError(problem, Message("Train it again, or choose another run.")) from error

    def last_layer(self) -> LinearHead:
        with torch.no_grad():
            weights, offsets = self.network.last_layer(self._remembered(), self.labels.unsqueeze(0))
            linear = torch.eye(self.classes, MOST_CLASSES, device=weights.device)
            head = LinearHead(self.card.dimension, self.classes).to(weights.device)
            head.weight.copy_(torch.cat([weights.transpose(0, 1).flatten(1) / _LABELLINGS, linear], dim=1))
            head.bias.copy_(_possible(offsets[0], self.labels))
        return head

    def answer(self, shown: Tensor, labels: Tensor, asked: Tensor, labelling: int) -> Tensor:
        """Logits (n, classes) for rows `asked` (n, width), answered from other rows `shown` (k, width) of classes
        `labels` (k,), by which it can learn; each `labelling` gives the classes other vectors."""
        vectors = self._labelling(labelling).unsqueeze(0)
        memory = self.network.remember(shown[None, :, self.chosen], labels.unsqueeze(0), vectors)
        weights, offsets = self.network.last_layer(memory, labels.unsqueeze(0))
        questions, linear = self.network(memory, asked[None, :, self.chosen])
        return F.linear(questions[0], weights[0], _possible(offsets[0], labels)) + linear[0]

    def spec(self, size: int | None = None) -> TableSpec:
        return TableSpec(self.columns)

    def forward(self, features: Tensor) -> Tensor:
        found, linear = self.network(self._remembered(), features[None, :, self.chosen])
        linear = F.pad(linear.mean(0), (0, MOST_CLASSES - self.classes))
        return torch.cat([found.transpose(0, 1).flatten(1), linear], dim=1)

    def _remembered(self) -> Memory:
        """Which holds as long as the weights do, and is not learnt from."""
        weights = [(p.data_ptr(), 0 if p.is_inference() else p._version) for p in self.network.parameters()]
        if self._memory is None or self._memory[0] != weights:
            with torch.inference_mode(False), torch.no_grad():
                vectors = torch.stack([self._labelling(number) for number in range(_LABELLINGS)])
                found = self.network.remember(self.shown.unsqueeze(0), self.labels.unsqueeze(0), vectors)
            self._memory = weights, found
        return self._memory[1]

    def _labelling(self, number: int) -> Tensor:
        """Which vector each class is given, (classes,) int64."""
        vectors = np.random.default_rng([number, 4]).permutation(MOST_CLASSES)[: self.classes]
        return torch.from_numpy(vectors).to(self.labels.device)

    def layer_groups(self) -> list[LayerGroup]:
        network = self.network
        tokens = (network.cell, network.label, network.told, network.guessed)
        below = (*(parameter for part in tokens for parameter in part.parameters()), network.asked)
        above = [tuple(layer.parameters()) for layer in network.layers]
        for part in (network.question, network.answer, network.trust):
            above[-1] += tuple(part.parameters())
        above[-1] += (network.frequency,)
        layers = (LayerGroup(f"layer {i}", parameters) for i, parameters in enumerate(above, start=1))
        return [LayerGroup("cells", below), *layers]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        """What it remembers is there before it is traced: an exported network reads its rows no more."""
        self._remembered()
        return {"features": torch.linspace(-1, 1, 2 * self.columns.width).reshape(2, -1)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"features": {0: "n"}}


def _possible(offsets: Tensor, labels: Tensor) -> Tensor:
    """Offsets (classes,) of the last layer, which never names a class that no labelled row has."""
    return offsets.masked_fill(torch.bincount(labels, minlength=len(offsets)) == 0, _NEVER)


def _telling(rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Places of at most `_MOST_NUMBERS` numbers of a row, in order: those with the largest share of their variance
    between the classes."""
    if rows.shape[1] <= _MOST_NUMBERS:
        return np.arange(rows.shape[1])
    members = np.eye(int(targets.max()) + 1)[targets]
    sizes = members.sum(0)
    means = members.T @ rows / np.maximum(sizes, 1)[:, None]
    between = (sizes[:, None] * (means - rows.mean(0)) ** 2).sum(0) / len(rows)
    share = between / np.maximum(rows.var(0), 1e-12)
    return np.sort(np.argsort(-share, kind="stable")[:_MOST_NUMBERS])


def _share_of_each(targets: np.ndarray, most: int) -> np.ndarray:
    """Places of at most so many rows, in order: of each class its share, and one at least while there is room."""
    order = np.random.default_rng(0).permutation(len(targets))
    ranked = np.zeros(len(targets))
    for label in np.unique(targets):
        own = order[targets[order] == label]
        ranked[own] = np.arange(len(own)) / len(own)
    return np.sort(np.argsort(ranked, kind="stable")[:most])


def load(card: ModelCard, workspace: Workspace) -> InContextTable:
    """Pretrained on invented tables (see `weights/in-context-table.md`); ModelError when its file is damaged."""
    table = InContextTable(card)
    try:
        table.network.load_state_dict(load_file(WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            Message("The bundled model for tables is damaged."), Message("Install Finetune Lab again.")
        ) from error
    return table
