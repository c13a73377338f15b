"""Jobs that train a model, or get ready to."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, replace

from core.data.dataset import Dataset
from core.evaluation.answers import OUT_OF_FOLD, write_answers
from core.events import Event, JobEnded, RunEnded, RunStarted, Searched
from core.jobs.base import Stop
from core.messages import Message
from core.results.record import write_split
from core.runs.folder import RunFolder
from core.runs.made_with import note_made_with
from core.training.spec.plan import Plan, make_plan
from core.training.spec.recipe import Recipe
from core.workspace import Workspace


def train(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Train `recipe` on `dataset`, or go on with it; leaves the model and its answers in the folder.

    Until it is over the folder holds a checkpoint, from which a run that was paused or killed goes on, under the plan
    that it began with.
    """
    from core.training.engine import train as training
    from core.training.engine.checkpoint import Checkpoint
    from core.training.engine.device import device_name
    from core.training.engine.history import History, write_history

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    recipe, history = Recipe.from_dict(request["recipe"]), History()
    stream = training.train(
        dataset, recipe, workspace, plan=_plan_before(folder, dataset, workspace), run=folder.id, title=folder.title,
        stop=stop, pause=folder.pause_requested, checkpoint=Checkpoint(folder.checkpoint), history=history,
        sealed=request.get("sealed", False),
    )  # fmt: skip
    end: RunEnded | None = None
    while True:
        try:
            event = next(stream)
        except StopIteration as finished:
            result = finished.value
            break
        if isinstance(event, RunEnded):
            end = event  # said only when the model is safely on disk
            continue
        if isinstance(event, Searched):  # whoever goes on with it, or looks at it, need not search again
            folder.settle(event.recipe)
        yield event
    if result:
        note_made_with(folder.path, device_name(recipe.device or "auto"))
        write_answers(result.answers, folder.path)
        write_split(result.split, dataset, folder.path)
        write_history(history, folder.path)
        if result.out_of_fold:
            write_answers(result.out_of_fold, folder.path, OUT_OF_FOLD)
        result.model.save(folder.path)  # last: a run that has a model has everything
    assert end is not None
    yield end


def _plan_before(folder: RunFolder, dataset: Dataset, workspace: Workspace) -> Plan | None:
    """The plan of a run that has begun."""
    began = next((event for event in folder.events() if isinstance(event, RunStarted)), None)
    if began is None:
        return None
    return replace(make_plan(dataset, Recipe.from_dict(began.recipe), workspace), why=began.why)


def find_rate(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Try learning rates for `recipe` on `dataset`. Result: the curve (`rates`, `losses`) and a `suggestion`."""
    from core.training.engine.rate_finder import find_rate as finding

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    found = yield from finding(dataset, Recipe.from_dict(request["recipe"]), workspace, stop)
    if found is None:
        yield JobEnded("stopped", Message("Looking for a learning rate was stopped."))
    else:
        yield JobEnded("completed", result=asdict(found))


def measure(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Find out how fast `model` is on this machine. Result: its id and how many examples a second it embeds."""
    from core.training.engine.measure import measure as measuring

    model = folder.request["model"]
    speed = yield from measuring(model, workspace, stop)
    if speed is None:
        yield JobEnded("stopped", Message("Timing the model was stopped."))
    else:
        yield JobEnded("completed", result={"model": model, "examples_per_second": speed})
