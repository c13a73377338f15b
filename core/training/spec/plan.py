"""What a recipe would do with a data set, checked before anything is loaded: the first thing that training, the page
and the command line do alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, Split, came_divided, make_split
from core.errors import DataError, RecipeError
from core.evaluation.scores import majority_label
from core.models.card import ModelCard
from core.models.catalogue import get_card, is_tuned
from core.training.spec.estimate import choose
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Plan:
    """The model, the recipe with every applicable option filled in, who teaches and who judges.

    With "auto" the recipe is what that stands for here, and `why` says so.

    `baseline` is the share of the judging examples that always naming the commonest training class gets right; None
    when nothing judges.
    """

    card: ModelCard
    recipe: Recipe
    split: Split
    baseline: float | None
    why: str = ""

    def sealed(self, dataset: Dataset) -> Plan:
        """The same, but nobody looks at the final test yet: in a race it is opened once, for the one that is chosen."""
        split = replace(self.split, test=(), unused=tuple(sorted((*self.split.unused, *self.split.test))))
        return replace(self, split=split, baseline=_baseline(dataset, split))


def make_plan(dataset: Dataset, recipe: Recipe, workspace: Workspace) -> Plan:
    """DataError, ModelError or RecipeError when the three do not go together."""
    card = get_card(recipe.model, workspace)
    if card.modality != dataset.modality:
        raise DataError(
            f"{card.title} is a model for {card.modality}s, but '{dataset.title}' holds {dataset.modality}s.",
            f"Choose a model for {dataset.modality}s.",
        )
    divided = came_divided(dataset)
    if divided and recipe.validation_share is not None:
        raise RecipeError(
            f"'{dataset.title}' came divided into those that teach and those that judge,"
            " so Held back to judge has no effect.",
            "Leave it out.",
        )
    recipe.filled(card)  # says at once which options have no effect
    share = recipe.validation_share or VALIDATION_SHARE
    split = make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots)
    if recipe.early_stopping is not None and not split.validation:
        raise RecipeError("Nothing is held back to judge, so there is nothing to stop early by.", "Leave it out.")
    chosen, why = choose(recipe, dataset, split, card, workspace) if recipe.strategy == "auto" else (recipe, "")
    filled = chosen.filled(card)
    STRATEGIES[filled.strategy].check(dataset, split)
    if divided:
        filled = replace(filled, validation_share=None)
    return Plan(card, filled, split, _baseline(dataset, split), why)


def _baseline(dataset: Dataset, split: Split) -> float | None:
    judging = split.test or split.validation
    if not judging:
        return None
    guess = majority_label([dataset.examples[i].label for i in split.train])
    return sum(dataset.examples[i].label == guess for i in judging) / len(judging)


# When a recipe is cross-validated, and into how many trainings that divides. No torch: the pages ask.

FOLDS = 5
_REPEATS = 2
_MOST_STEPS = 2000
"""A recipe that takes more steps than this to fit a last layer is not cheap any more: it is fitted ten times."""
_PER_REPEAT = 300
"""With more examples than this there are fewer repeats: the more examples, the less one division decides."""
MOST = 2000
"""Of more examples than this a quarter is enough to judge by, and going on would take longer than training did."""


def is_cheap(dataset: Dataset, plan: Plan, workspace: Workspace) -> bool:
    """Whether cross-validation costs little and means something.

    It costs little where the network stays as it is, so that its embeddings are known. It means something where the
    program itself chose who judges and how many teach, and where the network cannot have seen those that judge: a tuned
    run of one's own may have learnt from these very examples.
    """
    pool = len(plan.split.train) + len(plan.split.validation)
    divided = came_divided(dataset) or plan.recipe.shots is not None or not plan.split.validation
    frozen = not STRATEGIES[plan.recipe.strategy].tunes_backbone and not is_tuned(plan.card.id, workspace)
    steps = (plan.recipe.epochs or 0) * math.ceil(pool / (plan.recipe.batch_size or pool))
    return frozen and not divided and pool <= MOST and steps <= _MOST_STEPS


def repeats_of(pool: int) -> int:
    """How often so many examples are divided anew."""
    return max(1, min(_REPEATS, _REPEATS * _PER_REPEAT // pool))


def folds_of(dataset: Dataset, plan: Plan, workspace: Workspace) -> int:
    """How many trainings a run adds to its own for a score that does not hang on one division."""
    pool = len(plan.split.train) + len(plan.split.validation)
    return FOLDS * repeats_of(pool) if is_cheap(dataset, plan, workspace) else 0
