"""The `transformers` library without its chatter: progress bars and retries tell a person nothing."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

_POOLER = "pooler."
_MASK = "mask_token"
"""Stands for what is hidden in pretraining: never used afterwards, so it may be missing."""


def quiet_transformers() -> ModuleType:
    """Import `transformers` (seconds, the first time) so that only its errors are said."""
    import huggingface_hub
    import transformers

    huggingface_hub.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers


def load_encoder(folder: Path | str, **options: Any) -> nn.Module:
    """The network in a local folder, from safetensors, without a head. ValueError when some of its weights are missing.

    `transformers` would put random numbers in their place. Only a pooler may be missing, as it does where the model was
    trained without one; the network then has none.
    """
    import torch

    network, about = quiet_transformers().AutoModel.from_pretrained(
        folder, trust_remote_code=False, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **options
    )
    missing = {name for name in about["missing_keys"] if not name.endswith(_MASK)}
    if any(not name.startswith(_POOLER) for name in missing):
        raise ValueError(f"the weights lack {len(missing)} arrays, {min(missing)} among them")
    if missing:
        network.pooler = None
    return network
