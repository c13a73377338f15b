"""One learning curve for each of several ways to train, over the same random splits. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.data.splits import Split
from core.messages import Message, counted, sentences
from core.models.card import ModelCard
from core.options import Choice, Option, option
from core.studies.base import Design, Plan, for_model, seed_option, strategy_choices
from core.studies.cost import looking_seconds
from core.studies.splits import describe_validation, nested_splits, splits_option
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds
from core.training.spec.plan import fitting_card
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import method_title
from core.workspace import Workspace

_NOT_ON_A_CURVE = ("auto", "episodic")
"""Strategies that would be another one from point to point, or need classes enough for episodes."""
CURVE_STRATEGIES: dict[str, Choice] = strategy_choices(but=_NOT_ON_A_CURVE)
_LEAST_SECONDS = 0.3
"""For the last layer of one point."""


@dataclass(frozen=True)
class CurveDesign(Design):
    """A curve for each of `strategies` over the same `splits` random splits.

    At most `most` examples of each class train (None: as far as the set goes). `target` is the accuracy one wants to
    get to (None: the next round one).
    """

    REFUSAL: ClassVar[Message] = Message("This learning curve cannot be made.")

    model: str = ""
    strategies: tuple[str, ...] = option(
        ("head",), Message("Fine-tuning methods"), choices=CURVE_STRATEGIES, flag="strategy",
        flag_help=Message("a fine-tuning method; may be given several times (default head)"),
    )  # fmt: skip
    splits: int = splits_option()
    most: int | None = option(
        None, Message("Most examples per class"), Message("A shorter curve is faster."), low=1, high=10_000, step=1,
        optional=True, empty=Message("as far as the dataset goes"), folded=True,
    )  # fmt: skip
    target: float | None = option(
        None, Message("Target accuracy"), Message("The accuracy you want to reach, between 0 and 1: 90\u00a0% is 0.9."),
        low=0.01, high=0.999, optional=True, empty=Message("the next round one"), folded=True,
    )  # fmt: skip
    seed: int = seed_option()

    def problems(self) -> Iterator[Message]:
        if not self.model:
            yield Message("No model is chosen.")
        if not self.strategies:
            yield Message("No method is chosen; there are {there:list}.", there=list(CURVE_STRATEGIES))

    def title(self) -> Message:
        strategies = [method_title(name, self.model) for name in self.strategies]
        splits = counted("{n} split", "{n} splits", n=self.splits)
        return Message("{strategies:list}, {splits}", strategies=strategies, splits=splits)

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        match name:
            case "strategies":
                return for_model(option, card, ("nearest", "head"), ("nearest",))
            case "target":
                return None  # chosen beside the curve, when there is one
        return option

    def recipe(self, strategy: str, card: ModelCard, seed: int) -> Recipe:
        return Recipe(self.model, strategy, seed=seed).filled(card)


def checked(dataset: Dataset, design: CurveDesign, workspace: Workspace) -> tuple[ModelCard, list[dict[int, Split]]]:
    """The model and the splits. DataError, ModelError or RecipeError when they do not fit the set."""
    card = fitting_card(design.model, dataset, workspace)
    for strategy in design.strategies:
        design.recipe(strategy, card, design.seed)
    return card, nested_splits(dataset, design.splits, design.seed, design.most)


def plan(design: CurveDesign, dataset: Dataset, workspace: Workspace) -> Plan:
    """What will happen, and how long it takes. DataError, ModelError or RecipeError when they do not fit the set."""
    card, series = checked(dataset, design, workspace)
    says = sentences(
        Message(
            "Trains on {sizes:list} examples per class, {splits} times over. In each random split the fewer are among "
            "the more.", sizes=list(series[0]), splits=design.splits,
        ),
        describe_validation(next(iter(series[0].values()))),
    )  # fmt: skip
    return Plan(says, seconds(dataset, design, card, series, workspace))


def seconds(
    dataset: Dataset, design: CurveDesign, card: ModelCard, series: list[dict[int, Split]], workspace: Workspace
) -> float | None:
    """Seconds that it takes when nothing is known yet; None before the model was measured here."""
    everyone = {i for splits in series for split in splits.values() for i in (*split.train, *split.validation)}
    total = looking_seconds(dataset, everyone, card, workspace)
    if total is None:
        return None
    for strategy in design.strategies:
        recipe = design.recipe(strategy, card, design.seed)
        for split in series[0].values():
            one = expected_seconds(TrainingConfig.of(recipe, card), card, dataset, split, workspace)
            known = looking_seconds(dataset, [*split.train, *split.validation], card, workspace)
            if one is None or known is None:
                return None
            total += max(_LEAST_SECONDS, one - known) * len(series)
    return total
