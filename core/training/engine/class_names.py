"""Names of classes as examples of them: what a model that reads texts makes of "card arrival" lies near the messages
about one (zero-shot classification: Yin, Hay & Roth 2019, "Benchmarking Zero-shot Text Classification").

With one message of a class its name says more than the message does, with eight about as much as one more:
`benchmarks/class_names.py` measures it. Names that do not fit ("ham" for mail that is none) are noticed: they count
only where they alone tell the training examples apart clearly better than chance.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from core.data.dataset import Dataset, Example
from core.events import Event, Warned
from core.messages import Message
from core.models.embeddings import embed_dataset
from core.training.engine.context import TrainingContext
from core.training.spec.class_names import names_to_read

_CLEARLY = 0.1
"""So much more of the training examples than by chance the names must tell."""
WEIGHT = 1.0
"""A name counts as much as so many examples."""


def class_names(context: TrainingContext, embeddings: Tensor) -> Generator[Event, None, Tensor | None]:
    """What the names of the classes stand for among the `embeddings` (n, d) of all examples, (classes, d): moved to
    where the training examples are, for names as such lie elsewhere than messages. None where they say nothing, do not
    fit, or it was stopped. Yields progress, and a warning where they do not fit.
    """
    names = names_to_read(context.dataset)
    if not names or context.config.class_names != "yes":
        return None
    kind = context.dataset.kind
    examples = tuple(Example(kind.digest(name.encode()), name, name, name) for name in names)
    read = Dataset("", kind.name, examples, Path())
    found = yield from embed_dataset(
        read, context.card, lambda: context.backbone, context.workspace, context.size, stop=context.is_interrupted
    )
    if found is None:
        return None
    train = list(context.split.train)
    moved = _moved(torch.from_numpy(found).to(embeddings), embeddings[train])
    if share_told(moved, embeddings[train], context.targets[train]) >= 1 / len(names) + _CLEARLY:
        return moved
    yield Warned(
        Message(
            "The names of the classes tell these examples apart no better than chance, so they were not used. Names "
            "that say what the examples are about would help."
        )
    )
    return None


def _moved(names: Tensor, examples: Tensor) -> Tensor:
    return names - names.mean(0) + examples.mean(0)


def share_told(names: Tensor, examples: Tensor, targets: Tensor) -> float:
    """The share of the examples (n, d) for whose class `targets` (n,) the name (classes, d) is the nearest, by angle
    from the examples' middle."""
    middle = examples.mean(0)
    alike = F.normalize(examples - middle, dim=1) @ F.normalize(names - middle, dim=1).T
    return float((alike.argmax(1) == targets).float().mean())
