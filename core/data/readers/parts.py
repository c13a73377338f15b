"""Folders by which people mark the part of a data set that something belongs to."""

from __future__ import annotations

from collections.abc import Iterable

from core.data.readers.tables.words import split_of, without_split


def part_called(folder: str) -> str | None:
    """The part ("train", "validation" or "test") that a folder's whole name means: "Training", "test_set", "test1"."""
    rest = without_split(folder)
    return split_of(folder) if rest in ("", "set", "data") or rest.isdecimal() else None


def parts_among(folders: Iterable[str]) -> dict[str, str]:
    """The folders that are called like parts, or that differ in words for parts only: "seg_train" and "seg_test"."""
    names = {name: part for name in set(folders) if (part := split_of(name))}
    families: dict[str, set[str]] = {}
    for name, part in names.items():
        families.setdefault(without_split(name), set()).add(part)
    return {name: part for name, part in names.items() if part_called(name) or divides(families[without_split(name)])}


def divides(parts: Iterable[str | None]) -> bool:
    """True when these parts are a division: one of them teaches, and another one judges."""
    named = set(parts) - {None}
    return "train" in named and len(named) > 1
