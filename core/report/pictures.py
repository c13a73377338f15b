"""Kept pictures as small data URIs, for pages and for the report."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from core.modalities.image.modality import stored_picture

_SIDE = 128


def thumbnail(example_id: str, store: Path, side: int = _SIDE) -> str:
    """A kept picture, whole, on a square of `side` pixels, as a data URI. OSError where it is no longer kept."""
    with Image.open(stored_picture(example_id, store)) as picture:
        picture.draft("RGB", (side, side))
        small = picture.convert("RGB")
    small.thumbnail((side, side))
    canvas = Image.new("RGB", (side, side), (255, 255, 255))
    canvas.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
