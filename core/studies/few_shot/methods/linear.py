"""A last layer trained on the supports: solved at once, or begun as the class means and trained for some steps."""

from __future__ import annotations

import numpy as np

from core.messages import Message
from core.studies.few_shot.methods.base import Method, OneByOne, Predict, membership, middle, prototypes, softmax, unit

PENALTY = 0.1
"""1 / C; what training takes too where there are too few examples to choose by."""


class Logistic(OneByOne):
    """scikit-learn's, on embeddings centred and scaled as a head's are (see `LinearHead`)."""

    name = "logistic"
    title = Message("Logistic regression")
    sentence = Message(
        "Finds the straight boundaries between the classes that suit the given examples best. It is what training "
        "the last layer does, solved at once."
    )
    measure = Message("How likely it finds each class; the shares add up to 1.")
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


STEPS = 50
RATE = 2.0
SHARPNESS = 4.0
"""How much a squared distance counts before training; the same for all classes, so at first the nearest mean wins."""


class FineTune(Method):
    """Gradient descent on the mean cross-entropy of the supports, from W = 2 t c, b = -t |c|^2 (proto-MAML's start).

    On embeddings centred by the supports and of unit length. Always from the same start, with all supports in every
    step: nothing is random.
    """

    name = "finetune"
    title = Message("Averages, then a little training (proto-MAML)")
    sentence = Message(
        "Begins with the average of each class, then corrects it in fifty small steps. Each step makes the "
        "mistakes on the given examples a little smaller."
    )
    measure = Message("How likely it finds each class; the shares add up to 1.")
    source = "Snell et al. 2017, eq. 8, as the start; Triantafillou et al. 2020 (proto-MAML)"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        centre = middle(support)
        x, truth = unit(support - centre), membership(labels, support.dtype)
        means = prototypes(x, labels)
        weight, bias = 2 * SHARPNESS * means, -SHARPNESS * (means**2).sum(-1)

        def answers(x: np.ndarray) -> np.ndarray:
            return softmax(x @ np.swapaxes(weight, -1, -2) + bias[..., None, :])

        for _ in range(STEPS):
            error = (answers(x) - truth) / len(labels)
            weight = weight - RATE * SHARPNESS * np.swapaxes(error, -1, -2) @ x
            bias = bias - RATE * SHARPNESS * error.sum(-2)
        return lambda query: answers(unit(query - centre))
