"""Embeddings as points on paper: the two directions in which they differ most."""

from __future__ import annotations

import numpy as np


def flat_map(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Principal components of points (n, d): places (n, 2), and the share of all differences that they show.

    Of the two ways round each axis may be drawn, the one is taken in which its farthest point lies on the positive
    side, so that the same points always give the same map.
    """
    centred = (points - points.mean(0)).astype(np.float64)
    values, vectors = np.linalg.eigh(centred @ centred.T)  # n points span less than d directions: far fewer numbers
    values, vectors = values[::-1], vectors[:, ::-1]
    places = np.zeros((len(points), 2))
    for axis in range(min(2, len(points))):
        place = vectors[:, axis] * np.sqrt(max(values[axis], 0.0))
        farthest = place[np.abs(place).argmax()]
        places[:, axis] = -place if farthest < 0 else place
    total = float(np.maximum(values, 0).sum())
    return places, float(np.maximum(values[:2], 0).sum()) / total if total > 0 else 1.0
