"""A new doctor check costs one function and one line of the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.data.dataset import Dataset, Example
from core.data.findings import Finding
from core.doctor import examine as doctor
from core.doctor.case import Case
from core.doctor.examine import CHECKS, Check
from core.events import drain
from core.messages import Message, counted

# --- the check ---


def shouting(case: Case) -> Iterator[Finding]:
    """Texts in capitals only."""
    found = [i for i, text in enumerate(case.texts) if text.isupper()]
    if found:
        yield Finding(
            "shouting",
            "look",
            counted("{many} is in capitals", "{many} are in capitals", n=len(found), many=case.count(len(found))),
            Message("Capitals may be taken for a sign of the class."),
            len(found),
            case.exhibits(found),
            (case.leave_out(found),),
        )


LINE = Check("shouting", shouting, "wording")

# --- it is found by the examination of the kinds of example it is made for, and gone with its line ---

TEXTS = (("PAY NOW", "spam"), ("shall we meet tomorrow", "mail"), ("the invoice is attached", "mail"))
MESSAGES = Dataset(
    "notes",
    "text",
    tuple(Example(f"{i:032x}", label, f"row {i}", text) for i, (text, label) in enumerate(TEXTS)),
    Path("nowhere"),
)


def found(workspace) -> list[Finding]:
    return [f for f in drain(doctor.examine(MESSAGES, workspace, quick=True)) if f.kind == "shouting"]


def test_a_check_is_one_function_and_one_line(workspace, monkeypatch):
    assert found(workspace) == []
    with monkeypatch.context() as added:
        added.setattr(doctor, "CHECKS", (*CHECKS, LINE))
        (finding,) = found(workspace)
        assert str(finding.title) == "1 message is in capitals"
        assert finding.remedies[0].examples == (MESSAGES.examples[0].key,)
    assert found(workspace) == []


def test_it_is_not_asked_about_kinds_that_it_was_not_made_for(workspace, monkeypatch):
    monkeypatch.setattr(doctor, "CHECKS", (*CHECKS, Check("shouting", shouting, "looks")))
    assert found(workspace) == []
