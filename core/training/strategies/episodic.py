"""Prototypical training: again and again a little exam in telling apart a few classes (Snell et al. 2017)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.data.dataset import Dataset
from core.data.episodes import clusters_by_class
from core.data.splits import Split
from core.errors import DataError
from core.events import Event
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS, tuning_defaults
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Stage


class Episodic(Strategy):
    """What is learnt is an embedding in which the mean of a few examples stands for their class."""

    name = "episodic"
    rank = 80
    title = Message("By episodes")
    term = Message("prototypical network")
    sentence = Message(
        "Practises what is wanted later: again and again a few classes, a few shown examples of each (shots), and "
        "others to classify (queries). Made for pretraining on many classes, so that new ones need an example or "
        "two."
    )
    source = "Snell et al. 2017, eq. 1 and 2; Vinyals et al. 2016"
    options = ALWAYS | {
        "epochs", "time_budget", "learning_rate", "augmentation", "turned_classes", "weight_decay", "early_stopping",
        "ways", "supports", "queries",
    }  # fmt: skip
    tunes_backbone = True
    begins_blank = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        usual, kind = tuning_defaults(card), get_modality(card.modality).usual
        return {
            "epochs": kind.blank_epochs if card.blank else usual["epochs"],
            "learning_rate": kind.blank_rate if card.blank else 1e-4,
            "augmentation": usual["augmentation"], "weight_decay": usual["weight_decay"], "turned_classes": "no",
            "ways": 20, "supports": 1, "queries": 5,
        }  # fmt: skip

    def check(self, dataset: Dataset, split: Split) -> None:
        clusters = clusters_by_class(dataset, split.train)
        if sum(len(own) > 1 for own in clusters.values()) < 2:
            raise DataError(
                Message("An episode needs two classes with two different training examples each: a shot and a query."),
                Message("Add examples, make the validation set smaller, or choose another method."),
            )

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        import torch

        from core.training.engine.episodic import EpisodicStage
        from core.training.engine.parts import NarrowedNetwork, from_nothing

        torch.manual_seed(context.config.seed)
        part = (yield from from_nothing(context)) if context.card.blank else NarrowedNetwork(context)
        if part is None:
            return None
        context.train_only(part.parameters)
        return EpisodicStage(context, part)
