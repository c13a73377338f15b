"""Embeddings as points on paper: the two directions in which they differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NOTHING = 1e-12
"""A direction whose share of the differences is smaller is a rounding error."""
_AS_FAR = 1e-6
"""Points whose distances differ by less are equally far away: the first of them decides which side is positive."""


@dataclass(frozen=True)
class Plane:
    """Two orthogonal directions `axes` (d, 2) through `middle` (d,). One that no difference lies along is zero."""

    middle: np.ndarray
    axes: np.ndarray

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (n, d) as places (n, 2)."""
        return (points - self.middle) @ self.axes

    def share_of(self, points: np.ndarray) -> float:
        """How much of all differences between points (n, d) shows on the plane: 1 is all."""
        centred = points - points.mean(0)
        total = float((centred**2).sum())
        return float(((centred @ self.axes) ** 2).sum()) / total if total > 0 else 1.0


def principal_plane(points: np.ndarray) -> Plane:
    """The first two principal components of points (n, d).

    Of the two ways round each axis may be drawn, the one is taken in which its farthest point (the first of several)
    lies on the positive side, so that the same points always give the same map.
    """
    points = points.astype(np.float64)
    middle = points.mean(0)
    centred = points - middle
    axes = np.zeros((points.shape[1], 2))
    values, vectors = np.linalg.eigh(centred @ centred.T)  # n points span less than d directions: far fewer numbers
    for axis in range(min(2, len(points))):
        value, vector = values[-1 - axis], vectors[:, -1 - axis]
        if value > _NOTHING * max(values[-1], 0.0):
            direction = centred.T @ vector / np.sqrt(value)
            far = np.abs(vector) > np.abs(vector).max() * (1 - _AS_FAR)
            axes[:, axis] = -direction if vector[far.argmax()] < 0 else direction
    return Plane(middle, axes)


def project_to_plane(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Points (n, d) on the plane in which they differ most: places (n, 2), and the share of all differences shown."""
    plane = principal_plane(points)
    return plane.project(points), plane.share_of(points)
