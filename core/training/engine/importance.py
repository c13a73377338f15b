"""Which columns a model goes by: how far its accuracy falls when the cells of one are shuffled among the rows.

Permutation importance (Breiman 2001), on the examples that were held back. Columns that say the same stand in for each
other, so that neither may seem to matter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from core.data.dataset import Dataset
from core.events import Importance
from core.models.trained import TrainedModel

_MOST_ROWS = 300
_FORWARDS = 500
"""So often the model is asked about all rows, at most: once for each column, or several times where there are few."""
_REPEATS = 5
_MOST_KEPT = 30


def importances(dataset: Dataset, held_out: Sequence[int], model: TrainedModel, seed: int) -> tuple[Importance, ...]:
    """The most important columns, the first first; none where examples have no parts, or none was held back."""
    kind, spec, rng = dataset.kind, model.backbone.spec(model.size), np.random.default_rng(seed)
    asked = sorted(rng.permutation(held_out)[:_MOST_ROWS]) if len(held_out) else []
    if not asked:
        return ()
    batch = kind.batch([dataset.payload(i) for i in asked], spec)
    parts = list(kind.parts(spec))[:_FORWARDS]
    truths = np.array([model.classes.index(dataset.examples[i].label) for i in asked])

    def accuracy(changed: dict[str, np.ndarray]) -> float:
        with torch.inference_mode():
            said = model.head(torch.from_numpy(model.encode(changed))).argmax(1).numpy()
        return float((said == truths).mean())

    before = accuracy(batch) if parts else 0.0
    repeats = max(1, min(_REPEATS, _FORWARDS // max(1, len(parts))))
    found = []
    for name, places in parts:
        after = []
        for _ in range(repeats):
            order, changed = rng.permutation(len(asked)), dict(batch)
            for array, place in places.items():
                changed[array] = batch[array].copy()
                changed[array][:, place] = batch[array][order, place]
            after.append(accuracy(changed))
        found.append(Importance(name, before, float(np.mean(after))))
    return tuple(sorted(found, key=lambda one: one.after)[:_MOST_KEPT])
