"""Examples in a report: pictures as small data URIs, messages as quotations."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from core.data.dataset import Dataset
from core.modalities.image.modality import stored_picture
from core.report.markup import Html, Node, strange, tag
from core.words import tr

_SIDE = 128
_LETTERS = 400


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


def gallery(dataset: Dataset, indices: Sequence[int], captions: Sequence[Node]) -> Html:
    """Some examples, each with a caption, which for pictures is also said to those who cannot see them."""
    if dataset.modality != "image":
        texts = [tag("li", tag("blockquote", strange(dataset.examples[i].text or "", _LETTERS)), caption)
                 for i, caption in zip(indices, captions, strict=True)]  # fmt: skip
        return tag("ul", texts, class_="texts")
    return tag(
        "ul", [tag("li", _picture(dataset, i), caption) for i, caption in zip(indices, captions, strict=True)],
        class_="gallery",
    )  # fmt: skip


def _picture(dataset: Dataset, index: int) -> Html:
    example = dataset.examples[index]
    try:
        source = thumbnail(example.id, dataset.store)
    except OSError:
        return tag("p", tr("This picture is no longer here."), class_="soft")
    return tag("img", src=source, alt=example.name.rsplit("/", 1)[-1][:120], width=_SIDE, height=_SIDE)
