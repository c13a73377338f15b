"""Pictures: the specification of the kind."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from core.errors import UnreadableExampleError
from core.messages import Message, counted
from core.modalities.base import Ability, Batch, Gain, Modality, OfflinePage, Plain, Usual
from core.modalities.image.decoding import LOSSY, SUFFIXES, decode, encoded, marked_format, open_picture
from core.modalities.image.looks import LENGTH, looks
from core.modalities.image.metadata import taken
from core.modalities.image.pixels import as_pixels
from core.modalities.image.variation import LEVELS, varied
from core.storage import Damaged, damage, read_sealed, write_sealed, writing

_THUMBNAIL_SIDE = 96
"""Pixels, as galleries show pictures."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """How a backbone wants its pictures: `size` x `size` pixels, `(x - mean) / std` on 0..255, NCHW float32."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class ImageModality(Modality[Image.Image, ImageSpec]):
    """Pictures as PIL images in RGB mode. They are kept, decoded and made smaller, in the example store."""

    name = "image"
    one = Message("a picture")
    many = Message("pictures")
    first_title = Message("My pictures")
    untested = Message(
        "It was tested on pictures of this dataset only. Other cameras, light, backgrounds and places were not tested."
    )

    suffixes = frozenset(suffix for format in SUFFIXES.values() for suffix in format)
    ways_in = ("camera", "files")
    arrangement = Message(
        "Put the pictures of each class into a folder of its own, named after the class. Or begin each file's name "
        "with its class (cat_1.jpg, cat_2.jpg, dog_1.jpg). Or put a table beside the pictures, with a column for the "
        "file's name and one for the label."
    )

    view = "picture"
    explanation = "regions"
    traits = "looks"
    measures = LENGTH

    default_model = "efficientnet-lite0"
    plain = Plain("colours-and-edges")
    coarse_size = 96
    abilities = frozenset({Ability.RESIZE, Ability.TURN, Ability.BLEND})
    augmentations = LEVELS
    usual = Usual(
        strategy="head",
        gains={"contrastive": Gain(7.1, 3.2), "full": Gain(4.3, 1.0)},
        cheap=("discriminant",),
        augmentation="light",
        partial_layers=3,
        contrastive_layers=3,
        probed_layers=3,
        step_cost={"lora": 1.15, "bias": 0.85},
    )

    hub_task = "image-classification"
    sample_argument = "picture.jpg"
    script = "core.export.standalone.pictures"
    requires = ("pillow", "pi-heif")
    page = OfflinePage("pictures.js", {
        "choose": Message("Choose pictures"),
        "drop": Message("or drop or paste them anywhere on this page"),
        "live": Message("Use the camera"),
        "live_stop": Message("Switch the camera off"),
        "take": Message("Take a picture"),
        "shot": Message("your picture"),
        "no_source": Message("There is no camera, or this page may not use it."),
        "unreadable": Message("This is not a picture that this browser can read. Take a JPEG or PNG file."),
        "large": Message("The picture has more than {most} million pixels. Make it smaller first.", most="{most}"),
    }, live="camera")  # fmt: skip

    def count(self, n: int) -> Message:
        return counted("{n} picture", "{n} pictures", n=n)

    def pace(self, speed: float) -> Message:
        return counted("{n} picture a second", "{n} pictures a second", n=round(speed))

    def recognises(self, beginning: bytes) -> bool:
        return marked_format(beginning) is not None

    def read(self, raw: bytes) -> Image.Image:
        return decode(raw)

    def facts(self, raw: bytes) -> dict[str, Any]:
        """Its header: "bytes", "width" and "height" as stored, "format", and "frames" (2 stands for several); and
        how it was `taken`."""
        with open_picture(raw) as picture:
            try:
                several = picture.format != "MPO" and getattr(picture, "is_animated", False)
            except Exception:  # a broken second picture is nobody's loss
                several = False
            return {
                "bytes": len(raw),
                "width": picture.width,
                "height": picture.height,
                "format": picture.format,
                "frames": 2 if several else 1,
                **taken(picture),
            }

    def is_misnamed(self, name: str, facts: Mapping[str, Any]) -> bool:
        ending = PurePosixPath(name).suffix.casefold()
        return ending in self.suffixes and ending not in SUFFIXES.get(facts.get("format", ""), self.suffixes)

    def keep(self, payload: Image.Image, digest: str, store: Path) -> None:
        path = stored_picture(digest, store)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        # Photos stay photos; drawings and scans, which came without loss, are kept without loss.
        if payload.info.get(LOSSY):
            payload.save(buffer, "JPEG", quality=95, subsampling=0)
        else:
            payload.save(buffer, "PNG", compress_level=1)
        write_sealed(path, buffer.getvalue(), sync=False)

    def is_kept(self, digest: str, store: Path) -> bool:
        return damage(stored_picture(digest, store)) is None

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> Image.Image:
        content = read_sealed(stored_picture(digest, store))
        if isinstance(content, Damaged):
            raise UnreadableExampleError(content.why, Message("Import the same files again, or skip it."))
        with Image.open(io.BytesIO(content)) as picture:
            if size is not None:  # a JPEG is decoded at a half or a quarter, never below `size`, in half the time
                picture.draft("RGB", (size, size))
            return picture.convert("RGB")

    def files(self, digest: str, store: Path) -> tuple[Path, ...]:
        return (stored_picture(digest, store),)

    def thumbnail(self, payload: Image.Image) -> Image.Image:
        small = payload.copy()
        small.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
        small.info[LOSSY] = True
        return small

    def picture(self, payload: Image.Image) -> Image.Image:
        return payload

    def measure(self, payload: Image.Image) -> np.ndarray:
        return looks(payload)

    def exported(self, payload: Image.Image) -> tuple[str, bytes]:
        return ".png", encoded(payload, "PNG")

    def augment(self, payload: Image.Image, level: str, rng: np.random.Generator) -> Image.Image:
        return varied(payload, level, rng)

    def batch(self, payloads: Sequence[Image.Image], spec: ImageSpec) -> Batch:
        """{"pixels": (n, 3, size, size) float32}. The whole picture is kept: sides are scaled, nothing is cropped."""
        return {"pixels": as_pixels(payloads, spec.size, spec.mean, spec.std)}

    def typical(self) -> Image.Image:
        return Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8))

    def size_cost(self, size: int, usual: int) -> float:
        return (size / usual) ** 2


def stored_picture(digest: str, store: Path) -> Path:
    """Where the kept picture with this digest lies."""
    return store / digest[:2] / f"{digest}.img"
