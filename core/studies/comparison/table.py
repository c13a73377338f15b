"""A comparison's events folded into scores side by side and tests of every pair. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from core.evaluation.paired import LUCK, Comparison, compare, holm
from core.events import Event, Rival
from core.messages import NOTHING, Message, quoted
from core.results.cells import accuracy_cell, difference_cell
from core.results.score import rival_title
from core.studies.base import Sheet
from core.studies.comparison.design import ComparisonDesign
from core.studies.events import RunEvaluated, RunsCompared


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


class ComparisonTable:
    """Runs with their scores, the best first, and what a comparison of them warrants."""

    def __init__(self, design: ComparisonDesign, events: Iterable[Event]) -> None:
        self.design = design
        self.about: RunsCompared | None = None
        self.runs: list[RunEvaluated] = []
        for event in events:
            match event:
                case RunsCompared():
                    self.about, self.runs = event, []
                case RunEvaluated():
                    self.runs.append(event)

    @property
    def names(self) -> list[Message]:
        return [run.name for run in self.runs]

    @property
    def same_examples(self) -> bool:
        return self.about is not None and self.about.same_examples

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every pair, best first; none where they were evaluated on different examples."""
        if not self.same_examples:
            return []
        right = [np.array([one == "1" for one in run.right]) for run in self.runs]
        at = list(combinations(range(len(self.runs)), 2))
        found = [compare(right[a], right[b], self.runs[0].examples) for a, b in at]
        corrected = holm([one.paired.p for one in found])
        return [Pair(a, b, one, p) for (a, b), one, p in zip(at, found, corrected, strict=True)]

    @property
    def clear(self) -> bool:
        """True where one is better than all the others."""
        ahead = {pair.second for pair in self.pairs if pair.first == 0 and pair.winner == 0}
        return bool(ahead) and len(ahead) == len(self.runs) - 1

    def sheets(self) -> list[Sheet]:
        return [self._scores(), self._differences()] if self.about else []

    def _scores(self) -> Sheet:
        plain = any(run.plain for run in self.runs)
        columns = (
            Message("run"), Message("accuracy"), Message("evaluated on"), Message("baseline"),
            *((Message("plain model"), Message("against it")) if plain else ()), Message("training time"),
            Message("size"), Message("parameters"),
        )  # fmt: skip
        rows = tuple(
            (
                run.name, accuracy_cell(run.score.accuracy, run.score.interval), self._evaluated_on(run),
                Message("{share:percent}", share=run.score.baseline), *(_plain_cells(run.plain) if plain else ()),
                Message("{time:duration}", time=run.seconds), Message("{size:bytes}", size=run.megabytes * 1e6),
                run.parameters,
            )
            for run in self.runs
        )  # fmt: skip
        return Sheet(columns, rows, caption=_PLAIN if plain else NOTHING)

    def _evaluated_on(self, run: RunEvaluated) -> Message | int:
        """How many examples, and where they were not the same for all, which."""
        if self.same_examples:
            return run.score.n
        kinds = [one.examples for one in self.runs]
        letters = [kind for i, kind in enumerate(kinds) if kind not in kinds[:i]]
        return Message("{n} (set {letter})", n=run.score.n, letter="ABCDEFGH"[letters.index(run.examples)])

    def _differences(self) -> Sheet:
        assert self.about is not None
        rows = tuple(
            (one["label"], *(value or quoted("-") for value in one["values"])) for one in self.about.differences
        )
        caption = (
            Message("All that is not listed is the same for all. “-”: it does not apply there.")
            if rows
            else Message("Nothing: their settings and their data are the same.")
        )
        return Sheet((Message("option"), *self.names), rows, Message("What differs in their settings"), caption)

    def to_dict(self) -> dict[str, Any]:
        if self.about is None:
            return {}
        ids = [run.run for run in self.runs]
        return {
            "runs": [_row(run) for run in self.runs], "judged_on": self.about.evaluated_on,
            "same_examples": self.same_examples, "clear": self.clear,
            "pairs": [_pair(pair, ids) for pair in self.pairs],
            "differences": [
                {**one, "values": dict(zip(ids, one["values"], strict=True))} for one in self.about.differences
            ],
            "left_out": self.about.left_out,
        }  # fmt: skip


_PLAIN = Message(
    "Plain model: without pretraining, trained on the same examples. Against it: how many percentage points more "
    "of the answers are right, with the 95\u00a0% confidence interval."
)


def _plain_cells(plain: Rival | None) -> tuple[Message, Message]:
    if plain is None:
        return quoted("-"), quoted("-")
    return (
        Message("{share:percent} ({name})", share=plain.accuracy, name=rival_title(plain)),
        difference_cell(plain.difference, plain.difference_interval),
    )


def _row(run: RunEvaluated) -> dict[str, Any]:
    return {
        "run": run.run, "title": run.title, "name": run.name, "accuracy": run.score.accuracy,
        "interval": run.score.interval, "n": run.score.n, "baseline": run.score.baseline, "seconds": run.seconds,
        "megabytes": run.megabytes, "parameters": run.parameters, "plain": run.plain and asdict(run.plain),
    }  # fmt: skip


def _pair(pair: Pair, ids: Sequence[str]) -> dict[str, Any]:
    found, winner = pair.found, pair.winner
    return {
        "first": ids[pair.first], "second": ids[pair.second], "n": found.n, "different": found.units,
        "only_first": found.paired.only_first, "only_second": found.paired.only_second, "p": found.paired.p,
        "p_corrected": pair.p, "difference": found.difference, "interval": found.interval,
        "bootstrap": found.bootstrap, "enough": found.enough, "winner": None if winner is None else ids[winner],
    }  # fmt: skip
