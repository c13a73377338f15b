"""Pictures of a few pixels."""

from __future__ import annotations

from core.data.findings import Finding
from core.doctor.case import Case

SMALLEST = 32
"""Pixels on the shorter side."""
_MOST = 0.5


def tiny(case: Case) -> list[Finding]:
    """Pictures whose original was smaller than SMALLEST; only a note when most of the set is like that."""
    facts = [example.facts for example in case.dataset.examples]
    found = [i for i, fact in enumerate(facts) if 0 < min(fact.get("width", 0), fact.get("height", 0)) < SMALLEST]
    if not found:
        return []
    usual = len(found) > _MOST * len(facts)
    return [
        Finding(
            "tiny",
            "note" if usual else "look",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} smaller than {SMALLEST} pixels",
            "They are enlarged before the model sees them, and look blurred to it. "
            + (
                "As nearly all are like that, it can still learn to tell them apart."
                if usual
                else "Next to the larger ones of this set the model may take the blur for a sign of the class. "
                "They may be icons or preview pictures that came along by accident."
            ),
            len(found),
            case.exhibits(found, lambda i: f"{facts[i]['width']} x {facts[i]['height']} pixels"),
            () if usual else (case.leave_out(found),),
        )
    ]
