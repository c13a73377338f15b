"""Which finished runs there are to compare, and which of them belong together."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluation.answers import Answer, read_answers
from core.runs.folder import RunFolder, list_runs
from core.studies.benchmark.candidates import stands_alone
from core.workspace import Workspace

_MOST_LOOKED_AT = 20


def comparable_runs(workspace: Workspace) -> list[RunFolder]:
    """Every finished run that was judged and that a person asked for, newest first."""
    return [run for run in list_runs(workspace) if is_judged(run) and stands_alone(run, workspace)]


def is_judged(run: RunFolder) -> bool:
    result = run.about().get("result") or {}
    return (run.path / "model.json").exists() and bool(result.get("test") or result.get("validation"))


def partner_of(run: RunFolder, others: Sequence[RunFolder]) -> RunFolder | None:
    """The newest of the others that learnt from the same set and was judged on the same examples."""
    asked, mine = run.request["dataset"], _judges(run)
    same_set = [other for other in others if other.id != run.id and other.request["dataset"] == asked]
    return next((other for other in same_set[:_MOST_LOOKED_AT] if _judges(other) == mine), None)


def usual_pair(runs: Sequence[RunFolder]) -> list[RunFolder]:
    """The two newest that were judged on the same examples, else the two newest."""
    for run in runs[:_MOST_LOOKED_AT]:
        if partner := partner_of(run, runs):
            return [run, partner]
    return list(runs[:2])


def _judges(run: RunFolder) -> list[tuple[str, str, str]]:
    answers: list[Answer] = read_answers(run.path)
    return sorted((answer.part, answer.example, answer.truth) for answer in answers)
