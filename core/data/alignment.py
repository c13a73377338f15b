"""Lays one small grey picture over another: how alike are they once shifted, stretched and tilted a little?

The inverse compositional Lucas-Kanade method (Baker & Matthews 2004, sections 3.2 and 3.3.2, affine warps) with
zero-mean, unit-length intensities, so that brightness and contrast do not matter; many pairs at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_MARGIN = 0.1
"""The middle of the first picture is laid over the second: it stays inside when shifted by up to a tenth."""
_MOST_LINEAR, _MOST_SHIFT = 0.15, 0.12
"""Bounds of a small change, in shares of half a side: no warp may go beyond them."""
_BLOCK = 128
_COARSE_STEPS, _FINE_STEPS = 5, 4
_COARSE_LEAST = 0.93
"""Pairs less alike than this at half size are not looked at more closely."""


def similarity(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlation (pairs,) in [-1, 1] of each picture of `first` (pairs, side, side) with its best-laid partner."""
    found = np.empty(len(first), dtype=np.float32)
    for start in range(0, len(first), _BLOCK):
        part = slice(start, start + _BLOCK)
        found[part] = _block(first[part].astype(np.float32), second[part].astype(np.float32))
    return found


def self_similarity(pictures: np.ndarray) -> np.ndarray:
    """Correlation (n,) of each picture's middle with its own slightly softened self: what resampling costs a copy."""
    soft = _soften(pictures)
    middle = _middle(pictures.shape[-1])
    return (_unit(_pick(pictures, middle)) * _unit(_pick(soft, middle))).sum(axis=1)


def _block(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    warps = np.tile(np.eye(3, dtype=np.float32), (len(first), 1, 1))
    coarse, warps = _climb(_halved(first), _halved(second), warps, _COARSE_STEPS)
    promising = np.flatnonzero(coarse >= _COARSE_LEAST)
    if len(promising):
        coarse[promising], _ = _climb(first[promising], second[promising], warps[promising], _FINE_STEPS)
    return coarse


def _climb(first: np.ndarray, second: np.ndarray, warps: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlation (pairs,) and warps (pairs, 3, 3) after `steps` Gauss-Newton steps."""
    side = first.shape[-1]
    middle = _middle(side)
    points = _points(side, middle)
    template = _unit(_pick(first, middle))
    slopes = _slopes(first, middle, points, template)
    inverse = np.linalg.inv(_damped(np.einsum("nqi,nqj->nij", slopes, slopes, optimize=True)))
    for _ in range(steps):
        laid = _unit(_sample(second, warps, points))
        residual = laid - template * (laid * template).sum(axis=1, keepdims=True)
        change = np.einsum("nij,nj->ni", inverse, np.matmul(slopes.transpose(0, 2, 1), residual[:, :, None])[:, :, 0])
        warps = _bounded(warps @ np.linalg.inv(_as_matrix(change)))
    return (template * _unit(_sample(second, warps, points))).sum(axis=1), warps


def _slopes(first: np.ndarray, middle: slice, points: np.ndarray, template: np.ndarray) -> np.ndarray:
    """How the template changes with each of the six numbers of a warp, (pairs, points, 6)."""
    half = first.shape[-1] / 2
    down, right = np.gradient(first, axis=(1, 2))
    values = _pick(first, middle)
    length = np.linalg.norm(values - values.mean(axis=1, keepdims=True), axis=1)[:, None] + 1e-6
    right, down = (half * _pick(slope, middle) / length for slope in (right, down))
    x, y = points[0], points[1]
    slopes = np.stack([right * x, right * y, right, down * x, down * y, down], axis=2)
    slopes -= slopes.mean(axis=1, keepdims=True)
    return slopes - template[:, :, None] * np.matmul(template[:, None, :], slopes)


def _sample(pictures: np.ndarray, warps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values (pairs, points) of the pictures where the warps carry the points, between pixels in proportion."""
    side = pictures.shape[-1]
    at = np.clip((warps[:, :2] @ points + 1) * (side / 2) - 0.5, 0, side - 1.001)
    whole = at.astype(np.int32)
    right, down = (at - whole).transpose(1, 0, 2)
    flat = pictures.reshape(len(pictures), -1)
    corner = whole[:, 1] * side + whole[:, 0]
    a, b, c, d = (np.take_along_axis(flat, corner + step, axis=1) for step in (0, 1, side, side + 1))
    above, below = a + (b - a) * right, c + (d - c) * right
    return above + (below - above) * down


def _damped(curvature: np.ndarray) -> np.ndarray:
    """A little is added to the diagonal: a straight edge alone does not say how far to slide along it."""
    size = np.trace(curvature, axis1=1, axis2=2)[:, None, None] / 6
    return curvature + np.eye(6, dtype=curvature.dtype) * (1e-3 * size + 1e-6)


def _as_matrix(change: np.ndarray) -> np.ndarray:
    matrix = np.tile(np.eye(3, dtype=np.float32), (len(change), 1, 1))
    matrix[:, :2] += np.clip(change, -0.3, 0.3).reshape(-1, 2, 3)
    return matrix


def _bounded(warps: np.ndarray) -> np.ndarray:
    bounded = np.tile(np.eye(3, dtype=np.float32), (len(warps), 1, 1))
    most = np.array([_MOST_LINEAR, _MOST_LINEAR, _MOST_SHIFT], dtype=np.float32)
    bounded[:, :2] += np.clip(warps[:, :2] - bounded[:, :2], -most, most)
    return bounded


def _points(side: int, middle: slice) -> np.ndarray:
    """Homogeneous coordinates (3, points) of the middle's pixels; the whole picture reaches from -1 to 1."""
    ticks = ((np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1)[middle]
    down, right = np.meshgrid(ticks, ticks, indexing="ij")
    return np.stack([right.ravel(), down.ravel(), np.ones(down.size, dtype=np.float32)])


def _middle(side: int) -> slice:
    margin = round(side * _MARGIN)
    return slice(margin, side - margin)


def _pick(pictures: np.ndarray, middle: slice) -> np.ndarray:
    picked = pictures[:, middle, middle]
    return picked.reshape(len(pictures), picked.shape[1] * picked.shape[2])


def _unit(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-6)


def _halved(pictures: np.ndarray) -> np.ndarray:
    n, side, _ = pictures.shape
    return _soften(_soften(pictures)).reshape(n, side // 2, 2, side // 2, 2).mean(axis=(2, 4))


def _soften(pictures: np.ndarray, weights: Sequence[float] = (0.25, 0.5, 0.25)) -> np.ndarray:
    """Each pixel mixed with its neighbours, first along rows and then along columns."""
    for axis in (1, 2):
        wide = np.pad(pictures, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        parts = (np.take(wide, np.arange(k, k + pictures.shape[axis]), axis=axis) for k in range(3))
        pictures = np.asarray(sum(w * part for w, part in zip(weights, parts, strict=True)))
    return pictures
