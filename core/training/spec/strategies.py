"""The ways to train that there are: whatever the files of `core.training.strategies` hold."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module

from core.errors import UserError
from core.messages import Message, quoted
from core.models.card import ModelCard
from core.models.catalogue import CATALOGUE, RUN, get_card
from core.training.spec.strategy import StrategySpec
from core.workspace import Workspace

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


def method_title(strategy: str, model: str, workspace: Workspace | None = None) -> Message:
    """What a way to train is called with the model of this id: a recipe's two words for one reader.

    The name of a strategy that this version does not have stays as it is. Where the model is gone, or is a run and no
    `workspace` is at hand, it is the title that the strategy has with most models.
    """
    if strategy not in STRATEGIES:
        return quoted(strategy)
    card = CATALOGUE.get(model)
    if workspace is not None and model.startswith(RUN):
        with suppress(UserError):
            card = get_card(model, workspace)
    return STRATEGIES[strategy].described(card).title
