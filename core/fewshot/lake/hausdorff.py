"""The baseline that knows nothing: how far the ink of one drawing lies from that of another."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from core.fewshot.lake.runs import Run, Runs

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
