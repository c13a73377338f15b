"""What tells runs from each other: a name for each, and the options in which their recipes differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.compare.judged import Judged
from core.data.dataset import describe_dataset
from core.data.versions import lineage
from core.errors import UserError
from core.models.catalog import get_card
from core.training.recipe import options
from core.training.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which recipes differ: its field, what it is called, and for each run its value ("" for none)."""

    option: str
    label: str
    values: tuple[str, ...]


def differences(runs: Sequence[Judged], workspace: Workspace) -> list[Difference]:
    """All in which the recipes of these runs differ, in the order of a recipe; the data come last."""
    said = [
        Difference("model", "Model", tuple(_model(run, workspace) for run in runs)),
        Difference("strategy", "What learns", tuple(STRATEGIES[run.recipe["strategy"]].title for run in runs)),
        *(
            Difference(name, option.label, tuple(_value(run.recipe.get(name)) for run in runs))
            for name, option in options().items()
        ),
        Difference("dataset", "Data", tuple(_data(run.dataset, workspace) for run in runs)),
    ]
    raw = {"dataset": [run.dataset for run in runs]}
    return [one for one in said if len(set(raw.get(one.option, one.values))) > 1]


def names(runs: Sequence[Judged], found: Sequence[Difference]) -> list[str]:
    """A short name for each run, no two the same: what learns, and as much as it takes to tell it from the others."""
    if len({run.dataset for run in runs}) == 1 and len({run.title for run in runs}) == len(runs):
        return [run.title for run in runs]  # else they are called after their set: a person named these
    parts = [[STRATEGIES[run.recipe["strategy"]].title] for run in runs]
    for one in sorted(found, key=lambda one: _TELLING.index(one.option) if one.option in _TELLING else len(_TELLING)):
        twice = _repeated(parts)
        if not twice:
            break
        for group in twice:
            if len({one.values[i] for i in group}) > 1:
                for i in group:
                    parts[i].append(_telling(one, one.values[i]))
    for group in _repeated(parts):
        for number, i in enumerate(group, 1):
            parts[i].append(f"run {number}")
    return [said[0] + (f" ({', '.join(said[1:])})" if said[1:] else "") for said in parts]


_TELLING = ("strategy", "model", "seed", "epochs", "dataset")
"""By these first; then in the order of the recipe."""


def _telling(one: Difference, value: str) -> str:
    if one.option in ("model", "dataset"):
        return value
    return f"{one.label.lower()} {value}" if value else f"no {one.label.lower()}"


def _repeated(parts: Sequence[Sequence[str]]) -> list[list[int]]:
    counted = Counter(map(tuple, parts))
    return [[i for i, one in enumerate(parts) if tuple(one) == key] for key, n in counted.items() if n > 1]


def _model(run: Judged, workspace: Workspace) -> str:
    try:
        return get_card(run.recipe["model"], workspace).title
    except UserError:  # the run it started from was deleted
        return run.recipe["model"]


def _data(dataset_id: str, workspace: Workspace) -> str:
    try:
        title, version = describe_dataset(dataset_id, workspace)["title"], lineage(dataset_id, workspace).version
    except UserError:
        return "a set that was deleted"
    return title if version == 1 else f"{title}, version {version}"


def _value(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
