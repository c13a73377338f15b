"""What a benchmark costs, and how its time is shared out, from what was measured on this computer. No torch here."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, Split, make_split
from core.events import Event
from core.messages import Message, counted
from core.models.catalogue import get_card
from core.runs.local import usual_slots
from core.studies.base import Plan
from core.studies.benchmark.candidates import Candidate, checked
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.test_set import HeldBack
from core.studies.cost import TRANSLATION, looking_seconds
from core.studies.events import BenchmarkPlanned, CandidateLeftOut
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import MONITORED, expected_seconds, monitored_each_epoch
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

_START = 2.0
"""Seconds of a run before training begins (see `core.training.estimate`)."""
_MEASURED_STEPS = 3
_LEAST = 5.0
"""With fewer seconds to train in, a network that is tuned would show nothing."""
MARGIN = 0.85
"""So much of the time is planned: estimates are no promises, its end is."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run: `whole` as the candidate is by itself, `after` of them once training is over.

    It takes part in `rounds` rounds. One that `shrinks` can be told how long to train, and then measures `before` it
    begins how much fits.
    """

    whole: float
    after: float
    rounds: float
    shrinks: bool
    before: float = 0.0

    @property
    def least(self) -> float:
        """The shortest run that makes sense."""
        return min(self.whole, _START + self.before + _LEAST + self.after) if self.shrinks else self.whole


def costs_of(candidates: Sequence[Candidate], seeds: int, dataset: Dataset, workspace: Workspace) -> list[Cost] | None:
    """What the runs of all candidates take on a dataset with its test set marked, once the pretrained models have seen
    all of it; None before a model was measured here."""
    sizes = {group: len(list(them)) for group, them in groupby(candidates, key=lambda one: one.group)}
    costs = []
    for candidate in candidates:
        recipe, card = candidate.recipe, get_card(candidate.recipe.model, workspace)
        share = recipe.validation_share or VALIDATION_SHARE
        split = replace(make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots), test=())
        config = TrainingConfig.of(recipe, card)
        whole = expected_seconds(config, card, dataset, split, workspace)
        untrained = expected_seconds(replace(config, epochs=0), card, dataset, split, workspace)
        looking = TrainingConfig(recipe.model, "nearest", image_size=recipe.image_size or 0)  # an untrained one too
        seeing = expected_seconds(looking, card, dataset, split, workspace)  # with what every run has to begin with
        if whole is None or untrained is None or seeing is None:
            return None
        shrinks = "time_budget" in STRATEGIES[recipe.strategy].options and "epochs" not in candidate.chosen
        rounds = rounds_of(sizes[candidate.group], seeds)
        epoch = (whole - untrained) / recipe.epochs if recipe.epochs else 0.0
        cost = Cost(whole - seeing + _START, max(0.0, untrained - seeing), rounds, shrinks)
        costs.append(replace(cost, before=epoch * _share_measured(recipe, split)) if shrinks else cost)
    return costs


def _share_measured(recipe: Recipe, split: Split) -> float:
    """How much of an epoch is spent on measuring how many steps fit into a time: steps on a copy, and two looks at
    the validation examples (see `core.training.engine.fit`)."""
    n_train, n_validation = max(1, len(split.train)), monitored_each_epoch(len(split.train), len(split.validation))
    steps = _MEASURED_STEPS * min(recipe.batch_size or 1, n_train)
    return (steps + (2 * n_validation + min(MONITORED, n_train)) / 3) / (n_train + n_validation / 3)


def shared_seconds(dataset: Dataset, recipes: Iterable[Recipe], workspace: Workspace) -> float:
    """Looking once at all that are not held back, with each pretrained model and at each size: paid once for all."""
    pool = [i for i, example in enumerate(dataset.examples) if example.split != "test"]
    looks = {(recipe.model, recipe.image_size) for recipe in recipes if looks_first(recipe)}
    cards = {model: get_card(model, workspace) for model, _ in looks}
    return sum(looking_seconds(dataset, pool, cards[model], workspace, size=size) or 0.0 for model, size in looks)


def looks_first(recipe: Recipe) -> bool:
    """True where a way begins from what the pretrained model sees."""
    return not STRATEGIES[recipe.strategy].begins_blank


def test_seconds(dataset: Dataset, n_test: int, models: Iterable[str], workspace: Workspace) -> float:
    """Answering the test set with two runs."""
    if not n_test:
        return 0.0
    test = [i for i, example in enumerate(dataset.examples) if example.split == "test"]
    known = (looking_seconds(dataset, test, get_card(model, workspace), workspace) for model in models)
    return 2 * (TRANSLATION + max((seconds for seconds in known if seconds), default=0.0))


def rounds_of(size: int, seeds: int) -> float:
    """In how many rounds a member of a group of `size` takes part, on average (see `survivors`)."""
    counts = [size]
    while len(counts) < seeds:
        counts.append(survivors(counts[-1]))
    return sum(counts) / size


def survivors(size: int) -> int:
    """How many of a group go on after a round: the better half, and two at least (successive halving; Karnin, Koren &
    Somekh 2013)."""
    return size if size <= 2 else max(2, math.ceil(size / 2))


def share_out(costs: Sequence[Cost], seconds: float) -> list[float | None]:
    """Seconds for each run of each candidate: infinite for one that can be as it is, None for one that does not fit.

    Whoever needs more than an equal share gets that share, and what the others do not need (max-min fairness). While
    somebody's share would be too little to learn in, the slowest is left out.
    """
    racing = set(range(len(costs)))
    while racing:
        share = _equal_share([costs[i] for i in racing], seconds)
        short = [i for i in racing if (costs[i].least if costs[i].shrinks else 0.0) > share]
        if share >= 0 and not short:
            return [None if i not in racing else _kept(costs[i], share) for i in range(len(costs))]
        racing.remove(max(racing, key=lambda i: (costs[i].least * costs[i].rounds, i)))
    return [None] * len(costs)


def _kept(cost: Cost, share: float) -> float:
    return math.inf if not cost.shrinks or cost.whole <= share else share


def _equal_share(costs: Sequence[Cost], seconds: float) -> float:
    """The share c for which the runs, none of those that shrink longer than c, take `seconds`; negative if none is."""
    left = seconds - sum(cost.whole * cost.rounds for cost in costs if not cost.shrinks)
    shrinking = sorted((cost for cost in costs if cost.shrinks), key=lambda cost: cost.whole)
    if left < 0:
        return -1.0
    rounds = sum(cost.rounds for cost in shrinking)
    for cost in shrinking:
        if left / rounds < cost.whole:
            return left / rounds
        left -= cost.whole * cost.rounds
        rounds -= cost.rounds
    return math.inf


# --- the plan ---


@dataclass
class Schedule:
    """All candidates with the times they were given, and the seconds that a run of each should take."""

    candidates: list[Candidate]
    expected: dict[int, float]


def schedule(
    dataset: Dataset, held: HeldBack, candidates: Sequence[Candidate], seeds: tuple[int, ...], seconds: float,
    workspace: Workspace, now: float,
) -> Generator[Event, None, Schedule]:  # fmt: skip
    """Share `seconds` of training out among all, `now` seconds after the benchmark began.

    Yields BenchmarkPlanned, and a CandidateLeftOut for each that does not fit. Every model has been timed here.
    """
    costs = costs_of(candidates, len(seeds), dataset, workspace)
    assert costs is not None
    shares = share_out(costs, seconds)
    made = Schedule([], {})
    for candidate, cost, share in zip(candidates, costs, shares, strict=True):
        shrunk = share if share is not None and share < cost.whole else None
        made.candidates.append(candidate if shrunk is None else candidate.within(shrunk - cost.after))
        made.expected[candidate.number] = cost.whole if shrunk is None else shrunk
    told = tuple(one.to_dict() for one in made.candidates)
    yield BenchmarkPlanned(dataset.id, told, seeds, held.n, held.says, now)
    for candidate, cost, share in zip(candidates, costs, shares, strict=True):
        if share is None:
            why = Message(
                "skipped: a run of it takes at least {least:duration} here, and {n} of them beside all others do "
                "not fit into the time", least=cost.least, n=len(seeds),
            )  # fmt: skip
            yield CandidateLeftOut(candidate.number, why, now)
    return made


def plan(design: BenchmarkDesign, dataset: Dataset, workspace: Workspace) -> Plan:
    """What will happen, who is told to train for a shorter time, and who does not fit.

    DataError, ModelError or RecipeError when design and dataset do not go together.
    """
    held, candidates = checked(dataset, design, workspace)
    says = counted(
        "{n} method is trained under {seeds} seeds. Under each the same examples train and validate.",
        "{n} methods are trained under {seeds} seeds. Under each the same examples train and validate for all.",
        n=len(candidates), seeds=design.seeds,
    )  # fmt: skip
    costs = costs_of(candidates, design.seeds, held.dataset, workspace)
    if costs is None:
        told = tuple(one.to_dict() for one in candidates)
        planned = BenchmarkPlanned(held.dataset.id, told, design.all_seeds, held.n, held.says)
        return Plan(says, None, (planned,))
    models = {one.recipe.model for one in candidates}
    shared = shared_seconds(held.dataset, (one.recipe for one in candidates), workspace)
    beside = shared + test_seconds(held.dataset, held.n, models, workspace)
    seconds = (design.budget - beside) * MARGIN
    seeds, slots = design.all_seeds, usual_slots()
    foreseen = tuple(schedule(held.dataset, held, candidates, seeds, seconds * slots, workspace, 0.0))
    whole = beside + sum(cost.whole * cost.rounds for cost in costs) / slots
    return Plan(says, min(design.budget, whole), foreseen)
