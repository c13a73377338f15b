"""What a pretrained network made of the examples, as far as it is kept: read without loading the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.errors import UserError
from core.models.catalogue import default_model, get_card
from core.workspace import Workspace


def kept_vectors(
    dataset: Dataset, recipe: Mapping[str, Any], workspace: Workspace, *, or_usual: bool = False
) -> dict[str, np.ndarray]:
    """Embeddings (d,) by example id, of the model that the run with this recipe began with.

    `or_usual`: of the usual model for such examples, if that knows more of them. Empty when none was ever asked.
    """
    ids = list({example.id for example in dataset.examples})
    found: dict[str, np.ndarray] = {}
    models = [(recipe["model"], recipe.get("image_size")), (default_model(dataset.modality), None)]
    for model, size in models if or_usual else models[:1]:
        try:
            card = get_card(model, workspace)
        except UserError:  # the run it began with was deleted
            continue
        known = VectorCache(workspace, card.identity, size or card.input_size, CACHE_VIEW).get(ids)
        found = known if len(known) > len(found) else found
    return found
