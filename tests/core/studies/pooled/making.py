"""Datasets with givers, and comparisons that never happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.data.dataset import Dataset
from core.events import Event
from core.studies.events import GiverAnswered, GiversDivided, right_string


def given_by(dataset: Dataset, givers: Sequence[str]) -> Dataset:
    """The same examples, dealt to givers in turn."""
    dealt = (replace(one, source=givers[i % len(givers)]) for i, one in enumerate(dataset.examples))
    return replace(dataset, examples=tuple(dealt))


def answers(alone: float, together: float, givers: int = 8, each: int = 40, seed: int = 0) -> list[Event]:
    """Models that are right with these probabilities, a little different from giver to giver."""
    rng, names = np.random.default_rng(seed), [f"giver {n}" for n in range(givers)]
    made: list[Event] = [GiversDivided(tuple((name,) for name in names), tuple(names), (), ("a", "b"))]
    for learnt in ("", *names):
        share = (alone if learnt else together) + rng.normal(0, 0.03)
        for tested in names:
            if tested != learnt:
                made.append(GiverAnswered(learnt, tested, right_string(rng.random(each) < share), each, 1.0))
    return made
