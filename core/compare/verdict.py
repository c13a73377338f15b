"""What a paired comparison warrants, in sentences: who is better and by how much, or that nobody can tell."""

from __future__ import annotations

from core.evaluation.paired import Comparison
from core.experiment.said import Said, points


def verdict(found: Comparison, first: str, second: str) -> tuple[Said, ...]:
    """The sentences about two models called `first` and `second` (plain text), the most important one first."""
    swapped = found.difference < 0
    values = _values(found, *((second, first) if swapped else (first, second)), swapped=swapped)
    if not found.paired.only_first + found.paired.only_second:
        return _filled(values, _SAME, _SAME_RANGE)
    if found.winner is not None:
        told = (_BETTER, _ALONE)
    elif not found.difference:
        told = (_EVEN, _SPLIT)
    else:
        told = (_OPEN if min(map(abs, found.interval)) else _OPEN_NO_BETTER, _ALONE)
    copies = (_COPIES,) if found.units < found.n else ()
    enough = (_ENOUGH,) if found.winner is None and found.enough else ()
    return _filled(values, *told, *copies, *enough)


def says_p(p: float) -> str:
    """ "0.38", "0.004", "less than 0.001"."""
    if p < 0.001:
        return "less than 0.001"
    return f"{p:.2f}" if p >= 0.1 else f"{p:.3f}"


def about(count: int) -> str:
    """A number of examples that is an estimate itself: two digits, thousands apart."""
    size = 10 ** max(0, len(str(count)) - 2)
    return f"{-(-count // size) * size:,}"


def _values(found: Comparison, better: str, worse: str, *, swapped: bool) -> dict[str, str]:
    low, high = (-found.interval[1], -found.interval[0]) if swapped else found.interval
    alone = (found.paired.only_first, found.paired.only_second)
    more, fewer = alone[::-1] if swapped else alone
    chance = round(found.paired.p * 100)
    return {
        "better": better, "worse": worse, "points": points(found.difference), "n": f"{found.n:,}",
        "low": points(low), "high": points(high), "more": f"{more:,}", "fewer": f"{fewer:,}",
        "tries": str(chance) if chance else "fewer than 1", "p": says_p(found.paired.p), "units": f"{found.units:,}",
        "enough": about(found.enough or 0),
    }  # fmt: skip


def _filled(values: dict[str, str], *texts: str) -> tuple[Said, ...]:
    return tuple(Said(t, {name: value for name, value in values.items() if f"{{{name}}}" in t}) for t in texts)


_BETTER = (
    "“{better}” is better than “{worse}”: by {points} points on these {n} examples, and by between {low} and {high} "
    "points with many more such examples (95\u00a0% sure)."
)
_ALONE = (
    "“{better}” alone was right on {more} of them, “{worse}” alone on {fewer}. Two equally good models would be at "
    "least this far apart in {tries} of 100 such tests (p = {p})."
)
_OPEN = (
    "No clear winner: “{better}” was right {points} points more often than “{worse}” on these {n} examples, but with "
    "many more such examples it could be anything from {low} points worse to {high} points better (95\u00a0% sure)."
)
_OPEN_NO_BETTER = (
    "No clear winner: “{better}” was right {points} points more often than “{worse}” on these {n} examples, but with "
    "many more such examples it could be anything from no better to {high} points better (95\u00a0% sure)."
)
_EVEN = (
    "No clear winner: “{better}” and “{worse}” were right equally often on these {n} examples. With many more such "
    "examples they could still be up to {high} points apart (95\u00a0% sure)."
)
_SPLIT = "Each alone was right on {more} of them."
_SAME = "No clear winner: “{better}” and “{worse}” were right on the very same ones of these {n} examples."
_SAME_RANGE = "With many more such examples they could still be up to {high} points apart (95\u00a0% sure)."
_COPIES = (
    "Copies and near-copies count as one here: the {n} examples are {units} different ones, and one that is there "
    "twice is not two witnesses."
)
_ENOUGH = (
    "Should they go on differing as they did here, which is only a rough guess, it would take about {enough} judging "
    "examples to tell them apart."
)
