"""Finished runs beside each other: what a comparison warrants, and what it does not."""

from __future__ import annotations

from core.messages import Message
from core.studies.base import Study
from core.studies.comparison.design import ComparisonDesign, plan
from core.studies.comparison.findings import findings, result
from core.studies.comparison.run import run
from core.studies.comparison.table import ComparisonTable

COMPARISON = Study(
    "comparison",
    verb="compare",
    title=Message("Compare"),
    question=Message("Which of some finished runs is better, and whether anybody can tell."),
    help=Message("compare finished runs on the same examples, and say whether one is better"),
    design=ComparisonDesign,
    plan=plan,
    run=run,
    table=ComparisonTable,
    findings=findings,
    data=result,
)
