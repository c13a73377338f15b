"""Alone or together? A model of one giver's examples against one of everybody's, on examples by somebody new."""

from __future__ import annotations

from collections.abc import Generator

from core.events import Event
from core.messages import Message
from core.studies.base import Context, Study
from core.studies.pooled.design import PooledDesign, plan
from core.studies.pooled.findings import findings
from core.studies.pooled.table import PooledTable


def _run(design: PooledDesign, context: Context) -> Generator[Event, None, bool]:
    from core.studies.pooled.run import run  # needs torch, which the server and the command line's help do not

    return run(design, context)


POOLED = Study(
    "pooled",
    verb="pooled",
    title=Message("Alone or together?"),
    question=Message(
        "The examples of each giver (a student, a speaker) alone, or those of everybody together: which model is "
        "better with examples by somebody whom it has never met?"
    ),
    help=Message("compare models of each giver's examples alone with one of everybody's, on examples of other givers"),
    design=PooledDesign,
    plan=plan,
    run=_run,
    table=PooledTable,
    findings=findings,
    names_givers=True,
)
