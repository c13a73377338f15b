"""Labels as they are written, and the classes they mean: two levels in one label, several labels in one cell."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.readers.reading import OPTIONS, UndecidedError
from core.errors import DataError
from core.messages import Message

_SEPARATORS = (" > ", ">", "::", ":", "/", "\\", " - ")
_NEARLY_ALL = 0.95
"""The share of labels that must hold a separator before it divides them into levels."""

_JOINERS = (";", "|", "\n", ",", "/", "&", "+", " and ", " und ", " et ", " y ", " e ")
"""What people write between several labels, the surest first."""
_SURE_JOINERS = 3
"""So many of them hardly ever stand in a label itself."""
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_AS_MADE = 0.05
"""The share of examples with several labels from which on that is how the set is made, and no slip of a pen."""
_MOSTLY = 0.9
_MOST_NAMED = 5

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


# --- one number written in two ways: programs that have met a gap write 1 as "1.0" from there on -----------------

_WHOLE = re.compile(r"([+-]?\d{1,18})\.0+")


def same_numbers(labels: Iterable[str]) -> dict[str, str]:
    """For labels such as "1.0" the "1" that stands beside them as a label, too."""
    distinct = set(labels)
    whole = {label: found[1] for label in distinct if (found := _WHOLE.fullmatch(label))}
    return {label: number for label, number in whole.items() if number in distinct}


def same_numbers_note(same: Mapping[str, str]) -> list[Message]:
    """That they were taken as one class; nothing where there are none."""
    pairs = [Message("“{one}” and “{other}”", one=number, other=label) for label, number in sorted(same.items())]
    return [Message("The same number, so one class: {pairs:list}.", pairs=pairs[:_MOST_NAMED])] if pairs else []


# --- several labels for one example: seen, said, and refused unless somebody says what to do ---------------------


def labels_in(cells: Sequence[str]) -> list[tuple[str, ...]]:
    """The labels that stand in each cell: none, one, or several.

    Several are seen in lists ("['a', 'b']"), and in "a;b", "a|b", "a, b" and the like where other rows show that the
    parts are labels of their own, or come in several's company, as the boxes do that people tick in a form.
    """
    counts = Counter(cell for cell in cells if cell)
    lists = {cell: _distinct(parts) for cell in counts if (parts := _listed(cell)) is not None}
    if counts and sum(counts[cell] for cell in lists) >= _MOSTLY * counts.total():
        found = lists
    else:  # where one label stands bare and several in a list
        found = {cell: parts for cell, parts in lists.items() if len(parts) > 1 and _QUOTED.search(cell)}
        found = found or next(filter(None, (_joined(counts, joiner) for joiner in _JOINERS)), {})
    return [found.get(cell, (cell,)) if cell else () for cell in cells]


def chosen_labels(cell: str, labels: tuple[str, ...], way: str | None) -> tuple[str, ...]:
    """What becomes of several `labels` in one `cell`: a `way` of the option "several_labels"; None leaves them out."""
    return {"first": labels[:1], "separate": labels, "whole": (cell,)}.get(way or "", ())


def refuse_several(count: int, total: int, source: str, where: Message, way: str | None) -> None:
    """UndecidedError when more than a few of `total` examples carry more than one label, and nobody said what to do.

    `where` says what to change otherwise.
    """
    ways = OPTIONS["several_labels"]
    if way is None and count > _AS_MADE * total:
        raise UndecidedError(
            Message(
                "{n} of {total} examples in '{source}' carry more than one label.", n=count, total=total, source=source
            ),
            Message(
                "This program learns one class for each example. Keep one label for each example in {where}, or "
                "choose another label column. Or say what to do with several labels ({ways:any}).",
                where=where,
                ways=[ways.title(name) for name in ways.choices],
            ),
            several_proposal(count, None),
        )


def several_proposal(count: int, way: str | None) -> dict[str, Any]:
    """For a proposal: what becomes of `count` examples with several labels, and what else could; {} without any."""
    if not count:
        return {}
    return {"several_labels": way, "choices": {"several_labels": list(OPTIONS["several_labels"].choices)}}


def _distinct(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(parts))


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


def _joined(counts: Counter[str], joiner: str) -> dict[str, tuple[str, ...]]:
    """The parts of labels that are made of labels. "News, sports" is one label unless "News" and "sports" are, too."""
    parts = {label: _distinct(part.strip() for part in label.split(joiner)) for label in counts if joiner in label}
    parts = {label: found for label, found in parts.items() if len(found) > 1 and all(found)}
    if not parts:
        return {}
    alone = {label.casefold() for label in counts if joiner not in label}
    known = {label: found for label, found in parts.items() if all(part.casefold() in alone for part in found)}
    if sum(counts[label] for label in known) * 2 > sum(counts[label] for label in parts):
        return known
    if joiner not in (*_JOINERS[:_SURE_JOINERS], ","):
        return {}
    # One part may never stand alone ("food; other"): then it comes in the company of several that do.
    company = Counter(part for found in parts.values() for part in found)
    seen = {
        label: found
        for label, found in parts.items()
        if any(part.casefold() in alone for part in found)
        and all(part.casefold() in alone or company[part] > 1 for part in found)
    }
    if sum(counts[label] for label in seen) * 2 > sum(counts[label] for label in parts):
        return seen
    if joiner == ",":
        return {}
    # Where hardly any example has one label only, the parts still come back in other company.
    mixed = len(parts) >= 4 and all(n > 1 for n in company.values())
    return parts if mixed and len(company) < len(parts) else {}
