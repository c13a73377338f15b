"""Several ways to train under the same seeds within a time budget, and a recommendation with its reason."""

from __future__ import annotations

from collections.abc import Generator

from core.events import Event
from core.messages import Message
from core.studies.base import Context, Study
from core.studies.benchmark.cost import plan
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.findings import findings, result
from core.studies.benchmark.table import BenchmarkTable


def _run(design: BenchmarkDesign, context: Context) -> Generator[Event, None, bool]:
    from core.studies.benchmark.run import run  # needs torch, which the server and the command line's help do not

    return run(design, context)


BENCHMARK = Study(
    "benchmark",
    verb="race",
    title=Message("Benchmark"),
    question=Message(
        "Several methods are trained on the same examples and evaluated on the same others, again and again. In "
        "the end one is recommended, and why."
    ),
    help=Message("compare methods on the same splits within a time, and recommend one"),
    design=BenchmarkDesign,
    plan=plan,
    run=_run,
    table=BenchmarkTable,
    findings=findings,
    data=result,
)
