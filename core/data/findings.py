"""What may be wrong with a data set: said plainly, with the examples it is about and what can be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.workspace import Workspace, write_atomically

SEVERITIES = ("serious", "look", "note")
"""Worst first: this will spoil the result; this deserves a look; this is good to know."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing a click can do about a finding.

    `action` is "exclude" (leave `examples` out), "relabel" (give `examples` the class `label`) or "merge" (give every
    example of the classes `labels` the class `label`). `says` is the button. That a finding can be kept as it is goes
    without saying. `examples` are keys (`Example.key`).
    """

    action: str
    says: str
    examples: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One example a finding is about. `detail` says what is special about it: "copy of bird/3.png"."""

    key: str
    name: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` names the check ("near_duplicates"), `title` says it in one line, `meaning` why it matters and what to do.

    `exhibits` are at most a few dozen; `count` is how many examples or classes it concerns in all.
    """

    kind: str
    severity: str
    title: str
    meaning: str
    count: int
    exhibits: tuple[Exhibit, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def id(self) -> str:
        """The same finding about the same examples has the same id, so that "keep it" is remembered."""
        concerns = [self.kind, self.title, *sorted(exhibit.key for exhibit in self.exhibits)]
        return hashlib.sha256("\n".join(concerns).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        remedies = [Remedy(r["action"], r["says"], tuple(r["examples"]), tuple(r["labels"]), r["label"])
                    for r in data["remedies"]]  # fmt: skip
        return cls(
            data["kind"], data["severity"], data["title"], data["meaning"], data["count"],
            tuple(Exhibit(**exhibit) for exhibit in data["exhibits"]), tuple(remedies),
        )  # fmt: skip


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Serious ones first; within a severity in the order given."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about a kept set. Not `complete`: the checks that need a model are still to come."""

    complete: bool
    found: tuple[Finding, ...]

    def to_dicts(self) -> list[dict[str, Any]]:
        return [finding.to_dict() for finding in self.found]


def save_findings(dataset_id: str, workspace: Workspace, found: Sequence[Finding], *, complete: bool) -> None:
    """Keep the findings beside the set they are about."""
    said = {"complete": complete, "findings": Findings(complete, tuple(found)).to_dicts()}
    file = workspace.datasets / dataset_id / "findings.json"
    write_atomically(file, json.dumps(said, ensure_ascii=False).encode())


def load_findings(dataset_id: str, workspace: Workspace) -> Findings | None:
    """The findings of a kept set; None when nobody has looked yet."""
    file = workspace.datasets / dataset_id / "findings.json"
    if not file.exists():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    return Findings(said["complete"], tuple(Finding.from_dict(finding) for finding in said["findings"]))
