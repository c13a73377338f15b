"""The nearest class mean, by angle or by distance (Snell et al. 2017)."""

from __future__ import annotations

import numpy as np

from core.fewshot.methods.base import Method, Predict, prototypes, squared_distances, unit


class Nearest(Method):
    """Cosine of the angle between a query and each class mean."""

    name = "nearest"
    title = "Nearest average"
    sentence = (
        "Each class is the average of its examples as the model sees them, and a new one belongs to the class whose "
        "average points in the most similar direction. Nothing is trained."
    )
    measure = "Similarity to each class's average: 1 is the same direction, 0 has nothing in common."
    source = "Snell et al. 2017, eq. 1, with cosine similarity"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        means = unit(prototypes(support, labels))
        return lambda query: unit(query) @ np.swapaxes(means, -1, -2)


class NearestEuclidean(Method):
    """Minus the squared distance between a query and each class mean."""

    name = "nearest-euclidean"
    title = "Nearest average, by distance"
    sentence = (
        "Each class is the average of its examples, and a new one belongs to the class whose average lies at the "
        "smallest distance. How strongly the model reacts counts too, not only in which direction."
    )
    measure = "Squared distance to each class's average, with a minus sign: the nearer to 0 the better."
    source = "Snell et al. 2017, eq. 1 and 2"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        means = prototypes(support, labels)
        return lambda query: -squared_distances(query, means)
