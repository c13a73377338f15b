"""A class added to a finished head from a few examples, without training (Qi et al. 2018, "weight imprinting").

The new row points from the middle of the training examples to where the new ones lie, is as long as the learnt rows on
average, and gives the middle the mean of their logits. (Tuning moves the middle away from where the head has it; a row
that leaves that out swallows half of what the model knows.) Then it is lowered until it takes next to none of the
judging examples that were right. In trials with each class of six sets left out in turn, lowered rows were as good as
bare ones or better on all classes together, as good as a calibration by rehearsal with the known classes, which takes
more, and far ahead of a logistic regression solved anew, which hardly ever names a class of one example
(`benchmarks/new_class.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.head import LinearHead
from core.models.reference import Reference

MAY_TAKE = 0.05
"""The share of the judging examples that were right which a new class may take for itself."""

_A_LITTLE = 1e-3
"""A logit that equals another but for rounding must not win."""


def prototype(x: Tensor, middle: Tensor) -> Tensor:
    """The direction (d,) from the `middle` (d,) to the mean of some examples x (m, d), each counting the same."""
    return F.normalize(F.normalize(x - middle, dim=1).mean(0), dim=0)


def imprinted(head: LinearHead, added: Sequence[Tensor], reference: Reference | None) -> LinearHead:
    """`head` with a row more for each of the `added` classes, given as embeddings (m, d) of its examples.

    The rows of the known classes stay as they are. Without a `reference` the middle of the training examples is taken
    to be where the head has it, and new rows are not lowered.
    """
    if not added:
        return head
    known, dimension = head.weight.shape
    middle = torch.zeros(dimension) if reference is None else reference.middle
    with torch.no_grad():
        prototypes = torch.stack([prototype(head.prepared(embeddings), middle) for embeddings in added])
        rows = head.weight.norm(dim=1).mean() * prototypes
        biases = F.linear(middle, head.weight, head.bias).mean() - rows @ middle
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
    if not right.any():
        return torch.zeros(len(rows))
    ahead = logits.max(1).values[right, None] - F.linear(reference.judged, rows, biases)[right]
    may_take = int(MAY_TAKE * len(ahead))
    return (ahead.sort(dim=0).values[may_take] - _A_LITTLE).clamp(max=0)
