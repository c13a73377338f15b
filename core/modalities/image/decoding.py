"""Decoding: whatever a camera, a scanner or the web produces becomes an upright RGB picture of modest size."""

from __future__ import annotations

import base64
import io
import re
import threading
import warnings
from contextlib import nullcontext

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from core.errors import UnreadableExampleError
from core.messages import Message

try:
    import pi_heif
except ImportError:  # a model that was taken away, whose owner does without such pictures
    pass
else:
    pi_heif.register_heif_opener()

SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "MPO": (".jpg", ".jpeg", ".mpo"), "PNG": (".png", ".apng"),
    "GIF": (".gif",), "BMP": (".bmp",), "DIB": (".dib", ".bmp"), "WEBP": (".webp",), "TIFF": (".tif", ".tiff"),
    "HEIF": (".heic", ".heif", ".hif"), "AVIF": (".avif",), "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "JPEG2000": (".jp2", ".j2k", ".jpx", ".jpf"), "TGA": (".tga",), "PCX": (".pcx",), "SGI": (".sgi",),
    "PSD": (".psd",), "QOI": (".qoi",), "DDS": (".dds",),
}  # fmt: skip
"""How files of each format end. Formats that Pillow only opens through another program (EPS, WMF), and icons, in which
lie pictures of any size, are not among them."""
ALLOWED_FORMATS = tuple(format for format in SUFFIXES if format != "MPO")
"""What is decoded, whatever a file is called. Two-picture camera files (MPO) come in as JPEG."""
MAX_PIXELS = 50_000_000
STORED_SIDE = 512
"""Longest side of a kept picture: twice what the models look at, a hundredth of a camera file."""
BACKGROUND = (255, 255, 255)
_LARGE = 12_000_000
"""Pixels. Of pictures with more, threads decode one at a time: each takes hundreds of megabytes meanwhile."""
_MARK = 512
"""Bytes at the beginning of a file that say its format."""
_PAGE = re.compile(rb"\s*<(!doctype html|html|head|body|\?xml|script)", re.IGNORECASE)
VIDEO = Message("This is a video. Take a picture instead.")
_one_at_a_time = threading.Lock()
_opening = threading.Lock()
"""What is to become of warnings is set for all threads at once."""
LOSSY = "lossy"
"""Key in `Image.info` that is true for a picture which came in a format that loses detail."""


def decode(raw: bytes) -> Image.Image:
    """The picture in a file, completely. UnreadableExampleError says why it cannot be used."""
    picture = open_picture(raw)
    with _one_at_a_time if picture.width * picture.height > _LARGE else nullcontext():
        return _decoded(picture)


def _decoded(picture: Image.Image) -> Image.Image:
    try:
        picture.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(str(picture.format)) from error
    found = usual(picture)
    found.info[LOSSY] = picture.format in ("JPEG", "MPO", "WEBP", "HEIF", "AVIF", "JPEG2000")
    return found


def usual(picture: Image.Image) -> Image.Image:
    """A picture as all are kept: upright, RGB, `STORED_SIDE` pixels or less."""
    return _shrunk(_as_rgb(picture))


def open_picture(raw: bytes) -> Image.Image:
    """The picture in a file, its header read and its size within bounds, but not decoded yet."""
    if not raw:
        raise UnreadableExampleError(Message("The file is empty."))
    try:
        with _opening, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bomb warning; our limit is below it
            picture = Image.open(io.BytesIO(raw), formats=ALLOWED_FORMATS)
    except UnidentifiedImageError as error:
        raise _no_picture(raw) from error
    except Image.DecompressionBombError as error:
        raise UnreadableExampleError(
            Message("The picture has more than {most} million pixels.", most=MAX_PIXELS // 10**6)
        ) from error
    except Exception as error:
        raise _damaged(marked_format(raw)) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise UnreadableExampleError(
            Message(
                "The picture has {n} million pixels; the limit is {most} million.",
                n=round(picture.width * picture.height / 1e6),
                most=MAX_PIXELS // 10**6,
            )
        )
    return picture


def marked_format(beginning: bytes) -> str | None:
    """The format whose mark some bytes begin with; None for text, and for formats that have no mark."""
    if b"\x00" not in beginning[:_MARK]:
        return None  # "BM" begins a picture or a message about cars
    Image.init()
    marks = {format: Image.OPEN[format][1] for format in ALLOWED_FORMATS}
    start = beginning[:_MARK].ljust(16, b"\0")
    return next((format for format, fits in marks.items() if fits and fits(start) is True), None)


def _no_picture(raw: bytes) -> UnreadableExampleError:
    if format := marked_format(raw):
        return _damaged(format)
    if _is_video(raw):
        return UnreadableExampleError(VIDEO)
    if _PAGE.match(raw):
        return UnreadableExampleError(Message("This is a web page, not a picture: the download went wrong."))
    return UnreadableExampleError(Message("This is not a picture, whatever its name says."))


def _is_video(beginning: bytes) -> bool:
    """MP4, QuickTime and 3GP as phones write them, Matroska and WebM, AVI. Pictures in the container of the first three
    (HEIC, AVIF) have been told by their marks before."""
    return (
        beginning[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") or beginning[:4] == b"\x1aE\xdf\xa3"
        or (beginning[:4] == b"RIFF" and beginning[8:12] == b"AVI ")
    )  # fmt: skip


def _damaged(format: str | None) -> UnreadableExampleError:
    if format in (None, "JPEG", "PNG"):
        return UnreadableExampleError(Message("The picture is damaged or cut short."))
    called = "HEIC" if format == "HEIF" else format
    return UnreadableExampleError(Message("The picture ({format}) is damaged or cut short.", format=called))


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
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
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


def encoded(picture: Image.Image, format: str) -> bytes:
    """A picture as the bytes of a "PNG" or "JPEG" file: Pillow writes a file in pieces, under its last name."""
    buffer = io.BytesIO()
    picture.save(buffer, format, **({"quality": 90} if format == "JPEG" else {}))
    return buffer.getvalue()


def thumbnail(picture: Image.Image, side: int = 128) -> str:
    """The whole picture (RGB) on a square of `side` pixels, as a data URI, for pages and for the report."""
    small = picture.copy()
    small.thumbnail((side, side))
    canvas = Image.new("RGB", (side, side), BACKGROUND)
    canvas.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
