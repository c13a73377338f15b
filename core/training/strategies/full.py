"""Full fine-tuning: a linear probe first, then every layer (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from core.events import Event
from core.training.strategies.base import ALWAYS, Strategy

if TYPE_CHECKING:
    from torch import Tensor

    from core.models.head import LinearHead
    from core.training.loop import Fit, Phase
    from core.training.task import Task

LAYER_DECAY = 0.75
"""Each stage nearer to the input learns this much slower than the next (Howard & Ruder 2018)."""
HEAD_FACTOR = 5.0
"""The head may move faster than the layers below it."""


class Full(Strategy):
    """Starting from a fitted head keeps the first steps from tearing up what the pretraining learnt."""

    name = "full"
    title = "Everything"
    sentence = (
        "First the last layer, then gently every layer. Slower; worth it when your examples look unlike "
        "what the model has seen."
    )
    source = "Kumar et al. 2022; Howard & Ruder 2018"
    options = ALWAYS | {"epochs", "learning_rate", "batch_size", "image_size", "augmentation", "regularisation"}
    defaults = {
        "epochs": 8, "learning_rate": 2e-4, "batch_size": 16, "augmentation": "light", "regularisation": 0.1,
    }  # fmt: skip
    tunes_backbone = True

    def fit(self, task: Task) -> Generator[Event, None, Fit | None]:
        from core.training.loop import run_phase
        from core.training.probe import probe_phase

        embeddings = yield from task.embeddings()
        if embeddings is None:
            return None
        probe = probe_phase(task, embeddings, regularisation=task.recipe.regularisation)
        begun = yield from run_phase(probe, task, quiet=True)
        if begun.stopped:
            return begun
        return (yield from run_phase(_tuning_phase(task, begun.head), task, start=(begun.training, begun.validation)))


def _tuning_phase(task: Task, head: LinearHead) -> Phase:
    from torch import nn

    from core.training.loop import Phase
    from core.training.probe import l2

    recipe, backbone = task.recipe, task.backbone
    stages = backbone.stages()
    groups = [
        {"params": list(stage.parameters), "lr": recipe.learning_rate * LAYER_DECAY ** (len(stages) - 1 - depth)}
        for depth, stage in enumerate(stages)
    ]
    groups.append({"params": list(head.parameters()), "lr": recipe.learning_rate * HEAD_FACTOR})

    def mode(training: bool) -> None:
        backbone.train(training)
        backbone.freeze_statistics()

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        augmentation = (recipe.augmentation or "none") if training else "none"
        return head(backbone(**task.inputs(indices, augmentation, epoch)))

    return Phase(
        head=head,
        learning=nn.ModuleDict({"backbone": backbone, "head": head}),
        groups=groups,
        logits=logits,
        penalty=lambda: l2(head, recipe.regularisation, len(task.split.train)),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        mode=mode,
        warmup=0.1,
        weight_decay=0.01,
    )
