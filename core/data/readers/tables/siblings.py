"""Files that are parts of one set are written alike: what a small one does not show, its largest sibling does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.data.readers.tables.found import Found
from core.data.readers.tables.table import load_table
from core.data.readers.tables.words import is_known_name, without_split
from core.errors import DataError
from core.limits import Limits


def read_alike(found: Sequence[Found], limits: Limits) -> list[Found]:
    """The same files; each that differs from its largest sibling is read again in that one's way.

    Siblings are files of one folder whose names differ in words for parts only ("x.train", "x.test").
    """
    families: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        families.setdefault((str(one.path.parent), without_split(one.path.name)), []).append(one)
    leaders = {key: max(family, key=lambda one: one.rows) for key, family in families.items()}
    return [_like(leaders[str(one.path.parent), without_split(one.path.name)], one, limits) for one in found]


def _like(leader: Found, one: Found, limits: Limits) -> Found:
    if one is leader or leader.how is None or "sheet" in leader.how:
        return one
    own: dict[str, Any] = one.how or {}
    way = {name: leader.how[name] for name in ("structure", "delimiter") if name in leader.how}
    if leader.how.get("header") == "no" and not any(map(is_known_name, one.columns)):
        way["header"] = "no"
    if all(own.get(name) == value for name, value in way.items()):
        return one
    said = {name: value for name, value in way.items() if getattr(one.options, name) is None}
    options = replace(one.options, **said)
    try:
        table = load_table(one.file, options, limits)
    except DataError:
        return one
    return one if table is None else Found.of(one.file, table, options, keep=one.how is None or one.table is not None)
