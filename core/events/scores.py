"""How good a model is, as the events tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Score:
    """How often a model was right on `n` examples.

    `accuracy`, both ends of `interval` (95 %, Wilson) and `baseline` (always naming the
    commonest class of the training examples) are shares in [0, 1].
    """

    accuracy: float
    interval: tuple[float, float]
    n: int
    baseline: float

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Score:
        low, high = data["interval"]
        return cls(data["accuracy"], (low, high), data["n"], data["baseline"])


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """The mean accuracy over `repeats` times `folds` other divisions of `n` examples, each by the same recipe.

    `interval` is the corrected resampled one (95 %, see `core.evaluation.repeated_splits`).
    """

    accuracy: float
    interval: tuple[float, float]
    n: int
    folds: int
    repeats: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CrossValidated:
        return cls(**{**data, "interval": tuple(data["interval"])})
