"""Pictures that stand for one that is missing: "image not found", a download's error, a logo in its place.

They come again and again, or are nearly all of one colour where the others are photos.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.modalities.image.looks import Looks

_LEVELS, _SAME_TONE = 64, 4.0
"""Tones that are counted, and levels of 255 by which one may differ."""
_FLAT, _VERY_FLAT = 0.6, 0.8
"""Share of a picture in one tone. Nearly no photo has the first (in four sets of photos 99 % are below 0.47), and a
sentence on a grey page has 0.98."""
_SO_OFTEN, _OFTEN_IN_SEVERAL = 4, 5
"""The same flat picture so many times, or any picture in several classes, is no slip of the hand."""
_MOST_FLAT = 0.05
"""Where so few pictures are flat, those are no photos as the others are."""
_LEAST = 20
"""Fewer pictures do not say what the others are like."""


def find_placeholders(looks: Looks, labels: Sequence[str], same: Sequence[Sequence[int]]) -> dict[int, int]:
    """The pictures (indices) that may be placeholders, and how many times each is there. `same` are clusters of
    pictures that are the same beyond doubt."""
    flat = flatness(looks)
    found: dict[int, int] = {}
    for cluster in map(list, same):
        often = len(cluster) >= _SO_OFTEN and flat[cluster].mean() >= _FLAT
        if often or (len(cluster) >= _OFTEN_IN_SEVERAL and len({labels[i] for i in cluster}) > 1):
            found |= dict.fromkeys(cluster, len(cluster))
    others = np.array([i for i in range(len(flat)) if i not in found], dtype=np.int64)
    odd = others[flat[others] >= _VERY_FLAT]
    if len(others) >= _LEAST and len(odd) <= _MOST_FLAT * len(others) and np.quantile(flat[others], 0.9) < _FLAT:
        found |= dict.fromkeys(odd.tolist(), 1)
    return found


def flatness(looks: Looks) -> np.ndarray:
    """The share (n,) of each picture that is in its commonest tone."""
    grey = looks.grey.reshape(len(looks.values), -1)
    shares = np.empty(len(grey))
    for i, values in enumerate(grey):
        tones = (values * (_LEVELS / 256)).astype(np.int64).clip(0, _LEVELS - 1)
        middle = (np.bincount(tones, minlength=_LEVELS).argmax() + 0.5) * 256 / _LEVELS
        shares[i] = (np.abs(values - middle) <= _SAME_TONE).mean()
    return shares
