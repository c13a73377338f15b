"""How much an example is like anything a model was taught.

The mean of two cosines, as the model's head sees examples: with the nearest class mean, and with the three nearest
examples (Sun et al. 2022 use the k-th nearest). On left-out classes of six sets, and on
examples of other sets, it was better on average than the largest probability (Hendrycks & Gimpel 2017), the energy, and
either part alone (`benchmarks/new_class.py`).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

_NEIGHBOURS = 3


def likeness(x: Tensor, taught: Tensor, taught_of: Tensor, middle: Tensor) -> Tensor:
    """(n,) in [0, 1] for x (n, d) beside `taught` (m, d) of classes `taught_of` (m,) int64, m at least 1.

    All of them as `LinearHead.prepared` gives them, seen from their middle (d,); how far from it plays no part.
    """
    x, taught = F.normalize(x - middle, dim=1), F.normalize(taught - middle, dim=1)
    members = F.one_hot(taught_of.unique(return_inverse=True)[1]).to(taught.dtype)
    means = F.normalize(members.T @ taught, dim=1)
    to_examples = (x @ taught.T).topk(min(_NEIGHBOURS, len(taught)), dim=1).values.mean(1)
    to_classes = (x @ means.T).max(1).values
    return ((to_examples + to_classes) / 2).clamp(0, 1)
