"""Class means that the unlabelled queries help to find (Ren et al. 2018)."""

from __future__ import annotations

import numpy as np

from core.fewshot.methods.base import Method, Predict, membership, prototypes, softmax, squared_distances, unit

STEPS = 10
SHARPNESS = 8.0
"""How much a squared distance counts when a query is shared out among the classes."""


class Transductive(Method):
    """Soft k-means over supports and queries, begun at the class means of the supports.

    Embeddings are centred by the mean of supports and queries, and of unit length. Supports always belong to their own
    class; a query belongs to each class as much as softmax(-t |x - mean|^2) says.
    """

    name = "transductive"
    title = "Averages that follow the questions"
    sentence = (
        "Looks at all the questions together: each is put, tentatively, into the class it seems to belong to, and the "
        "averages move towards it. **Uses your unlabelled test items**, so it cannot answer one at a time."
    )
    measure = "Squared distance to each class's final average, with a minus sign: the nearer to 0 the better."
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
