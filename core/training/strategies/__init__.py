"""Ways to fine-tune. Each is one file with one class; adding one means adding it to this list.

Nothing here imports torch until a strategy is run, so that pages and the command line can describe them at once.
"""

from __future__ import annotations

from core.models.card import ModelCard
from core.training.strategies.auto import Auto
from core.training.strategies.base import Strategy
from core.training.strategies.bias import Bias
from core.training.strategies.contrastive import Contrastive
from core.training.strategies.episodic import Episodic
from core.training.strategies.full import Full
from core.training.strategies.head import Head
from core.training.strategies.lora import Lora
from core.training.strategies.nearest import Nearest
from core.training.strategies.partial import Partial
from core.training.strategies.scratch import Scratch

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Auto(), Nearest(), Head(), Partial(), Full(), Lora(), Bias(), Contrastive(), Episodic(), Scratch(),
    )
}  # fmt: skip
"""In the order in which they are offered."""


def strategies_for(card: ModelCard) -> dict[str, Strategy]:
    """The ways in which this model can be trained: a network that knows nothing yet has nothing to build on."""
    return {name: one for name, one in STRATEGIES.items() if one.begins_blank or not card.blank}


def usual_strategy(card: ModelCard) -> str:
    """The one taken when nobody chooses."""
    return "scratch" if card.blank else "head"
