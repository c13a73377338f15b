"""Which examples a run learnt from, itself and the runs it started from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.duplicates import grouped, near_pairs
from core.data.splits import VALIDATION_SHARE, Split, make_split
from core.errors import DataError, RunError, UserError
from core.evaluation.answers import read_answers, write_answers
from core.events import Event
from core.models.catalogue import about_model
from core.results.finished_run import Judged
from core.runs.folder import RunFolder, ending, list_jobs
from core.training.spec.recipe import Recipe
from core.workspace import Workspace


def own_labels(run_id: str, workspace: Workspace) -> list[str]:
    """The labels of the examples that taught this run. RunError where that cannot be told."""
    dataset, split = _divided(RunFolder.find(run_id, workspace), workspace)
    return [dataset.examples[i].label for i in split.train]


def taught_by(run_id: str, workspace: Workspace) -> list[Example]:
    """Every example that taught the run or one it started from, or by which its best moment was picked.

    RunError where that cannot be told, because a set or a run of the chain was deleted.
    """
    found: dict[str, Example] = {}
    model_id = f"run:{run_id}"
    while model_id.startswith("run:"):
        run = RunFolder.find(model_id.removeprefix("run:"), workspace)
        dataset, split = _divided(run, workspace)
        ended = ending(run.events())
        picked = split.validation if ended and ended.chosen else ()
        found |= {dataset.examples[i].id: dataset.examples[i] for i in (*split.train, *picked)}
        model_id = about_model(run.id, workspace)["parent"]
    return list(found.values())


def _divided(run: RunFolder, workspace: Workspace) -> tuple[Dataset, Split]:
    try:
        dataset = Dataset.load(run.request["dataset"], workspace)
        recipe = Recipe.from_dict(run.request["recipe"])
        share = recipe.validation_share or VALIDATION_SHARE
        return dataset, make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots)
    except UserError as error:
        raise RunError(
            f"What taught the run '{run.id}' cannot be told any more: {error.problem}",
            "Only examples that it has surely not learnt from may judge it, so train it anew.",
        ) from error


# Runs that were judged on different examples, judged again on examples that none of them has learnt from.

KIND = "rescore"
"""The kind of the studies that keep what was said on a common set."""
PART = "common"
Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Common:
    """`indices` of the examples that may judge; of the rest, `taught` taught a run and `near` are nearly copies."""

    indices: tuple[int, ...]
    taught: int
    near: int


def check_common(dataset: Dataset, runs: Sequence[Judged]) -> None:
    """DataError where a set cannot judge these runs at all."""
    if dataset.modality != runs[0].modality:
        raise DataError(
            f"'{dataset.title}' holds {dataset.modality}s, but these runs know {runs[0].modality}s.",
            f"Choose a set of {runs[0].modality}s.",
        )
    strangers = [label for label in dataset.classes if label not in runs[0].classes]
    if strangers:
        raise DataError(
            f"'{dataset.title}' has classes that these runs do not know: {', '.join(map(repr, strangers[:5]))}.",
            f"Choose a set with their classes: {', '.join(runs[0].classes[:10])}.",
        )


def common_examples(
    dataset: Dataset, run_ids: Iterable[str], workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, Common | None]:
    """The examples of a set that none of the runs has learnt from: neither them, nor a copy, nor a near-copy.

    Yields progress; None when stopped on the way. RunError where it cannot be told what a run learnt from, DataError
    where nothing is left.
    """
    taught = {example.id: example for run_id in run_ids for example in taught_by(run_id, workspace)}
    # In one set, so that near-copies are found across sets too. Groups given in either still hold together.
    both = replace(dataset, examples=(*dataset.examples, *taught.values()))
    pairs = yield from near_pairs(both, workspace, stop)
    if pairs is None:
        return None
    n, clusters = len(dataset.examples), grouped(both, pairs).clusters
    tainted = set(clusters[n:])
    kept = tuple(i for i in range(n) if clusters[i] not in tainted)
    if not kept:
        raise DataError(
            f"Every example of '{dataset.title}' taught one of these runs, or is nearly a copy of one that did.",
            "Choose a set with examples that neither has seen.",
        )
    same = sum(example.id in taught for example in dataset.examples)
    return Common(kept, same, n - len(kept) - same)


def rescore(
    folder: Path, dataset: Dataset, run_ids: Sequence[str], workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, dict[str, Any] | None]:
    """Let every run answer the examples of `dataset` that may judge; the answers are kept in `folder`.

    Yields progress; gives how many judged (`n`) and how many were left out and why, None when stopped on the way.
    """
    from core.results.reference import answers_on

    common = yield from common_examples(dataset, run_ids, workspace, stop)
    if common is None:
        return None
    for run_id in run_ids:
        answers = yield from answers_on(run_id, dataset, common.indices, PART, workspace, stop)
        if answers is None:
            return None
        write_answers(answers, folder, _file(run_id))
    return {"n": len(common.indices), "taught": common.taught, "near_copies": common.near}


def rescored(folder: RunFolder, run: Judged, workspace: Workspace) -> Judged:
    """A run with the answers it gave on the common set kept in a study."""
    return run.on(read_answers(folder.path, _file(run.run)), own_labels(run.run, workspace))


def find_rescored(run_ids: Sequence[str], workspace: Workspace) -> list[RunFolder]:
    """The finished studies in which all of these runs were judged on one set, newest first."""
    return [folder for folder in list_jobs(workspace.studies) if _judges(folder.about(), run_ids)]


def _judges(about: dict[str, Any], run_ids: Sequence[str]) -> bool:
    return about["kind"] == KIND and about["state"] == "completed" and set(run_ids) <= set(about["request"]["runs"])


def _file(run_id: str) -> str:
    return f"{run_id}.jsonl"
