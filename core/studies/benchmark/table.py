"""A benchmark's events folded into a leaderboard, as far as it has come. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from core.evaluation.intervals import wilson
from core.evaluation.repeated_splits import Estimate, accuracy_over_repeats, difference_over_repeats
from core.events import Event
from core.messages import Message, counted, quoted, sentences
from core.results.cells import accuracy_cell, points, signed
from core.studies.base import Cell, Sheet
from core.studies.benchmark.candidates import Candidate
from core.studies.benchmark.design import FEWEST_SEEDS, BenchmarkDesign
from core.studies.events import (
    BenchmarkPlanned,
    CandidateEvaluated,
    CandidateLeftOut,
    CandidateStarted,
    TestEvaluated,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the leaderboard.

    `mean` accuracy over the seeds that count, with its 95 % `interval`: corrected for splits that share examples
    (Nadeau & Bengio 2003), Wilson's after one seed, none after two. `lag`: how much less than the leader, seed by
    seed; None for the leader, and where there are too few seeds in common. `n` examples validate under each seed.
    `scores` has the accuracy under each seed that was evaluated. `took` is the median time of a run in seconds; `why`
    says why one was left out.
    """

    candidate: Candidate
    scores: dict[int, float] = field(default_factory=dict)
    mean: float | None = None
    interval: tuple[float, float] | None = None
    n: int = 0
    baseline: float = 0.0
    lag: Estimate | None = None
    took: float | None = None
    megabytes: float | None = None
    why: Message | None = None


class BenchmarkTable:
    """How each candidate was evaluated under which seed, and what follows from it."""

    def __init__(self, design: BenchmarkDesign, events: Iterable[Event]) -> None:
        self.design = design
        self.plan: BenchmarkPlanned | None = None
        self.candidates: dict[int, Candidate] = {}
        self.evaluated: dict[int, dict[int, CandidateEvaluated]] = {}
        self.running: dict[str, CandidateStarted] = {}
        self.left_out: dict[int, Message] = {}
        self.tested: dict[int, TestEvaluated] = {}
        self.seconds = 0.0
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case BenchmarkPlanned():
                self.plan = event
                self.candidates = {one.number: one for one in map(Candidate.from_dict, event.candidates)}
                self.seconds = event.shared
            case CandidateStarted():
                self.running[event.run] = event
                self.seconds = event.seconds
            case CandidateEvaluated():
                self.evaluated.setdefault(event.candidate, {})[event.seed] = event
                self.running.pop(event.run, None)
                self.seconds = event.seconds
            case CandidateLeftOut():
                self.left_out[event.candidate] = event.why
                self.running = {run: e for run, e in self.running.items() if e.candidate != event.candidate}
                self.seconds = event.seconds
            case TestEvaluated():
                self.tested[event.candidate] = event

    @property
    def contenders(self) -> list[int]:
        """Those that were evaluated and not left out."""
        return [number for number in self.candidates if number in self.evaluated and number not in self.left_out]

    @property
    def common(self) -> list[int]:
        """The seeds under which all contenders were evaluated: only these compare like with like."""
        if not self.contenders:
            return []
        return sorted(set.intersection(*(set(self.evaluated[number]) for number in self.contenders)))

    def counting(self, number: int) -> list[int]:
        """The seeds that count for a candidate: those in common, or, for one that was left out, its own."""
        own = sorted(self.evaluated.get(number, {}))
        return (self.common or own) if number in self.contenders else own

    def means(self) -> dict[int, float]:
        """The mean accuracy of all that were evaluated."""
        return {
            number: fmean(own[seed].validation.accuracy for seed in self.counting(number))
            for number, own in self.evaluated.items()
        }

    @property
    def ranking(self) -> list[int]:
        """Contenders, the best first; of equals the simpler one (they come in that order)."""
        means = self.means()
        return sorted(self.contenders, key=lambda number: (-round(means[number], 9), number))

    def rows(self) -> list[Row]:
        """The leaderboard: contenders, then those that were evaluated and left out, then the others."""
        means, ranking = self.means(), self.ranking
        out = sorted((n for n in self.left_out if n in means), key=lambda number: -means[number])
        others = [number for number in self.candidates if number not in {*ranking, *out}]
        return [self.row(number) for number in (*ranking, *out, *others)]

    def row(self, number: int) -> Row:
        """The line of one candidate."""
        candidate, own, why = self.candidates[number], self.evaluated.get(number, {}), self.left_out.get(number)
        if not own:
            return Row(candidate, why=why)
        counted = [own[seed] for seed in self.counting(number)]
        accuracies, n = [event.validation.accuracy for event in counted], counted[0].validation.n
        found = accuracy_over_repeats(accuracies, n, counted[0].n_train)
        interval = wilson(found.mean * n, n) if found.repeats == 1 else found.interval
        return Row(
            candidate, {seed: event.validation.accuracy for seed, event in sorted(own.items())}, found.mean, interval,
            n, fmean(event.validation.baseline for event in counted), self.lag(number),
            median(event.took for event in own.values()), median(event.megabytes for event in own.values()), why,
        )  # fmt: skip

    def lag(self, number: int) -> Estimate | None:
        """How much lower the accuracy of a candidate was than the leader's, on the seeds that both have."""
        leader = next(iter(self.ranking), None)
        return None if leader in (None, number) else self.difference(leader, number)

    def difference(self, number: int, other: int) -> Estimate | None:
        """How much higher the accuracy of `number` was than of `other`; None with fewer than two seeds in common."""
        mine, theirs = self.evaluated[number], self.evaluated[other]
        seeds = sorted(set(self.counting(number)) & set(self.counting(other)))
        if len(seeds) < 2:
            return None
        by_seed = [mine[seed].validation.accuracy - theirs[seed].validation.accuracy for seed in seeds]
        return difference_over_repeats(by_seed, mine[seeds[0]].validation.n, mine[seeds[0]].n_train)

    def sheets(self) -> list[Sheet]:
        """The leaderboard, and how to read it."""
        columns = (
            Message("place"), Message("method"), Message("accuracy"), Message("gap to the best (percentage points)"),
            Message("seeds"), Message("training time (seconds)"),
        )  # fmt: skip
        return [Sheet(columns, tuple(map(self._cells, self.rows())), caption=self._how_to_read())]

    def _cells(self, row: Row) -> tuple[Cell, ...]:
        ranking, number = self.ranking, row.candidate.number
        return (
            ranking.index(number) + 1 if number in ranking else _NONE,
            row.candidate.name(self.candidates.values()),
            self._accuracy(row),
            self._gap(row, bool(ranking) and number == ranking[0]),
            Message("skipped") if row.why else Message("{n} of {all}", n=len(row.scores), all=self.design.seeds),
            None if row.took is None else round(row.took, 1),
        )

    def _accuracy(self, row: Row) -> Cell:
        """With an interval, or, after two seeds, which bound no mean, with the score under each."""
        if row.mean is None:
            return _NONE if row.why else None
        if row.interval is not None:
            return accuracy_cell(row.mean, row.interval)
        scores = [Message("{share:percent}", share=row.scores[seed]) for seed in self.counting(row.candidate.number)]
        return Message("{mean:percent} (seeds: {scores:list})", mean=row.mean, scores=scores)

    def _gap(self, row: Row, leads: bool) -> Cell:
        if leads:
            return Message("best")
        if row.lag is None:
            return _NONE if row.why else None
        if len(self.common) < FEWEST_SEEDS:
            return Message("{d}: too few seeds to tell", d=_gap_size(row.lag.mean))
        if row.lag.interval is None or not row.lag.sign:
            return Message("{d}: may be chance", d=_gap_size(row.lag.mean))
        low, high = (_gap_size(max(-1.0, min(1.0, end))) for end in row.lag.interval)
        return Message("{d} ({low} to {high})", d=_gap_size(row.lag.mean), low=low, high=high)

    def _how_to_read(self) -> Message:
        said = [
            Message(
                "Accuracy on the validation examples, on average over the seeds that all have finished. In brackets: "
                "the 95\u00a0% confidence interval, which takes into account that seeds share examples."
            )
        ]
        if evaluated := next((row for row in self.rows() if row.n), None):
            said.append(
                counted(
                    "Under each seed {n} example validates, the same for all. The baseline reaches {share:percent}.",
                    "Under each seed {n} examples validate, the same for all. The baseline reaches {share:percent}.",
                    n=evaluated.n, share=evaluated.baseline,
                )
            )  # fmt: skip
        if 1 < len(self.common) < _FEW_SEEDS:
            said.append(
                Message(
                    "{n} seeds say little about chance, hence the wide brackets: more make them narrower.",
                    n=len(self.common),
                )
            )
        if self.plan and self.plan.shared >= 1:
            said.append(
                Message("The time for extracting features, {time:duration}, is shared by all.", time=self.plan.shared)
            )
        return sentences(*said)

    def notes(self) -> list[Message]:
        """Who was told to train for a shorter time, and who was left out and why."""
        found = []
        for row in self.rows():
            name, budget = row.candidate.name(self.candidates.values()), row.candidate.recipe.time_budget
            if row.why:
                found.append(Message("{method}: {why}", method=name, why=row.why))
            elif budget is not None:
                found.append(
                    Message(
                        "{method} trains for {time:duration} each time instead of its usual epochs, so that all fit "
                        "into the time.", method=name, time=budget,
                    )
                )  # fmt: skip
        return found

    def to_dict(self) -> dict[str, Any]:
        """The leaderboard as plain data."""
        return {
            "standings": [self._plain(place, row) for place, row in enumerate(self.rows(), 1)],
            "seeds": self.common, "seconds": self.seconds,
            "dataset": self.plan.dataset if self.plan else None, "n_test": self.plan.n_test if self.plan else 0,
        }  # fmt: skip

    def _plain(self, place: int, row: Row) -> dict[str, Any]:
        recipe, number = row.candidate.recipe, row.candidate.number
        return {
            "place": place if number in self.contenders else None, "entrant": number, "model": recipe.model,
            "strategy": recipe.strategy, "chosen": row.candidate.chosen, "time_budget": recipe.time_budget,
            "mean": row.mean, "interval": row.interval, "n": row.n, "baseline": row.baseline,
            "scores": {str(seed): score for seed, score in row.scores.items()},
            "behind": None if row.lag is None else {"mean": row.lag.mean, "interval": row.lag.interval},
            "seconds": row.took, "megabytes": row.megabytes, "left_out": row.why or "",
            "runs": [event.run for _, event in sorted(self.evaluated.get(number, {}).items())],
        }  # fmt: skip


_NONE = quoted("-")
"""Where a column does not apply."""
_FEW_SEEDS = 5


def _gap_size(value: float) -> Message:
    """ "14", "\u22120.4": how many percentage points behind."""
    return signed(value) if value < 0 else Message("{n}", n=points(value))
