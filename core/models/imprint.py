"""A class added to a finished head from a few examples, without training (Qi et al. 2018, "weight imprinting").

The new row points where the examples lie: a p, where p is the direction of their mean and a the mean length of the
rows that were learnt, with the mean of their biases. Left alone such a row may swallow what the model knows, so it is
lowered until it takes next to none of the judging examples that were right. Measured in `benchmarks/` with each class
of six sets left out in turn: better on all classes together than the bare row, a calibration by rehearsal, the nearest
mean, and a logistic regression solved anew (which hardly ever names a class of one example).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.head import LinearHead
from core.models.reference import Reference

MAY_TAKE = 0.05
"""The share of the judging examples that were right which a new class may take for itself; one is always allowed."""

_A_LITTLE = 1e-3
"""A logit that equals another but for rounding must not win."""


def prototype(head: LinearHead, embeddings: Tensor) -> Tensor:
    """The direction (d,) of the mean of some examples (m, d), as the head sees them, each counting the same."""
    return F.normalize(F.normalize(head.prepared(embeddings), dim=1).mean(0), dim=0)


def imprinted(head: LinearHead, added: Sequence[Tensor], reference: Reference | None) -> LinearHead:
    """`head` with a row more for each of the `added` classes, given as embeddings (m, d) of its examples.

    The rows of the known classes stay as they are. Without a `reference` the new rows are not lowered.
    """
    if not added:
        return head
    prototypes = torch.stack([prototype(head, embeddings) for embeddings in added])
    known, dimension = head.weight.shape
    rows = head.weight.norm(dim=1).mean() * prototypes
    biases = head.bias.mean().expand(len(added)).clone()
    if reference is not None:
        biases += _lowered(head, rows, biases, reference)
    made = LinearHead(dimension, known + len(added), normalise=head.normalise)
    weight, bias = torch.cat([head.weight, rows]), torch.cat([head.bias, biases])
    made.load_state_dict({**head.state_dict(), "weight": weight, "bias": bias})
    return made.eval()


def _lowered(head: LinearHead, rows: Tensor, biases: Tensor, reference: Reference) -> Tensor:
    """By how much each new row must go down (at most 0) so that it takes no more than it may, (classes,)."""
    logits = F.linear(reference.judged, head.weight, head.bias)
    right = logits.argmax(1) == reference.judged_of
    may_take = max(1, int(MAY_TAKE * int(right.sum())))
    if may_take >= int(right.sum()):
        return torch.zeros(len(rows))
    ahead = logits.max(1).values[right, None] - F.linear(reference.judged, rows, biases)[right]
    return (ahead.sort(dim=0).values[may_take] - _A_LITTLE).clamp(max=0)
