"""A new study costs one folder (here: this file) and one line of the registry."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from core.data.dataset import Dataset
from core.events import Event
from core.messages import Message
from core.options import option
from core.runs.folder import RunFolder
from core.studies.base import Context, Design, Plan, Sheet, Study
from core.studies.events import MethodEvaluated
from core.studies.registry import STUDIES
from core.workspace import Workspace
from tests.helpers import picture_dataset

# --- the study ---


@dataclass(frozen=True)
class Coins(Design):
    """Guess the class of every example by tossing a coin, `tosses` times over."""

    REFUSAL: ClassVar[Message] = Message("No coins.")

    tosses: int = option(3, Message("Tosses"), Message("How often it is repeated."), low=1, high=9, step=1)


class Table:
    def __init__(self, design: Coins, events: Iterable[Event]) -> None:
        self.shares = [one.right.count("1") / len(one.right) for one in events if isinstance(one, MethodEvaluated)]

    def sheets(self) -> list[Sheet]:
        rows = tuple((n, Message("{share:percent}", share=share)) for n, share in enumerate(self.shares, 1))
        return [Sheet((Message("toss"), Message("accuracy")), rows)]

    def to_dict(self) -> dict[str, Any]:
        return {"shares": self.shares}


def run(design: Coins, context: Context) -> Generator[Event, None, bool]:
    for toss in range(design.tosses):
        right = "".join("01"[(i + toss) % 2] for i in range(len(context.dataset.examples)))
        yield MethodEvaluated(toss, 0, "coin", right, float(toss))
    return True


def plan(design: Coins, dataset: Dataset, workspace: Workspace) -> Plan:
    return Plan(Message("{n} tosses", n=design.tosses), 1.0)


def findings(table: Table) -> list[Message]:
    return [Message("A coin is right on about {share:percent}.", share=sum(table.shares) / len(table.shares))]


LINE = Study(
    "coins", verb="coins", title=Message("Coins"), question=Message("What does chance get?"),
    help=Message("toss coins"), design=Coins, plan=plan, run=run, table=Table, findings=findings,
)  # fmt: skip

# --- it is run by the same job and verb as any other, and gone with its line ---


def test_a_study_is_one_folder_and_one_line(cli, workspace, monkeypatch):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    with monkeypatch.context() as added:
        added.setitem(STUDIES, LINE.id, LINE)
        status, lines, _ = cli("coins", f"dataset:{dataset.id}", "--tosses", "2")
        assert status == 0
        assert lines[0].split() == ["toss", "accuracy"] and len(lines) == 4
        assert lines[-1] == "A coin is right on about 50\u00a0%."
        status, lines, _ = cli("coins", f"dataset:{dataset.id}", "--json")
        assert json.loads(lines[-1])["result"]["sentences"] == ["A coin is right on about 50\u00a0%."]
        assert cli("coins", f"dataset:{dataset.id}", "--tosses", "99")[0] == 2
        folders = [RunFolder(path) for path in workspace.studies.iterdir()]
        assert [folder.request["study"] for folder in folders] == ["coins", "coins"]
    assert cli("coins", f"dataset:{dataset.id}")[0] == 2
