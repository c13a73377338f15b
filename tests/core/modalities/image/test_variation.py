"""A drawing as another hand would have drawn it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from core.modalities.image.variation import warped


def stroke() -> Image.Image:
    picture = Image.new("RGB", (90, 60), (250, 250, 240))
    ImageDraw.Draw(picture).line([(15, 10), (15, 50), (70, 50)], fill=(0, 0, 0), width=3)
    return picture


def ink(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("L")) < 128


def test_the_same_random_numbers_give_the_same_drawing():
    first, second = (warped(stroke(), np.random.default_rng(3)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != warped(stroke(), np.random.default_rng(4)).tobytes()


def test_paper_stays_paper_and_ink_stays_ink():
    for seed in range(20):
        varied = warped(stroke(), np.random.default_rng(seed))
        assert varied.size == (90, 60)
        assert varied.getpixel((0, 0)) == (250, 250, 240)
        assert 0.4 * ink(stroke()).sum() < ink(varied).sum() < 2 * ink(stroke()).sum()


def test_it_moves_a_little_and_is_never_mirrored():
    """The corner of this "L" is at the lower left: it stays in the lower left quarter."""
    for seed in range(20):
        rows, columns = np.nonzero(ink(warped(stroke(), np.random.default_rng(seed))))
        lowest = rows.max()
        assert lowest > 35
        upper = columns[rows < np.quantile(rows, 0.3)]
        assert upper.mean() < 40, "the upright is on the left"
