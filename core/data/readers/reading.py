"""What a reader hands on: items to be decoded, and skips with their reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled example that has not been decoded yet; `read` gives its raw bytes (text: as UTF-8)."""

    name: str
    label: str
    read: Callable[[], bytes]
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """One file or row that is left out, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """A reader's interpretation of its source.

    `proposal` says in plain data how the source was understood: its key "structure" is the structure's name, every
    option of `ReadOptions` that matters here has its chosen value under the option's name, and "choices" maps those
    that can be chosen otherwise to the list of what can be chosen. `items` yields every file or row of the source
    exactly once, as an Item or a Skip, so that used + skipped = `total`. `notes` are sentences about what the person
    should look at although nothing was left out for it.
    """

    modality: str
    proposal: dict[str, Any]
    total: int
    items: Callable[[], Iterator[Item | Skip]] = field(repr=False)
    notes: tuple[str, ...] = ()
