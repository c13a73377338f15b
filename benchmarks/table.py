"""What was measured, against what is required, as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """Ours and the plain way, pair by pair, in `unit`; `note` says what is unusual about this measurement."""

    ours: tuple[float, ...]
    plain: tuple[float, ...]
    unit: str = "s"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Required:
    """`kind` is "faster" (plain / ours, at least `bound`), "cost" (ours / plain, at most) or "more" (ours - plain)."""

    kind: str
    bound: float

    def found(self, measured: Measured) -> float:
        """The median over the pairs: a pair that something else disturbed does not count."""
        pairs = zip(measured.ours, measured.plain, strict=True)
        if self.kind == "faster":
            return median(plain / ours for ours, plain in pairs)
        if self.kind == "cost":
            return median(ours / plain for ours, plain in pairs)
        return median(ours - plain for ours, plain in pairs)

    def met(self, measured: Measured) -> bool:
        found = self.found(measured)
        return found >= self.bound if self.kind == "faster" else found <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.kind == 'faster' else '<='} {self.bound:g}"


_HEADER = ("row", "ours", "plain way", "ratio", "required", "met")


def comparison(rows: Sequence[tuple[str, Required, Measured]]) -> str:
    """The table of all rows; then what was unusual about any."""
    lines = [_HEADER, *(_cells(*row) for row in rows)]
    notes = [f"{name}: {measured.note}" for name, _, measured in rows if measured.note]
    return "\n".join([columns(lines), *notes])


def columns(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells, the first the header, under each other."""
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    padded = ["  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines]
    padded.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in padded)


def _cells(name: str, required: Required, measured: Measured) -> tuple[str, ...]:
    found = f"{required.found(measured):.2f}" if required.kind != "more" else f"{required.found(measured):+.0f}"
    shown = [f"{median(values):.3g} {measured.unit}" for values in (measured.ours, measured.plain)]
    return (name, *shown, found, str(required), yes_no(required.met(measured)))


def yes_no(met: bool) -> str:
    return "yes" if met else "NO"
