"""Tables and requirements from finished jobs: means over draws, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from benchmarks.jobs import TEXT_SETS, TUNING_SETS
from benchmarks.results import Line
from benchmarks.sets import SETS
from benchmarks.table import columns, yes_no

_VISIBLE = 5.0
"""Points by which training from scratch must be worse to be seen at a glance."""


@dataclass(frozen=True, slots=True)
class Cell:
    """All draws of one method on one set at one number of examples of a class."""

    set: str
    shots: int
    method: str
    lines: dict[int, Line]

    @property
    def percents(self) -> list[float]:
        return [100 * line["accuracy"] for line in self.lines.values()]

    def row(self) -> tuple[str, ...]:
        values, lines = self.percents, list(self.lines.values())
        chosen = sorted({line["strategy"] for line in lines} - {self.method, ""})
        method = f"{self.method} ({', '.join(chosen)})" if chosen else self.method
        spread = f"{stdev(values):.1f}" if len(values) > 1 else "-"
        seconds = f"{mean(line['seconds'] for line in lines):.1f}"
        taught, judged = _range(line["taught"] for line in lines), _range(line["n"] for line in lines)
        return (self.set, taught, method, f"{mean(values):.1f}", spread, interval(values), str(len(values)), judged,
                seconds)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is required, and what was found."""

    what: str
    found: str
    required: str
    met: bool


def report(lines: Iterable[Line]) -> str:
    """Means of every cell, then every requirement that can be checked with what is there."""
    cells = gather(lines)
    if not cells:
        return "Nothing is measured yet."
    header = ("set", "per class", "method", "mean %", "SD", "95 %", "draws", "judged", "seconds")
    parts = [columns([header, *(cell.row() for cell in cells)]), _EXPLAINED]
    found = claims(cells)
    if found:
        rows = [(claim.what, claim.found, claim.required, yes_no(claim.met)) for claim in found]
        parts.append(columns([("required", "found", "bound", "met"), *rows]))
    return "\n\n".join(parts)


def gather(lines: Iterable[Line]) -> list[Cell]:
    """Cells in the order of the sets, then examples of a class, then first appearance."""
    cells: dict[tuple[str, int, str], Cell] = {}
    for line in lines:
        key = (line["set"], line["shots"], line["method"])
        cells.setdefault(key, Cell(*key, {})).lines[line["seed"]] = line
    order = list(SETS)
    return sorted(cells.values(), key=lambda cell: (order.index(cell.set), cell.shots))


def claims(cells: Sequence[Cell]) -> list[Claim]:
    """What is required of every set, for what was measured."""
    by_key = {(cell.set, cell.shots, cell.method): cell for cell in cells}
    found: list[Claim] = []
    for name, shots in dict.fromkeys((cell.set, cell.shots) for cell in cells):
        own = {method: cell for (s, k, method), cell in by_key.items() if (s, k) == (name, shots)}
        found += _text_claims(own) if name in TEXT_SETS else _picture_claims(own)
        if name in TUNING_SETS and shots == 25:
            found += _tuning_claims(own)
    return found


def _text_claims(own: dict[str, Cell]) -> Iterator[Claim]:
    if {"contrastive", "setfit"} <= set(own):
        ours, theirs = own["contrastive"], own["setfit"]
        yield _difference(ours, theirs, 0.0)
        seeds = ours.lines.keys() & theirs.lines.keys()
        if seeds:
            share = sum(ours.lines[s]["seconds"] for s in seeds) / sum(theirs.lines[s]["seconds"] for s in seeds)
            what = f"{_where(ours)}: training time of contrastive / setfit"
            yield Claim(what, f"{share:.2f}", "<= 0.25", share <= 0.25)


def _picture_claims(own: dict[str, Cell]) -> Iterator[Claim]:
    head = own.get("head")
    if head is None:
        return
    for method, bound in (("auto", -1.0), ("full", -3.0)):
        if method in own:
            yield _difference(own[method], head, bound)
    if "scratch" in own:
        yield _difference(head, own["scratch"], _VISIBLE)


def _tuning_claims(own: dict[str, Cell]) -> Iterator[Claim]:
    tuned = [own[method] for method in ("auto", "full") if method in own]
    if "head" in own and tuned:
        best = max(tuned, key=lambda cell: mean(cell.percents))
        yield _difference(best, own["head"], 0.0)


def _difference(better: Cell, other: Cell, bound: float) -> Claim:
    """Points between the means of two methods, over the draws that both have."""
    seeds = sorted(better.lines.keys() & other.lines.keys())
    gaps = [100 * (better.lines[seed]["accuracy"] - other.lines[seed]["accuracy"]) for seed in seeds]
    what = f"{_where(better)}: {better.method} - {other.method}, points"
    if not gaps:
        return Claim(what, "no draw that both have", f">= {bound:+g}", False)
    return Claim(what, f"{mean(gaps):+.1f} {interval(gaps)}".strip(), f">= {bound:+g}", mean(gaps) >= bound - 1e-9)


def _where(cell: Cell) -> str:
    return f"{cell.set}, {_range(line['taught'] for line in cell.lines.values())} per class"


def interval(values: Sequence[float]) -> str:
    """Student's t over the draws: how far the mean may be off, the set being what it is."""
    if len(values) < 2:
        return ""
    from scipy.stats import t

    return f"+- {t.ppf(0.975, len(values) - 1) * stdev(values) / len(values) ** 0.5:.1f}"


def _range(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


_EXPLAINED = (
    "SD and 95 % (Student's t) are over the draws, which share their set. 'judged': examples that judge in each draw.\n"
    "'seconds' are means: of messages those of training alone, of pictures those of a whole run, with the embeddings\n"
    "of earlier draws known."
)
