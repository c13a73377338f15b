"""Which of the examples that taught a model are nearest to another one, as its last layer sees them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.extended import ExtendedModel

NEAREST = 5


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An example that taught: by its id in the set or, where it was added later, by its addition and place in that.

    `similarity` is a cosine, 1 for the very same direction.
    """

    label: str
    similarity: float
    example: str | None = None
    addition: str | None = None
    place: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def nearest(
    model: ExtendedModel, embedding: Tensor, most: int = NEAREST, but_for: Container[str] = ()
) -> list[Neighbour] | None:
    """The nearest to an `embedding` (1, d) of the model's backbone, the nearest first; None where it is not known who
    taught. Examples whose id is in `but_for` are passed over.

    Seen from the middle of all that taught, as likeness is (`core/models/extended.py`).
    """
    taught = model.taught()
    if taught is None:
        return None
    with torch.inference_mode():
        x = F.normalize(model.model.head.prepared(embedding) - taught.middle, dim=1)
        cosines = F.normalize(taught.vectors - taught.middle, dim=1) @ x[0]
    found: list[Neighbour] = []
    for i in cosines.argsort(descending=True, stable=True).tolist():
        who = taught.sources[i]
        if who.example is None or who.example not in but_for:
            label = model.classes[int(taught.of[i])]
            found.append(Neighbour(label, float(cosines[i]), who.example, who.addition, who.place))
        if len(found) == most:
            break
    return found
