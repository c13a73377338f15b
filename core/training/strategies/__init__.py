"""Ways to fine-tune. Each is one file with one class; adding one means adding it to this list.

Nothing here imports torch until a strategy is run, so that pages and the command line can describe them at once.
"""

from __future__ import annotations

from core.training.strategies.base import Strategy
from core.training.strategies.full import Full
from core.training.strategies.head import Head

STRATEGIES: dict[str, Strategy] = {strategy.name: strategy for strategy in (Head(), Full())}
