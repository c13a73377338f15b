"""Error in the twenty runs, of a model or of the baseline, beside what was published."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from core.errors import ModelError, RecipeError
from core.evaluation.intervals import wilson
from core.events import Event, PhaseProgress
from core.fewshot.lake.hausdorff import hausdorff_answers
from core.fewshot.lake.runs import Run, Runs
from core.models import catalog
from core.workspace import Workspace

BASELINE = "hausdorff"
"""What to ask for instead of a model to have the ink compared."""
USUAL_VIEWS, MOST_VIEWS = 16, 200
LEVEL = "drawing"

PUBLISHED = (
    ("Bayesian program learning", 3.3, "strokes known; 30 alphabets", "Lake et al. 2015"),
    ("Bayesian program learning, five alphabets", 4.2, "strokes known", "Lake et al. 2019"),
    ("people", 4.5, "", "Lake et al. 2015"),
    ("prototypical network, five alphabets", 30.1, "", "Lake et al. 2019"),
    ("modified Hausdorff distance", 38.8, "knows nothing", "Lake et al. 2013"),
)
"""Name, error in percent, what it had, and who measured it."""


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

    ModelError for a model that sees no pictures, RecipeError for a number of views that cannot be.

    A drawing is the mean of its views' directions, and the answer to a question is the drawing at the smallest angle,
    angles being taken about the mean of the run's twenty drawings to learn from.
    """
    if not 1 <= views <= MOST_VIEWS:
        raise RecipeError(f"The number of views must lie between 1 and {MOST_VIEWS}, not {views}.")
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
        yield PhaseProgress("episodes", number, len(runs.runs))
        if stop():
            return None
        answers.append(hausdorff_answers(runs, run))
    return answers


def _by_model(
    runs: Runs, model: str, workspace: Workspace, views: int, stop: Callable[[], bool]
) -> Generator[Event, None, list[np.ndarray] | None]:
    card = catalog.get_card(model, workspace)
    if card.modality != "image":
        raise ModelError(f"{card.title} is no model for pictures.", "Choose one that is.")
    everything = range(len(runs.dataset.examples))
    from core.models.views import embed_views  # which needs torch, and the command line should not wait for it

    found = yield from embed_views(
        runs.dataset,
        card,
        lambda: catalog.load_backbone(model, workspace),
        workspace,
        None,
        everything,
        LEVEL,
        views,
        stop=stop,
    )
    return None if found is None else [answer(found, run) for run in runs.runs]


def answer(embeddings: np.ndarray, run: Run) -> np.ndarray:
    """For each query the place in `support` of the drawing at the smallest angle, (n_query,).

    `embeddings` (n, views, d) of all drawings.
    """
    support, query = _direction(embeddings[list(run.support)]), _direction(embeddings[list(run.query)])
    centre = support.mean(0)
    cosines = _unit(query - centre) @ _unit(support - centre).T
    return cosines.argmax(1)


def _direction(views: np.ndarray) -> np.ndarray:
    """(n, d) from (n, views, d)."""
    return _unit(views).mean(1)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)
