"""What the reader left out, and what it had to say."""

from __future__ import annotations

from collections import Counter

from core.data.findings import Exhibit, Finding
from core.doctor.case import MOST_EXHIBITS, Case


def unreadable(case: Case) -> list[Finding]:
    """Files and rows that are not in the set, by reason. There is no example, so an exhibit's key is the file."""
    if not case.skipped:
        return []
    reasons = Counter(skip.reason for skip in case.skipped).most_common()
    n = len(case.skipped)
    said = " ".join(f"{count:,} x: {reason}" for reason, count in reasons[:5])
    more = f" And {len(reasons) - 5} other reasons." if len(reasons) > 5 else ""
    return [
        Finding(
            "unreadable",
            "note",
            f"{n:,} {'file or row was' if n == 1 else 'files or rows were'} left out while reading",
            f"{said}{more} If you need something of it, mend it and read everything in again.",
            n,
            tuple(Exhibit(skip.file, skip.file, "", skip.reason) for skip in case.skipped[:MOST_EXHIBITS]),
        )
    ]


def reading(case: Case) -> list[Finding]:
    """The reader's notes."""
    return [
        Finding("reading", "note", note, "Nothing was left out because of this. It is said so that you can check.", 1)
        for note in case.notes
    ]
