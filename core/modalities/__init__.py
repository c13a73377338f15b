"""Kinds of examples. A modality is one file here; `get_modality` finds it by name."""

from __future__ import annotations

from core.errors import DataError
from core.modalities.base import Modality
from core.modalities.image import ImageModality
from core.modalities.text import TextModality

MODALITIES: dict[str, Modality] = {modality.name: modality for modality in (ImageModality(), TextModality())}


def get_modality(name: str) -> Modality:
    """The modality called `name`; DataError if there is none."""
    if name not in MODALITIES:
        raise DataError(f"'{name}' is not a kind of example this program knows.", f"It knows: {', '.join(MODALITIES)}.")
    return MODALITIES[name]
