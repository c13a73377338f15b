"""Ways to answer from a few examples. Each is one short file; adding one means adding it to this list.

Nothing here imports more than NumPy until a method is used, so that pages and the command line can describe them.
"""

from __future__ import annotations

from core.fewshot.methods.base import Method
from core.fewshot.methods.finetune import FineTune
from core.fewshot.methods.logistic import Logistic
from core.fewshot.methods.matching import Matching
from core.fewshot.methods.nearest import Nearest, NearestEuclidean
from core.fewshot.methods.siamese import Siamese
from core.fewshot.methods.simpleshot import SimpleShot
from core.fewshot.methods.transductive import Transductive

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Nearest(), NearestEuclidean(), SimpleShot(), Matching(), Siamese(), Logistic(), FineTune(), Transductive(),
    )
}  # fmt: skip
"""In the order in which they are offered."""
