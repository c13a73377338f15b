"""Ways to fine-tune. Each is one file with one class; adding one means adding it to this list.

Nothing here imports torch until a strategy is run, so that pages and the command line can describe them at once.
"""

from __future__ import annotations

from core.training.strategies.auto import Auto
from core.training.strategies.base import Strategy
from core.training.strategies.bias import Bias
from core.training.strategies.contrastive import Contrastive
from core.training.strategies.full import Full
from core.training.strategies.head import Head
from core.training.strategies.lora import Lora
from core.training.strategies.nearest import Nearest
from core.training.strategies.partial import Partial
from core.training.strategies.scratch import Scratch

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Auto(), Nearest(), Head(), Partial(), Full(), Lora(), Bias(), Contrastive(), Scratch(),
    )
}  # fmt: skip
"""In the order in which they are offered."""
