"""`run(design, context)`: finished runs beside each other, evaluated again on other examples where that is asked.

Evaluated again means on examples that none of them was trained on: neither they, nor a copy, nor a near-copy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any

from core.data.dataset import Dataset
from core.data.duplicates import grouped, near_pairs
from core.data.samples import shown_title
from core.errors import DataError, RunError
from core.evaluation.answers import read_answers, write_answers
from core.events import Event
from core.messages import Message
from core.results.finished_run import FinishedRun, examples_learned_from
from core.results.score import best_rival
from core.runs.folder import RunFolder, list_jobs
from core.studies.base import Context, Stop
from core.studies.comparison.design import OWN, SHARED, ComparisonDesign, check_common, read_runs
from core.studies.comparison.naming import differences, names
from core.studies.events import RunEvaluated, RunsCompared, right_string
from core.workspace import Workspace

PART = "common"


def run(design: ComparisonDesign, context: Context) -> Generator[Event, None, bool]:
    """Compare finished runs by what they answered to the examples that evaluate them.

    Yields RunsCompared and a RunEvaluated for each, the best first, and progress; returns False when it was stopped.
    Where another dataset evaluates them, the answers are kept in the study's folder. RunError where they cannot be
    compared at all, DataError where that dataset cannot evaluate them.
    """
    workspace = context.workspace
    runs = read_runs(design.runs, workspace)
    common = _shared(runs)
    left_out: dict[str, int] = {}
    if design.on == SHARED:
        if not common:
            raise RunError(
                Message("No example evaluated all of these runs."), Message("Evaluate them again on another dataset.")
            )
    elif design.on != OWN:
        dataset = Dataset.load(design.on, workspace)
        check_common(dataset, runs)
        found = yield from common_examples(dataset, design.runs, workspace, context.stop)
        if found is None:
            return False
        if not (yield from _answer(dataset, found.indices, design.runs, context)):
            return False
        left_out = {"taught": found.trained, "near_copies": found.near}
    evaluated = as_evaluated(runs, design.on, context.folder)
    yield from _told(evaluated, design.on, common.total(), left_out, workspace)
    return True


def _told(
    runs: Sequence[FinishedRun], on: str, shared: int, left_out: dict[str, int], workspace: Workspace
) -> Iterator[Event]:
    scored = [(one, one.score) for one in runs if one.score is not None]
    scored.sort(key=lambda pair: (-pair[1].accuracy, pair[0].id))
    ranked = [one for one, _ in scored]
    same = all(one.evaluation_set == ranked[0].evaluation_set for one in ranked)
    found = differences(ranked, workspace)
    yield RunsCompared(on, same, shared, left_out, tuple(asdict(one) for one in found))
    numbers: dict[str, int] = {}
    for (one, score), name in zip(scored, names(ranked, found), strict=True):
        clusters = _clusters(one, on, workspace)
        examples = tuple(numbers.setdefault(cluster, len(numbers)) for cluster in clusters)
        right = right_string(answer.right for answer in one.aligned)
        yield RunEvaluated(
            one.id, one.title, name, score, examples, right, one.chosen, one.seconds, one.megabytes, one.parameters,
            best_rival(one.ended.rivals) if on == OWN else None,
        )  # fmt: skip


def _shared(runs: Sequence[FinishedRun]) -> Counter[tuple[str, str]]:
    """The examples that evaluated all of them, by id and label."""
    return reduce(Counter.__and__, (one.evaluation_set for one in runs))


def as_evaluated(runs: Sequence[FinishedRun], on: str, folder: RunFolder | None = None) -> list[FinishedRun]:
    """The runs as a comparison evaluates them: on their own examples, on those that evaluated all of them, or on those
    of another dataset, whose answers the `folder` of the study keeps."""
    if on == SHARED:
        common = _shared(runs)
        return [_only(one, common) for one in runs]
    if on == OWN or folder is None:
        return list(runs)
    return [one.evaluated_on(read_answers(folder.path, _file(one.id))) for one in runs]


def _only(one: FinishedRun, common: Counter[tuple[str, str]]) -> FinishedRun:
    """A run, evaluated on these examples alone."""
    left, kept = Counter(common), []
    for answer in one.aligned:
        key = answer.example, answer.truth
        if left[key]:
            left[key] -= 1
            kept.append(answer)
    return one.evaluated_on(kept)


def _clusters(one: FinishedRun, on: str, workspace: Workspace) -> list[str]:
    """For every answer the cluster of its example: copies and near-copies share it."""
    ids = [answer.example for answer in one.aligned]
    if on in (OWN, SHARED):
        return [one.record.cluster(example_id) for example_id in ids]
    dataset = Dataset.load(on, workspace)
    cluster = dict(zip((example.id for example in dataset.examples), dataset.clusters, strict=True))
    return [cluster[example_id] for example_id in ids]


# --- another dataset ---


@dataclass(frozen=True, slots=True)
class Common:
    """`indices` of the examples that may evaluate; of the rest `trained` trained a run, `near` are nearly copies."""

    indices: tuple[int, ...]
    trained: int
    near: int


def common_examples(
    dataset: Dataset, run_ids: Iterable[str], workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, Common | None]:
    """The examples of a dataset that none of the runs was trained on: neither them, nor a copy, nor a near-copy.

    Yields progress; None when stopped on the way. RunError where it cannot be told what a run was trained on, DataError
    where nothing is left.
    """
    trained = {example.id: example for run_id in run_ids for example in examples_learned_from(run_id, workspace)}
    # In one set, so that near-copies are found across sets too. Groups given in either still hold together.
    both = replace(dataset, examples=(*dataset.examples, *trained.values()))
    near = yield from near_pairs(both, workspace, stop)
    if near is None:
        return None
    n, clusters = len(dataset.examples), grouped(both, near.pairs).clusters
    tainted = set(clusters[n:])
    kept = tuple(i for i in range(n) if clusters[i] not in tainted)
    if not kept:
        raise DataError(
            Message(
                "On every example of '{dataset}' one of these runs was trained, or on one that it is nearly a copy of.",
                dataset=shown_title(dataset.title),
            ),
            Message("Choose a dataset with examples on which none of them was trained."),
        )
    same = sum(example.id in trained for example in dataset.examples)
    return Common(kept, same, n - len(kept) - same)


def _answer(
    dataset: Dataset, indices: tuple[int, ...], run_ids: Sequence[str], context: Context
) -> Generator[Event, None, bool]:
    """Let every run answer these examples; the answers are kept in the study's folder. False when stopped."""
    from core.results.reference import answers_on  # needs torch, which comparing finished answers does not

    for run_id in run_ids:
        answers = yield from answers_on(run_id, dataset, indices, PART, context.workspace, context.stop)
        if answers is None:
            return False
        write_answers(answers, context.kept.path, _file(run_id))
    return True


def earlier_studies(run_ids: Sequence[str], workspace: Workspace) -> list[RunFolder]:
    """The finished studies in which all of these runs answered another dataset, newest first."""
    return [folder for folder in list_jobs(workspace.studies) if _is_about(folder.about(), run_ids)]


def _is_about(about: dict[str, Any], run_ids: Sequence[str]) -> bool:
    request = about["request"]
    finished = request.get("study") == "comparison" and about["state"] == "completed"
    return finished and set(run_ids) <= set(request["design"]["runs"])


def _file(run_id: str) -> str:
    return f"{run_id}.jsonl"
