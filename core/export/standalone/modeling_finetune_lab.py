"""A classifier of sentences for `transformers`: an encoder, the mean over its tokens at unit length, a linear layer.

    pipeline("text-classification", FOLDER, trust_remote_code=True)

`trust_remote_code` says that this file may be run. Probabilities are calibrated: logits are divided by a temperature.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput

from core.models.head import LinearHead


class SentenceClassifier(PreTrainedModel):
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

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> SequenceClassifierOutput:
        others = {name: value for name, value in others.items() if isinstance(value, Tensor)}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **others).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        embeddings = F.normalize((hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)
        return SequenceClassifierOutput(logits=self.head(embeddings) / self.temperature)
