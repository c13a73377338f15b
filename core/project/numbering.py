"""Numbers in place of names, in a project to look at: what files are called often tells who is on them.

A name is told in several places: with its example, in what was found and in what an import said, and, mixed with the
id, in the key by which a dataset names its examples. All of them are numbered alike, so that everything still finds its
example. Runs name examples by their ids, which tell nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.findings import Finding
from core.data.intake import CUT_FROM
from core.messages import encode, revived
from core.modalities.image.metadata import CAMERA, DAY

_LEFT = ("skipped", "unlabelled")
"""What an intake's report names besides the examples."""
_SHORT = 2
"""Letters: a name that is no longer is in many a word."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a dataset's files hold, as plain data: `about` of `dataset.json`, `examples` and `findings` one by one."""

    about: dict[str, Any]
    examples: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def without_names(
    dataset: Dataset, imported: Dataset | None, about: dict[str, Any], findings: Sequence[dict[str, Any]]
) -> Numbered:
    """A dataset with numbers for the names of its files and of whom they come from. A finding or a note that still
    tells one, in the middle of another text, is left out, and so is how the files were read. A version's report is on
    what was `imported`; where that is not here any more, its notes are left out."""
    about = json.loads(json.dumps(about, default=encode))
    known = [example for one in (dataset, imported) if one for example in (*one.examples, *one.unlabelled)]
    numbers = _numbers(known, dataset, about)
    names = [name for name in numbers if len(name) > _SHORT]

    def tells(data: Any) -> bool:
        return any(name in text for text in _texts(data) for name in names)

    told = [_numbered(finding, numbers) for finding in findings]
    told = [{**finding, "id": Finding.from_dict(revived(finding)).id} for finding in told]
    numbers |= {old["id"]: new["id"] for old, new in zip(findings, told, strict=True)}  # some were kept as they are
    if report := about.get("report"):
        notes = [note for note in _numbered(report.get("notes", []), numbers) if imported and not tells(note)]
        left = {key: _numbered(report[key], numbers) for key in _LEFT if key in report}
        about["report"] = {**report, "notes": notes, **left, "proposal": {}}
    if "lineage" in about:
        about["lineage"] = _numbered(about["lineage"], numbers)
    examples = [
        {**row, **{key: _numbered(row[key], numbers) for key in ("name", "source", "facts")}}
        for row in (example.to_dict() for example in dataset.examples)
    ]
    return Numbered(about, examples, [finding for finding in told if not tells(finding)])


def _numbers(known: Sequence[Example], dataset: Dataset, about: dict[str, Any]) -> dict[str, str]:
    """What stands in the place of each name, and of each key that follows from a name. What is a number already, or
    called as a class is, tells nothing."""
    changes = (about.get("lineage") or {}).get("changes", ())
    added = [Example.from_dict(example) for change in changes for example in change["added"]]
    examples = {example.key: example for example in (*known, *added)}
    told_by = (CUT_FROM, CAMERA, DAY)
    named = [
        told for one in examples.values() for told in (one.name, one.source, *(one.facts.get(key) for key in told_by))
    ]
    report = about.get("report") or {}
    named += [skip["file"] for key in _LEFT for skip in report.get(key, ())]
    told = (name for name in dict.fromkeys(named) if name and not name.isdigit() and name not in dataset.counts)
    numbers = {name: str(number) for number, name in enumerate(told, start=1)}
    keys = {
        key: replace(example, name=numbers.get(example.name, example.name)).key for key, example in examples.items()
    }
    return {**numbers, **keys}


def _numbered(data: Any, numbers: dict[str, str]) -> Any:
    """Plain data with numbers in place of names."""
    if isinstance(data, dict):
        return {key: _numbered(value, numbers) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_numbered(value, numbers) for value in data]
    return numbers.get(data, data) if isinstance(data, str) else data


def _texts(data: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _texts(value)
