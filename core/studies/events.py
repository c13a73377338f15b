"""What happens in studies, besides progress: the part of the vocabulary of `core.events` that they share.

Examples stand under their number in the dataset, copies and near-copies under the number of the first of them. `right`
has a character for each example that was answered, "1" for right and "0" for wrong. `seconds` are since the study
began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import Event, Rival, Score
from core.messages import Message


@dataclass(frozen=True, slots=True)
class SplitDrawn(Event):
    """A random split: `shots` examples of each class train, and others validate."""

    split: int
    shots: int
    training: tuple[int, ...]
    validation: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MethodEvaluated(Event):
    """A `method` was trained and evaluated on a split; `right` is in the order of the split's validation examples."""

    split: int
    shots: int
    method: str
    right: str
    seconds: float


@dataclass(frozen=True, slots=True)
class EpisodesDone(Event):
    """`done` of `total` few-shot episodes are answered: their mean accuracy so far, between `low` and `high` (95 %).

    Shares in [0, 1]; no interval before the second episode.
    """

    done: int
    total: int
    accuracy: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class EpisodesScored(Event):
    """All few-shot episodes are answered.

    `accuracy` is the mean over the episodes, with its 95 % `interval` over episodes (Student's t), from three on:
    what more episodes from this very dataset might change. Nineteen of twenty single episodes lay within
    `episode_range`. `chance` is what guessing gets. `n` queries were asked. `classes` has the tally of each
    (`core.studies.few_shot.tally.ClassTally`). `seen` of the examples have trained the model, and `left_out` could not
    be used since copies of them lie in another class.
    """

    accuracy: float
    interval: tuple[float, float] | None
    episode_range: tuple[float, float]
    chance: float
    n: int
    classes: tuple[dict[str, Any], ...]
    seen: int
    left_out: int


@dataclass(frozen=True, slots=True)
class BenchmarkPlanned(Event):
    """A benchmark begins: its candidates (`core.studies.benchmark.candidates.Candidate`) and seeds.

    `dataset` is the version whose test set, of `n_test` examples, is kept apart; `held_back` says how. `shared` seconds
    were spent on what all share.
    """

    dataset: str
    candidates: tuple[dict[str, Any], ...]
    seeds: tuple[int, ...]
    n_test: int
    held_back: Message
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class CandidateStarted(Event):
    """A candidate (by its number) begins to train under a seed, in a run of its own."""

    candidate: int
    seed: int
    run: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CandidateEvaluated(Event):
    """A candidate's run is finished. It took `took` seconds, trained on `n_train` examples, and is so large."""

    candidate: int
    seed: int
    run: str
    validation: Score
    n_train: int
    took: float
    megabytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class CandidateLeftOut(Event):
    """A candidate goes no further, and why."""

    candidate: int
    why: Message
    seconds: float


@dataclass(frozen=True, slots=True)
class TestEvaluated(Event):
    """The run of a candidate answered the test set, which had evaluated `seen_before` runs before this benchmark."""

    __test__: ClassVar[bool] = False  # pytest would take the name for a class of tests

    candidate: int
    run: str
    test: Score
    examples: tuple[int, ...]
    right: str
    seen_before: int = 0


@dataclass(frozen=True, slots=True)
class RunsCompared(Event):
    """Finished runs stand beside each other: on what they were evaluated, and in what they differ.

    `evaluated_on`: "own" (the examples of each), "shared" (those that evaluated all), or the id of another dataset.
    `same_examples` says whether scores may be compared. `shared`: how many examples evaluated all of them. `left_out`:
    of the other dataset, how many trained a run ("taught") or are nearly copies of such ("near_copies").
    `differences` have "option", "label" (a Message) and "values", one for each run, in the order of their events.
    """

    evaluated_on: str
    same_examples: bool
    shared: int
    left_out: dict[str, int]
    differences: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class RunEvaluated(Event):
    """A finished run of a comparison, the best first: its score, and the `examples` that the score counts.

    `chosen`: its epoch was picked by its score on these very examples. `megabytes` and `parameters` are those of all
    that is needed to use the model; `seconds` is the time it trained. `plain` is the best of the plain methods that
    answered these very examples too, if any.
    """

    run: str
    title: str
    name: Message
    score: Score
    examples: tuple[int, ...]
    right: str
    chosen: bool
    seconds: float
    megabytes: float
    parameters: int
    plain: Rival | None = None


@dataclass(frozen=True, slots=True)
class GiversDivided(Event):
    """Who gave examples, by `groups` that are tested in turn; from whom a model is made `alone`. `left_out` are classes
    that one group alone has, `classes` the others."""

    groups: tuple[tuple[str, ...], ...]
    alone: tuple[str, ...]
    left_out: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GiverAnswered(Event):
    """A model answered the examples of the giver `tested`: the one that `learnt` from this giver's examples alone, or
    ("") from everybody's but those of the group that is tested. It `trained` on so many."""

    learnt: str
    tested: str
    right: str
    trained: int
    seconds: float


def right_string(right: Any) -> str:
    """An array of truth values (n,) as events hold it."""
    return "".join("1" if one else "0" for one in right)
