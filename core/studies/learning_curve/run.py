"""`learning_curve(dataset, design)`: accuracy against examples per class, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from core.data.dataset import Dataset
from core.data.splits import Split
from core.errors import DataError, RecipeError, TrainingError
from core.events import DrawMade, Event, Progress, WayJudged
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.studies.splits import nested_draws, recorded
from core.studies.transfer.design import FEWEST_DRAWS, MOST_DRAWS, USUAL_DRAWS
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np

NOT_ON_A_CURVE = frozenset({"auto", "episodic"})
"""Strategies that would be another one from point to point, or need classes enough for exercises."""


def curve_strategies() -> list[str]:
    return [name for name in STRATEGIES if name not in NOT_ON_A_CURVE]


@dataclass(frozen=True, slots=True)
class CurveDesign:
    """One learning curve for each of `strategies`, over the same `draws` draws; at most `most` examples of each class
    teach (None: as far as the set goes). RecipeError lists everything that is wrong with it."""

    model: str
    strategies: tuple[str, ...] = ("head",)
    draws: int = USUAL_DRAWS
    seed: int = 0
    most: int | None = None

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RecipeError("This curve cannot be made: " + "; ".join(problems) + ".")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CurveDesign:
        return cls(**{**data, "strategies": tuple(data["strategies"])})

    def recipe(self, strategy: str, card: ModelCard, seed: int) -> Recipe:
        return Recipe(self.model, strategy, seed=seed).filled(card)


def checked_curve(
    dataset: Dataset, design: CurveDesign, workspace: Workspace
) -> tuple[ModelCard, list[dict[int, Split]]]:
    """The model and the draws. DataError, ModelError or RecipeError when they do not fit the set."""
    card = get_card(design.model, workspace)
    if card.modality != dataset.modality:
        raise DataError(
            f"{card.title} is a model for {card.modality}s, but '{dataset.title}' holds {dataset.modality}s.",
            f"Choose a model for {dataset.modality}s.",
        )
    for strategy in design.strategies:
        design.recipe(strategy, card, design.seed)
    return card, nested_draws(dataset, design.draws, design.seed, design.most)


def learning_curve(
    dataset: Dataset, design: CurveDesign, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, bool]:
    """Train every strategy with 1, 2, 5, 10, ... examples of each class, draw after draw.

    Yields DrawMade and WayJudged (way: the strategy), and progress; returns False when it was stopped. What was judged
    before counts all the same. DataError, ModelError and RecipeError are raised before the first event.
    """
    card, draws = checked_curve(dataset, design, workspace)
    began = time.perf_counter()
    done, total = 0, len(draws) * len(draws[0]) * len(design.strategies)
    for number, splits in enumerate(draws):
        for shots, split in splits.items():
            draw = recorded(dataset, split)
            yield DrawMade(number, shots, draw.train, draw.test)
            for strategy in design.strategies:
                recipe = design.recipe(strategy, card, design.seed + number)
                right = yield from _judged(dataset, split, recipe, card, workspace, stop)
                if right is None:
                    return False
                done += 1
                said = "".join("1" if one else "0" for one in right)
                yield WayJudged(number, shots, strategy, said, round(time.perf_counter() - began, 3))
                yield Progress("ways", done, total)
    return True


def _judged(
    dataset: Dataset, split: Split, recipe: Recipe, card: ModelCard, workspace: Workspace, stop: Callable[[], bool]
) -> Generator[Event, None, np.ndarray | None]:
    """Who was answered rightly of those that judge, (n,) bool; None after a stop."""
    import torch

    from core.studies.transfer.networks import progress_only
    from core.training.engine.context import TrainingContext
    from core.training.engine.fit import fit

    torch.manual_seed(recipe.seed)
    # As a final test they are looked at once, when the weights are final, and not after every epoch.
    unwatched = Split(split.train, (), split.validation, split.reason)
    task = TrainingContext(dataset, unwatched, TrainingConfig.of(recipe, card), card, workspace, stop)
    fitted = yield from progress_only(fit(task))
    if fitted is None or fitted.interrupted:
        return None
    if fitted.trouble:
        raise TrainingError(fitted.trouble.problem)
    said = fitted.evaluate(unwatched.test).probabilities.argmax(1)
    return (said == task.targets[list(unwatched.test)].cpu()).numpy()


def _problems(design: CurveDesign) -> Iterator[str]:
    if not design.model:
        yield "no model is chosen"
    unknown = [name for name in design.strategies if name not in curve_strategies()]
    if unknown or not design.strategies:
        yield f"there is no curve for {', '.join(unknown) or 'no strategy'} (choose of {', '.join(curve_strategies())})"
    if len(set(design.strategies)) < len(design.strategies):
        yield "a strategy is named twice"
    for name, says, low, high in (
        ("draws", "Draws", FEWEST_DRAWS, MOST_DRAWS),
        ("seed", "Seed", 0, 2**31 - 1000),
        ("most", "Most examples per class", 1, 10_000),
    ):
        value = getattr(design, name)
        if name == "most" and value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield f"{says} must be a whole number between {low} and {high:,}, not '{value}'"
