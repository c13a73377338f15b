"""Contrastive tuning: examples of a class move together, others apart; then a head (Khosla 2020; Tunstall 2022)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Metrics, Stage, StepOutput
    from core.training.engine.tuning import Part

TEMPERATURE = 0.1
PENALTY = 0.1
_LEAST_STEPS = 4
_CHUNK = 32


class Contrastive(Strategy):
    """A few examples make many pairs, so there is more to learn from than their labels alone."""

    name = "contrastive"
    rank = 70
    title = "By comparing"
    sentence = (
        "Learns from pairs: examples of the same class are pulled together, others pushed apart; then a last layer. "
        "Made for a handful of examples, above all of text."
    )
    source = "Khosla et al. 2020, eq. 2; Tunstall et al. 2022"
    options = ALWAYS | {
        "epochs", "time_budget", "learning_rate", "batch_size", "augmentation", "layers", "weight_decay",
        "early_stopping",
    }  # fmt: skip
    tunes_backbone = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            "epochs": 5, "learning_rate": 2e-4, "batch_size": 128, "augmentation": "none", "weight_decay": 0.01,
            "layers": 3 if card.modality == "image" else 4,
        }  # fmt: skip

    def prepare(self, task: TrainingContext) -> Generator[Event, None, Stage | None]:
        from core.training.engine.tuning import learn_only, top

        part = yield from top(task, task.recipe.layers)
        if part is None:
            return None
        chosen = learn_only(task.backbone, (p for stage in part.stages for p in stage.parameters))
        return _phase(task, part, chosen)


def _phase(task: TrainingContext, part: Part, parameters: list[Any]) -> Stage:
    from torch import nn

    from core.models.backbone import freeze_statistics
    from core.models.head import LinearHead
    from core.training.engine.stage import Metrics, Stage, StepOutput

    recipe, module, train = task.recipe, part.module, list(task.split.train)
    augmentation = recipe.augmentation or "none"
    views = 2 if augmentation != "none" or min(task.class_counts) < 2 else 1
    head = LinearHead(task.backbone.card.dimension, len(task.dataset.classes)).to(task.device)

    def mode(training: bool) -> None:
        module.train(training)
        freeze_statistics(module)

    def embed(indices: Sequence[int], level: str = "none", epoch: int = 0) -> Tensor:
        """Embeddings (n, d), in chunks of like length: a long message among short ones would make them all long."""
        import numpy as np
        import torch

        chosen = np.array(indices)
        order = task.by_length(chosen)
        chunks = [chosen[order[start : start + _CHUNK]] for start in range(0, len(order), _CHUNK)]
        found = torch.cat([module(**part.inputs(chunk, level, epoch)) for chunk in chunks])
        return found[torch.from_numpy(np.argsort(order))]

    def lesson(indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        import torch

        moment = (epoch * 1000 + step) * views
        seen = torch.cat([embed(indices, augmentation, moment + view) for view in range(views)])
        return StepOutput(supervised_contrastive(seen, task.targets[torch.from_numpy(indices)].repeat(views)), None)

    def refit() -> Metrics:
        import torch
        from torch.nn import functional as F

        from core.training.engine.probe import fit_logistic

        module.eval()
        with torch.inference_mode():
            embeddings = embed(train)
            targets = task.targets[train]
            fit_logistic(head, embeddings, targets, PENALTY)
            logits = head(embeddings)
        right = (logits.argmax(1) == targets).float().mean()
        return Metrics(float(F.cross_entropy(logits, targets)), float(right))

    return Stage(
        head=head,
        learning=nn.ModuleDict({"backbone": module, "head": head}),
        groups=[{"params": parameters, "lr": recipe.learning_rate}],
        logits=lambda indices, epoch, training: head(embed(indices)),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        lesson=lesson,
        batches=lambda epoch: paired_batches(task, epoch, recipe.batch_size),
        mode=mode,
        refit=refit,
        warmup=0.1,
        weight_decay=recipe.weight_decay,
        patience=recipe.early_stopping,
        time_budget=recipe.time_budget,
    )


def supervised_contrastive(embeddings: Tensor, targets: Tensor) -> Tensor:
    """Mean over the examples of -1/|P(i)| sum over p in P(i) of log softmax(z_i . z_p / t), z of unit length.

    `embeddings` (n, d), `targets` (n,). P(i) are the other examples of i's class; those without any do not count.
    Khosla et al. 2020, eq. 2 (L_out).
    """
    import torch
    from torch.nn import functional as F

    z = F.normalize(embeddings.float(), dim=1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    with torch.autocast(z.device.type, enabled=False):  # cosines are told apart by less than bfloat16 can
        log_share = F.log_softmax((z @ z.T / TEMPERATURE).masked_fill(itself, float("-inf")), dim=1)
    same = (targets[:, None] == targets[None, :]) & ~itself
    count = same.sum(1)
    means = log_share.masked_fill(~same, 0.0).sum(1) / count.clamp(min=1)
    return -means.sum() / (count > 0).sum().clamp(min=1)


def paired_batches(task: TrainingContext, epoch: int, size: int) -> list[np.ndarray]:
    """The training examples in batches in which nearly everyone has a partner of its own class.

    Few examples all come in every batch, and an epoch is at least four batches: one comparison of each pair is not
    much to learn from.
    """
    import numpy as np

    rng = np.random.default_rng([task.recipe.seed, epoch])
    targets = task.targets.cpu().numpy()
    batches: list[np.ndarray] = []
    while len(batches) < _LEAST_STEPS:
        order = rng.permutation(np.array(task.split.train))
        pairs = []
        for label in np.unique(targets[order]):
            own = order[targets[order] == label]
            pairs += [own[start : start + 2] for start in range(0, len(own), 2)]
        mixed = np.concatenate([pairs[i] for i in rng.permutation(len(pairs))])
        pieces = max(1, round(len(mixed) / size))
        batches += np.array_split(mixed, pieces)
    return batches[: max(_LEAST_STEPS, pieces)]
