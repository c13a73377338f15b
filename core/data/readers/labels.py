"""Labels with two levels, such as "DESC:manner" or "animal/cat": which part of them is the class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.data.readers.options import LABEL_LEVELS
from core.errors import DataError

_SEPARATORS = (" > ", ">", "::", ":", "/", "\\", " - ")
_NEARLY_ALL = 0.95


@dataclass(frozen=True, slots=True)
class LabelLevels:
    """How labels are turned into classes. `separator` is None where they have one level only."""

    separator: str | None
    level: str = "full"

    def __call__(self, label: str) -> str:
        """The class of an example with this label."""
        if self.separator is None or self.level == "full" or self.separator not in label:
            return label
        top, _, bottom = label.partition(self.separator)
        return (top if self.level == "top" else bottom).strip() or label

    @property
    def proposal(self) -> dict[str, Any]:
        """For a reading's proposal; empty where there is nothing to choose."""
        return {"label_level": self.level} if self.separator else {}

    @property
    def choices(self) -> dict[str, Any]:
        return {"label_level": list(LABEL_LEVELS)} if self.separator else {}


def label_levels(labels: Iterable[str], wanted: str | None = None) -> LabelLevels:
    """The levels of all labels of a set, and the one that is `wanted` (an option's value; None means the whole label).

    Two levels are seen where nearly all labels hold the same separator and share their top parts. DataError when a
    part is wanted of labels that have none.
    """
    distinct = sorted(set(labels))
    separator = next((s for s in _SEPARATORS if _divides(distinct, s)), None)
    if wanted not in (None, *LABEL_LEVELS):
        raise DataError(f"Labels have no level '{wanted}'.", f"Choose one of: {', '.join(LABEL_LEVELS)}.")
    if separator is None and wanted not in (None, "full"):
        raise DataError(
            "The labels do not have two levels here, so no part of them can be chosen.", "Leave the whole label."
        )
    return LabelLevels(separator, wanted or "full")


def _divides(labels: list[str], separator: str) -> bool:
    parts = [label.partition(separator) for label in labels]
    whole = [(top.strip(), bottom.strip()) for top, found, bottom in parts if found and top.strip() and bottom.strip()]
    tops = {top for top, _ in whole}
    return len(whole) > 1 and len(whole) >= _NEARLY_ALL * len(labels) and 2 <= len(tops) < len(whole)
