"""Nearest class means: by angle or by distance (Snell et al. 2017), after centring (Wang et al. 2019), and with means
that the unlabelled queries help to find (Ren et al. 2018)."""

from __future__ import annotations

import numpy as np

from core.messages import Message
from core.studies.few_shot.methods.base import (
    Method,
    Predict,
    membership,
    middle,
    prototypes,
    softmax,
    squared_distances,
    unit,
)


class Nearest(Method):
    """Cosine of the angle between a query and each class mean."""

    name = "nearest"
    title = Message("Nearest average (nearest centroid)")
    sentence = Message(
        "Each class is the average of its examples as the model sees them. A new one belongs to the class whose "
        "average points in the most similar direction. Nothing is trained."
    )
    measure = Message("Similarity to each class's average: 1 is the same direction, 0 has nothing in common.")
    source = "Snell et al. 2017, eq. 1, with cosine similarity"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        means = unit(prototypes(support, labels))
        return lambda query: unit(query) @ np.swapaxes(means, -1, -2)


class NearestEuclidean(Method):
    """Minus the squared distance between a query and each class mean."""

    name = "nearest-euclidean"
    title = Message("Nearest average, by Euclidean distance")
    sentence = Message(
        "Each class is the average of its examples. A new one belongs to the class whose average is nearest. How "
        "strongly the model reacts counts too, not only in which direction."
    )
    measure = Message("Squared distance to each class's average, with a minus sign: the nearer to 0 the better.")
    source = "Snell et al. 2017, eq. 1 and 2"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        means = prototypes(support, labels)
        return lambda query: -squared_distances(query, means)


class SimpleShot(Method):
    """The paper's CL2N with the mean of the supports in place of that of the base classes.

    The bundled models come without the data that they were pretrained on, and so without its mean. The mean of the
    labelled supports is all that may be used instead: one over the queries, or over the whole set, would tell
    something about the questions. With one support in all, nothing is left after centring, so it is not centred.
    """

    name = "simpleshot"
    title = Message("Centred nearest average (SimpleShot)")
    sentence = Message(
        "First subtracts what all the given examples share, so that only differences count. Then it gives every "
        "example the same weight, and takes the nearest class average."
    )
    measure = Message(
        "Squared distance to each class's average, once all are centred, with a minus sign: the nearer to 0 the better."
    )
    source = "Wang et al. 2019 (SimpleShot), section 3, centred by the mean of the labelled examples"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        centre = middle(support)
        means = prototypes(unit(support - centre), labels)
        return lambda query: -squared_distances(unit(query - centre), means)


STEPS = 10
SHARPNESS = 8.0
"""How much a squared distance counts when a query is shared out among the classes."""


class Transductive(Method):
    """Soft k-means over supports and queries, begun at the class means of the supports.

    Embeddings are centred by the mean of supports and queries, and of unit length. Supports always belong to their own
    class; a query belongs to each class as much as softmax(-t |x - mean|^2) says.
    """

    name = "transductive"
    title = Message("Soft k-means (transductive)")
    sentence = Message(
        "Looks at all the queries together. Each is put, for a try, into the class it seems to belong to, and the "
        "averages move towards it. **Uses your unlabelled test items**, so it cannot answer one at a time."
    )
    measure = Message("Squared distance to each class's final average, with a minus sign: the nearer to 0 the better.")
    source = "Ren et al. 2018 (semi-supervised few-shot learning), section 3.1.1, soft k-means"
    uses_queries = True

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        truth = membership(labels, support.dtype)

        def predict(query: np.ndarray) -> np.ndarray:
            together = np.concatenate([support, query], axis=-2)
            x = unit(together - together.mean(axis=-2, keepdims=True))
            shown, asked = x[..., : len(labels), :], x[..., len(labels) :, :]
            known = np.swapaxes(truth, 0, 1) @ shown
            means = prototypes(shown, labels)
            for _ in range(STEPS):
                guessed = softmax(-SHARPNESS * squared_distances(asked, means))
                total = known + np.swapaxes(guessed, -1, -2) @ asked
                means = total / (truth.sum(0) + guessed.sum(-2))[..., :, None]
            return -squared_distances(asked, means)

        return predict
