"""The ways to use a handful of examples harder, and where each of them can do anything. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from core.data.dataset import Dataset
from core.errors import DataError, RecipeError
from core.models.card import ModelCard
from core.models.catalogue import get_card
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Part:
    """One way to get more out of the same examples. `sentence` explains it to a newcomer."""

    name: str
    title: str
    sentence: str
    source: str = ""


PARTS: dict[str, Part] = {
    part.name: part
    for part in (
        Part(
            "augmentation", "Varied while learning",
            "A network that learns sees every example a little different each time.",
            "Krizhevsky et al. 2012; Wei & Zou 2019",
        ),
        Part(
            "supports", "Last layer from varied examples",
            "Where the network itself does not learn, its last layer or its class averages are made from several "
            "variations of every example.",
            "Snell et al. 2017",
        ),
        Part(
            "views", "Look several times before answering",
            "Each new example is looked at in several variations, and the answers are averaged.",
            "Krizhevsky et al. 2012",
        ),
        Part(
            "heads", "Ask several last layers",
            "Several last layers each learn from another random choice of the same examples, and their answers are "
            "averaged.",
            "Breiman 1996",
        ),
    )
}  # fmt: skip

STARTS = ("scratch", "transferred", "nearest")
"""What a way to learn begins with: random weights, or the pretrained model, trained or only averaged."""

NOT_TRANSFER = frozenset({"auto", "nearest", "scratch", "episodic"})
"""Strategies that stand for no way of carrying a pretrained model over by training."""


def transfer_strategies() -> list[str]:
    """The strategies that the transferred model may be trained with."""
    return [name for name in STRATEGIES if name not in NOT_TRANSFER]


def learns(start: str, strategy: str) -> bool:
    """True when the network itself learns, not only its last layer."""
    return start == "scratch" or (start == "transferred" and STRATEGIES[strategy].tunes_backbone)


def parts_of(start: str, strategy: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the chosen parts that can do anything for this start."""
    idle = "supports" if learns(start, strategy) else "augmentation"
    return tuple(name for name in PARTS if name in chosen and name != idle)


def ways(start: str, strategy: str, chosen: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """The ways that are compared, with the parts switched on in each: plain, harder (all parts), and each part alone.

    A part that is the only one is "harder", and not listed again.
    """
    usable = parts_of(start, strategy, chosen)
    found = {"plain": frozenset[str]()}
    if usable:
        found["harder"] = frozenset(usable)
    if len(usable) > 1:
        found |= {name: frozenset({name}) for name in usable}
    return found


# What an experiment is to compare, declared and checked once: the page's form and the command line's flags use it.

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
    model's own size, at most `SCRATCH_SIDE`). `parts` are the ways to use the data harder (`PARTS`), with
    examples varied at `level`, `views` of each, and `heads` more last layers.
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
