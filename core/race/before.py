"""Before the start of a race: what all entrants share is done once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from core.data.dataset import Dataset
from core.events import Event
from core.models import catalog
from core.models.embeddings import embed_dataset
from core.models.speed import measured_speed
from core.race.entrants import Entrant
from core.race.timing import looks_first
from core.workspace import Workspace


def look_once(
    dataset: Dataset, entrants: Sequence[Entrant], workspace: Workspace, stop: Callable[[], bool]
) -> Generator[Event, None, bool]:
    """Time the models that never were, and let the pretrained ones see every example that is not held back. Yields
    progress; False when stopped on the way."""
    for model in dict.fromkeys(one.recipe.model for one in entrants):
        if measured_speed(workspace, model, "probe-full") is None:
            from core.training.measure import measure

            if (yield from measure(model, workspace, stop)) is None:
                return False
    pool = [i for i, example in enumerate(dataset.examples) if example.split != "test"]
    looks = dict.fromkeys((one.recipe.model, one.recipe.image_size) for one in entrants if looks_first(one.recipe))
    for model, size in looks:
        card = catalog.get_card(model, workspace)
        seen = yield from embed_dataset(
            dataset, card, lambda model=model: catalog.load_backbone(model, workspace), workspace,
            size or card.input_size, pool, stop,
        )  # fmt: skip
        if seen is None:
            return False
    return True
