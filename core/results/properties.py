"""By what examples differ besides their class: size, brightness, length, columns of a table, where they come from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.data.duplicates import measured
from core.evaluation.slices import Property, thirds
from core.messages import Message, quoted
from core.modalities.image.looks import Looks
from core.modalities.sound.hearing import Hearing
from core.modalities.table.cells import is_missing
from core.modalities.table.columns import CATEGORY, cell_of, folded
from core.modalities.table.fitting import fit_columns
from core.workspace import Workspace

_MOST_SOURCES = 12
_MOST_COLUMNS = 20
"""Of a wider table the first so many: each one more that is looked at makes all of them less certain."""
_MOST_VALUES = 5
"""Numbers of so few different values stand for themselves."""
_IN_THIRDS = Message("at most {low}"), Message("more than {low}, up to {high}"), Message("more than {high}")
_MISSING = Message("(missing)")

Thirds = tuple[Message, Message, Message]
Measured = Iterator[tuple[Message, Thirds, np.ndarray]]
"""A property, what its thirds are called (they may hold the cuts, `low` and `high`), and its values (n,)."""


def properties_of(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> list[Property]:
    """Every property, besides the class, by which these examples differ; numbers are cut into thirds."""
    found = []
    for name, thirds_are_called, values in _measured(dataset, indices, workspace):
        cut = thirds(values)
        if cut is not None:
            part, (low, high) = cut
            groups = tuple(one.having(low=_shown(low), high=_shown(high)) for one in thirds_are_called)
            found.append(Property(name, [groups[number] for number in part], groups))
    return [*found, *_by_column(dataset, indices), *_sources(dataset, indices)]


def _shown(cut: float) -> float | int:
    """As many digits as matter."""
    return round(cut) if abs(cut) >= 10 else float(f"{cut:.2g}")


def _measured(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> Measured:
    match dataset.kind.traits:
        case "looks":
            yield from _looks(dataset, indices, workspace)
        case "wording":
            yield from _wording(dataset, indices)
        case "hearing":
            yield from _hearing(dataset, indices, workspace)


def _by_column(dataset: Dataset, indices: Sequence[int]) -> Iterator[Property]:
    """The columns of a table, the first of them: categories and a few numbers as they are, other numbers and dates in
    thirds, and what is missing by itself."""
    if dataset.kind.traits != "columns":
        return
    rows = [dataset.payload(i) for i in indices]
    columns = fit_columns(rows)
    for column in columns.columns[:_MOST_COLUMNS]:
        cells = [cell_of(row, column.name) for row in rows]
        amounts = [None if column.kind == CATEGORY else columns.amount(column, cell) for cell in cells]
        known = np.array([amount for amount in amounts if amount is not None])
        groups: list[Message | str | None]
        if len(set(known)) > _MOST_VALUES and (cut := thirds(known)):
            low, high = (columns.cell(column, at) for at in cut[1])
            named = [one.having(low=low, high=high) for one in _IN_THIRDS]
            part = iter(cut[0])
            groups = [_MISSING if amount is None else named[next(part)] for amount in amounts]
        else:
            written = {folded(cell): cell for cell in reversed(cells)}
            groups = [_MISSING if is_missing(cell) else written[folded(cell)] for cell in cells]
        order = _in_order(groups, amounts)
        if 2 <= len(order) <= _MOST_SOURCES:
            yield Property(quoted(column.name), groups, order)


def _in_order(groups: Sequence[Message | str | None], amounts: Sequence[float | None]) -> tuple[Message | str, ...]:
    """The groups, each once: numbers from the smallest, words from the most frequent, what is missing last."""
    frequent = Counter(groups)
    least: dict[Any, float] = {}
    for group, amount in zip(groups, amounts, strict=True):
        least[group] = min(least.get(group, math.inf), math.inf if amount is None else amount)
    named = [group for group in frequent if group is not None]
    return tuple(sorted(named, key=lambda group: (group is _MISSING, least[group], -frequent[group])))


def _looks(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> Measured:
    facts = [dataset.examples[i].facts for i in indices]
    if all(fact.get("width") and fact.get("height") for fact in facts):
        sides = np.array([(fact["width"], fact["height"]) for fact in facts], dtype=float)
        pixels = (
            Message("at most {low} pixels at the shorter side"),
            Message("{low} to {high} pixels at the shorter side"),
            Message("more than {high} pixels at the shorter side"),
        )
        yield Message("size of the picture"), pixels, sides.min(1)
        wide = (
            Message("at most {low} times as wide as high"),
            Message("{low} to {high} times as wide as high"),
            Message("more than {high} times as wide as high"),
        )
        yield Message("shape of the picture"), wide, sides[:, 0] / sides[:, 1]
    known = measured(dataset, workspace).get([dataset.examples[i].id for i in indices])
    if all(dataset.examples[i].id in known for i in indices):
        looks = Looks(np.array([known[dataset.examples[i].id] for i in indices]))
        middle = Message("the middle third")
        bright = (Message("the darkest third"), middle, Message("the brightest third"))
        yield Message("brightness"), bright, looks.brightness
        contrast = (Message("the third with the least contrast"), middle, Message("the third with the most"))
        yield Message("contrast"), contrast, looks.contrast
        sharp = (Message("the most blurred third"), middle, Message("the sharpest third"))
        yield Message("sharpness"), sharp, looks.sharpness


def _hearing(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> Measured:
    known = measured(dataset, workspace).get([dataset.examples[i].id for i in indices])
    if any(dataset.examples[i].id not in known for i in indices):
        return
    heard = Hearing(np.array([known[dataset.examples[i].id] for i in indices]))
    long = (
        Message("at most {low} seconds"),
        Message("{low} to {high} seconds"),
        Message("more than {high} seconds"),
    )
    yield Message("length of the recording"), long, heard.seconds.astype(float)
    loud = (Message("the softest third"), Message("the middle third"), Message("the loudest third"))
    yield Message("loudness"), loud, heard.loudness


def _wording(dataset: Dataset, indices: Sequence[int]) -> Measured:
    texts = [dataset.examples[i].text or "" for i in indices]
    long = (
        Message("at most {low} characters"),
        Message("{low} to {high} characters"),
        Message("more than {high} characters"),
    )
    yield Message("length of the message"), long, np.array([len(text) for text in texts], dtype=float)
    letters = (
        Message("at most {low}\u00a0% of the letters"),
        Message("{low} to {high}\u00a0% of the letters"),
        Message("more than {high}\u00a0% of the letters"),
    )
    capitals = [sum(char.isupper() for char in text) / max(1, sum(map(str.isalpha, text))) for text in texts]
    yield Message("capital letters"), letters, 100 * np.array(capitals)
    share = (
        Message("at most {low}\u00a0% of the characters"),
        Message("{low} to {high}\u00a0% of the characters"),
        Message("more than {high}\u00a0% of the characters"),
    )
    digits = [sum(map(str.isdecimal, text)) / max(1, len(text)) for text in texts]
    yield Message("digits"), share, 100 * np.array(digits)


def _sources(dataset: Dataset, indices: Sequence[int]) -> Iterator[Property]:
    """Who or what each comes from, else the file or folder it came in: where that is not what names the class, and
    there are a few of them."""
    examples = [dataset.examples[i] for i in indices]
    told = [example.source for example in examples if example.source]
    found = told if len(told) == len(examples) else [_source(example.name) for example in examples]
    labels = {example.label for example in examples}
    if not 2 <= len(set(found)) <= _MOST_SOURCES or set(found) <= labels:
        return
    by_source = {source: {e.label for e, own in zip(examples, found, strict=True) if own == source} for source in found}
    if any(len(own) > 1 for own in by_source.values()):
        name = Message("speaker or recording") if found is told else Message("source")
        yield Property(name, found, tuple(dict.fromkeys(found)))


def _source(name: str) -> str:
    """ "photos/2021" of "photos/2021/cat.jpg", "notes.csv" of "notes.csv row 12"."""
    folder = str(PurePosixPath(name).parent)
    return name.split(" row ")[0].split(" line ")[0] if folder == "." else folder
