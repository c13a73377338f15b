"""Logistic regression on the supports."""

from __future__ import annotations

import numpy as np

from core.fewshot.methods.base import OneByOne, Predict

PENALTY = 0.1
"""1 / C; what training takes too where there are too few examples to choose by."""


class Logistic(OneByOne):
    """scikit-learn's, on embeddings centred and scaled as a head's are (see `LinearHead`)."""

    name = "logistic"
    title = "Dividing lines"
    sentence = (
        "Looks for the straight dividing lines between the classes that suit the given examples best. It is what "
        "training the last layer does, solved at once."
    )
    measure = "How likely it finds each class; the shares add up to 1."
    source = "Logistic regression with an L2 penalty; Tian et al. 2020"

    def fit_one(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        from sklearn.linear_model import LogisticRegression

        if len(np.unique(labels)) == 1:
            return lambda query: np.ones((len(query), 1), query.dtype)
        centre = support.mean(0)
        spread = max(float(np.sqrt(((support - centre) ** 2).sum(1).mean())), 1e-6)
        # An L2 penalty keeps the weights in the span of the supports: a few dozen coordinates instead of a thousand.
        span = np.linalg.qr(((support - centre) / spread).T.astype(np.float64))[0]

        def prepared(x: np.ndarray) -> np.ndarray:
            return (x - centre) / spread @ span

        model = LogisticRegression(C=1 / PENALTY, max_iter=300, tol=1e-6).fit(prepared(support), labels)
        return lambda query: model.predict_proba(prepared(query))
