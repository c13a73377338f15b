"""The examination: every check in turn, the worst findings first."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from core.data.dataset import Dataset
from core.data.duplicates import look_at, near_pairs
from core.data.findings import Finding, worst_first
from core.data.readers.reading import Skip
from core.doctor.blank import blank
from core.doctor.blurred import blurred
from core.doctor.case import Case
from core.doctor.conflicting_labels import conflicting_labels
from core.doctor.dark import dark
from core.doctor.exact_duplicates import exact_duplicates
from core.doctor.few_examples import few_examples
from core.doctor.imbalance import imbalance
from core.doctor.label_twins import label_twins
from core.doctor.left_out import reading, unreadable
from core.doctor.long_text import long_text
from core.doctor.near_duplicates import near_duplicates
from core.doctor.same_mark import same_mark
from core.doctor.short_text import empty_text, short_text
from core.doctor.shortcut import shortcut
from core.doctor.tiny import tiny
from core.doctor.wrong_labels import wrong_labels
from core.events import Event, PhaseProgress
from core.modalities.image.looks import Looks
from core.models.card import ModelCard
from core.models.catalog import default_model, get_card
from core.workspace import Workspace

CHECKS: tuple[Callable[[Case], list[Finding]], ...] = (
    conflicting_labels, few_examples, same_mark, shortcut, label_twins, near_duplicates, exact_duplicates, blank,
    empty_text, imbalance, blurred, dark, tiny, short_text, long_text, unreadable, reading,
)  # fmt: skip
"""In the order in which findings of one severity are told."""


def examine(
    dataset: Dataset,
    workspace: Workspace,
    model_id: str | None = None,
    skipped: Sequence[Skip] = (),
    notes: Sequence[str] = (),
    stop: Callable[[], bool] = lambda: False,
    *,
    quick: bool = False,
) -> Generator[Event, None, list[Finding]]:
    """Everything found, worst first. Yields progress; once `stop` is true it ends with what was found so far.

    `model_id` is the model the set is to be learnt with (else the first choice for its kind): it decides what is too
    long, and its embeddings which labels look wrong. `quick` leaves the embeddings out.
    """
    if not dataset.examples:
        return []
    looks = None
    if dataset.modality == "image":
        seen = yield from look_at(dataset, workspace, stop)
        if seen is None:
            return []
        looks = Looks(seen)
    pairs = yield from near_pairs(dataset, workspace, stop)
    if pairs is None:
        return []
    card = _card(dataset, workspace, model_id)
    case = Case(dataset, workspace, card, looks, tuple(pairs), tuple(skipped), tuple(notes))
    total = len(CHECKS) + (not quick)
    found: list[Finding] = []
    for done, check in enumerate(CHECKS, start=1):
        if stop():
            return worst_first(found)
        found += check(case)
        yield PhaseProgress("doctor", done, total)
    if not quick:
        found = [*(yield from wrong_labels(case, stop)), *found]
        yield PhaseProgress("doctor", total, total)
    return worst_first(found)


def _card(dataset: Dataset, workspace: Workspace, model_id: str | None) -> ModelCard:
    card = get_card(model_id or default_model(dataset.modality), workspace)
    return card if card.modality == dataset.modality else get_card(default_model(dataset.modality), workspace)
