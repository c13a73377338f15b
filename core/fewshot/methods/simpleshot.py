"""SimpleShot: centre, bring to length 1, nearest class mean (Wang et al. 2019)."""

from __future__ import annotations

import numpy as np

from core.fewshot.methods.base import Method, Predict, middle, prototypes, squared_distances, unit


class SimpleShot(Method):
    """The paper's CL2N with the mean of the supports in place of that of the base classes.

    The bundled models come without the data that they were pretrained on, and so without its mean. The mean of the
    labelled supports is all that may be used instead: one over the queries, or over the whole set, would tell
    something about the questions. With one support in all, nothing is left after centring, so it is not centred.
    """

    name = "simpleshot"
    title = "Nearest average, after centring"
    sentence = (
        "First takes away what all the given examples have in common, so that only differences count, and gives every "
        "example the same weight. Then the nearest class average wins."
    )
    measure = "Squared distance to each class's average after centring, with a minus sign: the nearer to 0 the better."
    source = "Wang et al. 2019 (SimpleShot), section 3, centred by the mean of the labelled examples"

    def fit(self, support: np.ndarray, labels: np.ndarray) -> Predict:
        centre = middle(support)
        means = prototypes(unit(support - centre), labels)
        return lambda query: -squared_distances(unit(query - centre), means)
