"""Sentences that can be translated: the words, and the values that are put in."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """`text` with places for `values`, which are ready to be read."""

    text: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)


def share(value: float) -> str:
    """ "92 %", which never breaks across lines."""
    return f"{value * 100:.0f}\u00a0%"


def points(value: float) -> str:
    """The size of a difference in percentage points: "14", and "0.4" where it would otherwise be none."""
    size = abs(value) * 100
    return f"{size:.0f}" if size >= 0.95 else f"{size:.1f}"
