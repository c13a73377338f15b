"""Every pair of runs on the same examples, tested, and what that says about the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from core.compare.judged import Judged
from core.compare.verdict import says_p, verdict
from core.evaluation.holm import holm
from core.evaluation.paired import LUCK, Comparison, compare
from core.experiment.said import Said


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
