"""Methods that compare a query with every support: a vote of all (Vinyals et al. 2016), and a score for pairs that is
learnt from pairs of supports (Koch et al. 2015)."""

from __future__ import annotations

import numpy as np

from core.messages import Message
from core.studies.few_shot.methods.base import Method, OneByOne, Predict, membership, softmax, unit


class Matching(Method):
    """Attention over supports: P(class | query) = sum of softmax(cosine(query, support)) over the class's supports.

    As in the paper a class with more examples has more votes; in an episode all have as many. Without the full-context
    embeddings of the paper, whose networks would have to be trained for them.
    """

    name = "matching"
    title = Message("Weighted vote (matching network)")
    sentence = Message(
        "Every given example votes for its own class. The more it resembles the new one, the more its vote counts. "
        "The shares of the vote lie close together; only which is largest counts."
    )
    measure = Message("Share of the vote for each class; the shares add up to 1.")
    source = "Vinyals et al. 2016 (matching networks), eq. 1 and section 2.1.1"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        directions, votes = unit(support), membership(labels, support.dtype)
        return lambda query: softmax(unit(query) @ np.swapaxes(directions, -1, -2)) @ votes


MOST_PAIRS = 300
"""So many of each kind are learnt from at most."""
PENALTY = 10.0
"""1 / C of the regression."""


class Siamese(OneByOne):
    """The last layer of Koch et al.: P(same | a, b) = sigmoid(sum_k w_k |a_k - b_k| + b), on a frozen network.

    The weights w come from logistic regression over pairs of supports: all that are of the same class, and as many
    that are not (a fixed choice). A class's score is the mean of P(same) over the pairs of the query with its supports.
    With one support a class there is no pair of the same class to learn from, and cosine similarity stands in.
    """

    name = "siamese"
    title = Message("Pair comparison (Siamese network)")
    sentence = Message(
        "Learns from pairs of the given examples what two of one class have in common, then compares a new one with "
        "each of them. With one example a class there are no such pairs, and plain similarity decides."
    )
    measure = Message(
        "How likely a pair of the new one and an example of the class is the same, on average over its examples."
    )
    source = "Koch et al. 2015 (siamese networks), section 3.1: the weighted L1 distance, on frozen embeddings"

    def fit_one(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        x = unit(support)
        members = membership(labels, support.dtype)
        average = members / members.sum(0)
        first, second, same = _pairs(np.asarray(labels))
        if same.all():  # there are no pairs, or none of two classes
            return lambda query: unit(query) @ x.T @ average
        weights, bias = _learnt(np.abs(x[first] - x[second]), same)

        def predict(query: np.ndarray) -> np.ndarray:
            asked = unit(query)
            apart = np.stack([np.abs(asked - one) @ weights for one in x], axis=1)
            return 1 / (1 + np.exp(-(apart + bias))) @ average

        return predict


def _pairs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both ends of the pairs to learn from, and whether they are of one class."""
    first, second = np.triu_indices(len(labels), 1)
    same = labels[first] == labels[second]
    rng = np.random.default_rng(0)
    alike, unlike = rng.permutation(np.flatnonzero(same)), rng.permutation(np.flatnonzero(~same))
    many = min(MOST_PAIRS, len(alike))
    chosen = np.concatenate([alike[:many], unlike[:many]])
    return first[chosen], second[chosen], same[chosen]


def _learnt(distances: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (d,) and bias of the regression that tells pairs of one class by their distances (n_pairs, d)."""
    from sklearn.linear_model import LogisticRegression

    scale = max(float(distances.std()), 1e-12)
    model = LogisticRegression(C=1 / PENALTY, max_iter=200).fit(distances / scale, same)
    return model.coef_[0].astype(distances.dtype) / scale, float(model.intercept_[0])
