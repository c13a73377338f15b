"""How results are written into tables and sentences: a share with its interval, a difference with its sign."""

from __future__ import annotations

from typing import Any

from core.evaluation.repeated_splits import Estimate
from core.messages import Message, counted, quoted

Interval = tuple[float, float]


def points(value: float) -> float:
    """The size of a difference in percentage points: 14, and 0.4 where it would otherwise be none."""
    size = abs(value) * 100
    return round(size) if size >= 0.95 else round(size, 1)


def shown_difference(one: float, other: float) -> float:
    """One share less another, as both are shown: 85 % and 59 % are 26 apart, whatever was rounded. What is shown as the
    same differs by what it differs by."""
    return round(one, 2) - round(other, 2) or one - other


def percentage_points(value: float) -> Message:
    """ "1 percentage point", "14 percentage points", "0.4 percentage points"."""
    size: Any = points(value)  # a fraction is many
    return counted("{n} percentage point", "{n} percentage points", n=size)


def signed(value: float) -> Message:
    """ "+14", "\u22120.4", "0": a difference in percentage points."""
    size = points(value)
    if not size:
        return quoted("0")
    return Message("+{n}", n=size) if value > 0 else Message("\u2212{n}", n=size)


_MANY = 1000
"""Of fewer, a tenth of a percent is not even one."""


def share_of(share: float, n: int) -> Message:
    """ "92 %", and of a thousand examples or more "92.4 %"."""
    return Message("{share:percent1}", share=share) if n >= _MANY else Message("{share:percent}", share=share)


def accuracy_cell(mean: float, interval: Interval | None) -> Message:
    """ "92 % (88\u201395 %)"."""
    if interval is None:
        return Message("{mean:percent}", mean=mean)
    return Message("{mean:percent} ({interval:percent})", mean=mean, interval=interval)


def difference_cell(mean: float, interval: Interval | None) -> Message:
    """ "+14 (+8 to +20)": percentage points."""
    if interval is None:
        return signed(mean)
    low, high = interval
    return Message("{mean} ({low} to {high})", mean=signed(mean), low=signed(low), high=signed(high))


def estimate_cell(found: Estimate | None) -> Message | None:
    return None if found is None else accuracy_cell(found.mean, found.interval)
