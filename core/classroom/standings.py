"""What the board knows of everybody: what they have, how far they are, how good their model is, and who is really
better than whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.classroom.room import ClassRoom, Member
from core.data.dataset import kept_datasets
from core.errors import UserError
from core.evaluation.answers import read_answers
from core.evaluation.paired import LUCK, holm, mcnemar
from core.events import Score
from core.lessons.progress import Progress, last_lesson, progress_folder
from core.messages import NOTHING, Message, counted, sentences
from core.runs.folder import RunFolder, list_runs
from core.workspace import Workspace

FEWEST = 2
"""Scores that can be compared."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has: examples of the dataset that they made last, finished runs, and the score of the newest.
    `dataset` is what that run is about. `lesson` is the id of the one in which they did something last, and `progress`
    how far they are in it."""

    examples: int = 0
    runs: int = 0
    run: RunFolder | None = None
    score: Score | None = None
    dataset: str = ""
    lesson: str = ""
    progress: Progress = field(default_factory=Progress)


class Standings:
    """The standings of a class. Each is looked up anew only when something has changed on the disk."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Standing]] = {}

    def of(self, room: ClassRoom, member: Member) -> Standing:
        home = room.workspace_of(member)
        state = _state(home)
        before = self._known.get(member.id)
        if before and before[0] == state:
            return before[1]
        found = _look(home)
        self._known[member.id] = state, found
        return found


def _state(home: Workspace) -> tuple[object, ...]:
    """What changes when a dataset is made, a run is begun or ends, or a step of a lesson is done."""

    def changed(path: Path) -> int:
        with suppress(OSError):
            return path.stat().st_mtime_ns
        return 0

    newest = sorted(home.runs.glob("*"))[-3:]
    folders = (home.datasets, home.runs, progress_folder(home))
    return *map(changed, folders), *(changed(run / "run.json") for run in newest)


def _look(home: Workspace) -> Standing:
    datasets = kept_datasets(home)
    examples = sum(datasets[0][1]["counts"].values()) if datasets else 0
    lesson, progress = last_lesson(home) or ("", Progress())
    finished = [run for run in list_runs(home) if run.about()["state"] == "completed"]
    for run in finished:
        result = run.about().get("result") or {}
        if found := result.get("test") or result.get("validation"):
            score = Score.from_dict(found)
            return Standing(examples, len(finished), run, score, run.request["dataset"], lesson, progress)
    return Standing(examples, len(finished), lesson=lesson, progress=progress)


# --- who is really better ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class League:
    """The scores of those who trained on the same dataset, the best first, and what can be said of them. `others` have
    trained on something else, which compares with nothing here."""

    scores: tuple[Score, ...]
    says: Message
    others: int


def league(standings: Sequence[Standing]) -> League:
    """The scores without names, and whether the best is really better than the others."""
    scored = [one for one in standings if one.score]
    common, _ = next(iter(Counter(one.dataset for one in scored).most_common(1)), ("", 0))
    same = sorted((one for one in scored if one.dataset == common), key=_accuracy, reverse=True)
    scores = tuple(one.score for one in same if one.score)
    return League(scores, _says(same), len(scored) - len(same))


def _accuracy(one: Standing) -> float:
    return one.score.accuracy if one.score else 0.0


def _says(same: Sequence[Standing]) -> Message:
    """How many the best is clearly better than: exact tests, corrected for how many there are."""
    if len(same) < FEWEST:
        return NOTHING
    p_values = [_by_chance(same[0], other) for other in same[1:]]
    better = sum(p < LUCK for p in holm(p_values))
    n = len(p_values)
    if not better:
        return Message(
            "The best of {n} scores is not clearly better than any other: with other validation examples another "
            "could be first.", n=len(same),
        )  # fmt: skip
    if better == n:
        return counted("The best score is clearly better than the other one.",
                       "The best score is clearly better than all {n} others.", n=n)  # fmt: skip
    return sentences(
        counted("The best score is clearly better than {n} of the others.",
                "The best score is clearly better than {n} of the others.", n=better),
        counted("For the other {n} chance could have decided.", "For the other {n} chance could have decided.",
                n=n - better),
    )  # fmt: skip


def _right(run: RunFolder) -> dict[str, bool]:
    """Whether a run was right, by the id of each example that its score counts."""
    answers = read_answers(run.path)
    counted_ones = [one for one in answers if one.part == "test"] or [
        one for one in answers if one.part == "validation"
    ]
    return {answer.example: answer.right for answer in counted_ones}


def _by_chance(one: Standing, other: Standing) -> float:
    """How often luck alone makes a difference as large: McNemar's exact test where both were asked the same examples,
    Fisher's where not."""
    assert one.score and other.score and one.run and other.run
    with suppress(UserError, KeyError, ValueError):
        first, second = _right(one.run), _right(other.run)
        if first and first.keys() == second.keys():
            return mcnemar(list(first.values()), [second[example] for example in first]).p
    from scipy.stats import fisher_exact

    right = [round(score.accuracy * score.n) for score in (one.score, other.score)]
    table = [[right[0], one.score.n - right[0]], [right[1], other.score.n - right[1]]]
    return float(fisher_exact(table).pvalue)
