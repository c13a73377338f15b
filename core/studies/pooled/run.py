"""`run(design, context)`: everybody's models, then that of each giver alone, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np

from core.events import Event, Progress
from core.studies.base import Context
from core.studies.events import GiverAnswered, GiversDivided, right_string
from core.studies.pooled.design import PooledDesign, checked, split_of
from core.studies.training import train_on


def run(design: PooledDesign, context: Context) -> Generator[Event, None, bool]:
    """Train a model on everybody's examples for each group of givers, and test it on this group; then one on the
    examples of each giver alone, and test it on all other groups.

    Yields GiversDivided, GiverAnswered for each giver whom a model is tested on, and progress; returns False when it
    was stopped. DataError, ModelError and RecipeError are raised before the first event.
    """
    card, givers = checked(context.dataset, design, context.workspace)
    recipe, dataset, everybody = design.recipe(card), givers.dataset, list(givers.examples)
    at = {label: i for i, label in enumerate(dataset.classes)}
    truth = np.array([at[example.label] for example in dataset.examples])
    trainings = [
        ("", [one for one in everybody if givers.group[one] != number],
         [one for one in everybody if givers.group[one] == number])
        for number in range(givers.groups)
    ]  # fmt: skip
    trainings += [(giver, [giver], givers.asked(giver)) for giver in givers.alone]
    groups = tuple(tuple(one for one in everybody if givers.group[one] == number) for number in range(givers.groups))
    yield GiversDivided(groups, givers.alone, givers.left_out, dataset.classes)
    began = time.perf_counter()
    for done, (name, learnt, tested) in enumerate(trainings, 1):
        split = split_of(givers, learnt, tested)
        found = yield from train_on(dataset, split, recipe, card, context.workspace, context.stop)
        if found is None:
            return False
        predicted = found[1].evaluate(split.test).probabilities.argmax(1).cpu().numpy()
        right = dict(zip(split.test, predicted == truth[list(split.test)], strict=True))
        seconds = round(time.perf_counter() - began, 3)
        for giver in tested:
            own = [right[i] for i in givers.examples[giver]]
            yield GiverAnswered(name, giver, right_string(own), len(split.train), seconds)
        yield Progress("ways", done, len(trainings))
    return True
