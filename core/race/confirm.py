"""What the final test says about the entrant that is recommended; and how kind its score is where there is none."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from core.events import FinalJudged
from core.experiment.said import Said, share
from core.race.recommend import Recommendation, said_name, said_points
from core.race.standings import Standings

if TYPE_CHECKING:
    from core.evaluation.paired import Paired


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
