"""The test set of a benchmark: examples on which nothing is trained and nothing chosen, the same for every seed.

It is reserved before anything is trained, and answered once, at the end, by the runs that are recommended and compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace

from core.data.dataset import Dataset
from core.data.splits import came_divided, given_parts
from core.data.versions import Change, apply_changes, change_set
from core.evaluation.answers import read_answers, write_answers
from core.evaluation.scores import score
from core.events import Event, to_dict
from core.messages import Message, counted, sentences
from core.results.finished_run import FinishedRun
from core.results.record import write_split
from core.runs.folder import RunFolder, ending, list_runs
from core.studies.base import Stop
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.events import TestEvaluated, right_string
from core.workspace import Workspace

FEWEST = 20
"""With fewer the test set could not tell 70 % from 90."""
FEWEST_LEFT = 3
"""Different examples of every class that must be left to train and validate."""
_SEED = 0
"""Whatever the benchmark's own seed: further ones on a dataset have the same test set."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """`dataset` with its test set marked, `n` examples (0: none can be afforded). `changes` lead there."""

    dataset: Dataset
    n: int
    says: Message
    changes: tuple[Change, ...] = ()


def held_back(dataset: Dataset, design: BenchmarkDesign) -> HeldBack:
    """What is kept as the test set: what the files or the person kept, else a share of every class if there are
    enough. Whole clusters; nothing is written."""
    if came_divided(dataset):
        changes = (Change("join_parts", id="race-join"),)
        joined = apply_changes(dataset, changes)
        n = _count(joined)
        says = counted(
            "The files came divided: the {n} example of their last part is the test set. All others are divided "
            "again for each seed.",
            "The files came divided: the {n} examples of their last part are the test set. All others are divided "
            "again for each seed.",
            n=n,
        )
        return HeldBack(joined, n, sentences(says, _NEW_VERSION), changes)
    if n := _count(dataset):
        says = counted(
            "The {n} example that was reserved before is the test set. Nothing is trained or chosen on it.",
            "The {n} examples that were reserved before are the test set. Nothing is trained or chosen on them.",
            n=n,
        )
        return HeldBack(dataset, n, says)
    changes = (Change("hold_back", share=design.hold_back, seed=_SEED, id="race-test"),)
    held = apply_changes(dataset, changes)
    n = _count(held)
    if n < FEWEST or _fewest_left(held) < FEWEST_LEFT:
        return HeldBack(dataset, 0, _TOO_FEW)
    says = counted(
        "{n} example is reserved as the test set. Nothing is trained or chosen on it: it is answered once, at the very "
        "end.",
        "{n} examples are reserved as the test set. Nothing is trained or chosen on them: they are answered once, at "
        "the very end.",
        n=n,
    )
    return HeldBack(held, n, sentences(says, _NEW_VERSION), changes)


_NEW_VERSION = Message("This is kept as a new version of the dataset. The one that you have stays as it is.")
_TOO_FEW = Message(
    "There are too few examples to reserve a test set as well: it would be too small to tell anything, or too "
    "little would be left to train on. The recommended one was chosen by its validation score. So that score is a "
    "little too high (selection bias)."
)


def keep_version(dataset: Dataset, held: HeldBack, workspace: Workspace) -> Dataset:
    """Keep the set with its test set as a version of `dataset`, so that runs and pages find it."""
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


def evaluate_on_test(
    run: RunFolder, candidate: int, dataset: Dataset, workspace: Workspace, stop: Stop, seen_before: int = 0
) -> Generator[Event, None, TestEvaluated | None]:
    """Let a finished run that never saw it answer the test set of `dataset`; None when stopped on the way.

    Yields progress. RunError for a run without a model. Afterwards the run says all that one says that was never
    sealed.
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
    examples = tuple(first.setdefault(dataset.clusters[i], i) for i in split.test)
    right = right_string(answer.right for answer in answers)
    return TestEvaluated(candidate, run.id, found, examples, right, seen_before)


def times_evaluated(dataset: Dataset, workspace: Workspace) -> int:
    """How many runs the test set of `dataset` has evaluated so far, in a benchmark or not."""
    ends = [ending(run.events()) for run in list_runs(workspace) if run.request.get("dataset") == dataset.id]
    return sum(ended is not None and ended.test is not None for ended in ends)
