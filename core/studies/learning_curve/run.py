"""`run(design, context)`: accuracy against examples per class, as a stream of events."""

from __future__ import annotations

from collections.abc import Generator

from core.data.splits import Split
from core.events import Event
from core.studies.base import Context
from core.studies.learning_curve.design import CurveDesign, checked
from core.studies.splits import Recorder
from core.studies.training import train_on


def run(design: CurveDesign, context: Context) -> Generator[Event, None, bool]:
    """Train every strategy with 1, 2, 5, 10, ... examples of each class, split after split.

    Yields SplitDrawn and MethodEvaluated (method: the strategy), and progress; returns False when it was stopped.
    DataError, ModelError and RecipeError are raised before the first event.
    """
    dataset = context.dataset
    card, series = checked(dataset, design, context.workspace)
    at = {label: i for i, label in enumerate(dataset.classes)}
    recorder = Recorder(dataset, len(series) * len(series[0]) * len(design.strategies))
    for number, splits in enumerate(series):
        for shots, split in splits.items():
            yield recorder.drawn(number, shots, split)
            for strategy in design.strategies:
                recipe = design.recipe(strategy, card, design.seed + number)
                unwatched = Split(split.train, (), split.validation, split.reason)
                found = yield from train_on(dataset, unwatched, recipe, card, context.workspace, context.stop)
                if found is None:
                    return False
                predicted = found[1].evaluate(split.validation).probabilities.argmax(1).cpu().numpy()
                truth = [at[dataset.examples[i].label] for i in split.validation]
                yield from recorder.evaluated(number, shots, strategy, predicted == truth)
    return True
