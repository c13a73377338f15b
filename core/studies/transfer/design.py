"""What is compared: the same network from scratch and pretrained, each with and without getting more out of the data.

No torch here: pages and the command line read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.data.splits import Split
from core.errors import RecipeError
from core.messages import NOTHING, Message, counted, quoted
from core.modalities import get_modality
from core.modalities.base import Ability
from core.models.card import ModelCard
from core.options import Choice, Option, option
from core.studies.base import Design, Plan, for_model, seed_option, strategy_choices
from core.studies.cost import TRANSLATION, looking_seconds
from core.studies.splits import describe_validation, most_shots, random_splits, splits_option
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds
from core.training.spec.plan import fitting_card
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES, method_title
from core.workspace import Workspace

MOST_VIEWS = 32
_HEADS_SECONDS = 0.3
"""For the last layers of one method."""

PARTS = {
    "augmentation": Choice(
        Message("Augmentation"),
        Message(
            "A network that is trained sees every example a little different each time (Krizhevsky et al. 2012; Wei & "
            "Zou 2019)."
        ),
    ),
    "supports": Choice(
        Message("Augmented features"),
        Message(
            "Where the network itself is not trained, its last layer or its class averages are made from several "
            "variations of every example (Snell et al. 2017)."
        ),
    ),
    "views": Choice(
        Message("Test-time augmentation"),
        Message(
            "Each new example is looked at in several variations, and the answers are averaged (Krizhevsky et al. "
            "2012)."
        ),
    ),
    "heads": Choice(
        Message("Ensemble of last layers"),
        Message(
            "Several last layers are each trained on another random choice of the same examples, and their answers are "
            "averaged (Breiman 1996)."
        ),
    ),
}
"""Ways to get more out of the same examples."""

STARTS = ("scratch", "transferred", "nearest")
"""What a method begins with: random weights, or the pretrained model, trained or only averaged."""
_NOT_TRANSFER = ("auto", "nearest", "discriminant", "scratch", "masked", "episodic")
"""Strategies that stand for no way of carrying a pretrained model over by training."""
TRANSFER_STRATEGIES = strategy_choices(but=_NOT_TRANSFER)


@dataclass(frozen=True)
class TransferDesign(Design):
    """One experiment.

    `shots` examples of each class train in each of `splits` random splits. The pretrained model is trained by
    `strategy`; the same architecture with random weights for `scratch_epochs` on pictures of `scratch_size` pixels a
    side (None: as `Modality.coarse_size` says). `parts` are the ways to get more out of the data, with examples varied
    at `level`, `views` of each, and `heads` more last layers.
    """

    REFUSAL: ClassVar[Message] = Message("This experiment cannot be made.")

    model: str = ""
    strategy: str = option(
        "head", Message("Fine-tuning method"), choices=TRANSFER_STRATEGIES,
        flag_help=Message("how the pretrained model is trained; default: head for pictures, contrastive for messages"),
    )  # fmt: skip
    shots: int = option(
        5, Message("Examples per class"), Message("So many of each class train; the others validate."),
        low=1, high=10_000, step=1,
    )  # fmt: skip
    splits: int = splits_option()
    parts: tuple[str, ...] = option(
        tuple(PARTS), Message("Get more out of the same examples"), choices=PARTS, flag="-", toggles=True
    )
    level: str = option(
        "light", Message("Strength of the augmentation"), Message("How much examples are varied."), folded=True
    )
    views: int = option(
        8, Message("Variations of each example"), Message("With the example as it is. More take longer."),
        low=2, high=MOST_VIEWS, step=1, slider=True, folded=True,
    )  # fmt: skip
    heads: int = field(default=5)
    scratch_epochs: int = option(
        30, Message("Epochs from scratch"),
        Message("How many times the network that begins with random weights goes through its examples."),
        low=1, high=500, step=1, folded=True,
    )  # fmt: skip
    scratch_size: int | None = option(
        None, Message("Picture size from scratch"),
        Message("Pixels a side. A few examples need no more, and small pictures are fast."),
        low=32, high=512, step=32, optional=True, folded=True,
    )  # fmt: skip
    seed: int = seed_option()

    def problems(self) -> Iterator[Message]:
        if not self.model:
            yield Message("No model is chosen.")
        if not 2 <= self.heads <= 50:
            yield Message("There must be between 2 and 50 last layers, not {n}.", n=self.heads)
        if self.scratch_size is not None and self.scratch_size % 32:
            yield Message("Picture size from scratch must be a multiple of 32, not {size}.", size=self.scratch_size)

    def title(self) -> Message:
        return Message(
            "{strategy}, {shots}, {splits}",
            strategy=method_title(self.strategy, self.model),
            shots=counted("{n} example per class", "{n} examples per class", n=self.shots),
            splits=counted("{n} split", "{n} splits", n=self.splits),
        )

    @classmethod
    def takes(cls, card: ModelCard) -> bool:
        return card.parameters > 0 and not card.blank

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        match name:
            case "strategy":
                return for_model(option, card, dataset.kind.usual.strategy, "full")
            case "splits":
                return replace(option, usual=dataset.kind.usual.splits)
            case "shots":
                most = most_shots(dataset)
                says = Message("{help} Your smallest class allows {n}.", help=option.help, n=most)
                return replace(option, high=min(most, 100), usual=min(5, most), help=says)
            case "level":
                levels = {level: says for level, says in dataset.kind.augmentations.items() if level != "none"}
                titles = {level: LEVELS.get(level, quoted(level)) for level in levels}
                return replace(option, choices={level: Choice(titles[level], says) for level, says in levels.items()})
            case "views":
                return replace(option, high=16)
            case "scratch_size":
                if card is None or Ability.RESIZE not in dataset.kind.abilities:
                    return None
                says = Message("{help} The pretrained model looks at {n}.", help=option.help, n=card.input_size)
                return replace(option, usual=scratch_size(None, card), optional=False, help=says)
        return option

    def methods(self) -> dict[str, dict[str, frozenset[str]]]:
        """For every start its methods, each with the parts that are switched on."""
        return {start: methods(start, self.strategy, self.parts) for start in STARTS}

    def recipe(self, start: str, card: ModelCard, seed: int, *, varied: bool) -> Recipe:
        """How the network of a start is trained, by default options but for where it begins and whether it sees
        varied examples; nearest class averages are made from the network that a last layer would be put on."""
        asked: dict[str, Any] = {"model": self.model, "seed": seed}
        if tunes_network(start, self.strategy):
            asked["augmentation"] = self.level if varied else "none"
        if start == "scratch":
            asked["epochs"] = self.scratch_epochs
        return Recipe(strategy="scratch" if start == "scratch" else self.strategy, **asked).filled(card)


LEVELS = {"light": Message("light"), "strong": Message("strong"), "drawing": Message("drawing")}


def scratch_size(asked: int | None, card: ModelCard) -> int | None:
    """The input size of the network that begins with random weights, unless one is `asked` for; None where that makes
    no difference."""
    enough = get_modality(card.modality).coarse_size
    return None if enough is None else asked or min(card.input_size, enough)


def tunes_network(start: str, strategy: str) -> bool:
    """True when the network itself is trained, not only its last layer."""
    return start == "scratch" or (start == "transferred" and STRATEGIES[strategy].tunes_backbone)


def parts_of(start: str, strategy: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the chosen parts that can do anything for this start."""
    idle = "supports" if tunes_network(start, strategy) else "augmentation"
    return tuple(name for name in PARTS if name in chosen and name != idle)


def methods(start: str, strategy: str, chosen: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What is compared, with the parts switched on in each: plain, harder (all parts), and each part alone.

    A part that is the only one is "harder", and not listed again.
    """
    usable = parts_of(start, strategy, chosen)
    found = {"plain": frozenset[str]()}
    if usable:
        found["harder"] = frozenset(usable)
    if len(usable) > 1:
        found |= {name: frozenset({name}) for name in usable}
    return found


def checked(dataset: Dataset, design: TransferDesign, workspace: Workspace) -> ModelCard:
    """The model of a design that fits the set. DataError, ModelError or RecipeError when it does not."""
    card = fitting_card(design.model, dataset, workspace)
    levels = [level for level in dataset.kind.augmentations if level != "none"]
    if design.level not in levels:
        raise RecipeError(
            Message("These examples cannot be varied at level '{level}'.", level=design.level),
            Message("Choose of {levels:list}.", levels=levels),
        )
    if design.scratch_size is not None and Ability.RESIZE not in dataset.kind.abilities:
        raise RecipeError(Message("These examples have no picture size."), Message("Remove it."))
    for start in ("scratch", "transferred"):
        design.recipe(start, card, design.seed, varied=tunes_network(start, design.strategy))
    return card


def plan(design: TransferDesign, dataset: Dataset, workspace: Workspace) -> Plan:
    """What will happen, and how long it takes. DataError, ModelError or RecipeError when they do not fit the set."""
    card = checked(dataset, design, workspace)
    splits = random_splits(dataset, design.shots, design.splits, design.seed)
    says = Message(
        "In each of {splits} random splits, {shots} examples per class train, the same for every method. {validation}",
        splits=design.splits, shots=design.shots, validation=describe_validation(splits[0]),
    )  # fmt: skip
    return Plan(says, seconds(dataset, design, card, splits, workspace))


def seconds(
    dataset: Dataset, design: TransferDesign, card: ModelCard, splits: Iterable[Split], workspace: Workspace
) -> float | None:
    """Seconds that it takes when nothing is known yet; None before the model was measured here."""
    splits = list(splits)
    everyone = {i for split in splits for i in (*split.train, *split.validation)}
    looks = design.views if {"views", "supports"} & set(design.parts) else 1
    total = looking_seconds(dataset, everyone, card, workspace, looks)
    if total is None:
        return None
    total += len(splits) * sum(map(len, design.methods().values())) * _HEADS_SECONDS
    for start in (start for start in STARTS if tunes_network(start, design.strategy)):
        for varied in sorted({"augmentation" in on for on in design.methods()[start].values()}):
            recipe = design.recipe(start, card, design.seed, varied=varied)
            size = scratch_size(design.scratch_size, card) if start == "scratch" else None
            config = replace(TrainingConfig.of(recipe, card), image_size=size or 0)
            one = _training_seconds(dataset, config, card, splits[0], design, workspace)
            if one is None:
                return None
            total += one * len(splits)
    return total


def _training_seconds(
    dataset: Dataset,
    config: TrainingConfig,
    card: ModelCard,
    split: Split,
    design: TransferDesign,
    workspace: Workspace,
) -> float | None:
    """One network of one split: training it, then looking at everyone."""
    training = expected_seconds(config, card, dataset, Split(split.train, (), (), NOTHING), workspace)
    looks = design.views if "views" in design.parts else 1
    everyone = [*split.train, *split.validation]
    looking = looking_seconds(dataset, everyone, card, workspace, looks, config.image_size)
    return None if training is None or looking is None else training + looking + TRANSLATION
