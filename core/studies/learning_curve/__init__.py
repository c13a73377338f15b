"""How many examples does it take? Accuracy against examples per class, and what it forecasts."""

from __future__ import annotations

from collections.abc import Generator

from core.events import Event
from core.messages import Message
from core.studies.base import Context, Study
from core.studies.learning_curve.design import CurveDesign, plan
from core.studies.learning_curve.findings import findings, result
from core.studies.learning_curve.table import CurveTable


def _run(design: CurveDesign, context: Context) -> Generator[Event, None, bool]:
    from core.studies.learning_curve.run import run  # needs torch, which the server and the command line's help do not

    return run(design, context)


LEARNING_CURVE = Study(
    "learning_curve",
    verb="curve",
    title=Message("How many examples?"),
    question=Message("What each further example brings, and whether more of them are worth collecting."),
    help=Message("measure accuracy against examples per class, and say how many more it would take"),
    design=CurveDesign,
    plan=plan,
    run=_run,
    table=CurveTable,
    findings=findings,
    data=result,
)
