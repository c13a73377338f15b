"""Pictures far less sharp than the others of the set."""

from __future__ import annotations

import numpy as np

from core.data.findings import Finding
from core.doctor.blank import is_blank
from core.doctor.case import Case

_SPREADS, _LEAST_BELOW = 4.0, 2.5
"""How far below the middle picture, on the logarithm of sharpness: in usual deviations, and at least twelvefold."""
_SOFT = 0.005
"""Sharpness of a picture that may be called blurred at all; see `Looks`."""
_LEAST_CONTRAST = 8.0
_MOST_SHARE = 0.1


def blurred(case: Case) -> list[Finding]:
    """Clear outliers only: calm motifs (a sky, a sheet of paper) are not sharp either."""
    if case.looks is None:
        return []
    looks = case.looks
    sharp = np.log(looks.sharpness + 1e-6)
    middle = np.median(sharp)
    usual = 1.4826 * np.median(np.abs(sharp - middle))
    soft = (sharp < middle - max(_SPREADS * usual, _LEAST_BELOW)) & (looks.sharpness < _SOFT)
    found = np.flatnonzero(soft & (looks.contrast >= _LEAST_CONTRAST) & ~is_blank(looks))
    if not len(found) or len(found) > _MOST_SHARE * len(sharp):
        return []
    found = found[np.argsort(sharp[found], kind="stable")].tolist()
    return [
        Finding(
            "blurred",
            "look",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} blurred",
            "They show far less detail than the others. A few do no harm if such pictures will also come up later; "
            "if you cannot tell what is on one, leave it out.",
            len(found),
            case.exhibits(found),
            (case.leave_out(found),),
        )
    ]
