"""What reading the files brought to light."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.data.findings import Exhibit, Finding
from core.data.readers.items import Skip

_SHOWN = 24


def remarks(notes: Sequence[str]) -> list[Finding]:
    """What a reader noticed although nothing was left out for it."""
    return [Finding("reading", "note", "About the files", note, 1) for note in notes]


def left_out(skipped: Sequence[Skip]) -> list[Finding]:
    """How many files or rows were left out, and the reasons, the commonest first."""
    if not skipped:
        return []
    reasons = Counter(skip.reason for skip in skipped).most_common(3)
    said = " ".join(f"{count:,} times: {reason}" for reason, count in reasons)
    exhibits = tuple(Exhibit(skip.file, skip.file, "", skip.reason) for skip in skipped[:_SHOWN])
    return [Finding("unreadable", "note", f"{len(skipped):,} left out", said, len(skipped), exhibits)]
