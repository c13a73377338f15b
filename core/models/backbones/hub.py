"""Loading a network with `transformers`: quietly, from safetensors, without a stranger's program, and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import huggingface_hub
import torch
import transformers

from core.messages import Message
from core.models.backbone import Backbone
from core.models.card import ModelCard
from core.models.hub import hub_name
from core.models.hub_files import fetch_model, find, refusal

_POOLER = "pooler."
_MASK = "mask_token"
"""Stands for what is hidden in pretraining: never used afterwards, so it may be missing."""

B = TypeVar("B", bound=Backbone)


def quiet_transformers() -> ModuleType:
    """`transformers`, so that only its errors are said: progress bars and retries tell a person nothing."""
    huggingface_hub.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers


def load_encoder(folder: Path | str, **options: Any) -> transformers.PreTrainedModel:
    """The network in a local folder, from safetensors, without a head. ValueError when some of its weights are missing.

    `transformers` would put random numbers in their place. Only a pooler may be missing, as it does where the model was
    trained without one; the network then has none.
    """
    network, about = quiet_transformers().AutoModel.from_pretrained(
        folder,
        trust_remote_code=False,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32,
        output_loading_info=True,
        **options,
    )
    missing = {name for name in about["missing_keys"] if not name.endswith(_MASK)}
    if any(not name.startswith(_POOLER) for name in missing):
        raise ValueError(f"the weights lack {len(missing)} arrays, {min(missing)} among them")
    if missing:
        network.pooler = None
    return network


def from_hub(card: ModelCard, make: Callable[[Path], B]) -> B:
    """What `make` builds of the folder behind a card of the Hub, its card completed by what is known once it is loaded.

    ModelError when the files cannot be had here or do not fit together.
    """
    name = hub_name(card.id)
    folder = find(name) or fetch_model(name, card.megabytes * 1e6)
    try:
        backbone = make(folder)
        _check(backbone)
    except MemoryError:
        raise
    except Exception as error:  # strangers' files: `transformers` has a dozen errors for them
        raise refusal(
            Message(
                "'{name}' could not be loaded: its files (config, safetensors, preparation) do not fit together.",
                name=name,
            )
        ) from error
    parameters = sum(p.numel() for p in backbone.parameters())
    backbone.card = replace(card, parameters=parameters, stages=len(backbone.layer_groups()))
    return backbone


def _check(backbone: Backbone) -> None:
    """ValueError unless it gives what its card promises: room for that is made before it is loaded."""
    with torch.no_grad():  # not inference mode: what a network keeps from it could not be trained with
        found = backbone(**backbone.example_inputs())
    if found.shape != (2, backbone.card.dimension) or not torch.isfinite(found).all():
        raise ValueError(f"embeddings come as {tuple(found.shape)}")
