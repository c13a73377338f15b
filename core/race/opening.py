"""Opening the final test: a finished run that never saw it answers it, once, and keeps the answers and the score."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import torch

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, make_split
from core.errors import RunError
from core.evaluation.score import score
from core.events import Event, FinalJudged, to_dict
from core.models.catalog import get_card, load_backbone
from core.models.embeddings import embed_dataset
from core.models.trained import TrainedModel
from core.runs.folder import RunFolder, ending
from core.training.answers import Answer, read_answers, write_answers
from core.training.recipe import Recipe
from core.workspace import Workspace


def open_test(
    run: RunFolder, entrant: int, dataset: Dataset, workspace: Workspace, stop: Callable[[], bool]
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
    answers = yield from _answers(run, dataset, split.test, workspace, stop)
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
    return FinalJudged(entrant, run.id, found, judged, "".join("1" if answer.right else "0" for answer in answers))


def _answers(
    run: RunFolder, dataset: Dataset, test: tuple[int, ...], workspace: Workspace, stop: Callable[[], bool]
) -> Generator[Event, None, list[Answer] | None]:
    """What the model says about the test examples, (n,) in order."""
    model, model_id = TrainedModel.load(run.path, workspace), f"run:{run.id}"
    vectors = yield from embed_dataset(
        dataset, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace, model.size,
        test, stop,
    )  # fmt: skip
    if vectors is None:
        return None
    with torch.inference_mode():
        rows = model.head(torch.from_numpy(vectors[list(test)])).softmax(1).tolist()
    return [
        Answer(dataset.examples[i].id, "test", dataset.examples[i].label,
               {label: round(p, 6) for label, p in zip(model.classes, row, strict=True)})
        for i, row in zip(test, rows, strict=True)
    ]  # fmt: skip
