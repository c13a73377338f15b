"""How a way to train describes itself. What it does is in its file in `core.training.strategies`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.data.splits import Split
from core.messages import NOTHING, Message
from core.modalities import get_modality
from core.models.card import ModelCard

ALWAYS = frozenset({"image_size", "validation_share", "shots", "device", "seed"})
"""Options that mean something whatever the strategy."""

TUNING = ALWAYS | {
    "epochs", "time_budget", "learning_rate", "batch_size", "augmentation", "mixup", "label_smoothing",
    "class_weighting", "weight_decay", "early_stopping",
}  # fmt: skip
"""Options of every strategy that goes through the network again and again."""

CLASSIFIER = frozenset({"classifier", "turned_classes"})
"""Options of strategies that may learn more than the classes there are, so as to know new ones later."""


LAST_LAYER = CLASSIFIER | {"regularisation"}
"""Options about a last layer that learns: where it follows from labelled examples they mean nothing."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a way to train is called and how it is explained: `title`, `term` and `sentence` as of `StrategySpec`."""

    title: Message
    sentence: Message
    term: Message = NOTHING

    @property
    def full_title(self) -> Message:
        """ "Last layer only (linear probe)": where it is met for the first time."""
        return Message("{title} ({term})", title=self.title, term=self.term) if self.term else self.title


class StrategySpec(ABC):
    """One way to train, described: `title` in plain words, `term` as the field calls it, so that it can be looked up.

    `sentence` explains it to a newcomer; `source` names the paper, if there is one.
    `rank` says where it stands among the others when they are offered.
    """

    name: ClassVar[str]
    rank: ClassVar[int]
    title: ClassVar[Message]
    term: ClassVar[Message] = NOTHING
    sentence: ClassVar[Message]
    source: ClassVar[str] = ""
    options: ClassVar[frozenset[str]]
    tunes_backbone: ClassVar[bool]
    begins_blank: ClassVar[bool] = False
    """True where a network that knows nothing yet can be trained this way."""
    forgets: ClassVar[bool] = False
    """True where what a network has learnt before is thrown away first."""
    in_context: ClassVar[bool] = False
    """True where one that answers from labelled examples can (see `ModelCard.in_context`)."""

    def described(self, card: ModelCard | None) -> Description:
        """How it is called and explained beside a model, or (None) whatever the model is. Only this names a method to
        a reader: some do another thing with some models."""
        return Description(self.title, self.sentence, self.term)

    @abstractmethod
    def defaults(self, card: ModelCard) -> dict[str, Any]:
        """What the options that were left open stand for, a new dictionary each time."""

    def suits(self, card: ModelCard) -> bool:
        """Whether a network is built so that it can be trained this way at all."""
        return self.in_context or not card.in_context

    def check(self, dataset: Dataset, split: Split) -> None:
        """DataError where these training examples cannot be learnt from in this way."""
        return None


def tuning_defaults(card: ModelCard) -> dict[str, Any]:
    """What strategies that go through a network again and again have in common."""
    usual = get_modality(card.modality).usual
    return {
        "epochs": usual.epochs, "batch_size": 16, "mixup": 0.0,
        "augmentation": card.variation or usual.augmentation,
        "label_smoothing": 0.0, "class_weighting": "none", "weight_decay": 0.01,
    }  # fmt: skip


def tuning_rate(card: ModelCard, usual: float) -> float:
    """A learning rate that is `usual` for a pretrained network, as it is for this kind of example."""
    return usual * get_modality(card.modality).usual.rate_factor
