"""Glyphnet: the small picture network, pretrained on drawings of characters (see `weights/glyphnet.md`)."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from core.errors import ModelError
from core.models.card import ModelCard
from core.models.small_cnn import SmallCnn

WEIGHTS = Path(__file__).parent / "weights" / "glyphnet.safetensors"


def load_glyphnet(card: ModelCard) -> SmallCnn:
    """The network with its weights; ModelError when they are missing or damaged."""
    network = SmallCnn(card)
    try:
        network.load_state_dict(load_file(WEIGHTS))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError("The bundled model for drawings is damaged.", "Install Finetune Lab again.") from error
    return network
