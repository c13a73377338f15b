"""Colours that everyone can tell apart (Okabe & Ito 2008). Colour is never the only cue."""

from __future__ import annotations

from collections.abc import Sequence

TRAINING = "#0072B2"
VALIDATION = "#E69F00"
BASELINE = "#888888"
ON_DARK = {TRAINING: "#56B4E9", BASELINE: "#AAAAAA"}
"""What replaces a line's colour on a dark page, where it would be hard to see."""
RIGHT = "#009E73"
WRONG = "#D55E00"
CORRECTED = "#009E73"
UNCORRECTED = "#CC79A7"
"""How sure a model is: as people see it, and as it was trained. Both are seen on light and on dark."""

_CLASSES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777")


def class_colours(classes: Sequence[str]) -> dict[str, str]:
    """A class keeps its colour on every page, because the order of a set's classes never changes."""
    return {label: _CLASSES[i % len(_CLASSES)] for i, label in enumerate(classes)}
