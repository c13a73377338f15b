"""What `evidence.py` measured, as plain text: each method on each set, what tuning gained, and how near `auto` came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import mean, stdev

from benchmarks.results import Line
from benchmarks.sets import SETS
from benchmarks.table import columns
from benchmarks.verdicts import Cell, gather, interval

_BASE = "head"
Cells = dict[str, Cell]
"""Of one set at one number of examples of each class, by method."""


def report(lines: Iterable[Line]) -> str:
    """All tables for what is measured."""
    cells: dict[tuple[str, int], Cells] = {}
    for cell in gather(lines):
        cells.setdefault((cell.set, cell.shots), {})[cell.method] = cell
    if not cells:
        return "Nothing is measured yet."
    groups = dict.fromkeys((SETS[name].modality, shots) for name, shots in sorted(cells, key=_place))
    parts = [_accuracies(*group, cells) for group in groups]
    for title, table in (("gained over the last layer of the same model", _gains(groups, cells)),
                         ("'auto' against the best single choice in hindsight", _auto(cells))):  # fmt: skip
        if len(table) > 1:
            parts.append(f"Points {title}:\n{columns(table)}")
    return "\n\n".join([*parts, _EXPLAINED])


def _place(key: tuple[str, int]) -> tuple[int, float]:
    return list(SETS).index(key[0]), key[1] or float("inf")


def _accuracies(modality: str, shots: int, cells: dict[tuple[str, int], Cells]) -> str:
    """A line for each method: mean accuracy on each set with its interval, on all, and seconds."""
    own = {name: found for (name, few), found in cells.items() if SETS[name].modality == modality and few == shots}
    methods = dict.fromkeys(method for found in own.values() for method in found)
    table: list[Sequence[str]] = [(f"{modality}, {shots or 'all'} a class", *own, "mean", "seconds")]
    for method in methods:
        its = [found.get(method) for found in own.values()]
        known = [cell for cell in its if cell]
        shown = ["" if cell is None else f"{mean(cell.percents):.1f} {interval(cell.percents)}".strip() for cell in its]
        overall = f"{mean(mean(cell.percents) for cell in known):.1f}" if len(known) == len(own) else ""
        seconds = mean(line["seconds"] for cell in known for line in cell.lines.values())
        table.append((method, *shown, overall, f"{seconds:.1f}"))
    draws = sorted({len(cell.lines) for found in own.values() for cell in found.values()})
    return f"{columns(table)}\n{draws[0]} to {draws[-1]} draws of each" if draws else columns(table)


def _gains(groups: Iterable[tuple[str, int]], cells: dict[tuple[str, int], Cells]) -> list[Sequence[str]]:
    """For each way to train and number of examples: mean over sets and models, and how much sets differ."""
    table: list[Sequence[str]] = [("kind", "a class", "method", "points", "SD of sets", "sets", "worst")]
    for modality, shots in groups:
        by_strategy: dict[str, dict[str, list[float]]] = {}
        for (name, few), found in cells.items():
            if SETS[name].modality == modality and few == shots:
                for strategy, points in _gained(found):
                    by_strategy.setdefault(strategy, {}).setdefault(name, []).append(points)
        for strategy, by_set in by_strategy.items():
            means = [mean(points) for points in by_set.values()]
            spread = f"{stdev(means):.1f}" if len(means) > 1 else "-"
            table.append((modality, str(shots or "all"), strategy, f"{mean(means):+.1f}", spread, str(len(means)),
                          f"{min(means):+.1f}"))  # fmt: skip
    return table


def _gained(found: Cells) -> Iterator[tuple[str, float]]:
    """(method, points) for each model: against its last layer, on the draws that both have."""
    for method, cell in found.items():
        model, _, way = method.partition(" ")
        base = found.get(f"{model} {_BASE}")
        if base and way and way != _BASE and (gaps := _gaps(cell, base)):
            yield way, mean(gaps)


def _auto(cells: dict[tuple[str, int], Cells]) -> list[Sequence[str]]:
    table: list[Sequence[str]] = [
        ("set", "a class", "auto", "best single", "its mean", "auto - best", "auto - plain", "draws", "seconds", "most")
    ]
    behind: list[float] = []
    for (name, shots), found in cells.items():
        auto = found.get("auto")
        singles = [cell for cell in found.values() if " " in cell.method]
        if auto is None or not singles:
            continue
        best = max(singles, key=lambda cell: mean(cell.percents))
        gaps, plain = _gaps(auto, best), _gaps(auto, found["plain"]) if "plain" in found else []
        behind += [mean(gaps)] if gaps else []
        seconds = [line["seconds"] for line in auto.lines.values()]
        table.append((name, str(shots or "all"), f"{mean(auto.percents):.1f}", best.method,
                      f"{mean(best.percents):.1f}", _signed(gaps), _signed(plain), str(len(auto.lines)),
                      f"{mean(seconds):.0f}", f"{max(seconds):.0f}"))  # fmt: skip
    if behind:
        table.append(("mean, worst", "", "", "", "", f"{mean(behind):+.1f}, {min(behind):+.1f}", "", "", "", ""))
    return table


def _gaps(one: Cell, other: Cell) -> list[float]:
    """Points between two methods on each of the draws that both have."""
    return [
        100 * (one.lines[seed]["accuracy"] - other.lines[seed]["accuracy"])
        for seed in sorted(one.lines.keys() & other.lines.keys())
    ]


def _signed(gaps: Sequence[float]) -> str:
    return f"{mean(gaps):+.1f} {interval(gaps)}".strip() if gaps else "-"


_EXPLAINED = (
    "Intervals (95 %, Student's t) are over the draws, which share their set; differences are paired. The best single\n"
    "choice is found on the very examples that judge, so it is a little flattered."
)
