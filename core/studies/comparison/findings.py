"""What a paired comparison warrants, in sentences: who is better and by how much, or that nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from core.evaluation.paired import LUCK, Comparison, compare, holm
from core.results.finished_run import Judged
from core.studies.said import Said, points


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


# Every pair of runs on the same examples, tested, and what that says about the best of them.


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs by their number in the list, and `p`, corrected for as many pairs as there are (Holm).

    The best run is picked by looking at all of them, so all pairs count as tested, not only those with the best.
    """

    first: int
    second: int
    found: Comparison
    p: float

    @property
    def winner(self) -> int | None:
        """The number of the one that is clearly better, if one is."""
        side = self.found.winner
        return None if side is None or self.p >= LUCK else (self.first, self.second)[side]

    def to_dict(self, runs: Sequence[Judged]) -> dict[str, Any]:
        found, winner = self.found, self.winner
        return {
            "first": runs[self.first].run, "second": runs[self.second].run, "n": found.n, "different": found.units,
            "only_first": found.paired.only_first, "only_second": found.paired.only_second, "p": found.paired.p,
            "p_corrected": self.p, "difference": found.difference, "interval": found.interval,
            "bootstrap": found.bootstrap, "enough": found.enough,
            "winner": None if winner is None else runs[winner].run,
        }  # fmt: skip


def all_pairs(runs: Sequence[Judged], clusters: Sequence[str]) -> list[Pair]:
    """Every pair of runs that were judged on the same examples, which belong to these `clusters`; best pairs first."""
    at = list(combinations(range(len(runs)), 2))
    found = [compare(runs[a].right, runs[b].right, clusters) for a, b in at]
    corrected = holm([one.paired.p for one in found])
    return [Pair(a, b, one, p) for (a, b), one, p in zip(at, found, corrected, strict=True)]


def say(pairs: Sequence[Pair], names: Sequence[str]) -> tuple[Said, ...]:
    """The verdict on runs of these names, the best first."""
    if len(names) == 2:
        return verdict(pairs[0].found, *names)
    beaten = {pair.second for pair in pairs if pair.first == 0 and pair.winner == 0}
    level = [name for number, name in enumerate(names) if number and number not in beaten]
    behind = [names[number] for number in sorted(beaten)]
    first = Said(_ALL, {"best": names[0]})
    if level:
        first = Said(_NONE, {"level": listed([names[0], *level])})
        if behind:
            first = Said(_SOME, {**first.values, "behind": listed(behind)})
    nearest = next(pair for pair in pairs if pair.first == 0 and pair.second == (names.index(level[0]) if level else 1))
    values = {
        "best": names[0], "other": names[nearest.second], "more": f"{nearest.found.paired.only_first:,}",
        "fewer": f"{nearest.found.paired.only_second:,}", "p": says_p(nearest.p), "pairs": f"{len(pairs):,}",
    }  # fmt: skip
    return first, Said(_NEAREST, values)


def listed(names: Sequence[str]) -> str:
    """ "“a”, “b” and “c”"."""
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


_ALL = "“{best}” is better than all the others."
_SOME = "No clear winner: {level} may be equally good. Clearly behind: {behind}."
_NONE = "No clear winner: {level} may be equally good."
_NEAREST = (
    "Against “{other}”: “{best}” alone was right on {more} examples, the other alone on {fewer} (p = {p}, corrected "
    "for testing {pairs} pairs: the more one looks, the more often luck looks like a finding)."
)
