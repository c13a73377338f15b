"""Last layers that follow from the averages of the classes: nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Generator

from torch import Tensor

from core.events import Event
from core.models.head import LinearHead
from core.training.engine.class_names import class_names
from core.training.engine.context import TrainingContext
from core.training.engine.fit import evaluated
from core.training.engine.stage import FitResult


def averaged(
    context: TrainingContext, make: Callable[[Tensor, Tensor, int, Tensor | None], LinearHead]
) -> Generator[Event, None, FitResult | None]:
    """What such a last layer comes to; None when stopped before there was one. A model that answers from labelled
    examples has its own.

    `make` gives it for embeddings (n, d) of the training examples, the numbers of their classes (n,), how many classes
    there are, and what their names stand for (classes, d), where those count as well.
    """
    embeddings = yield from context.embeddings()
    if embeddings is None:
        return None
    train = list(context.split.train)
    head = context.backbone.last_layer() if context.card.in_context else None
    if head is None:
        names = yield from class_names(context, embeddings)
        head = make(embeddings[train], context.targets[train], len(context.dataset.classes), names)
    point, result = evaluated(head, embeddings, context)
    yield point
    return result
