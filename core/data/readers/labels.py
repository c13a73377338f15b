"""Labels as they are written, and the classes they mean: two levels in one label, several labels in one cell."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.readers.reading import OPTIONS
from core.errors import DataError
from core.messages import Message

_SEPARATORS = (" > ", ">", "::", ":", "/", "\\", " - ")
_NEARLY_ALL = 0.95
"""The share of labels that must hold a separator before it divides them into levels."""

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_AS_MADE = 0.05
"""The share of examples with several labels from which on that is how the set is made, and no slip of a pen."""
_MOSTLY = 0.9

# --- two levels, such as "DESC:manner" or "animal/cat" -----------------------------------------------------------


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
        return {"label_level": list(OPTIONS["label_level"].choices)} if self.separator else {}


def label_levels(labels: Iterable[str], wanted: str | None = None) -> LabelLevels:
    """The levels of all labels of a set, and the one that is `wanted` (an option's value; None means the whole label).

    Two levels are seen where nearly all labels hold the same separator and share their top parts. DataError when a
    part is wanted of labels that have none.
    """
    check_level(wanted)
    distinct = sorted(set(labels))
    separator = next((s for s in _SEPARATORS if _divides(distinct, s)), None)
    if separator is None and wanted not in (None, "full"):
        raise DataError(
            Message("The labels do not have two levels here, so no part of them can be chosen."),
            Message("Leave the whole label."),
        )
    return LabelLevels(separator, wanted or "full")


def check_level(wanted: str | None) -> None:
    """DataError when `wanted` names no level."""
    levels = tuple(OPTIONS["label_level"].choices)
    if wanted not in (None, *levels):
        raise DataError(
            Message("Labels have no level '{level}'.", level=wanted),
            Message("Choose one of: {names:list}.", names=levels),
        )


def _divides(labels: list[str], separator: str) -> bool:
    parts = [label.partition(separator) for label in labels]
    whole = [(top.strip(), bottom.strip()) for top, found, bottom in parts if found and top.strip() and bottom.strip()]
    tops = {top for top, _ in whole}
    return len(whole) > 1 and len(whole) >= _NEARLY_ALL * len(labels) and 2 <= len(tops) < len(whole)


# --- several labels for one example: seen, said, and refused -----------------------------------------------------


def single_labels(labels: Sequence[str]) -> tuple[list[str], set[int]]:
    """The labels, lists of one unpacked, and the positions of those that are really several labels in one cell.

    Several are seen in lists ("['a', 'b']") and in "a;b", "a|b" or "a, b" where the parts are labels of other rows.
    """
    filled = [label for label in labels if label]
    lists = {label: parts for label in set(filled) if (parts := _listed(label)) is not None}
    several = {label for label, parts in lists.items() if len(parts) > 1}
    if filled and sum(label in lists for label in filled) >= _MOSTLY * len(filled):
        single = {label: "".join(parts) for label, parts in lists.items() if len(parts) < 2}
        return [single.get(label, label) for label in labels], _places(labels, several)
    quoted = {label for label in several if _QUOTED.search(label)}
    if quoted:  # where one label stands bare and several in a list
        return list(labels), _places(labels, quoted)
    counts = Counter(filled)
    joined: set[str] = set()
    for separator in (";", "|", ","):
        joined = joined or _joined(counts, separator)
    return list(labels), _places(labels, joined)


def _places(labels: Sequence[str], wanted: set[str]) -> set[int]:
    return {at for at, label in enumerate(labels) if label in wanted}


def refuse_several(count: int, total: int, source: str, where: Message) -> None:
    """DataError when more than a few of `total` examples carry more than one label. `where` says what to change."""
    if count > _AS_MADE * total:
        raise DataError(
            Message(
                "{n} of {total} examples in '{source}' carry more than one label.", n=count, total=total, source=source
            ),
            Message(
                "This program learns one class for each example. Keep one label for each example in {where}, or choose "
                "another label column, and read it in again.",
                where=where,
            ),
        )


def _listed(cell: str) -> list[str] | None:
    """The entries of a list as JSON, Python or numpy write it: ["a", "b"], ['a', 'b'], {'a'}, ['a' 'b'], [1, 2]."""
    if len(cell) < 2 or cell[0] + cell[-1] not in ("[]", "{}"):
        return None
    if cell[0] == "[":
        try:
            entries = json.loads(cell, parse_int=str, parse_float=str)
            return [entry if isinstance(entry, str) else json.dumps(entry) for entry in entries]
        except (ValueError, RecursionError):
            pass
    inner = cell[1:-1].strip()
    if "'" in inner or '"' in inner:
        return [(one or other).strip() for one, other in _QUOTED.findall(inner)]
    return [part.strip() for part in inner.split(",") if part.strip()]


def _joined(counts: Counter[str], separator: str) -> set[str]:
    """Labels made of labels that also stand alone. "News, sports" is one label unless "News" and "sports" are too."""
    parts = {label: [part.strip() for part in label.split(separator)] for label in counts if separator in label}
    parts = {label: found for label, found in parts.items() if len(found) > 1 and all(found)}
    if not parts:
        return set()
    alone = {label for label in counts if separator not in label}
    known = {label for label, found in parts.items() if all(part in alone for part in found)}
    if sum(counts[label] for label in known) * 2 > sum(counts[label] for label in parts):
        return known
    # Where hardly any example has one label only, the parts still come back in other company.
    company = Counter(part for found in parts.values() for part in set(found))
    mixed = len(parts) >= 4 and separator != "," and all(n > 1 for n in company.values())
    return set(parts) if mixed and len(company) < len(parts) else set()
