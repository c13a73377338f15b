"""What is compared: ways to train and models, under how many seeds, within what time. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message, counted
from core.models.card import ModelCard
from core.options import Option, option
from core.studies.base import MOST_SEED, Design, strategy_choices
from core.training.spec.recipe import Recipe, options, problems_of
from core.training.spec.strategies import method_title, strategies_for

FEWEST_SEEDS, MOST_SEEDS, USUAL_SEEDS = 3, 20, 3
"""Two scores have no spread worth the name."""
USUAL_BUDGET = 600.0
"""Seconds."""
USUAL_HOLD_BACK = 0.2
MOST_TRIALS = 30
NOT_SEARCHED = frozenset({"seed", "device", "shots", "validation_share", "time_budget"})
"""What is the same for all candidates, or follows from the time."""
CANDIDATES = strategy_choices(but=("auto",))
"""Every way to train but "auto", which is one of the others."""
USUAL_STRATEGIES = ("nearest", "head", "partial")


@dataclass(frozen=True)
class BenchmarkDesign(Design):
    """One benchmark.

    Every strategy is trained with every model, under `seeds` seeds from `seed` on, for at most `budget` seconds in all.
    `shots` or `validation_share` divide what is left when `hold_back` of every class is kept as the test set. With
    `search` each is also trained with other values of the options named there: all combinations of them (a grid), or
    `trials` combinations drawn at random (Bergstra & Bengio 2012).
    """

    REFUSAL: ClassVar[Message] = Message("This benchmark cannot be run.")

    models: tuple[str, ...] = option(
        (), Message("These models too"), Message("Every method is then trained with every model that it can use."),
        folded=True, flag="model", empty=Message("only the one above"),
        flag_help=Message("model id (see `models`); may be given several times; default: the bundled one for the kind "
                          "of data"),
    )  # fmt: skip
    strategies: tuple[str, ...] = option(
        USUAL_STRATEGIES, Message("Fine-tuning methods"), choices=CANDIDATES, flag="strategy",
        flag_help=Message("a fine-tuning method; may be given several times (default nearest, head, partial)"),
    )  # fmt: skip
    budget: float = option(
        USUAL_BUDGET, Message("Time for all of it (minutes)"),
        Message("Methods that take long train for a shorter time each, so that all of them fit."),
        low=10.0, high=86_400.0, scale=60, flag_help=Message("the time for all of it, in seconds (default 600)"),
    )  # fmt: skip
    seeds: int = option(
        USUAL_SEEDS, Message("Seeds"),
        Message("Each seed makes another random split, the same for all methods. More seeds take longer and narrow "
                "the intervals."), low=FEWEST_SEEDS, high=MOST_SEEDS, step=1, slider=True,
    )  # fmt: skip
    hold_back: float = option(
        USUAL_HOLD_BACK, Message("Reserved as the test set (% of every class)"),
        Message("Nothing is trained or chosen on these. A part that was reserved before is kept."),
        low=0.05, high=0.5, step=0.05, scale=0.01, slider=True, folded=True,
        flag_help=Message("the share of every class for the test set (default 0.2)"),
    )  # fmt: skip
    seed: int = option(
        0, Message("First seed"), Message("The next ones follow."), low=0, high=MOST_SEED, step=1, folded=True
    )
    shots: int | None = field(default=None)
    validation_share: float | None = field(default=None)
    search: dict[str, tuple[Any, ...]] = option(  # noqa: RUF009 (the function makes a field with a factory)
        {}, Message("Try other values of"),
        Message("Each method is also trained with other values of what you choose here, as far as it has that "
                "option."),
        folded=True, flag="-", empty=Message("nothing: each method as it is"),
    )  # fmt: skip
    trials: int | None = option(
        None, Message("How many combinations"),
        Message("Fewer are drawn at random. After each seed the better half stays."),
        low=1, high=MOST_TRIALS, step=1, optional=True, empty=Message("all of them"), folded=True,
        flag_help=Message("draw so many combinations at random instead of trying all"),
    )  # fmt: skip

    @property
    def all_seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.seeds))

    def title(self) -> Message:
        only = self.models[0] if len(self.models) == 1 else ""
        strategies = [method_title(name, only) for name in self.strategies]
        return Message(
            "{strategies:list}, {seeds}", strategies=strategies, seeds=counted("{n} seed", "{n} seeds", n=self.seeds)
        )

    def recipe(self, model: str, strategy: str, seed: int, **chosen: Any) -> Recipe:
        return Recipe(
            model, strategy, seed=seed, shots=self.shots, validation_share=self.validation_share, **chosen
        )  # fmt: skip

    def problems(self) -> Iterator[Message]:
        if not self.models or not all(self.models):
            yield Message("No model is chosen.")
        if len(set(self.models)) < len(self.models):
            yield Message("A model is named twice.")
        if not self.strategies:
            yield Message("No method is chosen; there are {there:list}.", there=list(CANDIDATES))
        if self.trials is not None and not self.search:
            yield Message("Combinations are drawn from options that are searched, and none is named.")
        yield from _recipe_problems(shots=self.shots, validation_share=self.validation_share)
        for name, tried in self.search.items():
            yield from _search_problems(name, tried)

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        if name == "strategies" and card is not None:
            possible = {one: choice for one, choice in CANDIDATES.items() if one in strategies_for(card)}
            usual = tuple(one for one in USUAL_STRATEGIES if one in possible) or tuple(possible)
            return replace(option, choices=possible, usual=usual)
        if name == "seeds":
            return replace(option, high=10)
        if name == "trials" and not chosen.get("search"):
            return None
        return option


def _search_problems(name: str, tried: tuple[Any, ...]) -> Iterator[Message]:
    """What a recipe says against every value that is searched."""
    if name not in options():
        yield Message("There is no option called '{name}'.", name=name)
    elif name in NOT_SEARCHED:
        yield Message("{option} is the same for all candidates, so it cannot be searched.", option=option_label(name))
    elif not tried:
        yield Message("No value is given for {option}.", option=option_label(name))
    else:
        for value in tried:
            yield from _recipe_problems(**{name: value})


def _recipe_problems(**values: Any) -> Iterator[Message]:
    yield from problems_of(values)


def option_label(name: str) -> Message:
    """What an option of training is called."""
    return options()[name].label


def problems_in(error: UserError) -> Message:
    """What is wrong, without the words around it."""
    return Message("{problem}", problem=error.problem)
