"""What an experiment is to compare, declared and checked once: the page's form and the command line's flags use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.data.dataset import Dataset
from core.errors import DataError, RecipeError
from core.experiment.parts import PARTS, STARTS, learns, transfer_strategies, ways
from core.models.card import ModelCard
from core.models.catalog import get_card
from core.training.recipe import Recipe
from core.workspace import Workspace

FEWEST_DRAWS, MOST_DRAWS, USUAL_DRAWS = 3, 20, 5
MOST_VIEWS = 32
SCRATCH_SIDE = 96
"""Pixels a side for pictures of a network that begins with random weights: a handful of examples teaches it nothing
that needs more, and it is several times faster."""


@dataclass(frozen=True, slots=True)
class Design:
    """One experiment. RecipeError lists everything that is wrong with it.

    `shots` examples of each class teach in each of `draws` draws. The pretrained model learns by `strategy`; the same
    architecture with random weights learns for `scratch_epochs` on pictures of `scratch_size` pixels a side (None: the
    model's own size, at most `SCRATCH_SIDE`). `parts` are the ways to use the data harder (`core.experiment.parts`),
    with examples varied at `level`, `views` of each, and `heads` more last layers.
    """

    model: str
    strategy: str = "head"
    shots: int = 5
    draws: int = USUAL_DRAWS
    seed: int = 0
    parts: tuple[str, ...] = tuple(PARTS)
    level: str = "light"
    views: int = 8
    heads: int = 5
    scratch_epochs: int = 30
    scratch_size: int | None = None

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RecipeError("This experiment cannot be made: " + "; ".join(problems) + ".")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Design:
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        return cls(**{**values, "parts": tuple(values.get("parts", PARTS))})

    def ways(self) -> dict[str, dict[str, frozenset[str]]]:
        """For every start its ways, each with the parts that are switched on."""
        return {start: ways(start, self.strategy, self.parts) for start in STARTS}

    def recipe(self, start: str, card: ModelCard, seed: int, *, varied: bool) -> Recipe:
        """How the network of a start is trained, by default options but for where it begins and whether it sees
        varied examples; nearest class averages are made from the network that a last layer would be put on."""
        asked: dict[str, Any] = {"model": self.model, "seed": seed}
        if learns(start, self.strategy):
            asked["augmentation"] = self.level if varied else "none"
        if start == "scratch":
            asked |= {"epochs": self.scratch_epochs, "image_size": scratch_size(self, card)}
        return Recipe(strategy="scratch" if start == "scratch" else self.strategy, **asked).filled(card)


def scratch_size(design: Design, card: ModelCard) -> int | None:
    """Pixels a side for the network that begins with random weights; None for messages."""
    if card.modality != "image":
        return None
    return design.scratch_size or min(card.input_size, SCRATCH_SIDE)


def usual_strategy(modality: str) -> str:
    """How the pretrained model learns unless somebody says otherwise: what makes the most of a handful of examples."""
    return "head" if modality == "image" else "contrastive"


def checked(dataset: Dataset, design: Design, workspace: Workspace) -> tuple[Design, ModelCard]:
    """The design and its model, checked against the set. DataError, ModelError or RecipeError when they do not fit."""
    card = get_card(design.model, workspace)
    if card.modality != dataset.modality:
        raise DataError(
            f"{card.title} is a model for {card.modality}s, but '{dataset.title}' holds {dataset.modality}s.",
            f"Choose a model for {dataset.modality}s.",
        )
    levels = dataset.kind.augmentations
    if design.level not in levels or design.level == "none":
        raise RecipeError(
            f"{dataset.modality.capitalize()}s cannot be varied at level '{design.level}'.",
            f"There are: {', '.join(level for level in levels if level != 'none')}.",
        )
    if design.scratch_size is not None and card.modality != "image":
        raise RecipeError("Messages have no picture size.", "Leave it out.")
    for start in ("scratch", "transferred"):
        design.recipe(start, card, design.seed, varied=learns(start, design.strategy))
    return replace(design, scratch_size=scratch_size(design, card)), card


def _problems(design: Design) -> Iterator[str]:
    if not design.model:
        yield "no model is chosen"
    if design.strategy not in transfer_strategies():
        yield (
            f"the pretrained model cannot be carried over by '{design.strategy}' "
            f"(there are: {', '.join(transfer_strategies())})"
        )
    unknown = [name for name in design.parts if name not in PARTS]
    if unknown:
        yield f"there is no way to use data harder called {', '.join(unknown)} (there are: {', '.join(PARTS)})"
    for name, says, low, high in (
        ("shots", "Examples per class", 1, 10_000),
        ("draws", "Draws", FEWEST_DRAWS, MOST_DRAWS),
        ("seed", "Seed", 0, 2**31 - 1000),
        ("views", "Variations of each example", 2, MOST_VIEWS),
        ("heads", "Last layers", 2, 50),
        ("scratch_epochs", "Epochs from scratch", 1, 500),
    ):
        value = getattr(design, name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield f"{says} must be a whole number between {low} and {high:,}, not '{value}'"
    size = design.scratch_size
    if size is not None and (not isinstance(size, int) or not 32 <= size <= 512 or size % 32):
        yield f"Picture size from scratch must be a multiple of 32 between 32 and 512, not '{size}'"
