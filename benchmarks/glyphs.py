"""Characters of many scripts, as if drawn with a pen: what `glyphnet` is pretrained on.

    python benchmarks/glyphs.py FONTS OUT     # FONTS: a folder with the Noto fonts (Debian's package fonts-noto-core)

Each character is rendered from a font, thinned to its skeleton, bent as no two hands bend alike, and drawn again with a
round pen. A folder for each character. The scripts of the published one-shot runs are left out, and so is all of
Omniglot: what the model can do with them, it did not learn from them.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

LEFT_OUT = (
    "Avestan", "Cyrillic", "Ethiopic", "Glagolitic", "Gurmukhi", "Kannada", "Malayalam", "MeeteiMayek", "Mongolian",
    "Oriya", "SylotiNagri", "Syriac", "Tibetan",
)  # fmt: skip
"""Scripts of the alphabets in the published runs (Old Church Slavonic is Cyrillic), as fonts and letters name them."""
NOT_DRAWN = (
    "Cuneiform", "Hieroglyphs", "Tangut", "Nushu", "Math", "Symbols", "SignWriting", "Music", "Mayan", "Duployan",
    "Siyaq", "LinearA", "Display", "Looped", "Slanted", "Supplement", "Mono",
)  # fmt: skip
"""Fonts of signs that are no letters, too many of one kind, or the same letters again."""
SIDE = 64
_RENDERED = 160
_PEN = 2
_MOST_INK = 420
_LEAST_INK = 25
_LIKE = 0.93
"""Characters whose blurred skeletons correlate more than this are one character in two scripts."""

Strokes = tuple[np.ndarray, np.ndarray]
"""Points (n, 2) in [-1, 1], and pairs of neighbours (m, 2) among them."""


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("fonts", type=Path, metavar="FONTS", help="a folder of .ttf files")
    made.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    made.add_argument("--characters", type=int, help="at most so many in all")
    made.add_argument("--hands", type=int, default=24, help="drawings of each character")
    made.add_argument("--each-script", type=int, default=80, help="at most so many characters of one font family")
    made.add_argument("--seed", type=int, default=0)
    asked = made.parse_args()
    rng = np.random.default_rng(asked.seed)
    chosen = _different(_characters(asked.fonts, asked.each_script, rng))
    kept = [chosen[i] for i in sorted(rng.permutation(len(chosen))[: asked.characters])]
    for name, strokes in kept:
        folder = asked.out / name
        folder.mkdir(parents=True)
        for hand in range(asked.hands):
            drawn(_by_hand(strokes, rng)).save(folder / f"{hand:02d}.png")
    print(f"{len(kept)} of {len(chosen)} different characters, {asked.hands} drawings of each, in {asked.out}")


def _characters(fonts: Path, each: int, rng: np.random.Generator) -> Iterator[tuple[str, Strokes]]:
    """Name and strokes of the letters and digits of every font."""
    from fontTools.ttLib import TTFont

    for file in sorted(fonts.rglob("*-Regular.ttf")):
        if any(part in file.name for part in (*LEFT_OUT, *NOT_DRAWN)):
            continue
        letters = [code for code in sorted(TTFont(file, lazy=True).getBestCmap()) if _is_letter(code)]
        font = ImageFont.truetype(str(file), _RENDERED // 2)
        found = 0
        for i in rng.permutation(len(letters)):
            strokes = skeleton(_rendered(chr(letters[i]), font)) if found < each else None
            if strokes is not None:
                found += 1
                yield f"U+{letters[i]:04X} {file.stem.split('-')[0].removeprefix('Noto')}", strokes


def _is_letter(code: int) -> bool:
    """A letter or digit by itself: nothing that is put together, nor of a script that is left out."""
    char = chr(code)
    name = unicodedata.name(char, "").replace(" ", "").upper()
    alone = not unicodedata.decomposition(char) and unicodedata.category(char) in ("Lo", "Ll", "Lu", "Nd")
    return alone and not any(script.upper() in name for script in LEFT_OUT)


def _rendered(char: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    """(s, s) bool: where there is ink."""
    picture = Image.new("L", (_RENDERED, _RENDERED), 0)
    ImageDraw.Draw(picture).text((_RENDERED // 2, _RENDERED // 2), char, fill=255, font=font, anchor="mm")
    return np.asarray(picture) > 127


def skeleton(ink: np.ndarray) -> Strokes | None:
    """The middle line of the ink, fitted into [-1, 1]; None where there is hardly any, or far too much to draw."""
    from skimage.morphology import skeletonize

    thin = skeletonize(ink)
    points = np.argwhere(thin)[:, ::-1].astype(float)
    if len(points) < _LEAST_INK or len(points) > _MOST_INK:
        return None
    number = np.full(thin.shape, -1)
    number[thin] = np.arange(len(points))
    links = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        beside = np.roll(number, (-down, -right), (0, 1))
        at = (number >= 0) & (beside >= 0)
        links.append(np.stack([number[at], beside[at]], axis=1))
    middle = (points.max(0) + points.min(0)) / 2
    return (points - middle) / ((points.max(0) - points.min(0)).max() / 2), np.concatenate(links)


def _different(characters: Iterator[tuple[str, Strokes]]) -> list[tuple[str, Strokes]]:
    """Without those that look like an earlier one."""
    kept: list[tuple[str, Strokes]] = []
    looks = np.empty((0, 256))
    for name, strokes in characters:
        small = np.asarray(drawn(strokes).convert("L").resize((16, 16), Image.Resampling.BOX), float).ravel()
        look = (small - small.mean()) / max(1e-9, np.linalg.norm(small - small.mean()))
        if not len(looks) or (looks @ look).max() < _LIKE:
            kept.append((name, strokes))
            looks = np.vstack([looks, look])
    return kept


def _by_hand(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """Slanted, stretched, and bent by a few long waves and some shorter ones."""
    points, links = strokes
    turn, slant = rng.normal(0, 0.1), rng.normal(0, 0.15)
    stretch = np.exp(rng.normal(0, 0.15, 2))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[1, slant], [0, 1]] * stretch
    bent = points @ matrix.T
    for waves, most in ((3, 0.10), (4, 0.022)):
        for _ in range(waves):
            pace = 2.2 if most > 0.05 else 4.5
            direction, phase = rng.normal(0, pace, 2), rng.uniform(0, 2 * np.pi)
            bent = bent + rng.normal(0, most, 2) * np.sin(points @ direction + phase)[:, None]
    middle = (bent.max(0) + bent.min(0)) / 2
    size = (bent.max(0) - bent.min(0)).max() / 2
    return (bent - middle) / size * rng.uniform(0.55, 0.9) + rng.uniform(-0.1, 0.1, 2), links


def drawn(strokes: Strokes, pen: int = _PEN) -> Image.Image:
    """Black on white, SIDE pixels a side, drawn at twice the size and made smaller so that the line is smooth."""
    points, links = strokes
    at = (points * 0.9 + 1) * SIDE
    picture = Image.new("L", (2 * SIDE, 2 * SIDE), 255)
    pencil = ImageDraw.Draw(picture)
    for a, b in links:
        pencil.line([tuple(at[a]), tuple(at[b])], fill=0, width=2 * pen)
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)


def sheet(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """Drawings side by side, to look at."""
    page = Image.new("L", (SIDE * max(map(len, rows)), SIDE * len(rows)), 255)
    for y, row in enumerate(rows):
        for x, one in enumerate(row):
            page.paste(one, (x * SIDE, y * SIDE))
    return page


if __name__ == "__main__":
    main()
