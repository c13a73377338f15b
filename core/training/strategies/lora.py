"""Low-rank adapters beside every matrix product (Hu et al. 2021, "LoRA"), merged into the weights at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.models.card import ModelCard
from core.training.spec.strategy import TUNING, tuning_defaults
from core.training.strategies.tuned import Tuned

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.tuning import Part


class Lora(Tuned):
    """W x + (alpha / r) B A x with A (r, in) random and B (out, r) zero at first: the start is the pretrained model."""

    name = "lora"
    rank = 50
    title = "Small additions"
    sentence = (
        "The model's own numbers stay; small additions beside each layer (adapters) learn and are merged in at the "
        "end. The usual way for very large models."
    )
    source = "Hu et al. 2021, eq. 3"
    options = TUNING | {"lora_rank", "regularisation"}

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {**tuning_defaults(card), "learning_rate": 1e-3, "weight_decay": 0.0, "lora_rank": 8}

    def learners(self, task: TrainingContext, part: Part) -> dict[str, Any]:
        adapters = _attach(task)
        learning = [p for p in task.backbone.parameters() if p.requires_grad]
        groups = [{"params": learning, "lr": task.recipe.learning_rate}]
        return {"groups": groups, "finish": adapters.merge_and_unload}


def _attach(task: TrainingContext) -> Any:
    """Wrap the backbone's layers in place; `merge_and_unload` of what is returned puts plain layers back."""
    import torch
    from peft import LoraConfig
    from peft.tuners.lora import LoraModel

    rank = task.recipe.lora_rank
    torch.manual_seed(task.recipe.seed)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=task.backbone.adapter_targets())
    adapters = LoraModel(task.backbone, config, "default")
    task.backbone.to(task.device)
    return adapters
