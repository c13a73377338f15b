"""Races that never happened: events in which every score is decided beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from core.evaluation.intervals import wilson
from core.events import EntrantJudged, EntrantLeftOut, Event, FinalJudged, RacePlanned, Score
from core.studies.benchmark.candidates import Entrant
from core.studies.said import Said
from core.training.spec.recipe import Recipe


def score(accuracy: float, n: int, baseline: float = 0.25) -> Score:
    return Score(accuracy, wilson(accuracy * n, n), n, baseline)


def events(
    scores: Mapping[str, Sequence[float]], n: int = 100, n_train: int = 300, baseline: float = 0.25, n_test: int = 50,
    took: Mapping[str, float] | None = None, megabytes: Mapping[str, float] | None = None,
) -> list[Event]:  # fmt: skip
    """A race of strategies (in this order) with their accuracy under seed 0, 1, ..., round by round."""
    entrants = [Entrant(i, Recipe("tiny-image", name), {}, "Tiny") for i, name in enumerate(scores)]
    made: list[Event] = [
        RacePlanned("d", tuple(one.to_dict() for one in entrants), (0, 1, 2), n_test, asdict(Said("Held back.")), 1.0)
    ]
    for seed in range(max(map(len, scores.values()))):
        for i, (name, own) in enumerate(scores.items()):
            if seed < len(own):
                seconds = (took or {}).get(name, 1.0)
                size = (megabytes or {}).get(name, 0.05)
                judged = score(own[seed], n, baseline)
                made.append(EntrantJudged(i, seed, f"{name}-{seed}", judged, n_train, seconds, size, 1.0))
    return made


def out(number: int, why: str = "left out: too slow") -> EntrantLeftOut:
    return EntrantLeftOut(number, asdict(Said(why)), 2.0)


def final(number: int, run: str, right: str) -> FinalJudged:
    return FinalJudged(number, run, score(right.count("1") / len(right), len(right)), tuple(range(len(right))), right)
