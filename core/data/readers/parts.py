"""Folders by which people mark the part of a data set that something belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from core.data.readers.tables.words import split_of, without_split


def part_called(folder: str) -> str | None:
    """The part ("train", "validation" or "test") that a folder's whole name means: "Training", "test_set"."""
    return split_of(folder) if without_split(folder) in ("", "set", "data") else None


def divides(parts: Iterable[str | None]) -> bool:
    """True when these parts are a division: one of them teaches, and another one judges."""
    named = set(parts) - {None}
    return "train" in named and len(named) > 1
