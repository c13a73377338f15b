"""Only the offsets: biases and the head learn (Ben Zaken et al. 2022, "BitFit")."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.training.strategies.base import TUNING, Strategy
from core.training.strategies.full import tuning_defaults

if TYPE_CHECKING:
    from core.training.phase import Fit, Phase
    from core.training.task import Task


class Bias(Strategy):
    """A thousandth of the parameters: little to memorise with."""

    name = "bias"
    title = "Only the offsets"
    sentence = (
        "In every layer only the offsets (biases) learn, about one number in a thousand, and the last layer. Hard to "
        "overfit, but no faster than training everything."
    )
    source = "Ben Zaken et al. 2022"
    options = TUNING | {"regularisation"}
    tunes_backbone = True

    def defaults(self, modality: str) -> dict[str, Any]:
        return {**tuning_defaults(modality), "epochs": 8, "learning_rate": 1e-3, "weight_decay": 0.0}

    def prepare(self, task: Task) -> Generator[Event, None, Phase | Fit | None]:
        from core.training.probe import probe_first
        from core.training.tuning import learn_only, tuning_phase, whole

        begun = yield from probe_first(task)
        if begun is None or begun.interrupted:
            return begun
        named = task.backbone.named_parameters()
        biases = learn_only(task.backbone, (p for name, p in named if name.rpartition(".")[2] == "bias"))
        groups = [{"params": biases, "lr": task.recipe.learning_rate}]
        return tuning_phase(task, begun.head, whole(task), groups, start=(begun.training, begun.validation))
