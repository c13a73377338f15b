"""Pretraining by guessing what is hidden: the one stage that learns from examples without a class.

What is held back is not among them: neither a validation or test example, nor a copy of one that has no class. So a
score is that on rows which the network has not met in any way.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.events import Event, HiddenGuessed, Progress
from core.modalities.base import Payload
from core.models.backbone import tensors
from core.training.engine.context import TrainingContext
from core.training.engine.device import seed_step
from core.training.engine.fit import warmup_cosine
from core.training.spec.estimate import MOST_UNLABELLED

_BATCH = 64
_RATE = 3e-3
_WARMUP = 0.1
_CLIP_NORM = 1.0


@dataclass(frozen=True)
class Rows:
    """The training examples themselves and after them `unlabelled` ones that have no class."""

    payloads: Sequence[Payload]
    unlabelled: int


def rows_to_learn_from(context: TrainingContext) -> Rows:
    """Everything that may be learnt from without a class."""
    chosen, rest = context.unlabelled(MOST_UNLABELLED), context.dataset.without_classes
    return Rows([*context.training_payloads(), *(rest.payload(i) for i in chosen)], len(chosen))


def guess_hidden(context: TrainingContext, rows: Rows) -> Generator[Event, None, bool]:
    """Train the context's backbone to guess what is hidden of these; False when stopped on the way."""
    backbone, config, n = context.backbone, context.config, len(rows.payloads)
    guesser = backbone.guesser()
    assert guesser is not None, "the strategy suits networks that can guess"
    guesser.to(context.device).train()
    batch = tensors(context.dataset.kind.batch(rows.payloads, backbone.spec(context.size)), context.device)
    parts = next(iter(batch.values())).shape[1]
    optimiser = torch.optim.AdamW(guesser.parameters(), lr=_RATE, weight_decay=config.weight_decay)
    steps = -(-n // _BATCH)
    total = steps * config.masked_epochs
    for epoch in range(1, config.masked_epochs + 1 if parts else 1):
        rng = np.random.default_rng([config.seed, epoch, 12])
        loss_sum = 0.0
        for step, chosen in enumerate(np.array_split(rng.permutation(n), steps)):
            if context.interruption():
                return False
            seed_step(context.device, int(rng.integers(2**31)))  # for dropout
            hidden = torch.from_numpy(rng.random((len(chosen), parts)) < config.masked_share).to(context.device)
            for group in optimiser.param_groups:
                group["lr"] = _RATE * warmup_cosine((epoch - 1) * steps + step, total, round(_WARMUP * total))
            loss = guesser(hidden, **{name: values[chosen] for name, values in batch.items()})
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(guesser.parameters(), _CLIP_NORM)
            optimiser.step()
            loss_sum += float(loss.detach()) * len(chosen)
        yield Progress("guess", epoch, config.masked_epochs)
        yield HiddenGuessed(epoch, config.masked_epochs, loss_sum / n, n, rows.unlabelled, context.seconds)
    return True
