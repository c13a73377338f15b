"""Linear probe: only a new last layer learns, on embeddings that are computed once."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import FitResult, Stage


class Head(Strategy):
    """Multinomial logistic regression on centred, scaled embeddings, fitted by Adam so that it can be watched."""

    name = "head"
    rank = 20
    title = Message("Last layer only")
    term = Message("linear probe")
    sentence = Message(
        "The model itself stays as it is; only a new last layer learns your classes. Fast, and hard to beat with few "
        "examples."
    )
    source = "Alain & Bengio 2017"
    options = ALWAYS | {
        "epochs", "learning_rate", "batch_size", "regularisation", "label_smoothing", "class_weighting",
        "early_stopping", "solver", "class_names", "self_training",
    }  # fmt: skip
    tunes_backbone = False

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            "epochs": 30, "learning_rate": 0.05, "batch_size": 32, "label_smoothing": 0.0, "class_weighting": "none",
            "solver": "exact", "class_names": "no", "self_training": "no",
        }  # fmt: skip

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
        from core.training.engine.probe import probe

        return (yield from probe(context))
