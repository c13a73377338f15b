"""A model that is asked again and again about one example, a little changed each time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.modalities import get_modality
from core.modalities.base import Batch, Payload
from core.models.backbone import Backbone
from core.models.embeddings import BATCH_SIZE, Encoder
from core.models.extended import ExtendedModel


class Witness:
    """`model` with a fast encoder of its own backbone: whatever it says is what the run would answer."""

    def __init__(self, model: ExtendedModel, backbone: Backbone, encoder: Encoder) -> None:
        self.model = model
        self._spec = backbone.spec(model.model.size)
        self._encoder = encoder

    @property
    def classes(self) -> tuple[str, ...]:
        return self.model.classes

    def batch(self, payloads: Sequence[Payload]) -> Batch:
        """The arrays that the backbone takes."""
        return get_modality(self.model.model.modality).batch(payloads, self._spec)

    def embed(self, batch: Batch) -> Tensor:
        """Embeddings (n, d)."""
        return torch.from_numpy(self._encoder.embed(batch))

    def logits(self, embeddings: Tensor) -> Tensor:
        """(n, classes) in double precision, over the model's temperature: their softmax is what it answers."""
        with torch.inference_mode():
            return self.model.head(embeddings).double() / self.model.model.temperature

    def say(self, payloads: Sequence[Payload]) -> Tensor:
        """The logits (n, classes) for payloads, a few at a time, the short ones first."""
        length = get_modality(self.model.model.modality).length
        order = sorted(range(len(payloads)), key=lambda i: length(payloads[i]))
        said = torch.empty(len(payloads), len(self.classes), dtype=torch.double)
        for start in range(0, len(order), BATCH_SIZE):
            part = order[start : start + BATCH_SIZE]
            said[part] = self.logits(self.embed(self.batch([payloads[i] for i in part])))
        return said


def log_odds(logits: Tensor, number: int) -> np.ndarray:
    """ln(p / (1 - p)) of one class (n,), from logits (n, classes) of two classes or more.

    Unlike p it does not hardly move where a model is very sure.
    """
    others = torch.cat([logits[:, :number], logits[:, number + 1 :]], dim=1)
    return (logits[:, number] - others.logsumexp(1)).numpy()
