"""The zip nobody should send: three classes that can be learned, among everything that can be wrong with a zip."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageDraw

from tests.helpers import encoded, write_zip

CLASSES = ("circle", "square", "triangle")
EACH = 8
ROOT = "things"


@dataclass(frozen=True)
class Expected:
    """What must become of the entries, by name: the label of the good ones, a word of the reason for the bad ones.

    `copies` are groups of names with the same content; those of the last group have two different labels.
    """

    good: dict[str, str]
    bad: dict[str, str]
    copies: tuple[tuple[str, ...], ...]

    @property
    def entries(self) -> int:
        return len(self.good) + len(self.bad)


def write_nasty_zip(path: Path) -> Expected:
    """Write the zip, less than a megabyte of it, to `path`."""
    plain = {f"{label}/{n:02}.png": encoded(_drawn(label, n)) for label in CLASSES for n in range(EACH)}
    odd = _odd_but_good()
    copies = (
        ("circle/00.png", "circle/00 copy.png"),
        ("square/03.png", "square/03 (1).png", "square/03 (2).png"),
        ("triangle/05.png", "circle/05 by mistake.png"),
    )
    copied = {copy: plain[first] for first, *others in copies for copy in others}
    good = {f"{ROOT}/{name}": raw for name, raw in {**plain, **odd, **copied}.items()}
    bad = _bad(next(iter(good.values())))
    write_zip(path, [*good.items(), *((name, raw) for name, raw, _ in bad)])
    _protect(path, f"{ROOT}/circle/secret.png")
    _damage(path, f"{ROOT}/square/damaged.bmp")
    return Expected(
        {name: name.split("/")[1] for name in good},
        {name.filename if isinstance(name, zipfile.ZipInfo) else name: word for name, _, word in bad},
        tuple(tuple(f"{ROOT}/{name}" for name in group) for group in copies),
    )


def _drawn(label: str, number: int, side: int = 64) -> Image.Image:
    """A shape in its own colour, size and place on a ground of its own; no two are nearly the same."""
    rng = np.random.default_rng([CLASSES.index(label), number])
    ground = rng.integers(150, 256, 3)
    noise = rng.normal(0, 12, (side, side, 3)) + ground
    picture = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    size = int(rng.integers(side // 3, side // 2 + 8))
    left, top = (int(v) for v in rng.integers(2, side - size - 2, 2))
    box = (left, top, left + size, top + size)
    colour = tuple(int(v) for v in rng.integers(0, 120, 3))
    draw = ImageDraw.Draw(picture)
    if label == "circle":
        draw.ellipse(box, fill=colour)
    elif label == "square":
        draw.rectangle(box, fill=colour)
    else:
        draw.polygon([(left, top + size), (left + size, top + size), (left + size // 2, top)], fill=colour)
    return picture


def _odd_but_good() -> dict[str, bytes]:
    """Unusual files that must come in all the same. Each shows another drawing."""
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    deep = np.asarray(_drawn("circle", 20).convert("L")).astype(np.uint16) * 200
    clear = _drawn("triangle", 21).convert("P")
    clear.info["transparency"] = clear.getpixel((0, 0))
    frames = [_drawn("circle", n) for n in (22, 23, 24)]
    return {
        "square/printed.jpg": encoded(_drawn("square", 25).convert("CMYK"), "JPEG"),
        "circle/deep.png": encoded(Image.fromarray(deep)),
        "triangle/see-through.png": encoded(clear, transparency=clear.info["transparency"]),
        "circle/moving.jpg": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "triangle/lying.jpg": encoded(_drawn("triangle", 26).rotate(90), "JPEG", exif=turned),
        "square/LOUD.JPG": encoded(_drawn("square", 27), "JPEG"),
        f"square/{'x' * 496}.png": encoded(_drawn("square", 28)),
        "circle/דוגמה مثال.png": encoded(_drawn("circle", 29)),
        "triangle/🙂🦊.png": encoded(_drawn("triangle", 30)),
    }


def _bad(good: bytes) -> list[tuple[str | zipfile.ZipInfo, bytes, str]]:
    """(name, content, a word of the reason) of everything that must be left out."""
    link = zipfile.ZipInfo(f"{ROOT}/circle/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    photo = encoded(_drawn("square", 40, side=128), "JPEG")
    return [
        (f"{ROOT}/circle/bomb.png", bytes(32 * 1024**2), "unpacks to far more"),
        ("../escape.png", good, "outside"),
        (f"{ROOT}/circle/../../../escape.png", good, "outside"),
        ("/absolute.png", good, "outside"),
        ("C:\\windows\\evil.png", good, "outside"),
        (link, b"/etc/passwd", "link"),
        (f"{ROOT}/CIRCLE/00.PNG", encoded(_drawn("circle", 41)), "same name"),
        (f"{ROOT}/circle/secret.png", encoded(_drawn("circle", 42)), "password"),
        (f"{ROOT}/square/more.zip", _zip_of({"square/inside.png": good}), "packed file among the others"),
        (f"__MACOSX/{ROOT}/circle/._00.png", b"\x00\x05\x16\x07", "operating system"),
        (f"{ROOT}/.DS_Store", b"\x00\x00\x00\x01Bud1", "operating system"),
        (f"{ROOT}/square/Thumbs.db", b"\xd0\xcf\x11\xe0", "operating system"),
        (f"{ROOT}/square/huge.png", _huge_png(14_000), "million pixels"),
        (f"{ROOT}/square/half.jpg", photo[: len(photo) // 2], "cut short"),
        (f"{ROOT}/triangle/page.jpg", b"<!doctype html><title>404</title>", "a web page"),
        (f"{ROOT}/triangle/empty.png", b"", "is empty"),
        (f"{ROOT}/square/damaged.bmp", encoded(_drawn("square", 43), "BMP"), "damaged"),
        (f"{ROOT}/loose.png", encoded(_drawn("circle", 44)), "outside every class"),
        (f"{ROOT}/README.txt", b"Drawn on a Tuesday.", "Not one of the pictures"),
        (f"{ROOT}/circle/sound.mp3", b"ID3", "Not one of the pictures"),
    ]


def _huge_png(side: int) -> bytes:
    """A black PNG of `side` x `side` pixels with one bit each: millions of pixels in a few kilobytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


def _protect(path: Path, name: str) -> None:
    """Mark an entry as encrypted, which Python cannot write."""
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02", 0, raw.rindex(name.encode()))
    raw[at + 8] |= 1
    path.write_bytes(raw)


def _damage(path: Path, name: str) -> None:
    """Turn a few bits in the middle of an entry's data."""
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
    raw[entry.header_offset + 30 + len(name.encode()) + entry.compress_size // 2] ^= 0xFF
    path.write_bytes(raw)
