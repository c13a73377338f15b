"""What is to race, declared and checked once: the page's form and the command line's flags use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core.errors import RecipeError
from core.training.spec.recipe import Recipe, options, problems_of
from core.training.spec.strategies import STRATEGIES

FEWEST_SEEDS, MOST_SEEDS, USUAL_SEEDS = 3, 20, 3
"""Two scores have no spread worth the name."""
SHORTEST, LONGEST, USUAL_BUDGET = 10.0, 86_400.0, 600.0
"""Seconds."""
USUAL_HOLD_BACK = 0.2
MOST_TRIALS = 30
NOT_SEARCHED = frozenset({"seed", "device", "shots", "validation_share", "time_budget"})
"""What is the same for everybody in a race, or follows from its time."""
RACING = tuple(name for name in STRATEGIES if name != "auto")
"""Everything but "auto", which is one of the others."""


@dataclass(frozen=True, slots=True)
class RaceDesign:
    """One race. RecipeError lists everything that is wrong with it.

    Every strategy races with every model, under `seeds` seeds from `seed` on, for at most `budget` seconds in all.
    `shots` or `validation_share` divide what is left when `hold_back` of every class is kept for the final test. With
    `search` each also races with other values of the options named there: all combinations of them (a grid), or
    `trials` combinations drawn at random (Bergstra & Bengio 2012).
    """

    models: tuple[str, ...]
    strategies: tuple[str, ...]
    seeds: int = USUAL_SEEDS
    budget: float = USUAL_BUDGET
    seed: int = 0
    hold_back: float = USUAL_HOLD_BACK
    shots: int | None = None
    validation_share: float | None = None
    search: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    trials: int | None = None

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RecipeError("This race cannot be run: " + "; ".join(problems) + ".")

    @property
    def all_seeds(self) -> tuple[int, ...]:
        return tuple(range(self.seed, self.seed + self.seeds))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RaceDesign:
        """The inverse of `to_dict`, also after a way through JSON. Unknown fields (a newer program's) are ignored."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        searched = {name: tuple(tried) for name, tried in values.get("search", {}).items()}
        both = {name: tuple(values.get(name, ())) for name in ("models", "strategies")}
        return cls(**{**values, **both, "search": searched})

    def recipe(self, model: str, strategy: str, seed: int, **chosen: Any) -> Recipe:
        return Recipe(
            model, strategy, seed=seed, shots=self.shots, validation_share=self.validation_share, **chosen
        )  # fmt: skip


def _problems(design: RaceDesign) -> Iterator[str]:
    if not all(design.models) or not design.models:
        yield "no model is chosen"
    if not design.strategies:
        yield f"no strategy is chosen (choose of {', '.join(RACING)})"
    if unknown := [name for name in design.strategies if name not in RACING]:
        yield f"{', '.join(unknown)} cannot race (choose of {', '.join(RACING)})"
    for what, named in (("model", design.models), ("strategy", design.strategies)):
        if len(set(named)) < len(named):
            yield f"a {what} is named twice"
    for name, says, low, high in _NUMBERS:
        value, whole = getattr(design, name), name in ("seeds", "seed", "trials")
        if name == "trials" and value is None:
            continue
        fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            yield f"{says} must be a {'whole ' if whole else ''}number between {low:g} and {high:,g}, not '{value}'"
    if design.trials is not None and not design.search:
        yield "Trials draw from options that are searched, and none is named"
    yield from _recipe_problems(design)


_NUMBERS = (
    ("seeds", "Seeds", FEWEST_SEEDS, MOST_SEEDS),
    ("budget", "The time for all (seconds)", SHORTEST, LONGEST),
    ("seed", "The first seed", 0, 2**31 - 1000),
    ("hold_back", "The share for the final test", 0.05, 0.5),
    ("trials", "Trials", 1, MOST_TRIALS),
)


def _recipe_problems(design: RaceDesign) -> Iterator[str]:
    """What a recipe says against the division, and against every value that is searched."""
    shared = {"shots": design.shots, "validation_share": design.validation_share}
    yield from _said_against(shared)
    for name, tried in design.search.items():
        if name not in options():
            yield f"there is no option called '{name}'"
        elif name in NOT_SEARCHED:
            yield f"{options()[name].label} is the same for everybody in a race, so it cannot be searched"
        elif not tried:
            yield f"no value is given for {options()[name].label}"
        else:
            for value in tried:
                yield from _said_against({name: value})


def _said_against(values: dict[str, Any]) -> Iterator[str]:
    yield from (str(problem) for problem in problems_of(values))
