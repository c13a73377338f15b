"""The published one-shot runs: twenty times twenty characters, one drawing of each to learn from (Lake et al. 2015).

They are read from a folder or a zip, in which `class_labels.txt` pairs each test drawing with the right one; then a
model, or a baseline that compares the ink, answers them, beside what was published.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from core.data.dataset import Dataset, Example
from core.data.readers.opening import open_path
from core.data.readers.reading import SourceFile
from core.data.store import is_at_hand, mark_own
from core.errors import DataError, RecipeError, UserError
from core.evaluation.intervals import wilson
from core.events import Event, Progress
from core.limits import Limits
from core.messages import NOTHING, Message
from core.modalities import get_modality
from core.studies.few_shot.methods.base import unit
from core.training.spec.plan import fitting_card
from core.workspace import Workspace

LABELS = "class_labels.txt"
_EXPECTED = Message(
    "Expected is a folder for each run with '{file}': on each line the path of a test drawing, a blank, and that of "
    "the drawing of the same character to learn from.",
    file=LABELS,
)


@dataclass(frozen=True)
class Run:
    """One run: places in the set of all drawings. `truth[j]` says where in `support` the right answer to query j is."""

    name: str
    support: tuple[int, ...]
    query: tuple[int, ...]
    truth: tuple[int, ...]


@dataclass(frozen=True)
class Runs:
    """All drawings as one set, and the runs on it."""

    dataset: Dataset
    runs: tuple[Run, ...]

    @property
    def n(self) -> int:
        """How many questions there are."""
        return sum(len(run.query) for run in self.runs)


def read_runs(path: Path, workspace: Workspace) -> Runs:
    """DataError says what is missing or cannot be read."""
    source = open_path(path, Limits.of(workspace))
    files = {file.path: file for file in source.files}
    tables = sorted(place for place in files if place.name == LABELS)
    if not tables:
        raise DataError(Message("There is no '{file}' in '{folder}'.", file=LABELS, folder=path.name), _EXPECTED)
    store = _Store(workspace, files)
    runs = tuple(_run(table, files[table], store) for table in tables)
    return Runs(Dataset(path.stem, "image", tuple(store.examples), workspace.examples), runs)


class _Store:
    """Decodes each drawing once and keeps it in the workspace."""

    def __init__(self, workspace: Workspace, files: dict[PurePosixPath, SourceFile]) -> None:
        self.examples: list[Example] = []
        self._places: dict[PurePosixPath, int] = {}
        self._workspace, self._files = workspace, files

    def place(self, path: PurePosixPath, table: PurePosixPath) -> int:
        """Where the drawing at `path` stands in the set; paths are relative to the run's folder or to the one above."""
        found = next((p for p in (table.parent.parent / path, table.parent / path, path) if p in self._files), None)
        if found is None:
            raise DataError(
                Message("'{table}' names '{path}', which is not there.", table=str(table), path=str(path)), _EXPECTED
            )
        if found not in self._places:
            self._places[found] = len(self.examples)
            self.examples.append(self._read(found))
        return self._places[found]

    def _read(self, path: PurePosixPath) -> Example:
        kind, store = get_modality("image"), self._workspace.examples
        raw = self._files[path].read()
        digest = kind.digest(raw)
        if not is_at_hand(kind, digest, store):
            try:
                kind.keep(kind.read(raw), digest, store)
                for file in kind.files(digest, store):
                    mark_own(file)
            except UserError as error:
                raise DataError(Message("'{path}' cannot be read.", path=str(path)), error.problem) from error
        return Example(digest, path.parent.name, str(path))


def _run(table: PurePosixPath, file: SourceFile, store: _Store) -> Run:
    pairs = [line.split() for line in file.read().decode("utf-8", errors="replace").splitlines() if line.strip()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise DataError(Message("'{table}' is not a list of pairs of paths.", table=str(table)), _EXPECTED)
    query = tuple(store.place(PurePosixPath(test), table) for test, _ in pairs)
    right = [store.place(PurePosixPath(shown), table) for _, shown in pairs]
    support = tuple(sorted(set(right)))
    if len(support) < 2:
        raise DataError(Message("'{table}' has one drawing to learn from only.", table=str(table)), _EXPECTED)
    return Run(table.parent.name or table.stem, support, query, tuple(support.index(place) for place in right))


# --- the baseline that knows nothing: how far the ink of one drawing lies from that of another ---

_INK = 128


def hausdorff_answers(runs: Runs, run: Run) -> np.ndarray:
    """For each query the place in `support` that is nearest, (n_query,), by the modified Hausdorff distance.

    d(A, B) = max(mean over a of min over b |a - b|, mean over b of min over a |a - b|), both sets of ink pixels moved
    to a common centre. Dubuisson & Jain 1994, eq. 6 and 7; as in the demonstration of Lake et al. 2015.
    """
    support = [_tree(runs, place) for place in run.support]
    query = [_tree(runs, place) for place in run.query]
    distances = np.array([[_distance(q, s) for s in support] for q in query])
    return distances.argmin(1)


def _tree(runs: Runs, place: int) -> cKDTree:
    return cKDTree(ink(runs.dataset.payload(place)))


def ink(picture: Image.Image) -> np.ndarray:
    """The dark pixels of a drawing about their own centre, (n, 2); one point where there is none."""
    points = np.argwhere(np.asarray(picture.convert("L")) < _INK).astype(float)
    return points - points.mean(0) if len(points) else np.zeros((1, 2))


def _distance(a: cKDTree, b: cKDTree) -> float:
    return max(float(b.query(a.data)[0].mean()), float(a.query(b.data)[0].mean()))


# --- the error in the runs, of a model or of the baseline ---

BASELINE = "hausdorff"
"""What to ask for instead of a model to have the ink compared."""
USUAL_VIEWS, MOST_VIEWS = 16, 200
LEVEL = "drawing"


@dataclass(frozen=True, slots=True)
class Published:
    """A published result: its error in percent, what it had to go by, and who measured it."""

    name: Message
    error: float
    had: Message
    measured_by: Message


_LAKE_2019 = Message("Lake et al. 2019")
PUBLISHED = (
    Published(
        Message("Bayesian program learning"), 3.3, Message("strokes known; 30 alphabets"), Message("Lake et al. 2015")
    ),
    Published(Message("Bayesian program learning, five alphabets"), 4.2, Message("strokes known"), _LAKE_2019),
    Published(Message("people"), 4.5, NOTHING, Message("Lake et al. 2015")),
    Published(Message("prototypical network, five alphabets"), 30.1, NOTHING, _LAKE_2019),
    Published(Message("modified Hausdorff distance"), 38.8, Message("untrained"), Message("Lake et al. 2013")),
)


@dataclass(frozen=True)
class LakeResult:
    """Which answers were right, run after run, and the error, as a share, of each run and of all."""

    model: str
    views: int
    right: np.ndarray
    errors: dict[str, float]

    @property
    def error(self) -> float:
        return 1 - float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, Wilson over all questions."""
        low, high = wilson(int(self.right.sum()), len(self.right))
        return 1 - high, 1 - low


def run_lake(
    runs: Runs, model: str, workspace: Workspace, views: int = USUAL_VIEWS, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, LakeResult | None]:
    """Answer every question of every run; None when stopped.

    DataError for a model that sees no pictures, RecipeError for a number of views that cannot be.

    A drawing is the mean of its views' directions, and the answer to a question is the drawing at the smallest angle,
    angles being taken about the mean of the run's twenty drawings to learn from.
    """
    if not 1 <= views <= MOST_VIEWS:
        raise RecipeError(
            Message("The number of views must lie between 1 and {most}, not {views}.", most=MOST_VIEWS, views=views)
        )
    if model == BASELINE:
        answers = yield from _by_ink(runs, stop)
        views = 1
    else:
        answers = yield from _by_model(runs, model, workspace, views, stop)
    if answers is None:
        return None
    right = [answer == np.array(run.truth) for run, answer in zip(runs.runs, answers, strict=True)]
    errors = {run.name: 1 - float(hits.mean()) for run, hits in zip(runs.runs, right, strict=True)}
    return LakeResult(model, views, np.concatenate(right), errors)


def _by_ink(runs: Runs, stop: Callable[[], bool]) -> Generator[Event, None, list[np.ndarray] | None]:
    answers = []
    for number, run in enumerate(runs.runs):
        yield Progress("episodes", number, len(runs.runs))
        if stop():
            return None
        answers.append(hausdorff_answers(runs, run))
    return answers


def _by_model(
    runs: Runs, model: str, workspace: Workspace, views: int, stop: Callable[[], bool]
) -> Generator[Event, None, list[np.ndarray] | None]:
    card = fitting_card(model, runs.dataset, workspace)
    # They need torch, and the command line should not wait for it.
    from core.models.embeddings import embed_views
    from core.models.trained import load_backbone

    found = yield from embed_views(
        runs.dataset, card, lambda: load_backbone(model, workspace), workspace, None, range(len(runs.dataset.examples)),
        LEVEL, views, stop=stop,
    )  # fmt: skip
    return None if found is None else [answer(found, run) for run in runs.runs]


def answer(embeddings: np.ndarray, run: Run) -> np.ndarray:
    """For each query the place in `support` of the drawing at the smallest angle, (n_query,).

    `embeddings` (n, views, d) of all drawings.
    """
    support, query = _direction(embeddings[list(run.support)]), _direction(embeddings[list(run.query)])
    centre = support.mean(0)
    cosines = unit(query - centre) @ unit(support - centre).T
    return cosines.argmax(1)


def _direction(views: np.ndarray) -> np.ndarray:
    """(n, d) from (n, views, d)."""
    return unit(views).mean(1)
