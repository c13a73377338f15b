"""What tells runs from each other: a name for each, and the options in which their recipes differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.data.dataset import describe_dataset
from core.data.versions import lineage
from core.errors import UserError
from core.messages import NOTHING, Message, quoted
from core.models.catalogue import get_card
from core.options import Option
from core.results.finished_run import FinishedRun
from core.studies.benchmark.design import option_label
from core.training.spec.recipe import options
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which recipes differ: its field, what it is called, and for each run its value (none: NOTHING)."""

    option: str
    label: Message
    values: tuple[Message, ...]


def differences(runs: Sequence[FinishedRun], workspace: Workspace) -> list[Difference]:
    """All in which the recipes of these runs differ, in the order of a recipe; the data come last."""
    said = [
        Difference("model", Message("Model"), tuple(_model(run, workspace) for run in runs)),
        Difference("strategy", Message("Fine-tuning method"), tuple(run.method.title for run in runs)),
        *(
            Difference(name, option_label(name), tuple(_value(option, run.recipe.get(name)) for run in runs))
            for name, option in options().items()
        ),
        Difference("dataset", Message("Data"), tuple(_data(run.dataset_id, workspace) for run in runs)),
    ]
    raw: dict[str, Sequence[object]] = {"dataset": [run.dataset_id for run in runs]}
    return [one for one in said if len(set(raw.get(one.option, one.values))) > 1]


def names(runs: Sequence[FinishedRun], found: Sequence[Difference]) -> list[Message]:
    """A short name for each run, no two the same: the one that a person gave it, else its method, with its model where
    others have another (that one method is better than another cannot be said then), and as much as it takes to tell
    it from the others."""
    details: list[list[Message]] = [[quoted(run.title) if _is_named(run) else run.method.title] for run in runs]
    for one in found:
        for i, run in enumerate(runs):
            if one.option == "model" and not _is_named(run):
                details[i].append(one.values[i])
    for one in sorted(found, key=lambda one: _TELLING.index(one.option) if one.option in _TELLING else len(_TELLING)):
        twice = _repeated(details)
        if not twice:
            break
        for group in twice:
            if len({one.values[i] for i in group}) > 1:
                for i in group:
                    details[i].append(_telling(one, one.values[i]))
    for group in _repeated(details):
        for number, i in enumerate(group, 1):
            details[i].append(Message("run {n}", n=number))
    return [
        Message("{method} ({details:list})", method=method, details=more) if more else method
        for method, *more in details
    ]


def _is_named(run: FinishedRun) -> bool:
    """Whether a person named it; else it is called after its dataset, sometimes with its seed."""
    try:
        return not run.title.startswith(run.description["title"])
    except UserError:  # the dataset was deleted
        return False


_TELLING = ("strategy", "model", "seed", "epochs", "dataset")
"""By these first; then in the order of the recipe."""


def _telling(one: Difference, value: Message) -> Message:
    if one.option in ("model", "dataset"):
        return value
    if not value:
        return Message("{option}: none", option=one.label)
    return Message("{option} {value}", option=one.label, value=value)


def _repeated(details: Sequence[Sequence[Message]]) -> list[list[int]]:
    counted = Counter(map(tuple, details))
    return [[i for i, one in enumerate(details) if tuple(one) == key] for key, n in counted.items() if n > 1]


def _model(run: FinishedRun, workspace: Workspace) -> Message:
    try:
        return get_card(run.recipe["model"], workspace).title
    except UserError:  # the run it started from was deleted
        return quoted(run.recipe["model"])


def _data(dataset_id: str, workspace: Workspace) -> Message:
    try:
        title, version = describe_dataset(dataset_id, workspace)["title"], lineage(dataset_id, workspace).version
    except UserError:
        return Message("a dataset that was deleted")
    return quoted(title) if version == 1 else Message("{title}, version {n}", title=title, n=version)


def _value(option: Option, value: Any) -> Message:
    if value is None:
        return NOTHING
    return quoted(f"{value:g}") if isinstance(value, float) else option.title(value)
