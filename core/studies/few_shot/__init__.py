"""Learning from very few examples: episodes, and ways to answer in them without training a network."""

from __future__ import annotations

from collections.abc import Generator

from core.events import Event
from core.messages import Message
from core.studies.base import Context, Study
from core.studies.few_shot.design import FewShotDesign, plan
from core.studies.few_shot.findings import findings
from core.studies.few_shot.table import FewShotTable


def _run(design: FewShotDesign, context: Context) -> Generator[Event, None, bool]:
    from core.studies.few_shot.run import run  # needs torch, which the server and the command line's help do not

    return run(design, context)


FEW_SHOT = Study(
    "few_shot",
    verb="fewshot",
    title=Message("Few-shot lab"),
    question=Message(
        "An episode takes a few classes, shows the model a few examples of each, and then has it classify others. "
        "Nothing is trained beforehand. Many episodes show what it can do on average."
    ),
    help=Message("try a model on episodes of very few examples"),
    design=FewShotDesign,
    plan=plan,
    run=_run,
    table=FewShotTable,
    findings=findings,
)
