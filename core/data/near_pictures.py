"""Near-duplicate pictures: saved again, resized, brightened, cropped or shifted a little, mirrored, turned; frames.

Two steps. Low frequencies of the small grey versions propose each picture's nearest others, in all eight orientations.
Then each proposal is laid over its partner (`core.data.alignment`). What counts is how much of the difference stays,
as a share of what slight softening does to the picture itself: so drawings of a few strokes, which all resemble each
other, are held to a stricter similarity than photos full of detail. Measured: real copies stay below 0.6, different
photos, clip art and handwritten digits above 1.3.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.data.alignment import self_similarity, similarity
from core.events import Event, Progress
from core.modalities.image.looks import SIDE, Looks

MOST_DIFFERENT = 0.6
MOST_DIFFERENT_TURNED = 0.35
"""Mirrored and turned copies are made by programs, to the pixel; a "b" and a "d" by hand are not."""
SURELY_SAME = 0.2
"""Pairs below this are the same picture saved, resized, mirrored or turned, and nothing else."""
_FREQUENCIES = 8
_LEAST_RESEMBLANCE = 0.75
_NEIGHBOURS = 4
_BLOCK = 256
_CLOSELY = 2048
_LEAST_CONTRAST = 3.0
"""Pictures with less hold nothing that could be compared."""
_MOST_CONTRAST_RATIO = 2.2
_COLOUR_NOISE, _MOST_COLOUR_CHANGE = 8.0, 0.5
_UPRIGHT_BONUS = 0.005
_UNEVENLY_BURNT = 0.02
_WORTH_TONING = 0.85

ORIENTATIONS = tuple((turned, up, left) for turned in (False, True) for up in (False, True) for left in (False, True))
"""Transposed or not, then upside down or not, then mirrored or not."""
_BACK = np.array([ORIENTATIONS.index((t, *((left, up) if t else (up, left)))) for t, up, left in ORIENTATIONS])
"""The orientation that undoes each."""


How = Literal["copy", "changed", "mirrored", "turned", "worded", "row", "sound", "number"]


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two examples, by index with `first` < `second`, that are as good as copies.

    `how` is "copy", "changed" (cropped, shifted, another frame), "mirrored", "turned" or, for messages, "worded", for
    rows of a table "row", for recordings "sound". `sure` pairs are the same thing beyond doubt.
    """

    first: int
    second: int
    how: How
    sure: bool


@dataclass(frozen=True, slots=True)
class NearPairs:
    """All that were found, sorted. `compared`: where not all were compared with all that might be alike, with how many
    each was, the nearest before it."""

    pairs: tuple[NearPair, ...] = ()
    compared: int | None = None


def near_pictures(looks: np.ndarray, stop: Callable[[], bool]) -> Generator[Event, None, NearPairs | None]:
    """Near-duplicates among pictures with these looks (n, LENGTH): each one's nearest few, so clusters hang together.

    Yields progress; None when `stop` turned true on the way.
    """
    grey = Looks(looks).grey
    usable = np.flatnonzero(_in_blocks(lambda some: some.std(axis=(1, 2)), grey) >= _LEAST_CONTRAST)
    seen = Looks(looks if len(usable) == len(looks) else looks[usable])
    proposed = []
    waves = _in_blocks(_low_frequencies, seen.grey)
    for start in range(0, len(usable), _BLOCK):
        if stop():
            return None
        proposed.append(_proposals(waves, start))
        yield Progress("compare", min(start + _BLOCK, len(usable)), len(usable))
    proposals = np.unique(np.concatenate(proposed), axis=0) if proposed else np.empty((0, 3), dtype=np.int64)
    limits = 1 - _in_blocks(self_similarity, seen.grey)
    pairs: dict[tuple[int, int], NearPair] = {}
    for start in range(0, len(proposals), _CLOSELY):
        if stop():
            return None
        for i, j, way, left in _confirmed(seen, limits, proposals[start : start + _CLOSELY]):
            pair = NearPair(int(usable[i]), int(usable[j]), _how(way, left), left < SURELY_SAME)
            known = pairs.get((pair.first, pair.second))
            if known is None or (pair.sure and not known.sure):
                pairs[pair.first, pair.second] = pair
        yield Progress("pairs", min(start + _CLOSELY, len(proposals)), len(proposals))
    return NearPairs(tuple(pairs[key] for key in sorted(pairs)))


def _in_blocks(function: Callable[[np.ndarray], np.ndarray], pictures: np.ndarray) -> np.ndarray:
    """`function` of a few pictures at a time: what it needs on the way would be many times what they are."""
    blocks = [pictures[start : start + _BLOCK] for start in range(0, len(pictures), _BLOCK)]
    return np.concatenate([function(block) for block in blocks or [pictures]])


def oriented(pictures: np.ndarray, orientation: tuple[bool, bool, bool]) -> np.ndarray:
    """Pictures (n, height, width, ...) transposed, upside down and mirrored as `orientation` says."""
    turned, up, left = orientation
    pictures = pictures.swapaxes(1, 2) if turned else pictures
    pictures = pictures[:, ::-1] if up else pictures
    return pictures[:, :, ::-1] if left else pictures


def _low_frequencies(grey: np.ndarray) -> np.ndarray:
    """The lowest frequencies (n, f, f) of the discrete cosine transform, without the mean, as vectors of length 1."""
    k, x = np.arange(_FREQUENCIES)[:, None], np.arange(SIDE)[None, :]
    cosines = (np.cos(np.pi * k * (2 * x + 1) / (2 * SIDE)) * np.where(k == 0, 0.5**0.5, 1.0)).astype(np.float32)
    waves = cosines @ grey @ cosines.T
    waves[:, 0, 0] = 0.0
    return waves / (np.linalg.norm(waves, axis=(1, 2), keepdims=True) + 1e-6)


def _oriented_waves(waves: np.ndarray, orientation: tuple[bool, bool, bool]) -> np.ndarray:
    """What `oriented` does to a picture, done to its frequencies: mirroring turns the sign of the odd ones."""
    turned, up, left = orientation
    signs = np.where(np.arange(_FREQUENCIES) % 2, -1.0, 1.0).astype(np.float32)
    waves = waves.swapaxes(1, 2) if turned else waves
    waves = waves * signs[:, None] if up else waves
    return waves * signs if left else waves


def _proposals(waves: np.ndarray, start: int) -> np.ndarray:
    """Rows of (first, second, way): the nearest few of each picture of a block, where they resemble it at all.

    `first` < `second`; `way` is the orientation (its place in ORIENTATIONS) in which the first resembles the second.
    """
    n = len(waves)
    block = waves[start : start + _BLOCK]
    everything = waves.reshape(n, -1).T
    best = block.reshape(len(block), -1) @ everything + _UPRIGHT_BONUS
    way = np.zeros(best.shape, dtype=np.int8)
    other = np.empty_like(best)
    known, ways, found = best.ravel(), way.ravel(), other.ravel()
    for number, orientation in enumerate(ORIENTATIONS[1:], start=1):
        np.matmul(_oriented_waves(block, orientation).reshape(len(block), -1), everything, out=other)
        alike = np.flatnonzero(found >= _LEAST_RESEMBLANCE)  # few, of all there are
        better = alike[found[alike] > known[alike]]
        known[better], ways[better] = found[better], number
    rows = np.arange(len(block))
    best[rows, start + rows] = -1.0
    first, second = _nearest(best)
    way = way[first, second].astype(np.int64)
    first = start + first
    return np.column_stack(
        [np.minimum(first, second), np.maximum(first, second), np.where(first < second, way, _BACK[way])]
    )


def _nearest(best: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rows and columns (m,) of the few largest values in each row that are large enough."""
    enough = best >= _LEAST_RESEMBLANCE
    for row in np.flatnonzero(enough.sum(axis=1) > _NEIGHBOURS):
        at = np.flatnonzero(enough[row])
        enough[row, at[np.argpartition(-best[row, at], _NEIGHBOURS)[_NEIGHBOURS:]]] = False
    return np.nonzero(enough)


def _confirmed(seen: Looks, limits: np.ndarray, proposals: np.ndarray) -> Iterator[tuple[int, int, int, float]]:
    """(first, second, way, share of difference that is left) of the proposals that hold."""
    for way in np.unique(proposals[:, 2]):
        a, b = proposals[proposals[:, 2] == way, :2].T
        same = _like_contrast(seen, a, b) & _like_colours(seen, a, b, ORIENTATIONS[way])
        a, b = a[same], b[same]
        one, other = oriented(seen.grey[a], ORIENTATIONS[way]), seen.grey[b]
        left = (1 - _toned_similarity(one, other)) / np.minimum(limits[a], limits[b])
        for k in np.flatnonzero(left < (MOST_DIFFERENT if way == 0 else MOST_DIFFERENT_TURNED)):
            yield int(a[k]), int(b[k]), int(way), float(left[k])


def _toned_similarity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Likeness (pairs,), the tones of one matched to the other's where only one has burnt out in the light or the dark.

    The one with more pure white or black is the later one: what burnt out there can be burnt out in the other too.
    """
    found = similarity(one, other)
    burnt = _burnt(one) - _burnt(other)
    uneven = np.flatnonzero((np.abs(burnt) > _UNEVENLY_BURNT) & (found > _WORTH_TONING))
    if len(uneven):
        later = (burnt[uneven] > 0)[:, None, None]
        early, late = np.where(later, other[uneven], one[uneven]), np.where(later, one[uneven], other[uneven])
        found[uneven] = np.maximum(found[uneven], similarity(_with_tones_of(early, late), late))
    return found


def _burnt(pictures: np.ndarray) -> np.ndarray:
    return ((pictures > 252) | (pictures < 3)).mean(axis=(1, 2))


def _with_tones_of(pictures: np.ndarray, models: np.ndarray) -> np.ndarray:
    """Each picture with the greys of its model, the darkest for its darkest (histogram matching)."""
    flat = pictures.reshape(len(pictures), -1)
    toned = np.empty_like(flat)
    np.put_along_axis(
        toned, np.argsort(flat, axis=1, kind="stable"), np.sort(models.reshape(flat.shape), axis=1), axis=1
    )
    return toned.reshape(pictures.shape)


def _like_contrast(seen: Looks, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    ratio = (seen.contrast[a] + 1) / (seen.contrast[b] + 1)
    return np.maximum(ratio, 1 / ratio) < _MOST_CONTRAST_RATIO


def _like_colours(seen: Looks, a: np.ndarray, b: np.ndarray, orientation: tuple[bool, bool, bool]) -> np.ndarray:
    """A red square is no copy of a blue one, although a paler red may be."""
    one, other = (colours.reshape(len(a), -1) for colours in (oriented(seen.chroma[a], orientation), seen.chroma[b]))
    change, strength = np.abs(one - other), np.linalg.norm(one, axis=1) + np.linalg.norm(other, axis=1)
    alike = np.linalg.norm(change, axis=1) < _MOST_COLOUR_CHANGE * strength
    return alike | (change.mean(axis=1) < _COLOUR_NOISE)


def _how(way: int, left: float) -> How:
    turned, up, mirrored = ORIENTATIONS[way]
    if way == 0:
        return "copy" if left < SURELY_SAME else "changed"
    return "mirrored" if up != mirrored and not turned else "turned"
