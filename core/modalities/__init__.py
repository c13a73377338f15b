"""Kinds of examples. Each is a specification (see `core.modalities.base`); `get_modality` finds it by name."""

from __future__ import annotations

from typing import Any

from core.errors import DataError
from core.messages import Message
from core.modalities.base import Modality
from core.modalities.image.modality import ImageModality
from core.modalities.sound.modality import SoundModality
from core.modalities.table.modality import TableModality
from core.modalities.text import TextModality

MODALITIES: dict[str, Modality[Any, Any]] = {
    kind.name: kind for kind in (ImageModality(), TextModality(), SoundModality(), TableModality())
}
"""Every kind there is, by name. Among files that could be several, the first that has most of them wins."""


def get_modality(name: str) -> Modality[Any, Any]:
    """The kind called `name`; DataError if there is none."""
    if name not in MODALITIES:
        raise DataError(
            Message("'{name}' is not a kind of example this program knows.", name=name),
            Message("It knows: {names:list}.", names=tuple(MODALITIES)),
        )
    return MODALITIES[name]
