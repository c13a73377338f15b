"""Pictures of one colour."""

from __future__ import annotations

import numpy as np

from core.data.findings import Finding
from core.doctor.case import Case
from core.modalities.image.looks import Looks

_LEAST_CONTRAST = 2.0


def blank(case: Case) -> list[Finding]:
    """Pictures with nothing on them."""
    if case.looks is None:
        return []
    found = np.flatnonzero(is_blank(case.looks)).tolist()
    if not found:
        return []
    return [
        Finding(
            "blank",
            "look",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} empty: one colour, nothing on it",
            "A camera that was covered, an empty page, or a file that went wrong. There is nothing to learn from "
            "them; the model would only learn their colour. Best leave them out, unless 'nothing there' is one of "
            "your classes.",
            len(found),
            case.exhibits(found),
            (case.leave_out(found),),
        )
    ]


def is_blank(looks: Looks) -> np.ndarray:
    """True (n,) for pictures without any contrast, in grey or in colour."""
    colour = looks.chroma.std(axis=(1, 2)).max(axis=1)
    return (looks.contrast < _LEAST_CONTRAST) & (colour < _LEAST_CONTRAST)
