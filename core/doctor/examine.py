"""The examination: every check of the table in turn, the worst findings first."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace

from core.data.dataset import Dataset
from core.data.duplicates import look_at, near_pairs
from core.data.findings import Finding, worst_first
from core.data.readers.reading import Skip
from core.doctor.case import Case
from core.doctor.class_names import label_twins, numbered_classes
from core.doctor.columns import (
    gives_away,
    groups,
    mixed_dates,
    mixed_numbers,
    mostly_missing,
    one_value,
    unused_columns,
)
from core.doctor.copies import conflicting_labels, exact_duplicates, near_duplicates
from core.doctor.counts import damaged, few_examples, imbalance, reading, unreadable
from core.doctor.labels import wrong_labels
from core.doctor.languages import languages
from core.doctor.origins import own_speaker
from core.doctor.pictures import blank, blurred, dark, placeholders, tiny
from core.doctor.shortcuts import same_mark, shortcut
from core.doctor.sounds import clipped, odd_length, short_sound, silent
from core.doctor.stand_ins import stand_ins
from core.doctor.templates import templates
from core.doctor.texts import empty_text, long_text, short_text
from core.events import Event, Progress
from core.messages import Message
from core.models.card import ModelCard
from core.models.catalogue import get_card, usual_model
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `find` yields what it finds in a case, and, if that takes long, how far it has come.

    It is made for every kind of example, or for those only that are known by the given `traits` (see
    `Modality.traits`). One that is not `quick` embeds examples.
    """

    id: str
    find: Callable[[Case], Iterable[Finding | Event]]
    traits: str | None = None
    quick: bool = True


CHECKS: tuple[Check, ...] = (
    Check("damaged", damaged),
    Check("wrong_labels", wrong_labels, quick=False),
    Check("placeholders", placeholders, "looks"),
    Check("conflicting_labels", conflicting_labels),
    Check("languages", languages, "wording"),
    Check("few_examples", few_examples),
    Check("same_mark", same_mark, "looks"),
    Check("shortcut", shortcut),
    Check("templates", templates, "wording"),
    Check("own_speaker", own_speaker),
    Check("label_twins", label_twins),
    Check("near_duplicates", near_duplicates),
    Check("exact_duplicates", exact_duplicates),
    Check("blank", blank, "looks"),
    Check("empty_text", empty_text, "wording"),
    Check("imbalance", imbalance),
    Check("blurred", blurred, "looks"),
    Check("dark", dark, "looks"),
    Check("tiny", tiny, "looks"),
    Check("short_text", short_text, "wording"),
    Check("long_text", long_text, "wording"),
    Check("silent", silent, "hearing"),
    Check("clipped", clipped, "hearing"),
    Check("short_sound", short_sound, "hearing"),
    Check("odd_length", odd_length, "hearing"),
    Check("gives_away", gives_away, "columns"),
    Check("mixed_numbers", mixed_numbers, "columns"),
    Check("mixed_dates", mixed_dates, "columns"),
    Check("stand_ins", stand_ins, "columns"),
    Check("groups", groups, "columns"),
    Check("unused_columns", unused_columns, "columns"),
    Check("mostly_missing", mostly_missing, "columns"),
    Check("one_value", one_value, "columns"),
    Check("numbered_classes", numbered_classes),
    Check("unreadable", unreadable),
    Check("reading", reading),
)
"""Every check there is, in the order in which findings of one severity are listed."""


def examine(
    dataset: Dataset,
    workspace: Workspace,
    model_id: str | None = None,
    skipped: Sequence[Skip] = (),
    notes: Sequence[Message] = (),
    ignored: Sequence[tuple[str, Message]] = (),
    stop: Callable[[], bool] = lambda: False,
    *,
    quick: bool = False,
) -> Generator[Event, None, list[Finding]]:
    """Everything found, worst first. Yields progress; once `stop` is true it ends with what was found so far.

    `model_id` is the model the dataset is to be learnt with (else the first choice for its kind): it decides what is
    too long, and its embeddings which labels look wrong. `quick` leaves the embeddings out.
    """
    dataset.require_originals()
    if spoilt := dataset.damaged():
        gone = {example.id for example in spoilt}
        dataset = replace(dataset, examples=tuple(e for e in dataset.examples if e.id not in gone))
    if not dataset.examples:
        return [*damaged(Case(dataset, workspace, _card(dataset, workspace, model_id), damaged=spoilt))]
    seen = None
    if dataset.kind.measures:
        seen = yield from look_at(dataset, workspace, stop)
        if seen is None:
            return []
    near = yield from near_pairs(dataset, workspace, stop, seen)
    if near is None:
        return []
    card = _card(dataset, workspace, model_id)
    case = Case(dataset, workspace, card, seen, near, tuple(skipped), tuple(notes), tuple(ignored), spoilt, stop)
    checks = [check for check in CHECKS if check.traits in (None, dataset.kind.traits) and (check.quick or not quick)]
    found: dict[str, list[Finding]] = {check.id: [] for check in checks}
    for done, check in enumerate(sorted(checks, key=lambda check: not check.quick), start=1):  # the slow ones last
        if stop():
            break
        for one in check.find(case):
            if isinstance(one, Finding):
                found[check.id].append(one)
            else:
                yield one
        yield Progress("doctor", done, len(checks))
    return worst_first([finding for of_one in found.values() for finding in of_one])


def _card(dataset: Dataset, workspace: Workspace, model_id: str | None) -> ModelCard:
    card = get_card(model_id or usual_model(dataset), workspace)
    return card if card.modality == dataset.modality else get_card(usual_model(dataset), workspace)
