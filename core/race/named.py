"""What an entrant is called: its way to train, and what tells it from the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.race.entrants import Entrant
from core.training.recipe import options
from core.training.strategies import STRATEGIES


def name_of(entrant: Entrant, others: Iterable[Entrant] = ()) -> str:
    """ "Only the last layer", with the model where `others` race with another, and with the options that are its own:
    "The upper layers (learning rate 0.001)"."""
    everybody = list(others)
    said = STRATEGIES[entrant.recipe.strategy].title
    if len({one.recipe.model for one in everybody}) > 1:
        said += f", {entrant.model}"
    own = [f"{options()[name].label.lower()} {_value(value)}" for name, value in entrant.chosen.items()]
    if not own and any(one.group == entrant.group and one.chosen for one in everybody):
        own = ["as it is"]
    return f"{said} ({', '.join(own)})" if own else said


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
