"""A trained model: a backbone, a head and the names of the classes. Saved as JSON and safetensors, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save

from core.errors import RunError
from core.messages import Message
from core.modalities import get_modality
from core.modalities.base import Batch, Payload
from core.models.backbone import Backbone, tensors
from core.models.card import ModelCard
from core.models.catalogue import RUN, get_card, load_pretrained
from core.models.head import LinearHead
from core.storage import Damaged, read_json, read_sealed, write_json, write_sealed
from core.workspace import Workspace

FORMAT = 1
_ABOUT, _WEIGHTS = "model.json", "model.safetensors"
_BATCH_SIZE = 16
_BUFFERS = (
    "running_mean",
    "running_var",
    "num_batches_tracked",
    "position_ids",
    "head.centre",
    "head.spread",
    "rarity",
)
"""What a model keeps beside its parameters."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's answer for one example: a probability for every class, in the order of the model's classes."""

    probabilities: dict[str, float]

    @property
    def label(self) -> str:
        return max(self.probabilities, key=self.probabilities.__getitem__)


def predictions(classes: Sequence[str], logits: torch.Tensor, temperature: float) -> list[Prediction]:
    """One for each row of logits (n, classes): softmax(logits / temperature).

    In double precision: a temperature must not make a tie of two logits that differ.
    """
    rows = (logits.double() / temperature).softmax(1).tolist()
    return [Prediction(dict(zip(classes, row, strict=True))) for row in rows]


class TrainedModel:
    """A model that answers.

    `card` describes the architecture it has (a bundled or hub model); `tuned` says that the backbone's weights are its
    own; `parent` is the model id that training started from. `temperature` divides what the head says, so that it is as
    sure as it is right (`core/evaluation/calibration.py`). The backbone is only loaded when first needed.
    """

    def __init__(
        self,
        *,
        title: str,
        card: ModelCard,
        classes: tuple[str, ...],
        size: int,
        tuned: bool,
        head: LinearHead,
        parent: str,
        load_backbone: Callable[[], Backbone],
        temperature: float = 1.0,
    ) -> None:
        self.title = title
        self.card = card
        self.classes = classes
        self.size = size
        self.tuned = tuned
        self.head = head.eval()
        self.parent = parent
        self.temperature = temperature
        self.faster: Callable[[Batch], np.ndarray] | None = None
        """What does the same as the backbone in less time; see `core.models.encoders.hasten`."""
        self._load_backbone = load_backbone

    @cached_property
    def backbone(self) -> Backbone:
        return self._load_backbone().eval()

    @property
    def modality(self) -> str:
        return self.card.modality

    def predict(self, payloads: Sequence[Payload]) -> list[Prediction]:
        """Answers for pictures (RGB) or messages (strings), in order."""
        with torch.inference_mode():
            logits = self.head(self.embed(payloads))
        return predictions(self.classes, logits, self.temperature)

    def embed(self, payloads: Sequence[Payload]) -> torch.Tensor:
        """What the backbone makes of examples, (n, d)."""
        kind, spec = get_modality(self.modality), self.backbone.spec(self.size)
        order = list(range(len(payloads)))
        if kind.sorts_by_length:  # like lengths together: less padding
            order.sort(key=lambda i: kind.length(payloads[i]))
        found = torch.empty(len(payloads), self.head.weight.shape[1])
        for start in range(0, len(payloads), _BATCH_SIZE):
            part = order[start : start + _BATCH_SIZE]
            found[part] = torch.from_numpy(self.encode(kind.batch([payloads[i] for i in part], spec)))
        return found

    def encode(self, batch: Batch) -> np.ndarray:
        """What the backbone makes of a batch, (n, d) float32."""
        if self.faster is not None:
            return self.faster(batch)
        with torch.inference_mode():
            return self.backbone(**tensors(batch)).numpy()

    def save(self, folder: Path) -> None:
        """Write `model.json` and `model.safetensors`; an untouched bundled backbone is named, not copied."""
        state = {f"head.{name}": value for name, value in self.head.state_dict().items()}
        if self.tuned or self.card.fits:
            state |= {f"backbone.{name}": value for name, value in self.backbone.state_dict().items()}
        state = {name: value.detach().cpu().contiguous().clone() for name, value in state.items()}
        weights = save(state)
        write_sealed(folder / _WEIGHTS, weights)
        about = {
            "format": FORMAT, "title": self.title, "classes": list(self.classes), "size": self.size,
            "tuned": self.tuned, "parent": self.parent, "normalise": self.head.normalise, "card": self.card.to_dict(),
            "extras": self.backbone.extras() if self.tuned or self.card.fits else {}, "temperature": self.temperature,
            "megabytes": len(weights) / 1e6,
            "parameters": sum(value.numel() for name, value in state.items() if not name.endswith(_BUFFERS)),
        }  # fmt: skip
        write_json(folder / _ABOUT, about, indent=1)

    @classmethod
    def load(cls, folder: Path, workspace: Workspace) -> TrainedModel:
        """Read what `save` wrote. RunError when the folder holds no complete model, or it is damaged; and where its
        `backbone` is asked for, when a stranger's file does not fit together."""
        about, content = read_json(folder / _ABOUT), read_sealed(folder / _WEIGHTS)
        for kept in (about, content):
            if isinstance(kept, Damaged):
                unfinished = Message("The run '{run}' has no finished model.", run=folder.name)
                raise RunError(
                    unfinished if kept.missing and kept.path.name == _ABOUT else kept.why,
                    Message("Train it again, or choose another run."),
                )
        assert isinstance(about, dict) and isinstance(content, bytes)
        state = load(content)
        head_state = _part(state, "head.")
        classes, dimension = head_state["weight"].shape
        head = LinearHead(dimension, classes, normalise=about["normalise"])
        head.load_state_dict(head_state)
        card = ModelCard.from_dict(about["card"])

        def load_backbone() -> Backbone:
            backbone = load_pretrained(card.id, workspace)
            if about["tuned"] or card.fits:
                try:
                    backbone.restore(about.get("extras", {}))
                    backbone.load_state_dict(_part(state, "backbone."))
                except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError) as error:
                    raise RunError(
                        Message("The run '{run}' holds no model like {model}.", run=folder.name, model=card.title),
                        Message("Train it again, or choose another run."),
                    ) from error
            return backbone

        return cls(
            title=about["title"], card=card, classes=tuple(about["classes"]), size=about["size"],
            tuned=about["tuned"], head=head, parent=about["parent"], load_backbone=load_backbone,
            temperature=about["temperature"],
        )  # fmt: skip


def load_backbone(model_id: str, workspace: Workspace) -> Backbone:
    """The network behind any model id, with its weights, in evaluation mode."""
    if not model_id.startswith(RUN):
        return load_pretrained(model_id, workspace)
    card = get_card(model_id, workspace)
    backbone = TrainedModel.load(workspace.runs / model_id.removeprefix(RUN), workspace).backbone
    backbone.card = card  # its own identity: cached embeddings of the base model are not its own
    return backbone


_ROOM = 1000
"""Megabytes of networks that are kept to be begun from again."""


class KeptBackbones:
    """Networks that many short trainings begin from: each is read once, and every training gets a copy of it. Reading
    multilingual-e5-small takes three seconds, a copy a tenth. Those for which there is no room are read each time."""

    def __init__(self) -> None:
        self._kept: dict[str, Backbone] = {}

    def load(self, model_id: str, workspace: Workspace) -> Backbone:
        """As `load_backbone`; nobody else has what it gives."""
        if model_id in self._kept:
            return self._kept[model_id].copied()
        backbone = load_backbone(model_id, workspace)
        if backbone.card.megabytes + sum(other.card.megabytes for other in self._kept.values()) > _ROOM:
            return backbone
        self._kept[model_id] = backbone
        return backbone.copied()


def _part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
