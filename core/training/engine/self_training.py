"""Self-training of a last layer: its surest answers about examples without a class become examples (Yarowsky 1995;
Lee 2013).

Half of what is answered with a class, and no more than half of its even share of all, the surest first: then a class
that the layer prefers does not take over. All of them together count half as much as the labelled ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.models.head import LinearHead
from core.training.engine.heads import solve

MOST = 2000
"""So many examples without a class are enough."""
_ROUNDS = 3
_SUREST = 0.5
_WEIGHT = 0.5


def self_train(head: LinearHead, embeddings: Tensor, shares: Tensor, unlabelled: Tensor, regularisation: float) -> None:
    """Solve a `head` that is solved for the labelled `embeddings` (n, d) anew, with `unlabelled` ones (m, d) too.

    `shares` (n, classes) as in `heads.solve`.
    """
    n, classes = shares.shape
    for _ in range(_ROUNDS):
        with torch.inference_mode():
            sure, answers = head(unlabelled).softmax(1).max(1)
        chosen = surest(sure, answers, classes)
        if not len(chosen):
            return
        guessed = torch.nn.functional.one_hot(answers[chosen], classes).to(shares) * (_WEIGHT / len(chosen))
        together = torch.cat([shares, guessed]) / (1 + _WEIGHT)
        everything = torch.cat([embeddings, unlabelled[chosen]])
        # The penalty is divided by the number of examples; it is to be that of the labelled ones.
        solve(head, everything, together, regularisation * len(everything) / n)


def surest(sure: Tensor, answers: Tensor, classes: int) -> Tensor:
    """Of answers (m,) with their probabilities `sure` (m,) the indices of those to learn from."""
    found = []
    for label in range(classes):
        own = (answers == label).nonzero().flatten()
        most = -(-min(len(own), len(answers) / classes) * _SUREST // 1)
        found.append(own[sure[own].argsort(descending=True, stable=True)[: int(most)]])
    return torch.cat(found)
