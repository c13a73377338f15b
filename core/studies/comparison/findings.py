"""What a comparison warrants, in sentences: which run is better and by how much, or that nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.evaluation.paired import Comparison
from core.messages import NOTHING, Message, quoted
from core.results.cells import percentage_points, points
from core.studies.comparison.table import ComparisonTable, Pair


def findings(table: ComparisonTable) -> list[Message]:
    """The verdict first; none where runs were evaluated on different examples, and why."""
    if table.about is None:
        return []
    chosen = [quote(run.name) for run in table.runs if run.chosen]
    bias = _BIAS.having(names=chosen) if chosen else NOTHING
    if not table.same_examples:
        apart = _APART.having(names=[quote(name) for name in table.names])
        return [one for one in (apart, bias) if one]
    return [one for one in (*_verdicts(table.pairs, table.names), bias) if one]


def result(table: ComparisonTable) -> dict[str, Any]:
    """The table's own data, with the verdict."""
    return {**table.to_dict(), "verdict": findings(table)[0]}


def quote(name: Message) -> Message:
    return Message("“{name}”", name=name)


def _verdicts(pairs: Sequence[Pair], names: Sequence[Message]) -> list[Message]:
    """The verdict on runs of these names, the best first."""
    if len(names) == 2:
        return verdict(pairs[0].found, *names)
    beaten = {pair.second for pair in pairs if pair.first == 0 and pair.winner == 0}
    level = [number for number in range(1, len(names)) if number not in beaten]
    if not level:
        first = Message("{best} is better than all the others.", best=quote(names[0]))
    elif beaten:
        first = Message(
            "No clear difference: {level:list} may be equally good. Clearly worse: {behind:list}.",
            level=[quote(names[number]) for number in (0, *level)],
            behind=[quote(names[number]) for number in sorted(beaten)],
        )
    else:
        level_names = [quote(names[number]) for number in (0, *level)]
        first = Message("No clear difference: {level:list} may be equally good.", level=level_names)
    nearest = next(pair for pair in pairs if pair.first == 0 and pair.second == (level[0] if level else 1))
    second = Message(
        "Against {other}: {best} alone was right on {more} examples, the other alone on {fewer} (p = {p}). This "
        "p-value is corrected for testing {pairs} pairs: the more one looks, the more often chance looks like a "
        "finding.",
        other=quote(names[nearest.second]), best=quote(names[0]), more=nearest.found.paired.only_first,
        fewer=nearest.found.paired.only_second, p=says_p(nearest.p), pairs=len(pairs),
    )  # fmt: skip
    return [first, second]


def verdict(found: Comparison, first: Message, second: Message) -> list[Message]:
    """The sentences about two models of these names, the most important one first."""
    swapped = found.difference < 0
    better, worse = (second, first) if swapped else (first, second)
    low, high = (-found.interval[1], -found.interval[0]) if swapped else found.interval
    alone = (found.paired.only_first, found.paired.only_second)
    more, fewer = alone[::-1] if swapped else alone
    chance = round(found.paired.p * 100)
    values = {
        "better": quote(better), "worse": quote(worse), "difference": percentage_points(found.difference),
        "n": found.n, "low": points(low), "high": points(high), "more": more, "fewer": fewer,
        "tries": chance if chance else Message("fewer than 1"), "p": says_p(found.paired.p), "units": found.units,
        "enough": about(found.enough or 0),
    }  # fmt: skip
    if not found.paired.only_first + found.paired.only_second:
        told = [_SAME, _SAME_RANGE]
    else:
        if found.winner is not None:
            told = [_BETTER, _ALONE]
        elif not found.difference:
            told = [_EVEN, _SPLIT]
        else:
            told = [_OPEN if min(map(abs, found.interval)) else _OPEN_NO_BETTER, _ALONE]
        told += [_COPIES] if found.units < found.n else []
        told += [_ENOUGH] if found.winner is None and found.enough else []
    return [one.having(**{name: value for name, value in values.items() if f"{{{name}}}" in one.text}) for one in told]


def says_p(p: float) -> Message:
    """ "0.38", "0.004", "less than 0.001"."""
    if p < 0.001:
        return Message("less than 0.001")
    return quoted(f"{p:.2f}" if p >= 0.1 else f"{p:.3f}")


def about(count: int) -> int:
    """A number of examples that is an estimate itself: two digits."""
    size = 10 ** max(0, len(str(count)) - 2)
    return int(-(-count // size) * size)


_APART = Message(
    "No verdict: {names:list} were evaluated on different examples. A higher score on easier examples does not "
    "make a better model."
)
_BIAS = Message(
    "The best epoch of {names:list} was picked by looking at these very examples. That makes a score a little too "
    "high (selection bias)."
)
_BETTER = Message(
    "{better} is better than {worse}: by {difference} on these {n} examples. With many more such examples the gap "
    "would be between {low} and {high} percentage points (95\u00a0% confidence interval)."
)
_ALONE = Message(
    "{better} alone was right on {more} of them, {worse} alone on {fewer}. Two equally good models would be at least "
    "this far apart in {tries} of 100 such tests (p = {p})."
)
_OPEN = Message(
    "No clear difference: {better} was ahead of {worse} by {difference} on these {n} examples. With many more such "
    "examples it could be anything from {low} percentage points worse to {high} better (95\u00a0% confidence interval)."
)
_OPEN_NO_BETTER = Message(
    "No clear difference: {better} was ahead of {worse} by {difference} on these {n} examples. With many more such "
    "examples it could be anything from no better to {high} percentage points better (95\u00a0% confidence interval)."
)
_EVEN = Message(
    "No clear difference: {better} and {worse} were right equally often on these {n} examples. With many more such "
    "examples they could still be up to {high} percentage points apart (95\u00a0% confidence interval)."
)
_SPLIT = Message("Each alone was right on {more} of them.")
_SAME = Message("No clear difference: {better} and {worse} were right on the very same ones of these {n} examples.")
_SAME_RANGE = Message(
    "With many more such examples they could still be up to {high} percentage points apart (95\u00a0% confidence "
    "interval)."
)
_COPIES = Message(
    "Copies and near-copies count as one here: the {n} examples are {units} different ones. What is there twice is "
    "not two witnesses."
)
_ENOUGH = Message(
    "It would take about {enough} examples to tell them apart, if they keep differing as they did here. That is "
    "only a rough estimate."
)
