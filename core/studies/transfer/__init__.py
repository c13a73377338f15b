"""What did the work: the pretraining, or the way the examples were used? Every claim is paired over random splits."""

from __future__ import annotations

from collections.abc import Generator

from core.events import Event
from core.messages import Message
from core.studies.base import Context, Study
from core.studies.transfer.design import TransferDesign, plan
from core.studies.transfer.findings import findings
from core.studies.transfer.table import TransferTable


def _run(design: TransferDesign, context: Context) -> Generator[Event, None, bool]:
    from core.studies.transfer.run import run  # needs torch, which the server and the command line's help do not

    return run(design, context)


TRANSFER = Study(
    "transfer",
    verb="experiment",
    title=Message("What made the difference?"),
    question=Message(
        "The same network is trained on your classes twice: from scratch, and from its pretrained weights. Each is "
        "done once as it is, and once getting more out of the same few examples (an ablation). So one sees which "
        "of the two helped, and how much."
    ),
    help=Message("measure what made the difference: the pretraining, or how the data are used"),
    design=TransferDesign,
    plan=plan,
    run=_run,
    table=TransferTable,
    findings=findings,
)
