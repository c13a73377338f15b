"""Who races: every strategy with every model, and with the options that are searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import RecipeError, UserError
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.runs.folder import RunFolder
from core.studies.benchmark.design import MOST_TRIALS, RACING, RaceDesign
from core.studies.benchmark.test_evaluation import HeldBack, held_back
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe, applicable_options, options
from core.training.spec.strategies import STRATEGIES, strategies_for
from core.workspace import Workspace, is_safe_id


@dataclass(frozen=True, slots=True)
class Entrant:
    """One way to train. `chosen` are the options in which it differs from the strategy's own; `recipe` is filled;
    `model` is what the model is called."""

    number: int
    recipe: Recipe
    chosen: dict[str, Any] = field(default_factory=dict)
    model: str = ""

    @property
    def group(self) -> tuple[str, str]:
        """Those that differ in what is searched only are of one group."""
        return self.recipe.model, self.recipe.strategy

    def under(self, seed: int) -> Recipe:
        """The recipe under one seed: everybody with the same seed gets the same split."""
        return replace(self.recipe, seed=seed)

    def within(self, seconds: float) -> Entrant:
        """The same with a time for each run instead of its epochs."""
        return replace(self, recipe=replace(self.recipe, epochs=None, time_budget=round(seconds, 1)))

    def to_dict(self) -> dict[str, Any]:
        return {"number": self.number, "recipe": self.recipe.to_dict(), "chosen": self.chosen, "model": self.model}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Entrant:
        return cls(data["number"], Recipe.from_dict(data["recipe"]), dict(data["chosen"]), data["model"])


def checked(dataset: Dataset, design: RaceDesign, workspace: Workspace) -> tuple[HeldBack, list[Entrant]]:
    """What is held back, and everybody who races. DataError, ModelError or RecipeError when they do not fit the set."""
    held = held_back(dataset, design)
    return held, entrants_of(held.dataset, design, workspace)


def entrants_of(dataset: Dataset, design: RaceDesign, workspace: Workspace) -> list[Entrant]:
    """Everybody who races on `dataset`, the simplest strategies first.

    RecipeError lists what does not go together, for all entrants at once; ModelError and DataError as of `make_plan`.
    """
    problems: list[str] = []
    found: list[Entrant] = []
    cards = {model: get_card(model, workspace) for model in design.models}
    in_order = sorted(design.strategies, key=RACING.index)
    fitting = [(s, m) for s, m in product(in_order, design.models) if s in strategies_for(cards[m])]
    for strategy, model in fitting:
        tried = _combinations(strategy, cards[model], design, problems)
        for chosen in tried:
            try:
                plan = make_plan(dataset, design.recipe(model, strategy, design.seed, **chosen), workspace)
            except UserError as error:
                problems.append(str(error).rstrip("."))
                break
            if plan.recipe not in [one.recipe for one in found]:
                found.append(Entrant(len(found), plan.recipe, chosen, str(plan.card.title)))
    problems += [*_left_alone(design, fitting, cards), *_idle(design, cards)]
    if problems:
        raise RecipeError("This race cannot be run: " + "; ".join(dict.fromkeys(problems)) + ".")
    return found


def _combinations(strategy: str, card: ModelCard, design: RaceDesign, problems: list[str]) -> list[dict[str, Any]]:
    """What a strategy is tried with: first as it is by itself, then the combinations of what can be searched in it.

    A few dozen trials are too few for anything cleverer to beat chance (a model of the results needs some ten to
    begin with), so nothing like optuna is used here.
    """
    usable = applicable_options(strategy, card.modality)
    names = [name for name in design.search if name in usable]
    grid = [dict(zip(names, values, strict=True)) for values in product(*(design.search[name] for name in names))]
    if not names:
        return [{}]
    if design.trials is not None:
        order = np.random.default_rng(design.seed).permutation(len(grid))[: design.trials]
        grid = [grid[i] for i in sorted(order)]
    if len(grid) > MOST_TRIALS:
        problems.append(
            f"the grid has {len(grid)} combinations for strategy '{strategy}', and {MOST_TRIALS} are the most: name "
            "fewer values, or say how many trials are to be drawn of them"
        )
        return []
    return [{}, *grid]


def _left_alone(design: RaceDesign, fitting: list[tuple[str, str]], cards: Mapping[str, ModelCard]) -> list[str]:
    """Models and strategies that go with none of the others: a network that knows nothing has nothing to build on."""
    strategies, models = {s for s, _ in fitting}, {m for _, m in fitting}
    said = [
        f"{cards[model].title} knows nothing yet, so none of these strategies can use it (choose of "
        f"{', '.join(strategies_for(cards[model]))})"
        for model in design.models if model not in models
    ]  # fmt: skip
    return said or [
        f"strategy '{name}' has nothing to build on, since no chosen model knows anything yet"
        for name in design.strategies if name not in strategies
    ]  # fmt: skip


def _idle(design: RaceDesign, cards: Mapping[str, ModelCard]) -> list[str]:
    """Options that are searched and change nothing for anybody."""
    usable = {
        name for strategy in design.strategies for card in cards.values()
        for name in applicable_options(strategy, card.modality)
    }  # fmt: skip
    return [
        f"{options()[name].label} has no effect on anything that races" for name in design.search if name not in usable
    ]


# What an entrant is called: its way to train, and what tells it from the others.


def name_of(entrant: Entrant, others: Iterable[Entrant] = ()) -> str:
    """ "Last layer only", with the model where `others` race with another, and with the options that are its own:
    "Upper layers (learning rate 0.001)"."""
    everybody = list(others)
    said = str(STRATEGIES[entrant.recipe.strategy].title)
    if len({one.recipe.model for one in everybody}) > 1:
        said += f", {entrant.model}"
    own = [f"{str(options()[name].label).lower()} {_value(value)}" for name, value in entrant.chosen.items()]
    if not own and any(one.group == entrant.group and one.chosen for one in everybody):
        own = ["as it is"]
    return f"{said} ({', '.join(own)})" if own else said


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# Which runs took part in a race, so that lists of runs are not flooded with them.


def race_of(run: RunFolder) -> str | None:
    """The id of the race that a training run took part in."""
    return run.request.get("race")


def stands_alone(run: RunFolder, workspace: Workspace) -> bool:
    """True for a run that a person asked for, and for the one that its race recommends."""
    race_id = race_of(run)
    return race_id is None or recommended_run(race_id, workspace) == run.id


def recommended_run(race_id: str, workspace: Workspace) -> str | None:
    """The run that a race recommends; None while it is under way, and where it recommends none."""
    folder = RunFolder(workspace.studies / race_id)
    if not is_safe_id(race_id) or not folder.readable:
        return None
    result = folder.about().get("result") or {}
    return (result.get("recommendation") or {}).get("run")
