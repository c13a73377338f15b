"""What may be wrong with a data set, found before anyone trains on it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from core.data.dataset import Dataset
from core.data.findings import Finding, worst_first
from core.data.readers.items import Skip
from core.doctor.classes import few_examples, imbalance, label_twins
from core.doctor.copies import conflicting_labels, exact_duplicates, near_duplicates
from core.doctor.files import left_out, remarks
from core.events import Event, PhaseProgress
from core.workspace import Workspace

CHECKS: tuple[Callable[[Dataset], list[Finding]], ...] = (
    conflicting_labels, few_examples, imbalance, label_twins, exact_duplicates, near_duplicates,
)  # fmt: skip


def examine(
    dataset: Dataset,
    workspace: Workspace,
    *,
    skipped: Sequence[Skip] = (),
    notes: Sequence[str] = (),
    quick: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, list[Finding]]:
    """Everything found, worst first. Yields PhaseProgress("doctor", done, total); ends early once `stop` is true."""
    found = [*remarks(notes), *left_out(skipped)]
    for done, check in enumerate(CHECKS, start=1):
        if stop():
            break
        found.extend(check(dataset))
        yield PhaseProgress("doctor", done, len(CHECKS))
    return worst_first(found)
