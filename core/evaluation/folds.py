"""Dividing examples to judge each by what the others teach."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence

import numpy as np


def stratified_folds(
    labels: Sequence[Hashable] | np.ndarray, groups: Sequence[Hashable] | np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions that teach and positions that judge, for each fold: every position judges once.

    Each fold has about the same share of each of `labels` (n,), and what has the same of `groups` (n,) is never
    divided. A class with fewer examples than there are folds is missing from some.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    alone = numbers.max(initial=-1) + 1 == len(numbers)  # the division that knows of groups takes twenty times as long
    kind, told = (StratifiedKFold, None) if alone else (StratifiedGroupKFold, numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes that are too small
        dividing = kind(folds, shuffle=True, random_state=seed % 2**32)
        return list(dividing.split(np.zeros(len(numbers)), np.asarray(labels), told))
