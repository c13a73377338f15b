"""Which finished runs are compared, on what, and which of them can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

from core.data.dataset import Dataset
from core.data.samples import shown_title
from core.data.versions import latest_versions
from core.errors import DataError, RunError
from core.evaluation.answers import JUDGED, read_answers
from core.messages import Message, counted
from core.modalities import get_modality
from core.results.finished_run import FinishedRun, has_model
from core.runs.folder import RunFolder, list_runs
from core.storage import damage
from core.studies.base import Design, Plan
from core.studies.benchmark.candidates import stands_alone
from core.workspace import Workspace

FEWEST_SHARED = 10
"""On fewer examples in common a comparison says next to nothing."""
MOST_RUNS = 8
OWN, SHARED = "own", "shared"
_MOST_LOOKED_AT = 20


@dataclass(frozen=True)
class ComparisonDesign(Design):
    """`runs` compared by the examples that evaluated each ("own"), those that evaluated all ("shared"), or the examples
    of another dataset, by its id, on which none of them was trained."""

    REFUSAL: ClassVar[Message] = Message("These runs cannot be compared.")

    runs: tuple[str, ...] = ()
    on: str = OWN

    def problems(self) -> Iterator[Message]:
        if not 2 <= len(set(self.runs)) <= MOST_RUNS:
            yield Message(
                "A comparison takes 2 to {most} different runs, not {n}.", most=MOST_RUNS, n=len(set(self.runs))
            )

    def title(self) -> Message:
        return counted("{n} run", "{n} runs", n=len(self.runs))


def read_runs(run_ids: Sequence[str], workspace: Workspace) -> list[FinishedRun]:
    """The runs with these ids, each once. RunError where they cannot be compared at all, and why."""
    runs = [FinishedRun.open(run_id, workspace) for run_id in dict.fromkeys(run_ids)]
    for run in runs:
        if run.score is None or not run.answers:
            raise RunError(
                Message("The run '{id}' has no validation set, so there is no score to compare.", id=run.id),
                Message("Train it on a dataset with enough examples for a validation set."),
            )
    first = runs[0]
    for run in runs[1:]:
        if run.modality != first.modality:
            raise RunError(
                Message(
                    "The run '{first}' is about {kind} and '{second}' about {other}, so nothing can evaluate both.",
                    first=first.id, second=run.id, kind=get_modality(first.modality).many,
                    other=get_modality(run.modality).many,
                ),
                Message("Compare runs on one kind of example."),
            )  # fmt: skip
        if set(run.classes) != set(first.classes):
            raise RunError(
                Message(
                    "The runs '{first}' and '{second}' tell apart different classes ({classes}; {others}), so their "
                    "scores answer different questions.", first=first.id, second=run.id, classes=_few(first.classes),
                    others=_few(run.classes),
                ),
                Message("Compare runs that learnt the same classes."),
            )  # fmt: skip
    return runs


def plan(design: ComparisonDesign, dataset: Dataset | None, workspace: Workspace) -> Plan:
    """What will happen. RunError where the runs cannot be compared, DataError where `dataset` cannot evaluate them."""
    runs = read_runs(design.runs, workspace)
    if dataset is not None:
        check_common(dataset, runs)
    return Plan(design.title())


def check_common(dataset: Dataset, runs: Sequence[FinishedRun]) -> None:
    """DataError where a dataset cannot evaluate these runs at all."""
    first = runs[0]
    if dataset.modality != first.modality:
        raise DataError(
            Message(
                "'{dataset}' holds another kind of example than these runs know.", dataset=shown_title(dataset.title)
            ),
            Message("Choose a dataset of {kind}.", kind=get_modality(first.modality).many),
        )
    strangers = [label for label in dataset.classes if label not in first.classes]
    if strangers:
        raise DataError(
            Message("'{dataset}' has classes that these runs do not know: {classes}.",
                    dataset=shown_title(dataset.title), classes=_few(strangers)),
            Message("Choose a dataset with their classes: {classes}.", classes=_few(first.classes, 10)),
        )  # fmt: skip


def common_sets(runs: Sequence[FinishedRun], workspace: Workspace) -> list[tuple[str, str]]:
    """(id, title) of the kept datasets that could evaluate these runs again, newest first.

    Where all were trained on one, it is none of them: of that, only the examples that evaluated them all could.
    """
    fits = []
    own = {run.dataset_id for run in runs}
    for dataset_id, about in latest_versions(workspace):
        known = about["modality"] == runs[0].modality and set(about["counts"]) <= set(runs[0].classes)
        if known and own != {dataset_id}:
            fits.append((dataset_id, about["title"]))
    return fits


def _few(classes: Sequence[str], most: int = 4) -> Message:
    if len(classes) <= most:
        return Message("{classes:list}", classes=list(classes))
    return Message("{classes:list} and others", classes=list(classes[:most]))


# --- which runs there are to compare, and which of them belong together ---


def comparable_runs(workspace: Workspace) -> list[RunFolder]:
    """Every finished run that was evaluated and that a person asked for, newest first."""
    return [run for run in list_runs(workspace) if is_evaluated(run) and stands_alone(run, workspace)]


def is_evaluated(run: RunFolder) -> bool:
    result = run.about().get("result") or {}
    whole = has_model(run) and damage(run.path / JUDGED) is None
    return whole and bool(result.get("test") or result.get("validation"))


def partner_of(run: RunFolder, others: Sequence[RunFolder]) -> RunFolder | None:
    """The newest of the others that was trained on the same dataset and evaluated on the same examples."""
    asked, mine = run.request["dataset"], _examples(run)
    if mine is None:
        return None
    same_set = [other for other in others if other.id != run.id and other.request["dataset"] == asked]
    return next((other for other in same_set[:_MOST_LOOKED_AT] if _examples(other) == mine), None)


def usual_pair(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """The two newest that were evaluated on the same examples, else that tell the same classes apart, else the newest
    alone: what answers different questions cannot be compared."""
    recent = runs[:_MOST_LOOKED_AT]
    for run in recent:
        if partner := partner_of(run, runs):
            return [run, partner]
    classes = {run.id: {truth for *_, truth in _examples(run) or ()} for run in recent}
    for one, other in combinations(recent, 2):
        if classes[one.id] and classes[one.id] == classes[other.id]:
            return [one, other]
    return list(runs[:1])


def _examples(run: RunFolder) -> list[tuple[str, str, str]] | None:
    """What it was evaluated on; None where that is not known, since its answers are damaged."""
    try:
        return sorted((answer.part, answer.example, answer.truth) for answer in read_answers(run.path))
    except RunError:
        return None
