"""What the curves of a run say."""

from __future__ import annotations

from core.evaluation.curves import Remark, read_curves
from core.runs.progress import RunProgress
from core.training.spec.estimate import watched_each_epoch
from core.training.spec.strategies import STRATEGIES


def reading(progress: RunProgress) -> list[Remark]:
    """At most three remarks on how the run learnt (see `read_curves`); none before it has begun."""
    started, ended = progress.started, progress.ended
    if started is None:
        return []
    n_each = started.n_validation
    if STRATEGIES[started.recipe["strategy"]].tunes_backbone:
        n_each = watched_each_epoch(started.n_train, started.n_validation)
    kept = ended.epoch if ended else None
    return read_curves(progress.epochs, started.n_train, started.n_validation, started.baseline, kept, n_each)
