"""Pictures: decode anything a camera, a scanner or the web produces into upright RGB of modest size."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageEnhance, ImageOps, UnidentifiedImageError

from core.errors import UnreadableExampleError
from core.modalities.base import Batch
from core.modalities.warp import warped
from core.workspace import write_atomically

ALLOWED_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""What is decoded, whatever a file is called. Two-picture camera files (MPO) come in as JPEG."""

MAX_PIXELS = 50_000_000
STORED_SIDE = 512
"""Longest side of a kept picture: twice what the models look at, a hundredth of a camera file."""

BACKGROUND = (255, 255, 255)
_DIGEST_VERSION = b"image-1:"
_LOSSY = "lossy"


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """How a backbone wants its pictures: `size` x `size` pixels, `(x - mean) / std` on 0..255, NCHW float32."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class ImageModality:
    """Pictures as PIL images in RGB mode."""

    name = "image"
    augmentations = ("none", "light", "strong", "drawing")

    def read(self, raw: bytes) -> Image.Image:
        picture = _open(raw)
        try:
            picture.load()
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableExampleError("The picture is damaged or cut short.") from error
        upright = _shrunk(_as_rgb(picture))
        upright.info[_LOSSY] = picture.format in ("JPEG", "MPO", "WEBP")
        return upright

    def digest(self, raw: bytes) -> str:
        return hashlib.sha256(_DIGEST_VERSION + raw).hexdigest()[:32]

    def facts(self, raw: bytes) -> dict[str, Any]:
        """Its header: "bytes", "width" and "height" as stored, "format", and "frames" (2 stands for several)."""
        with _open(raw) as picture:
            try:
                several = picture.format != "MPO" and getattr(picture, "is_animated", False)
            except Exception:  # a broken second picture is nobody's loss
                several = False
            return {
                "bytes": len(raw), "width": picture.width, "height": picture.height,
                "format": picture.format, "frames": 2 if several else 1,
            }  # fmt: skip

    def keep(self, payload: Image.Image, digest: str, store: Path) -> None:
        path = stored_picture(digest, store)
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        # Photos stay photos; drawings and scans, which came without loss, are kept without loss.
        if payload.info.get(_LOSSY):
            payload.save(buffer, "JPEG", quality=95, subsampling=0)
        else:
            payload.save(buffer, "PNG", compress_level=1)
        write_atomically(path, buffer.getvalue())

    def is_kept(self, digest: str, store: Path) -> bool:
        return stored_picture(digest, store).exists()

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> Image.Image:
        with Image.open(stored_picture(digest, store)) as picture:
            if size is not None:  # a JPEG is decoded at a half or a quarter, never below `size`, in half the time
                picture.draft("RGB", (size, size))
            return picture.convert("RGB")

    def augment(self, payload: Image.Image, level: str, rng: np.random.Generator) -> Image.Image:
        """ "light": a random crop of 70-100 % of the area, mirrored half the time.

        "strong": a crop of 40-100 %, mirrored, turned by up to 15 degrees, brightness, contrast and colour changed by
        up to 40 %, and one time in ten without colour.

        "drawing": as if another hand had drawn it (see `warped`); not mirrored.
        """
        if level == "none":
            return payload
        if level == "drawing":
            return warped(payload, rng)
        cropped = _random_crop(payload, 0.7 if level == "light" else 0.4, rng)
        varied = ImageOps.mirror(cropped) if rng.random() < 0.5 else cropped
        return varied if level == "light" else _recoloured(_turned(varied, rng), rng)

    def batch(self, payloads: Sequence[Image.Image], spec: ImageSpec) -> Batch:
        """{"pixels": (n, 3, size, size) float32}. The whole picture is kept: sides are scaled, nothing is cropped."""
        pixels = np.empty((len(payloads), 3, spec.size, spec.size), dtype=np.float32)
        for row, picture in zip(pixels, payloads, strict=True):
            resized = picture.resize((spec.size, spec.size), _filter(picture, spec.size), reducing_gap=3.0)
            row[...] = np.asarray(resized).transpose(2, 0, 1)
        mean, std = (np.array(v, dtype=np.float32)[:, None, None] for v in (spec.mean, spec.std))
        pixels -= mean
        pixels /= std
        return {"pixels": pixels}

    def length(self, payload: Image.Image) -> int:
        return 1


def _filter(picture: Image.Image, size: int) -> Image.Resampling:
    """As sharp as bicubic and a third faster where a picture gets smaller (accuracy measured: the same)."""
    return Image.Resampling.HAMMING if min(picture.size) > size else Image.Resampling.BICUBIC


def _random_crop(picture: Image.Image, least: float, rng: np.random.Generator) -> Image.Image:
    """A crop of the same shape with `least` to all of the area."""
    width, height = picture.size
    scale = rng.uniform(least, 1.0) ** 0.5
    crop_width, crop_height = max(1, round(width * scale)), max(1, round(height * scale))
    left = int(rng.integers(0, width - crop_width + 1))
    top = int(rng.integers(0, height - crop_height + 1))
    return picture.crop((left, top, left + crop_width, top + crop_height))


def _turned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned about its middle; the corners that open show the colour of the picture's own first corner."""
    corner = picture.getpixel((0, 0))
    return picture.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR, fillcolor=corner)


def _recoloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(rng.uniform(0.6, 1.4))
    return ImageOps.grayscale(picture).convert("RGB") if rng.random() < 0.1 else picture


def stored_picture(digest: str, store: Path) -> Path:
    """Where the kept picture with this digest lies."""
    return store / digest[:2] / f"{digest}.img"


def _open(raw: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bomb warning; our limit is below it
            picture = Image.open(io.BytesIO(raw), formats=ALLOWED_FORMATS)
    except UnidentifiedImageError as error:
        raise UnreadableExampleError("This is not a picture, whatever its name says.") from error
    except Image.DecompressionBombError as error:
        raise UnreadableExampleError(f"The picture has more than {MAX_PIXELS // 10**6} million pixels.") from error
    except Exception as error:
        raise UnreadableExampleError("The picture is damaged or cut short.") from error
    if picture.width * picture.height > MAX_PIXELS:
        raise UnreadableExampleError(
            f"The picture has {picture.width * picture.height / 1e6:.0f} million pixels;"
            f" the limit is {MAX_PIXELS // 10**6} million."
        )
    return picture


def _as_rgb(picture: Image.Image) -> Image.Image:
    """Upright RGB without metadata, transparency laid on white, deep grey rescaled by its own range."""
    picture = _upright(picture)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _deep_grey(picture)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        canvas = Image.new("RGBA", picture.size, (*BACKGROUND, 255))
        picture = Image.alpha_composite(canvas, picture)
    picture = picture.convert("RGB")
    picture.info.clear()
    return picture


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to undo each EXIF orientation."""


def _upright(picture: Image.Image) -> Image.Image:
    # Pillow's own exif_transpose also rewrites all other metadata, and fails where any of it is broken.
    try:
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    except Exception:
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _deep_grey(picture: Image.Image) -> Image.Image:
    # Pillow's own conversion clips everything above 255 to white.
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64), posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    scaled = (values - low) / (high - low) * 255 if high > low else np.zeros_like(values)
    return Image.fromarray(scaled.round().astype(np.uint8))


def _shrunk(picture: Image.Image) -> Image.Image:
    if max(picture.size) > STORED_SIDE:
        picture.thumbnail((STORED_SIDE, STORED_SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return picture
