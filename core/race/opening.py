"""Opening the final test: a finished run that never saw it answers it, once, and keeps the answers and the score."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, make_split
from core.errors import RunError
from core.evaluation.score import score
from core.events import Event, FinalJudged, to_dict
from core.runs.folder import RunFolder, ending, list_runs
from core.training.answers import read_answers, write_answers
from core.training.asking import said_by
from core.training.recipe import Recipe
from core.workspace import Workspace


def open_test(
    run: RunFolder, entrant: int, dataset: Dataset, workspace: Workspace, stop: Callable[[], bool], seen_before: int = 0
) -> Generator[Event, None, FinalJudged | None]:
    """Judge `run` on the test part of `dataset`; None when stopped on the way. RunError for a run without a model.

    Yields progress. Afterwards the run says all that one says that was never sealed.
    """
    ended = ending(run.events())
    if ended is None:
        raise RunError(f"The run '{run.id}' is not finished.", "Race again.")
    recipe = Recipe.from_dict(run.request["recipe"])
    share = recipe.validation_share or VALIDATION_SHARE
    split = make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots)
    answers = yield from said_by(run.id, dataset, split.test, "test", workspace, stop)
    if answers is None:
        return None
    truths = [answer.truth for answer in answers]
    found = score([answer.label for answer in answers], truths, [dataset.examples[i].label for i in split.train])
    write_answers([*(one for one in read_answers(run.path) if one.part != "test"), *answers], run.path)
    said = replace(ended, test=found)
    run.append(said)
    run.end(said.reason, said.message, to_dict(said))
    first: dict[str, int] = {}
    judged = tuple(first.setdefault(dataset.clusters[i], i) for i in split.test)
    right = "".join("1" if answer.right else "0" for answer in answers)
    return FinalJudged(entrant, run.id, found, judged, right, seen_before)


def times_opened(dataset: Dataset, workspace: Workspace) -> int:
    """How many runs the test part of `dataset` has judged so far, in a race or not."""
    ends = [ending(run.events()) for run in list_runs(workspace) if run.request.get("dataset") == dataset.id]
    return sum(ended is not None and ended.test is not None for ended in ends)
