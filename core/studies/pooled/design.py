"""What is asked: which model and method, and in how many groups the givers are tested. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median_low
from typing import Any, ClassVar

from core.data.dataset import Dataset, named
from core.data.splits import Split
from core.messages import NOTHING, Message, counted, sentences
from core.models.card import ModelCard
from core.options import Choice, Option, option
from core.studies.base import Design, Plan, for_model, seed_option, strategy_choices
from core.studies.cost import looking_seconds
from core.studies.pooled.givers import FEWEST_GIVERS, Givers, count_givers, divide
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds
from core.training.spec.plan import fitting_card
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import method_title
from core.workspace import Workspace

POOLED_STRATEGIES: dict[str, Choice] = strategy_choices(but=("auto", "episodic"))
"""Without those that would be another method from giver to giver, or need very many classes."""
_LEAST_SECONDS = 0.3
"""For the last layer of one model."""
_MOST_GROUPS, _USUAL_GROUPS = 30, 10
_MOST_NAMED = 4


@dataclass(frozen=True)
class PooledDesign(Design):
    """A model for each giver who has `least` examples of every class, and one for everybody else for each of `groups`
    groups of givers that are tested, all made by the same `strategy` from the same `model`."""

    REFUSAL: ClassVar[Message] = Message("This comparison cannot be made.")

    model: str = ""
    strategy: str = option(
        "head", Message("Fine-tuning method"), choices=POOLED_STRATEGIES,
        flag_help=Message("the fine-tuning method of all models (default head)"),
    )  # fmt: skip
    groups: int = option(
        _USUAL_GROUPS, Message("Groups of givers"),
        Message("Each group is tested once, by models that never met it. As many as givers: each is tested alone."),
        low=FEWEST_GIVERS, high=_MOST_GROUPS, step=1, slider=True, folded=True,
    )  # fmt: skip
    least: int = option(
        1, Message("Fewest examples of each class"),
        Message("Who has fewer gets no model alone; their examples count among everybody's."),
        low=1, high=1000, step=1, folded=True,
    )  # fmt: skip
    seed: int = seed_option()

    def problems(self) -> Iterator[Message]:
        if not self.model:
            yield Message("No model is chosen.")

    def title(self) -> Message:
        return method_title(self.strategy, self.model)

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        match name:
            case "strategy":
                return for_model(option, card, "head", "nearest")
            case "groups":
                most = max(FEWEST_GIVERS, min(_MOST_GROUPS, count_givers(dataset)))
                return replace(option, high=most, usual=min(_USUAL_GROUPS, most))
        return option

    def recipe(self, card: ModelCard) -> Recipe:
        return Recipe(self.model, self.strategy, seed=self.seed).filled(card)


def checked(dataset: Dataset, design: PooledDesign, workspace: Workspace) -> tuple[ModelCard, Givers]:
    """The model and the groups. DataError, ModelError or RecipeError when they do not fit the dataset."""
    dataset.require_originals()
    card = fitting_card(design.model, dataset, workspace)
    design.recipe(card)
    return card, divide(dataset, design.groups, design.least, design.seed)


def split_of(givers: Givers, learnt: list[str], tested: list[str]) -> Split:
    """Train on some givers and test on others."""
    return Split(givers.of(learnt), (), givers.of(tested), NOTHING)


def plan(design: PooledDesign, dataset: Dataset, workspace: Workspace) -> Plan:
    """What will happen, and how long it takes. DataError, ModelError or RecipeError when they do not fit the set."""
    card, givers = checked(dataset, design, workspace)
    n, alone = len(givers.examples), len(givers.alone)
    says = [
        counted(
            "A model from the examples of {n} giver alone, and models of everybody's: each answers only examples of "
            "givers from whom it did not learn.",
            "A model from the examples of each of {n} givers alone, and models of everybody's: each answers only "
            "examples of givers from whom it did not learn.",
            n=alone,
        )
    ]
    if alone < n:
        says.append(
            counted("{n} giver lacks examples of a class, and counts among everybody's only.",
                    "{n} givers lack examples of a class, and count among everybody's only.", n=n - alone)
        )  # fmt: skip
    if givers.left_out:
        says.append(
            counted("{classes} is not used: too few givers have it.", "{classes} are not used: too few givers have "
                    "them.", n=len(givers.left_out), classes=named(givers.left_out, _MOST_NAMED))
        )  # fmt: skip
    return Plan(sentences(*says), seconds(design, card, givers, workspace))


def seconds(design: PooledDesign, card: ModelCard, givers: Givers, workspace: Workspace) -> float | None:
    """Seconds that it takes when nothing is known yet; None before the model was measured here."""
    dataset, everybody = givers.dataset, list(givers.examples)
    total = looking_seconds(dataset, givers.of(everybody), card, workspace)
    if total is None:
        return None
    config = TrainingConfig.of(design.recipe(card), card)
    usual = median_low((len(givers.examples[name]), name) for name in givers.alone)[1]
    first = [name for name in everybody if givers.group[name] == 0]
    rest = [name for name in everybody if givers.group[name] != 0]
    trainings = (
        (split_of(givers, [usual], givers.asked(usual)), len(givers.alone)),
        (split_of(givers, rest, first), givers.groups),
    )
    for split, times in trainings:
        one = expected_seconds(config, card, dataset, split, workspace)
        known = looking_seconds(dataset, [*split.train, *split.test], card, workspace)
        if one is None or known is None:
            return None
        total += max(_LEAST_SECONDS, one - known) * times
    return total
