"""When "none of these" is the better answer: how known examples score, and what a threshold would do to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.evaluation.intervals import wilson

ACCEPTED = 0.95
"""With the usual threshold so many of the known examples still get an answer, or more."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Of the `n` examples `kept` still get an answer; `wrong` of those that do not had a wrong one.

    `interval` is the 95 % Wilson interval of the share that is kept; None without examples.
    """

    n: int
    kept: int
    wrong: int
    interval: tuple[float, float] | None

    @property
    def refused(self) -> int:
        return self.n - self.kept


@dataclass(frozen=True, slots=True)
class Rejection:
    """Scores in [0, 1] of the examples that a model was evaluated on, and which of them it answered rightly.

    `by` says what the scores are: "likeness" to what it was trained on, or, where that cannot be told any more, how
    "sure" it was of its answer.
    """

    by: str
    scores: tuple[float, ...]
    right: tuple[bool, ...]

    @classmethod
    def of(cls, by: str, scores: Sequence[float], right: Sequence[bool]) -> Rejection:
        return cls(by, tuple(round(score, 6) for score in scores), tuple(right))

    @property
    def usual(self) -> float:
        """The largest threshold in whole hundredths that refuses no more than 1 in 20; 0 without examples."""
        if not self.scores:
            return 0.0
        allowed = math.floor((1 - ACCEPTED) * len(self.scores) + 1e-9)
        return math.floor(sorted(self.scores)[allowed] * 100 + 1e-9) / 100  # 0.29 * 100 is a little less than 29

    def effect(self, threshold: float) -> Effect:
        """What becomes of the examples when scores below `threshold` get "none of these"."""
        refused = [right for score, right in zip(self.scores, self.right, strict=True) if score < threshold]
        n = len(self.scores)
        kept = n - len(refused)
        return Effect(n, kept, refused.count(False), wilson(kept, n) if n else None)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Rejection:
        return cls(data["by"], tuple(data["scores"]), tuple(data["right"]))
