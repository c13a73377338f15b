"""Ways to answer from a few examples. Each is one short file; adding one means adding it to this list.

Nothing here imports more than NumPy until a method is used, so that pages and the command line can describe them.
"""

from __future__ import annotations

from core.studies.few_shot.methods.averages import Nearest, NearestEuclidean, SimpleShot, Transductive
from core.studies.few_shot.methods.base import Method
from core.studies.few_shot.methods.linear import FineTune, Logistic
from core.studies.few_shot.methods.pairs import Matching, Siamese

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Nearest(), NearestEuclidean(), SimpleShot(), Matching(), Siamese(), Logistic(), FineTune(), Transductive(),
    )
}  # fmt: skip
"""In the order in which they are offered."""
