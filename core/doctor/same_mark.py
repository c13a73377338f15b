"""A spot near the edge that looks the same in every picture of one class, and in few others: a logo, a date, a mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.data.findings import Finding
from core.doctor.case import Case, named
from core.evaluation.intervals import wilson

_LEAST_IN_CLASS = 10
_SAME = 10.0
"""Levels of 255 by which the spot may differ."""
_SINGLED_OUT = 0.75
"""Both ends of certainty (95 %): of those that have the spot for those of the class, and of the class for having it.

On seven sets of photos, clip art and handwriting no spot near the edge came above 0.56; a mark that was planted in one
class of TrashNet came to 0.89."""


@dataclass(frozen=True)
class _Spot:
    label: str
    share: float
    row: float
    column: float


def same_mark(case: Case) -> list[Finding]:
    """At most one finding, about every class that has such a spot. Pictures only.

    The middle of the picture is left out: there the thing itself is, and that it looks the same is no shortcut.
    """
    if case.looks is None:
        return []
    spots = sorted(_spots(case), key=lambda spot: -spot.share)
    if not spots:
        return []
    labels = [spot.label for spot in spots]
    title = f"{named(labels)} can be told by a spot {_where(spots[0])} alone"
    meaning = (
        "There these pictures all look the same, and hardly any other does: perhaps a logo, a date, a mark or the edge "
        "of a stand. A model takes the easiest way: it may learn that spot and not the thing, look good here and fail "
        "on pictures without it. Cut it off, cover it, or take the pictures of all classes in the same way."
    )
    first = [i for i, label in enumerate(case.labels) if label == labels[0]]
    return [Finding("shortcut", "serious", title, meaning, len(first), case.exhibits(first[:12], lambda i: ""))]


def _spots(case: Case) -> Iterator[_Spot]:
    """The best spot of every class, where it is good enough."""
    values, places = _near_the_edge(case)
    labels = np.array(case.labels)
    for label, count in case.dataset.counts.items():
        own = labels == label
        if count < _LEAST_IN_CLASS or own.all():
            continue
        alike = np.abs(values - np.median(values[own], axis=0)) <= _SAME
        hits, having = (alike & own[:, None]).sum(0), alike.sum(0)
        best = int(np.argmax(np.minimum(hits / np.maximum(having, 1), hits / count)))
        share = min(wilson(int(hits[best]), int(having[best]))[0], wilson(int(hits[best]), count)[0])
        if share > _SINGLED_OUT:
            yield _Spot(label, share, *places[best])


def _near_the_edge(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Greys and colours of places in the outer quarters (n, k), and where these are (k, 2), from 0 to 1."""
    assert case.looks is not None
    grey, chroma = case.looks.grey, case.looks.chroma
    parts, places = [], []
    for values in (grey, chroma[..., 0], chroma[..., 1]):
        side = values.shape[1]
        rows, columns = np.divmod(np.arange(side * side), side)
        at = (np.stack([rows, columns], axis=1) + 0.5) / side
        outer = (np.abs(at - 0.5) > 0.25).any(1)
        parts.append(values.reshape(len(values), -1)[:, outer])
        places.append(at[outer])
    return np.concatenate(parts, axis=1), np.concatenate(places)


def _where(spot: _Spot) -> str:
    """ "in the upper left"."""
    rows = "upper" if spot.row < 1 / 3 else "lower" if spot.row > 2 / 3 else ""
    columns = "left" if spot.column < 1 / 3 else "right" if spot.column > 2 / 3 else ""
    if rows and columns:
        return f"in the {rows} {columns} of the picture"
    return {"upper": "at the top", "lower": "at the bottom", "left": "at the left edge", "right": "at the right edge"}[
        rows or columns or "upper"
    ] + " of the picture"
