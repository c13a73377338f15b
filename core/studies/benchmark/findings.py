"""Which entrant a race recommends, and why: from rules, in sentences.

The one-standard-error rule (Breiman, Friedman, Olshen & Stone 1984, section 3.4.3): of those that lie behind the leader
by no more than one standard error of that very difference, the simplest. The final test takes no part in the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from core.evaluation.intervals import wilson
from core.events import FinalJudged
from core.studies.benchmark.candidates import name_of
from core.studies.benchmark.table import Row, Standings
from core.studies.said import Said, points, share

if TYPE_CHECKING:
    from core.evaluation.paired import Paired


_FASTER = 1.5
"""Less is not called faster, or smaller."""
_EQUAL = 5e-4
"""Accuracies that differ by less are the same."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`kind`: "nothing" (nobody was judged), "guessing" (nobody learnt more than that), "alone", "clear" (clearly the
    best), "leader" (the best, though not clearly), "simplest" (as good as the best, and simpler).

    `entrant` is recommended, `rival` the one that it has to be compared with; their runs are those of the first seed,
    so that no run is chosen for its luck. `said`: a sentence that recommends, and the reason.
    """

    kind: str
    said: tuple[Said, ...]
    entrant: int | None = None
    run: str | None = None
    rival: int | None = None
    rival_run: str | None = None

    def to_dict(self) -> dict[str, Any]:
        said = [str(one) for one in self.said]
        return {
            "kind": self.kind, "entrant": self.entrant, "run": self.run, "rival": self.rival,
            "rival_run": self.rival_run, "sentence": said[0], "reason": " ".join(said[1:]),
        }  # fmt: skip


def recommend(standings: Standings) -> Recommendation:
    """What follows from the standings as they are."""
    ranking = standings.ranking
    if not ranking:
        return Recommendation("nothing", (Said("Nobody was judged, so nothing can be recommended."),))
    leader = standings.row(ranking[0])
    name = said_name(standings, ranking[0])
    if not _beats_guessing(leader):
        values = {"name": name, "mean": share(leader.mean or 0.0), "guess": share(leader.baseline)}
        return Recommendation("guessing", (Said(_GUESSING), Said(_BEST_GUESS, values)))
    if len(ranking) == 1:
        return _of("alone", (Said(_RECOMMENDED, {"name": name}), Said(_ALONE)), standings, ranking[0], None)
    chosen = min(number for number in ranking if _keeps_up(standings, number))
    if chosen != ranking[0]:
        return _of("simplest", _simplest(standings, chosen), standings, chosen, ranking[0])
    return _leader(standings, ranking)


def said_name(standings: Standings, number: int) -> str:
    return f"“{name_of(standings.entrants[number], standings.entrants.values())}”"


def said_points(value: float) -> str:
    """ "1 point", "14 points"."""
    said = points(value)
    return f"{said} point" if said == "1" else f"{said} points"


def _beats_guessing(leader: Row) -> bool:
    """By Wilson's interval for the judges of one seed: seeds share judges, and three say little about their spread."""
    return wilson((leader.mean or 0.0) * leader.n, leader.n)[0] > leader.baseline


def _keeps_up(standings: Standings, number: int) -> bool:
    lag = standings.lag(number)
    if lag is None:  # the leader itself; after a single seed, whoever is equal to it
        means = standings.means()
        return means[standings.ranking[0]] - means[number] < _EQUAL
    return lag.mean <= max(lag.error or 0.0, _EQUAL)


def _leader(standings: Standings, ranking: list[int]) -> Recommendation:
    first, name = ranking[0], said_name(standings, ranking[0])
    lags = {number: standings.lag(number) for number in ranking[1:]}
    doubted = [number for number, lag in lags.items() if lag is None or not lag.sign]
    closest = lags[ranking[1]]
    if not doubted and closest is not None:
        low, high = closest.interval
        values = {"second": said_name(standings, ranking[1]), "d": said_points(closest.mean)}
        reason = Said(_CLEAR, {**values, "a": points(low), "b": points(high)})
        return _of("clear", (Said(_RECOMMENDED, {"name": name}), reason), standings, first, ranking[1])
    others = _listed([said_name(standings, number) for number in doubted])
    simpler = any(number < first for number in doubted)
    reason = Said(_AHEAD if simpler else _SIMPLEST_AND_BEST, {"others": others})
    if len(standings.common) < 2:
        reason = Said(_ONE_SEED)
    return _of("leader", (Said(_NO_CLEAR_WINNER, {"name": name}), reason), standings, first, doubted[0])


def _simplest(standings: Standings, chosen: int) -> tuple[Said, ...]:
    leader, row = standings.row(standings.ranking[0]), standings.row(chosen)
    best, sentence = said_name(standings, standings.ranking[0]), Said(_KEEPS_UP, {"name": said_name(standings, chosen)})
    if row.lag is None or row.lag.mean < _EQUAL:
        return sentence, Said(_AS_GOOD, {"best": best}), *_cheaper(row, leader)
    values = {"best": best, "d": said_points(row.lag.mean), "e": said_points(row.lag.error)}
    return sentence, Said(_BEHIND, values), *_cheaper(row, leader)


def _cheaper(row: Row, leader: Row) -> list[Said]:
    """What the simpler one costs less."""
    said = []
    if row.took and leader.took and leader.took >= _FASTER * row.took:
        said.append(Said(_TIME, {"a": _seconds(row.took), "b": _seconds(leader.took)}))
    if row.megabytes and leader.megabytes and leader.megabytes >= _FASTER * row.megabytes:
        said.append(Said(_SIZE, {"a": _size(row.megabytes), "b": _size(leader.megabytes)}))
    return said or [Said(_LESS)]


def _of(kind: str, said: tuple[Said, ...], standings: Standings, entrant: int, rival: int | None) -> Recommendation:
    seeds = set(standings.counting(entrant))
    if rival is not None:
        seeds &= set(standings.counting(rival))
    first = min(seeds)
    rival_run = None if rival is None else standings.judged[rival][first].run
    return Recommendation(kind, said, entrant, standings.judged[entrant][first].run, rival, rival_run)


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        names = [*names[:2], f"{len(names) - 2} others"]
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _seconds(value: float) -> str:
    return f"{value:.1f}\u00a0s" if value < 9.95 else f"{value:.0f}\u00a0s"


def _size(megabytes: float) -> str:
    return f"{megabytes:.1f}\u00a0MB" if megabytes >= 0.1 else f"{max(1, round(megabytes * 1000))}\u00a0kB"


_RECOMMENDED = "Recommended: {name}."
_NO_CLEAR_WINNER = "No clear winner. Recommended: {name}."
_KEEPS_UP = "Recommended: {name}, the simplest of those that keep up with the best."
_GUESSING = "None of them learnt more than guessing."
_BEST_GUESS = (
    "The best, {name}, was right on {mean}, and always naming the commonest class gets {guess}: with so few to judge "
    "by, that is no clear difference. More examples, or examples that show what tells the classes apart, may help."
)
_ALONE = "Nothing else was judged to the end, so nothing is said about other ways."
_CLEAR = "It was clearly the best: {d} ahead of {second} (between {a} and {b})."
_AHEAD = (
    "It did best. Whether it is really better than {others} cannot be told from this race, but what is simpler lay "
    "behind by more than one standard error."
)
_SIMPLEST_AND_BEST = (
    "It did best, and it is simpler than {others}, which may be as good: that cannot be told from this race."
)
_ONE_SEED = "It did best under the one seed that everybody finished: how much of that is luck cannot be told."
_AS_GOOD = "It was right as often as {best}, and it is simpler."
_BEHIND = (
    "{best} did best, {d} better, which is less than one standard error of that difference ({e}) and may well be luck."
)
_TIME = "It trains in {a} instead of {b}."
_SIZE = "What has to be kept of it takes {a} instead of {b}."
_LESS = "It changes less of the model."


# What the final test says about the entrant that is recommended; and how kind its score is where there is none.


def confirmed(standings: Standings, choice: Recommendation) -> tuple[Said, ...]:
    """Sentences about the one that is recommended; none where none is."""
    if choice.entrant is None:
        return ()
    final = standings.final.get(choice.entrant)
    if final is None:
        return _unconfirmed(standings)
    test, mean = final.test, standings.means()[choice.entrant]
    values = {
        "right": str(round(test.accuracy * test.n)), "n": str(test.n), "share": share(test.accuracy),
        "low": share(test.interval[0]), "high": share(test.interval[1]), "guess": share(test.baseline),
    }  # fmt: skip
    said = [Said(_TEST, values)] if not final.seen_before else [Said(_AGAIN, {**values, "k": str(final.seen_before)})]
    if mean > test.interval[1]:
        said.append(Said(_WORSE, {"mean": share(mean)}))
    return (*said, *_against_rival(standings, choice))


def _against_rival(standings: Standings, choice: Recommendation) -> tuple[Said, ...]:
    paired = paired_on_test(standings, choice)
    if paired is None or choice.rival is None:
        return ()
    values = {
        "rival": said_name(standings, choice.rival), "a": str(paired.only_first), "b": str(paired.only_second),
        "p": f"{paired.p:.2f}" if paired.p >= 0.01 else f"{paired.p:.1g}",
    }  # fmt: skip
    text = _PAIRED[_verdict(paired)]
    return (Said(text, {name: value for name, value in values.items() if f"{{{name}}}" in text}),)


def paired_on_test(standings: Standings, choice: Recommendation) -> Paired | None:
    """The one that is recommended against its rival, on the final test; None where one of them did not take it."""
    from core.evaluation.paired import mcnemar

    finals = [standings.final.get(number) for number in (choice.entrant, choice.rival) if number is not None]
    if len(finals) < 2 or None in finals:
        return None
    mine, theirs = (final for final in finals if isinstance(final, FinalJudged))
    return mcnemar(*([one == "1" for one in final.right] for final in (mine, theirs)), clusters=mine.judged)


def too_kind(standings: Standings) -> float:
    """By about how much the best mean is too kind, having been chosen for being the best: a share in [0, 1].

    Tibshirani & Tibshirani 2009, "A bias correction for the minimum error rate in cross-validation", with a seed for a
    fold: how much better than the best of all is the best under each seed, on average.
    """
    ranking, common = standings.ranking, standings.common
    if len(ranking) < 2 or not common:
        return 0.0
    scores = {n: {seed: standings.judged[n][seed].validation.accuracy for seed in common} for n in ranking}
    return fmean(max(own[seed] for own in scores.values()) - scores[ranking[0]][seed] for seed in common)


def race_result(standings: Standings, choice: Recommendation) -> dict[str, Any]:
    """All that a race found, as plain data."""
    final, paired = standings.final.get(choice.entrant if choice.entrant is not None else -1), None
    if (found := paired_on_test(standings, choice)) is not None:
        paired = {"only_recommended": found.only_first, "only_rival": found.only_second, "p": found.p}
    test = None if final is None else {
        "run": final.run, "accuracy": final.test.accuracy, "interval": final.test.interval, "n": final.test.n,
        "baseline": final.test.baseline, "seen_before": final.seen_before,
    }  # fmt: skip
    return {
        **standings.to_dict(), "recommendation": choice.to_dict(),
        "final_test": test, "paired": paired,
        "too_kind": None if standings.plan is None or standings.plan.n_test else too_kind(standings),
        "sentences": [str(one) for one in (*choice.said, *confirmed(standings, choice))],
    }  # fmt: skip


def _unconfirmed(standings: Standings) -> tuple[Said, ...]:
    if standings.plan is None or standings.plan.n_test:
        return (Said(_CLOSED),)
    kind = too_kind(standings)
    return (Said(_KIND, {"d": said_points(kind)}),) if kind >= 5e-4 else (Said(_HARDLY_KIND),)


def _verdict(paired: Paired) -> str:
    from core.evaluation.paired import LUCK

    if not paired.only_first + paired.only_second:
        return "same"
    if paired.p >= LUCK:
        return "open"
    return "better" if paired.only_first > paired.only_second else "worse"


_TEST = (
    "On the final test, which nobody had seen before, it was right on {right} of {n}: {share} (between {low} and "
    "{high}, 95\u00a0% sure). Guessing would get {guess}."
)
_AGAIN = (
    "On the final test it was right on {right} of {n}: {share} (between {low} and {high}, 95\u00a0% sure). Guessing "
    "would get {guess}. It is not new, though: runs that these examples judged before: {k}. The more often one asks "
    "them, the more the best answer of all is luck. Only new examples can tell."
)
_WORSE = "That is less than the {mean} by which it was chosen: that was luck in part, or these examples are harder."
_PAIRED = {
    "same": "On the final test {rival} is right on exactly the same examples.",
    "open": "Of the same examples {a} are right with it alone and {b} with {rival} alone, which may be luck (exact "
    "McNemar test, p = {p}).",
    "better": "There it is better than {rival} as well: {a} are right with it alone and {b} with {rival} alone (exact "
    "McNemar test, p = {p}).",
    "worse": "There, though, {rival} was better: {b} are right with that alone and {a} with the recommended one alone "
    "(exact McNemar test, p = {p}). The recommendation stays, for it may not be made by the final test; look at both.",
}
_CLOSED = "The final test was not opened, so that it is still worth something."
_KIND = (
    "There was no final test. The best one was chosen by its score, and so that score is a little too kind: by about "
    "{d}, as far as these seeds can tell."
)
_HARDLY_KIND = (
    "There was no final test. The best one was chosen by its score; as it was the best under every seed, that hardly "
    "flatters it."
)
