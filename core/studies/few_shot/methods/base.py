"""What a few-shot method says about itself and what it does, and the few lines of algebra that methods share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from core.messages import Message

Predict = Callable[[np.ndarray], np.ndarray]
"""query (..., n_query, d) -> scores (..., n_query, n_classes): the highest wins; columns in the order of
`np.unique(labels)`."""


class Method(ABC):
    """One way to answer from a few labelled embeddings.

    `sentence` explains it to a newcomer and `measure` what its scores are; `source` names paper and equation.
    `uses_queries` marks a method whose answer to one query depends on the other queries.
    """

    name: ClassVar[str]
    title: ClassVar[Message]
    sentence: ClassVar[Message]
    measure: ClassVar[Message]
    source: ClassVar[str]
    uses_queries: ClassVar[bool] = False

    @abstractmethod
    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        """Learn from support (..., n_support, d) with labels (n_support,), any values that can be sorted.

        Leading axes, if any, are episodes that share `labels`: they are answered at once, with the same numbers as
        one by one. Nothing is kept between calls, and predicting twice gives the same answer.
        """


class OneByOne(Method):
    """A method that has to be solved for each episode on its own: `fit_one` sees one."""

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        if support.ndim == 2:
            return self.fit_one(support, labels)
        fitted = [self.fit(episode, labels) for episode in support]
        return lambda query: np.stack([predict(part) for predict, part in zip(fitted, query, strict=True)])

    @abstractmethod
    def fit_one(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        """As `fit`, for support (n_support, d)."""


def unit(x: np.ndarray) -> np.ndarray:
    """Rows brought to length 1; a row of zeros stays one."""
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def membership(labels: np.ndarray, dtype: np.dtype | type = np.float32) -> np.ndarray:
    """1 where an example (row) is of a class (column), (n_support, n_classes)."""
    return (np.asarray(labels)[:, None] == np.unique(labels)).astype(dtype)


def prototypes(support: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean of each class, (..., n_classes, d). Snell et al. 2017, eq. 1."""
    members = membership(labels, support.dtype)
    return (members / members.sum(0)).T @ support


def middle(support: np.ndarray) -> np.ndarray:
    """The mean of the examples, (..., 1, d); zero for a single one, of which nothing would be left."""
    return support.mean(axis=-2, keepdims=True) if support.shape[-2] > 1 else np.zeros_like(support)


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """|x_i - y_j|^2 for x (..., n, d) and y (..., m, d): (..., n, m)."""
    squares = (x * x).sum(-1)[..., :, None] + (y * y).sum(-1)[..., None, :]
    return np.maximum(squares - 2 * (x @ np.swapaxes(y, -1, -2)), 0)


def softmax(x: np.ndarray) -> np.ndarray:
    """Rows of shares that sum to 1."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
