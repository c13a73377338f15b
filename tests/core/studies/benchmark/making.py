"""Benchmarks that never happened: events in which every score is decided beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.evaluation.intervals import wilson
from core.events import Event, Score
from core.messages import Message, quoted
from core.studies.benchmark.candidates import Candidate
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.table import BenchmarkTable
from core.studies.events import BenchmarkPlanned, CandidateEvaluated, CandidateLeftOut, TestEvaluated
from core.training.spec.recipe import Recipe

DESIGN = BenchmarkDesign(("tiny-image",), ("nearest", "head"))


def table_of(told: Iterable[Event]) -> BenchmarkTable:
    return BenchmarkTable(DESIGN, told)


def score(accuracy: float, n: int, baseline: float = 0.25) -> Score:
    return Score(accuracy, wilson(accuracy * n, n), n, baseline)


def events(
    scores: Mapping[str, Sequence[float]], n: int = 100, n_train: int = 300, baseline: float = 0.25, n_test: int = 50,
    took: Mapping[str, float] | None = None, megabytes: Mapping[str, float] | None = None,
) -> list[Event]:  # fmt: skip
    """A benchmark of strategies (in this order) with their accuracy under seed 0, 1, ..., round by round."""
    candidates = [Candidate(i, Recipe("tiny-image", name), {}, quoted("Tiny")) for i, name in enumerate(scores)]
    told = tuple(one.to_dict() for one in candidates)
    made: list[Event] = [BenchmarkPlanned("d", told, (0, 1, 2), n_test, Message("Held back."), 1.0)]
    for seed in range(max(map(len, scores.values()))):
        for i, (name, own) in enumerate(scores.items()):
            if seed < len(own):
                seconds = (took or {}).get(name, 1.0)
                size = (megabytes or {}).get(name, 0.05)
                found = score(own[seed], n, baseline)
                made.append(CandidateEvaluated(i, seed, f"{name}-{seed}", found, n_train, seconds, size, 1.0))
    return made


def out(number: int) -> CandidateLeftOut:
    return CandidateLeftOut(number, Message("left out: too slow"), 2.0)


def final(number: int, run: str, right: str) -> TestEvaluated:
    found = score(right.count("1") / len(right), len(right))
    return TestEvaluated(number, run, found, tuple(range(len(right))), right)
