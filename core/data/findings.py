"""What may be wrong with a dataset: said plainly, with the examples it is about and what can be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.messages import NOTHING, Message, revived
from core.storage import Damaged, read_json, write_json
from core.workspace import Workspace

FINDINGS = "findings.json"
Severity = Literal["serious", "look", "note"]
SEVERITIES: dict[Severity, Message] = {
    "serious": Message("Fix first"), "look": Message("Worth a look"), "note": Message("Good to know")
}  # fmt: skip
"""What each is called, the worst first: this will spoil the result; this deserves a look; this is good to know."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing a click can do about a finding.

    `action` is "exclude" (leave `examples` out), "relabel" (give `examples` the class `label`) or "merge" (give every
    example of the classes `labels` the class `label`). `title` is the button. That a finding can be kept as it is goes
    without saying. `examples` are keys (`Example.key`).
    """

    action: Literal["exclude", "relabel", "merge"]
    title: Message
    examples: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One example a finding is about. `detail` says what is special about it: "copy of bird/3.png"."""

    key: str
    name: str
    label: str
    detail: Message = NOTHING


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` names the check ("near_duplicates"), `title` says it in one line, `explanation` why it matters and what to
    do about it.

    `exhibits` are at most a few dozen; `count` is how many examples or classes it concerns in all.
    """

    kind: str
    severity: Severity
    title: Message
    explanation: Message
    count: int
    exhibits: tuple[Exhibit, ...] = ()
    remedies: tuple[Remedy, ...] = ()

    @property
    def id(self) -> str:
        """The same finding about the same examples has the same id, so that "keep it" is remembered."""
        title = json.dumps(self.title.to_dict(), sort_keys=True)
        concerns = [self.kind, title, *sorted(exhibit.key for exhibit in self.exhibits)]
        return hashlib.sha256("\n".join(concerns).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """As a dictionary with its id first; messages stay messages."""
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """The inverse of `to_dict`, also after JSON."""
        exhibits = tuple(Exhibit(**exhibit) for exhibit in data["exhibits"])
        remedies = tuple(
            Remedy(**{**remedy, "examples": tuple(remedy["examples"]), "labels": tuple(remedy["labels"])})
            for remedy in data["remedies"]
        )
        rest = {name: data[name] for name in ("kind", "severity", "title", "explanation", "count")}
        return cls(**rest, exhibits=exhibits, remedies=remedies)


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Serious ones first; within a severity in the order given."""
    return sorted(findings, key=lambda finding: [*SEVERITIES].index(finding.severity))


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about a kept dataset. Not `complete`: the checks that need a model are still to come."""

    complete: bool
    found: tuple[Finding, ...]


def save_findings(dataset_id: str, workspace: Workspace, found: Sequence[Finding], *, complete: bool) -> None:
    """Keep the findings beside the dataset they are about."""
    kept = {"complete": complete, "findings": [finding.to_dict() for finding in found]}
    write_json(workspace.datasets / dataset_id / FINDINGS, kept)


def load_findings(dataset_id: str, workspace: Workspace) -> Findings | None:
    """The findings of a kept dataset. None when it was not checked yet, or by an earlier version of this program, or
    what was found is damaged: it is then looked for again."""
    kept = read_json(workspace.datasets / dataset_id / FINDINGS)
    if isinstance(kept, Damaged):
        return None
    try:
        return Findings(kept["complete"], tuple(Finding.from_dict(finding) for finding in revived(kept["findings"])))
    except KeyError:
        return None
