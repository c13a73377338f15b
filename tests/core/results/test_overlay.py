"""The map over the picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.results.explanation import _coloured, overlay


def picture(width: int, height: int, level: int = 120) -> Image.Image:
    return Image.new("RGB", (width, height), (level, level, level))


@pytest.mark.parametrize(("size", "expected"), [((500, 300), (500, 300)), ((28, 14), (320, 160)), ((1, 400), (1, 400))])
def test_the_picture_keeps_its_shape_and_small_ones_are_drawn_larger(size, expected):
    assert overlay(picture(*size), np.zeros((8, 8))).size == expected


def test_stronger_is_lighter_on_grey_paper_too():
    """Relative luminance (ITU-R BT.709) rises all the way."""
    colours = _coloured(np.linspace(0, 1, 64))
    light = colours @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > 0).all()


def test_what_is_strong_lies_where_the_picture_has_it():
    strength = np.zeros((8, 8))
    strength[0:2, 6:8] = 1
    shown = np.asarray(overlay(picture(400, 320), strength)).astype(int)
    assert shown[5, 395].sum() > shown[315, 5].sum() + 100
    assert shown[5, 5].sum() == shown[315, 395].sum()
    assert (shown == 255).all(-1).any()  # the line around it
    assert (shown[:, :200] == 255).all(-1).sum() == 0


def test_without_anything_strong_there_is_no_line():
    shown = np.asarray(overlay(picture(320, 320), np.full((8, 8), 0.4)))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 1
