"""Pictures too dark to see anything, in a set that is not dark."""

from __future__ import annotations

import numpy as np

from core.data.findings import Finding
from core.doctor.blank import is_blank
from core.doctor.case import Case

_DARK, _LITTLE_CONTRAST = 30.0, 25.0
"""Brightness and contrast on a scale of 0..255."""
_USUAL = 70.0
"""Where the middle picture is darker than this, dark is what the set is like (night, X-rays, white on black)."""


def dark(case: Case) -> list[Finding]:
    """Pictures that are nearly black."""
    if case.looks is None or np.median(case.looks.brightness) < _USUAL:
        return []
    looks = case.looks
    murky = (looks.brightness < _DARK) & (looks.contrast < _LITTLE_CONTRAST) & ~is_blank(looks)
    found = np.flatnonzero(murky).tolist()
    if not found:
        return []
    return [
        Finding(
            "dark",
            "look",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} very dark",
            "The others are much brighter. If you can hardly see what is on them, the model cannot either, and it may "
            "take the darkness itself for a sign of the class.",
            len(found),
            case.exhibits(found, lambda i: f"brightness {looks.brightness[i] / 255:.0%}"),
            (case.leave_out(found),),
        )
    ]
