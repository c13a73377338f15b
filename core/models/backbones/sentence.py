"""Sentence encoders: a Transformer, mean pooling over real tokens, unit length (Reimers & Gurevych 2019)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from core.errors import ModelError
from core.messages import Message
from core.models.backbone import LayerGroup, layer_groups_of, repeated_layers
from core.models.backbones.hub import from_hub, load_encoder, quiet_transformers
from core.models.backbones.words import LowerWords, WordBackbone
from core.models.card import ModelCard
from core.models.hub import FAMILIES
from core.models.text_packages import minilm_folder
from core.storage import temporary_folder
from core.workspace import Workspace


class SentenceEncoder(WordBackbone):
    """Token ids and mask in, one unit-length vector a message out."""

    def __init__(self, card: ModelCard, encoder: PreTrainedModel, tokenizer: Any) -> None:
        super().__init__(card, tokenizer)
        self.encoder = encoder
        self.eval()

    def table(self) -> nn.Module:
        return self.encoder.get_input_embeddings()

    def put_table(self, table: nn.Module) -> None:
        self.encoder.set_input_embeddings(table)

    def tokenizer_file(self) -> bytes:
        return self.tokenizer.backend_tokenizer.to_str().encode()

    def hub_parts(self, size: int | None = None) -> tuple[PreTrainedModel, dict[str, bytes]]:
        self.tokenizer.model_max_length = size or self.card.input_size
        with temporary_folder() as folder:
            self.tokenizer.save_pretrained(folder)
            return self.encoder, {path.name: path.read_bytes() for path in folder.iterdir()}

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **others).last_hidden_state
        return _pooled(hidden, attention_mask)

    def layer_groups(self) -> list[LayerGroup]:
        return layer_groups_of(self.encoder)

    def split(self, group: int) -> tuple[nn.Module, nn.Module] | None:
        if not FAMILIES[self.encoder.config.model_type].separable:
            return None
        below = copy.deepcopy(self.encoder)
        layers = repeated_layers(below)
        del layers[group - 1 :]
        return _Below(below, self.card.input_size), _Above(list(repeated_layers(self.encoder))[group - 1 :])

    def forget(self) -> None:
        self.encoder.load_state_dict(type(self.encoder)(self.encoder.config).state_dict())

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        encoded = self.tokenizer(["a few words", "one"], padding=True, return_tensors="pt")
        return dict(encoded)


class _Below(LowerWords):
    """The encoder up to a cut: the tokens' vectors there, (n, tokens, width)."""

    def __init__(self, encoder: nn.Module, most: int) -> None:
        super().__init__(most)
        self.encoder = encoder

    def forward(self, **inputs: Tensor) -> Tensor:
        return self.encoder(**inputs).last_hidden_state


class _Above(nn.Module):
    """The layers above a cut, and the pooling."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, activations: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = activations
        ignored = (1 - attention_mask[:, None, None, :].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
        for layer in self.layers:
            found = layer(hidden, attention_mask=ignored)
            hidden = found[0] if isinstance(found, tuple) else found
        return _pooled(hidden, attention_mask)


def _pooled(hidden: Tensor, attention_mask: Tensor) -> Tensor:
    """The mean over real tokens, at unit length."""
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    return F.normalize((hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9), dim=1)


def load_minilm(card: ModelCard, workspace: Workspace) -> SentenceEncoder:
    """The bundled all-MiniLM-L6-v2."""
    folder = minilm_folder()
    if folder is None:
        raise ModelError(
            Message("The bundled text model is not installed."), Message("Run the README's first command again.")
        )
    return sentence_encoder(card, folder)


def load_from_hub(card: ModelCard, workspace: Workspace) -> SentenceEncoder:
    """The encoder behind a card of the Hub. ModelError when its files cannot be had here or do not fit together."""
    return from_hub(card, lambda folder: sentence_encoder(card, folder))


def sentence_encoder(card: ModelCard, folder: Path | str) -> SentenceEncoder:
    """A `transformers` encoder and its tokenizer from a local folder or the local Hub cache. Safetensors only."""
    tokenizer = quiet_transformers().AutoTokenizer.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True
    )
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise ValueError("the tokenizer knows no words")  # transformers makes an empty one where its files are missing
    if tokenizer.pad_token is None:
        raise ValueError("the tokenizer cannot fill up short messages")
    encoder = load_encoder(folder, attn_implementation="eager")
    taken = signature(encoder.forward).parameters
    # A tokenizer of no particular kind also says which sentence a token is of; not every network wants to hear it.
    tokenizer.model_input_names = [name for name in tokenizer.model_input_names if name in taken]
    return SentenceEncoder(card, encoder, tokenizer)
