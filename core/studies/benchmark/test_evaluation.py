"""The final test of a race: examples that nobody learns from and nothing is chosen on, the same for every seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

from core.data.dataset import Dataset
from core.data.splits import came_divided, given_parts
from core.data.versions import Change, apply_changes, change_set
from core.evaluation.answers import read_answers, write_answers
from core.evaluation.scores import score
from core.events import Event, FinalJudged, to_dict
from core.results.finished_run import FinishedRun
from core.results.record import write_split
from core.runs.folder import RunFolder, ending, list_runs
from core.studies.benchmark.design import RaceDesign
from core.studies.said import Said
from core.workspace import Workspace

FEWEST = 20
"""With fewer the final test could not tell 70 % from 90."""
FEWEST_LEFT = 3
"""Different examples of every class that must be left to teach and to judge."""
_SEED = 0
"""Whatever the race's own seed: further races on a set have the same final test."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """`dataset` with its final test marked, `n` examples (0: none can be afforded). `changes` lead there."""

    dataset: Dataset
    n: int
    says: Said
    changes: tuple[Change, ...] = ()


def held_back(dataset: Dataset, design: RaceDesign) -> HeldBack:
    """What is kept for the final test: what the files or the person kept, else a share of every class if there are
    enough. Whole clusters; nothing is written."""
    if came_divided(dataset):
        changes = (Change("join_parts", id="race-join"),)
        joined = apply_changes(dataset, changes)
        return HeldBack(joined, _count(joined), _said(_GIVEN, _count(joined)), changes)
    if n := _count(dataset):
        return HeldBack(dataset, n, _said(_KEPT, n))
    changes = (Change("hold_back", share=design.hold_back, seed=_SEED, id="race-test"),)
    held = apply_changes(dataset, changes)
    n = _count(held)
    if n < FEWEST or _fewest_left(held) < FEWEST_LEFT:
        return HeldBack(dataset, 0, Said(_TOO_FEW))
    return HeldBack(held, n, _said(_DRAWN, n), changes)


def keep_version(dataset: Dataset, held: HeldBack, workspace: Workspace) -> Dataset:
    """Keep the set with its final test as a version of `dataset`, so that runs and pages find it."""
    return change_set(dataset.id, held.changes, workspace) if held.changes else dataset


def _count(dataset: Dataset) -> int:
    return len(given_parts(dataset)["test"])


def _fewest_left(dataset: Dataset) -> int:
    """Clusters that are left of the class of which fewest are, among those that gave some."""
    parts = given_parts(dataset)
    gave = {dataset.examples[i].label for i in parts["test"]}
    left = Counter({label: 0 for label in gave})
    left.update(label for label, _ in {(dataset.examples[i].label, dataset.clusters[i]) for i in parts["train"]})
    return min((left[label] for label in gave), default=0)


def _said(text: str, n: int) -> Said:
    return Said(text, {"n": f"{n:,}"})


_GIVEN = (
    "The files came divided: the {n} examples of their last part are the final test. All others are divided anew for "
    "each seed."
)
_KEPT = "The {n} examples that were held back before are the final test. Nobody learns from them or is chosen by them."
_DRAWN = (
    "{n} examples are held back for the final test. Nobody learns from them and nobody is chosen by them: they are "
    "looked at once, at the very end."
)
_TOO_FEW = (
    "There are too few examples to hold a final test back as well: it would be too small to tell anything, or too "
    "little would be left to learn from. The one that is chosen was chosen by its score, so that score is a little too "
    "kind."
)


# Opening the final test: a finished run that never saw it answers it, once, and keeps the answers and the score.


def open_test(
    run: RunFolder, entrant: int, dataset: Dataset, workspace: Workspace, stop: Callable[[], bool], seen_before: int = 0
) -> Generator[Event, None, FinalJudged | None]:
    """Judge `run` on the test part of `dataset`; None when stopped on the way. RunError for a run without a model.

    Yields progress. Afterwards the run says all that one says that was never sealed.
    """
    from core.results.reference import answers_on  # needs torch, which the page of a benchmark does not

    finished = FinishedRun.open(run, workspace)
    split = replace(finished.split, test=tuple(given_parts(dataset)["test"]))
    answers = yield from answers_on(run.id, dataset, split.test, "test", workspace, stop)
    if answers is None:
        return None
    truths = [answer.truth for answer in answers]
    found = score([answer.label for answer in answers], truths, [dataset.examples[i].label for i in split.train])
    write_answers([*(one for one in read_answers(run.path) if one.part != "test"), *answers], run.path)
    write_split(split, dataset, run.path)
    said = replace(finished.ended, test=found)
    run.append(said)
    run.end(said.reason, said.message, to_dict(said))
    first: dict[str, int] = {}
    judged = tuple(first.setdefault(dataset.clusters[i], i) for i in split.test)
    right = "".join("1" if answer.right else "0" for answer in answers)
    return FinalJudged(entrant, run.id, found, judged, right, seen_before)


def times_opened(dataset: Dataset, workspace: Workspace) -> int:
    """How many runs the test part of `dataset` has judged so far, in a race or not."""
    ends = [ending(run.events()) for run in list_runs(workspace) if run.request.get("dataset") == dataset.id]
    return sum(ended is not None and ended.test is not None for ended in ends)
