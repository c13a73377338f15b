"""Texts for `transformers`: the mean over an encoder's tokens, at unit length."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F
from transformers.modeling_outputs import SequenceClassifierOutput

from core.export.standalone.classifier import Classifier


class TextClassifier(Classifier):
    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> SequenceClassifierOutput:
        others = {name: value for name, value in others.items() if isinstance(value, Tensor)}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **others).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        embeddings = F.normalize((hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)
        return SequenceClassifierOutput(logits=self.logits(embeddings))
