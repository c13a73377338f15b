"""When a recipe is cross-validated, and into how many trainings that divides. No torch: the pages ask."""

from __future__ import annotations

import math

from core.data.dataset import Dataset
from core.data.splits import came_divided
from core.models.catalog import is_tuned
from core.training.plan import Plan
from core.training.strategies import STRATEGIES
from core.workspace import Workspace

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
