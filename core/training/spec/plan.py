"""What a recipe would do with a data set, checked before anything is loaded: the first thing that training, the page
and the command line do alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from core.data.dataset import Dataset
from core.data.samples import shown_title
from core.data.splits import VALIDATION_SHARE, Split, came_divided, make_split
from core.errors import DataError, RecipeError
from core.evaluation.scores import majority_label
from core.messages import NOTHING, Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.models.catalogue import base_card, get_card, is_tuned
from core.models.text_packages import missing
from core.storage import require_room
from core.training.spec.class_names import names_to_read
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import ANY_MODEL, Recipe, options
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

_FLOAT = 4
"""Bytes of a weight."""
FOLDS = 5
_REPEATS = 2
_MOST_STEPS = 2000
"""A recipe that takes more steps than this to fit a last layer is not cheap any more: it is fitted ten times."""
_PER_REPEAT = 300
"""With more examples than this there are fewer repeats: the more examples, the less one division decides."""
MOST_CROSS_VALIDATED = 2000
"""Of more examples than this a quarter is enough to validate on, and going on would take longer than training did."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The model, the recipe with every applicable option filled in, and which examples are for what.

    Where the recipe says "auto", a search settles model and method before training begins, and `why` says how.

    `baseline` is the share of the test examples (else of the validation examples) that always naming the most frequent
    training class gets right; None when there are none.
    """

    card: ModelCard
    recipe: Recipe
    split: Split
    baseline: float | None
    why: Message = NOTHING

    @property
    def config(self) -> TrainingConfig:
        """What the engine goes by."""
        return TrainingConfig.of(self.recipe, self.card)

    def sealed(self, dataset: Dataset) -> Plan:
        """The same, but nobody looks at the test set yet: in a race it is opened once, for the one that is chosen."""
        split = replace(self.split, test=(), unused=tuple(sorted((*self.split.unused, *self.split.test))))
        return replace(self, split=split, baseline=_baseline(dataset, split))

    def require_room(self, workspace: Workspace) -> None:
        """StorageError when the disk has no room for the model that would be made."""
        if STRATEGIES[self.recipe.strategy].tunes_backbone:  # then all of its weights are kept
            require_room(workspace.runs / "model.safetensors", _FLOAT * (self.card.parameters - self.card.packed))

    def members(self, dataset: Dataset) -> dict[str, Any]:
        """The split as plain data, for a run to keep: ids of the "train", "validation" and "test" examples, and, for
        each that is in a cluster with others, the "groups" by id."""
        parts = {"train": self.split.train, "validation": self.split.validation, "test": self.split.test}
        ids = {part: [dataset.examples[i].id for i in indices] for part, indices in parts.items()}
        used = {dataset.examples[i].id: dataset.clusters[i] for indices in parts.values() for i in indices}
        return {**ids, "groups": {one: group for one, group in used.items() if group != one}}


def fitting_card(model: str, dataset: Dataset, workspace: Workspace) -> ModelCard:
    """The card of a model that takes the examples of a dataset. ModelError when there is none or it is not on this
    computer, DataError when it does not take them."""
    card = get_card(model, workspace)
    if lacking := missing(base_card(model, workspace).id):
        raise lacking
    if card.modality != dataset.modality:
        kind = dataset.kind.many
        raise DataError(
            Message(
                "{model} is a model for {its}, but '{dataset}' holds {kind}.",
                model=card.title,
                its=get_modality(card.modality).many,
                dataset=shown_title(dataset.title),
                kind=kind,
            ),
            Message("Choose a model for {kind}.", kind=kind),
        )
    return card


def make_plan(dataset: Dataset, recipe: Recipe, workspace: Workspace) -> Plan:
    """DataError, ModelError or RecipeError when the three do not go together."""
    dataset.require_originals()
    card = fitting_card(dataset.kind.default_model if recipe.model == ANY_MODEL else recipe.model, dataset, workspace)
    divided = came_divided(dataset)
    if divided and recipe.validation_share is not None:
        raise RecipeError(
            Message(
                "'{dataset}' came divided into training and validation examples, so {option} has no effect.",
                dataset=shown_title(dataset.title),
                option=options()["validation_share"].label,
            ),
            Message("Remove it."),
        )
    recipe.filled(card)  # says at once which options have no effect
    share = recipe.validation_share or VALIDATION_SHARE
    split = make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots)
    if recipe.early_stopping is not None and not split.validation:
        raise RecipeError(
            Message("There are no validation examples, so there is nothing to stop early by."), Message("Remove it.")
        )
    if recipe.self_training == "yes":
        _check_self_training(dataset, recipe)
    if recipe.class_names == "yes":
        _check_class_names(dataset, recipe)
    why = NOTHING
    if recipe.strategy == "auto" and card.blank:
        recipe, why = replace(recipe, strategy="scratch", time_budget=None), _BLANK
    filled = recipe.filled(card)
    STRATEGIES[filled.strategy].check(dataset, split)
    if divided:
        filled = replace(filled, validation_share=None)
    return Plan(card, filled, split, _baseline(dataset, split), why)


def _check_self_training(dataset: Dataset, recipe: Recipe) -> None:
    """RecipeError where there is nothing to learn from so, or the last layer is not solved."""
    label = options()["self_training"].label
    if not dataset.unlabelled:
        raise RecipeError(
            Message("Every example of '{title}' has a class, so '{option}' has no effect.",
                    title=shown_title(dataset.title), option=label),
            Message("Remove it."),
        )  # fmt: skip
    _require_exact(recipe, label)


def _check_class_names(dataset: Dataset, recipe: Recipe) -> None:
    """RecipeError where the names say nothing, or the last layer is not solved."""
    label = options()["class_names"].label
    if not names_to_read(dataset):
        raise RecipeError(
            Message("The classes of '{title}' ({names:list}) have no names that say something, so '{option}' has no "
                    "effect.", title=shown_title(dataset.title), names=list(dataset.classes[:_NAMED]), option=label),
            Message("Remove it, or rename the classes by what they are about."),
        )  # fmt: skip
    _require_exact(recipe, label)


def _require_exact(recipe: Recipe, label: Message) -> None:
    if recipe.solver == "steps" or recipe.early_stopping is not None:
        raise RecipeError(
            Message("'{option}' needs a last layer that is solved exactly, after all epochs.", option=label),
            Message(
                "Leave out {one} and {other}.", one=options()["solver"].label, other=options()["early_stopping"].label
            ),
        )


_NAMED = 3


_BLANK = Message(
    "This network is untrained, so all of it is trained from the beginning. Afterwards the run is a model to start "
    "from."
)


def settled(plan: Plan, card: ModelCard, recipe: Recipe, why: Message) -> Plan:
    """The same plan, with the model and the recipe that were found for it."""
    divided = plan.recipe.validation_share is None and recipe.shots is None
    return replace(plan, card=card, recipe=replace(recipe, validation_share=None) if divided else recipe, why=why)


def _baseline(dataset: Dataset, split: Split) -> float | None:
    held_back = split.test or split.validation
    if not held_back:
        return None
    guess = majority_label([dataset.examples[i].label for i in split.train])
    return sum(dataset.examples[i].label == guess for i in held_back) / len(held_back)


def is_cross_validated(dataset: Dataset, plan: Plan, workspace: Workspace) -> bool:
    """Whether cross-validation costs little and means something.

    It costs little where the network stays as it is, so that its embeddings are known. It means something where the
    program itself chose the validation examples and how many there are to train on, and where the network cannot have
    seen the validation examples: a tuned run of one's own may have learnt from these very ones.
    """
    config, pool = plan.config, len(plan.split.train) + len(plan.split.validation)
    divided = came_divided(dataset) or plan.recipe.shots is not None or not plan.split.validation
    frozen = (
        not config.searches and not STRATEGIES[config.strategy].tunes_backbone and not is_tuned(plan.card.id, workspace)
    )
    steps = config.epochs * math.ceil(pool / config.batch_size)
    return frozen and not divided and pool <= MOST_CROSS_VALIDATED and steps <= _MOST_STEPS


def was_pretrained(card: ModelCard, strategy: str, workspace: Workspace) -> bool:
    """Whether a model had learnt anything before this training: its own weights, or the features it builds on."""
    if card.features:
        return was_pretrained(get_card(card.features, workspace), "head", workspace)
    return bool(card.parameters) and not card.blank and not STRATEGIES[strategy].forgets


def repeats_of(pool: int) -> int:
    """How often so many examples are divided anew."""
    return max(1, min(_REPEATS, _REPEATS * _PER_REPEAT // pool))


def folds_of(dataset: Dataset, plan: Plan, workspace: Workspace) -> int:
    """How many trainings a run adds to its own for a score that does not hang on one division."""
    pool = len(plan.split.train) + len(plan.split.validation)
    return FOLDS * repeats_of(pool) if is_cross_validated(dataset, plan, workspace) else 0
