"""A classifier for `transformers`: one of its encoders and a linear layer on what that makes of an example.

    pipeline(TASK, FOLDER, trust_remote_code=True)

TASK is "text-classification" or "image-classification". `trust_remote_code` says that this file may be run.
Probabilities are calibrated: logits are divided by a temperature.
"""

from __future__ import annotations

from torch import Tensor
from transformers import AutoModel, PretrainedConfig, PreTrainedModel

from core.models.head import LinearHead


class Classifier(PreTrainedModel):
    """What classifiers of all kinds of examples have in common."""

    config_class = PretrainedConfig

    def __init__(self, config: PretrainedConfig) -> None:
        super().__init__(config)
        about = config.finetune_lab
        self.temperature = about["temperature"]
        self.encoder = AutoModel.from_config(config)
        if not about["pooler"]:
            self.encoder.pooler = None  # what was never trained would be reported as missing
        self.head = LinearHead(about["dimension"], about["classes"], normalise=about["normalise"])
        self.post_init()

    def logits(self, embeddings: Tensor) -> Tensor:
        """Of embeddings (n, d) those whose softmax are the probabilities, (n, classes)."""
        return self.head(embeddings) / self.temperature
