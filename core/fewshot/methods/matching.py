"""Matching networks' answer on embeddings: a vote of all supports (Vinyals et al. 2016)."""

from __future__ import annotations

import numpy as np

from core.fewshot.methods.base import Method, Predict, membership, softmax, unit


class Matching(Method):
    """Attention over supports: P(class | query) = sum of softmax(cosine(query, support)) over the class's supports.

    As in the paper a class with more examples has more votes; in an episode all have as many. Without the full-context
    embeddings of the paper, whose networks would have to be trained for them.
    """

    name = "matching"
    title = "A vote of all examples"
    sentence = (
        "Every given example votes for its own class, and its vote weighs the more, the more it resembles the new one. "
        "The shares of the vote lie close together; only which is largest counts."
    )
    measure = "Share of the vote for each class; the shares add up to 1."
    source = "Vinyals et al. 2016 (matching networks), eq. 1 and section 2.1.1"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        directions, votes = unit(support), membership(labels, support.dtype)
        return lambda query: softmax(unit(query) @ np.swapaxes(directions, -1, -2)) @ votes
