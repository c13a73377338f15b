"""Which candidate a benchmark recommends, and why: from rules, in sentences.

The one-standard-error rule (Breiman, Friedman, Olshen & Stone 1984, section 3.4.3): of those that lie behind the best
by no more than one standard error of that very difference, the simplest. The test set takes no part in the choice; it
says afterwards how good the recommended one is, and where there is none, how much its score is too high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from core.evaluation.intervals import wilson
from core.evaluation.paired import LUCK, Paired, mcnemar
from core.messages import Message, quoted, sentences
from core.results.cells import percentage_points, points
from core.studies.benchmark.design import FEWEST_SEEDS
from core.studies.benchmark.table import BenchmarkTable, Row

_FASTER = 1.5
"""Less is not called faster, or smaller."""
_EQUAL = 5e-4
"""Accuracies that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`kind`: "nothing" (none was evaluated), "guessing" (none learnt more than that), "alone", "clear" (clearly the
    best), "leader" (the best, though not clearly), "simplest" (as good as the best, and simpler).

    `candidate` is recommended, `rival` the one that it has to be compared with; their runs are those of the first seed,
    so that no run is chosen for its luck. `says`: a sentence that recommends, and the reason.
    """

    kind: str
    says: tuple[Message, ...]
    candidate: int | None = None
    run: str | None = None
    rival: int | None = None
    rival_run: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "entrant": self.candidate, "run": self.run, "rival": self.rival,
            "rival_run": self.rival_run, "sentence": self.says[0], "reason": sentences(*self.says[1:]),
        }  # fmt: skip


def findings(table: BenchmarkTable) -> list[Message]:
    """What is recommended and why, and what the test set says about it."""
    choice = recommend(table)
    return [*choice.says, *confirmed(table, choice)] if table.evaluated else []


def result(table: BenchmarkTable) -> dict[str, Any]:
    """All that a benchmark found, as plain data."""
    choice = recommend(table)
    tested, paired = table.tested.get(choice.candidate if choice.candidate is not None else -1), None
    if (found := paired_on_test(table, choice)) is not None:
        paired = {"only_recommended": found.only_first, "only_rival": found.only_second, "p": found.p}
    test = None if tested is None else {
        "run": tested.run, "accuracy": tested.test.accuracy, "interval": tested.test.interval, "n": tested.test.n,
        "baseline": tested.test.baseline, "seen_before": tested.seen_before,
    }  # fmt: skip
    return {
        **table.to_dict(), "recommendation": choice.to_dict(), "final_test": test, "paired": paired,
        "too_kind": None if table.plan is None or table.plan.n_test else selection_bias(table),
    }  # fmt: skip


# --- what is recommended ---


def recommend(table: BenchmarkTable) -> Recommendation:
    """What follows from the table as it is."""
    ranking = table.ranking
    if not ranking:
        return Recommendation("nothing", (Message("Nothing was evaluated, so nothing can be recommended."),))
    leader = table.row(ranking[0])
    name = _name(table, ranking[0])
    if not _beats_guessing(leader):
        best = Message(
            "The best, {name}, reached {mean:percent}, and the baseline (most frequent class) reaches "
            "{guess:percent}. With so few validation examples, that is no clear difference. More examples, or "
            "examples that show what tells the classes apart, may help.",
            name=name, mean=leader.mean or 0.0, guess=leader.baseline,
        )  # fmt: skip
        return Recommendation("guessing", (Message("None of them beats the baseline."), best))
    if len(ranking) == 1:
        alone = Message("Nothing else was evaluated to the end, so nothing is said about other methods.")
        return _of("alone", (_RECOMMENDED.having(name=name), alone), table, ranking[0], None)
    chosen = min(number for number in ranking if _keeps_up(table, number))
    if chosen != ranking[0]:
        return _of("simplest", _simplest(table, chosen), table, chosen, ranking[0])
    return _leader(table, ranking)


def _name(table: BenchmarkTable, number: int) -> Message:
    return Message("“{name}”", name=table.candidates[number].name(table.candidates.values()))


def _beats_guessing(leader: Row) -> bool:
    """By Wilson's interval for the validation examples of one seed: seeds share examples, and three say little about
    their spread."""
    return wilson((leader.mean or 0.0) * leader.n, leader.n)[0] > leader.baseline


def _keeps_up(table: BenchmarkTable, number: int) -> bool:
    lag = table.lag(number)
    if lag is None:  # the leader itself; after a single seed, whatever is equal to it
        means = table.means()
        return means[table.ranking[0]] - means[number] < _EQUAL
    return lag.mean <= max(lag.error or 0.0, _EQUAL)


def _leader(table: BenchmarkTable, ranking: list[int]) -> Recommendation:
    first, name = ranking[0], _name(table, ranking[0])
    lags = {number: table.lag(number) for number in ranking[1:]}
    doubted = [number for number, lag in lags.items() if lag is None or not lag.sign]
    closest = lags[ranking[1]]
    if not doubted and closest is not None and closest.interval is not None:
        low, high = closest.interval
        reason = Message(
            "It was clearly the best: {d} ahead of {second} (between {a} and {b}).",
            second=_name(table, ranking[1]), d=percentage_points(closest.mean), a=points(low), b=points(high),
        )  # fmt: skip
        return _of("clear", (_RECOMMENDED.having(name=name), reason), table, first, ranking[1])
    simpler = any(number < first for number in doubted)
    reason = (_AHEAD if simpler else _SIMPLEST_AND_BEST).having(others=_some(table, doubted))
    if len(table.common) < 2:
        reason = Message("It was best under the one seed that all finished: how much of that is chance cannot be told.")
    elif len(table.common) < FEWEST_SEEDS:
        reason = Message("It was best under two seeds, which bound nothing: how much of that is chance cannot be told.")
    return _of("leader", (_NO_CLEAR_BEST.having(name=name), reason), table, first, doubted[0])


def _some(table: BenchmarkTable, numbers: Sequence[int]) -> Message:
    """ "a, b or c", the first of them by name."""
    names = [_name(table, number) for number in numbers]
    if len(names) <= 3:
        return Message("{names:any}", names=names)
    return Message("{first}, {second} or {n} others", first=names[0], second=names[1], n=len(names) - 2)


def _simplest(table: BenchmarkTable, chosen: int) -> tuple[Message, ...]:
    leader, row, best = table.row(table.ranking[0]), table.row(chosen), _name(table, table.ranking[0])
    sentence = Message("Recommended: {name}, the simplest of those that keep up with the best.",
                       name=_name(table, chosen))  # fmt: skip
    if row.lag is None or row.lag.mean < _EQUAL:
        as_good = Message("It was as accurate as {best}, and it is simpler.", best=best)
        return sentence, as_good, *_cheaper(row, leader)
    behind = Message(
        "{best} was {d} better, which is less than one standard error of that difference ({e}) and may well be chance.",
        best=best, d=percentage_points(row.lag.mean), e=percentage_points(row.lag.error or 0.0),
    )  # fmt: skip
    return sentence, behind, *_cheaper(row, leader)


def _cheaper(row: Row, leader: Row) -> list[Message]:
    """What the simpler one costs less."""
    said = []
    if row.took and leader.took and leader.took >= _FASTER * row.took:
        said.append(Message("It trains in {a:duration} instead of {b:duration}.", a=row.took, b=leader.took))
    if row.megabytes and leader.megabytes and leader.megabytes >= _FASTER * row.megabytes:
        said.append(
            Message("What has to be kept of it takes {a:bytes} instead of {b:bytes}.",
                    a=row.megabytes * 1e6, b=leader.megabytes * 1e6)
        )  # fmt: skip
    return said or [Message("It changes less of the model.")]


def _of(
    kind: str, says: tuple[Message, ...], table: BenchmarkTable, candidate: int, rival: int | None
) -> Recommendation:
    seeds = set(table.counting(candidate))
    if rival is not None:
        seeds &= set(table.counting(rival))
    first = min(seeds)
    rival_run = None if rival is None else table.evaluated[rival][first].run
    return Recommendation(kind, says, candidate, table.evaluated[candidate][first].run, rival, rival_run)


_RECOMMENDED = Message("Recommended: {name}.")
_NO_CLEAR_BEST = Message("No clear best. Recommended: {name}.")
_AHEAD = Message(
    "It was best. Whether it is really better than {others} cannot be told from this benchmark. What is simpler "
    "lay behind by more than one standard error."
)
_SIMPLEST_AND_BEST = Message(
    "None did better, and it is simpler than {others}, which may be as good: that cannot be told from this benchmark."
)


# --- what the test set says ---


def confirmed(table: BenchmarkTable, choice: Recommendation) -> list[Message]:
    """Sentences about the one that is recommended; none where none is."""
    if choice.candidate is None:
        return []
    tested = table.tested.get(choice.candidate)
    if tested is None:
        return [_unconfirmed(table)]
    test, mean = tested.test, table.means()[choice.candidate]
    values = {
        "right": round(test.accuracy * test.n), "n": test.n, "share": test.accuracy, "low": test.interval[0],
        "high": test.interval[1], "guess": test.baseline,
    }  # fmt: skip
    said = [(_AGAIN.having(k=tested.seen_before) if tested.seen_before else _FIRST).having(**values)]
    if mean > test.interval[1]:
        said.append(
            Message(
                "That is less than the {mean:percent} by which it was chosen: that was chance in part, or these "
                "examples are harder.", mean=mean,
            )
        )  # fmt: skip
    return [*said, *_against_rival(table, choice)]


def _against_rival(table: BenchmarkTable, choice: Recommendation) -> list[Message]:
    paired = paired_on_test(table, choice)
    if paired is None or choice.rival is None:
        return []
    p = quoted(f"{paired.p:.2f}" if paired.p >= 0.01 else f"{paired.p:.1g}")
    rival = _name(table, choice.rival)
    return [_PAIRED[_verdict(paired)].having(rival=rival, a=paired.only_first, b=paired.only_second, p=p)]


def paired_on_test(table: BenchmarkTable, choice: Recommendation) -> Paired | None:
    """The one that is recommended against its rival, on the test set; None where one of them did not answer it."""
    tested = [table.tested.get(number) for number in (choice.candidate, choice.rival) if number is not None]
    there = [one for one in tested if one is not None]
    if len(there) < 2:
        return None
    mine, theirs = ([one == "1" for one in found.right] for found in there)
    return mcnemar(mine, theirs, clusters=there[0].examples)


def selection_bias(table: BenchmarkTable) -> float:
    """By about how much the best mean is too high, having been chosen for being the best: a share in [0, 1].

    Tibshirani & Tibshirani 2009, "A bias correction for the minimum error rate in cross-validation", with a seed for a
    fold: how much better than the best of all is the best under each seed, on average.
    """
    ranking, common = table.ranking, table.common
    if len(ranking) < 2 or not common:
        return 0.0
    scores = {n: {seed: table.evaluated[n][seed].validation.accuracy for seed in common} for n in ranking}
    return fmean(max(own[seed] for own in scores.values()) - scores[ranking[0]][seed] for seed in common)


def _unconfirmed(table: BenchmarkTable) -> Message:
    if table.plan is None or table.plan.n_test:
        return Message("The test set was not used, so that it is still worth something.")
    if len(table.common) < FEWEST_SEEDS:
        return Message(
            "There was no test set. The best one was chosen by its validation score, and so that score is likely too "
            "high (selection bias): by how much, so few seeds cannot tell."
        )
    bias = selection_bias(table)
    if bias < 5e-4:
        return Message(
            "There was no test set. The best one was chosen by its validation score; as none did better under any "
            "seed, that hardly flatters it."
        )
    return Message(
        "There was no test set. The best one was chosen by its validation score, and so that score is a little too "
        "high (selection bias): by about {d}, as far as these seeds can tell.", d=percentage_points(bias),
    )  # fmt: skip


def _verdict(paired: Paired) -> str:
    if not paired.only_first + paired.only_second:
        return "same"
    if paired.p >= LUCK:
        return "open"
    return "better" if paired.only_first > paired.only_second else "worse"


_FIRST = Message(
    "On the test set, which nothing had used before, it was right on {right} of {n}: {share:percent} (95\u00a0% "
    "confidence interval {low:percent} to {high:percent}). The baseline reaches {guess:percent}."
)
_AGAIN = Message(
    "On the test set it was right on {right} of {n}: {share:percent} (95\u00a0% confidence interval {low:percent} to "
    "{high:percent}). The baseline reaches {guess:percent}. The test set is not new, though: runs that these "
    "examples evaluated before: {k}. The more often it is used, the more the best score of all is chance. Only new "
    "examples can tell."
)
_PAIRED = {
    "same": Message("On the test set {rival} is right on exactly the same examples."),
    "open": Message(
        "Of the same examples {a} are right with it alone, and {b} with {rival} alone. That may be chance (exact "
        "McNemar test, p = {p})."
    ),
    "better": Message(
        "There it is better than {rival} as well: {a} are right with it alone and {b} with {rival} alone (exact "
        "McNemar test, p = {p})."
    ),
    "worse": Message(
        "There, though, {rival} was better: {b} are right with that alone and {a} with the recommended one alone "
        "(exact McNemar test, p = {p}). The recommendation stays, for it may not be made by the test set; look at both."
    ),
}
