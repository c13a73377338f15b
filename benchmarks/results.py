"""Finished jobs as lines of JSON: what is there is not measured again, and the tables are made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.jobs import Job

Line = dict[str, Any]


class Results:
    """One file. Quick lines and those of a real measurement never mix."""

    def __init__(self, path: Path, *, quick: bool = False) -> None:
        self.path = path
        self.quick = quick

    def done(self) -> dict[Job, Line]:
        """The last line of every finished job."""
        return {Job(line["set"], line["shots"], line["method"], line["seed"]): line for line in self._read()}

    def add(self, job: Job, answer: Line, machine: Line) -> None:
        """Append a finished job; a line that an interruption tore stays alone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        before = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        torn = bool(before) and not before.endswith("\n")
        with self.path.open("a", encoding="utf-8") as file:
            file.write("\n" * torn + json.dumps({**asdict(job), **answer, **machine, "quick": self.quick}) + "\n")

    def _read(self) -> Iterator[Line]:
        if not self.path.exists():
            return
        for text in self.path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if line.get("quick", False) == self.quick:
                yield line
