"""The ways to train that there are: whatever the files of `core.training.strategies` hold."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable
from importlib import import_module

from core.models.card import ModelCard
from core.training.spec.strategy import StrategySpec

_PACKAGE = "core.training.strategies"


def discovered(folders: Iterable[str] | None = None) -> dict[str, StrategySpec]:
    """Every strategy by name, in the order in which they are offered: one for each class in a file of the package."""
    found: list[StrategySpec] = []
    for module in pkgutil.iter_modules(folders or import_module(_PACKAGE).__path__):
        here = import_module(f"{_PACKAGE}.{module.name}")
        for kind in vars(here).values():
            own = inspect.isclass(kind) and issubclass(kind, StrategySpec) and kind.__module__ == here.__name__
            if own and not inspect.isabstract(kind):
                found.append(kind())
    return {strategy.name: strategy for strategy in sorted(found, key=lambda strategy: strategy.rank)}


STRATEGIES = discovered()


def strategies_for(card: ModelCard) -> dict[str, StrategySpec]:
    """The ways in which this model can be trained: a network that knows nothing yet has nothing to build on, where
    nothing can learn nothing is tuned, and one that answers from labelled examples needs no last layer."""
    return {
        name: one
        for name, one in STRATEGIES.items()
        if one.suits(card) and (one.begins_blank or not card.blank) and (card.parameters or not one.tunes_backbone)
    }


def usual_strategy(card: ModelCard) -> str:
    """The one taken when nobody chooses."""
    return "scratch" if card.blank else "nearest" if card.in_context else "head"
