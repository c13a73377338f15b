"""An experiment's events folded into scores and differences, as far as it has come. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from core.evaluation.repeated_splits import Estimate, EvaluatedSplit, two_way_accuracy, two_way_mean
from core.events import DrawMade, Event, WayJudged
from core.studies.transfer.design import PARTS, STARTS


class Table:
    """Who was answered rightly by which way ("transferred/plain") in which draw, and what follows from it.

    Everything is None for what was not judged yet.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.draws: dict[int, EvaluatedSplit] = {}
        self.right: dict[str, dict[int, np.ndarray]] = {}
        self.seconds = 0.0
        for event in events:
            match event:
                case DrawMade():
                    self.draws[event.draw] = EvaluatedSplit(event.taught, event.judged)
                case WayJudged():
                    judged = np.frombuffer(event.right.encode(), dtype=np.uint8) == ord("1")
                    self.right.setdefault(event.way, {})[event.draw] = judged.astype(float)
                    self.seconds = event.seconds

    def score(self, way: str) -> Estimate | None:
        """How often a way was right."""
        judged = self.right.get(way)
        if not judged:
            return None
        return two_way_accuracy([self.draws[draw] for draw in judged], list(judged.values()))

    def means(self, *ways: str) -> list[float]:
        """The mean accuracy of each way, on the draws in which all of them were judged."""
        common = set.intersection(*(set(self.right[way]) for way in ways))
        return [float(np.mean([self.right[way][draw].mean() for draw in common])) for way in ways]

    def contrast(self, weights: Mapping[str, int]) -> Estimate | None:
        """A weighted sum of ways, on the draws in which all of them were judged: {"a": 1, "b": -1} is a minus b."""
        known = [set(self.right.get(way, {})) for way in weights]
        common = sorted(set.intersection(*known))
        if not common:
            return None
        values = [sum(weight * self.right[way][draw] for way, weight in weights.items()) for draw in common]
        return two_way_mean([self.draws[draw] for draw in common], values)

    def difference(self, way: str, other: str) -> Estimate | None:
        """How much more often `way` was right than `other`."""
        return self.contrast({way: 1, other: -1})

    def effects(self) -> dict[str, Estimate | None]:
        """What the two things that are compared gave, each with and without the other, and whether that differs."""
        scratch, harder = ("scratch/plain", "scratch/harder"), ("transferred/plain", "transferred/harder")
        interaction = {harder[1]: 1, harder[0]: -1, scratch[1]: -1, scratch[0]: 1}
        return {
            "transfer": self.difference(harder[0], scratch[0]),
            "transfer_when_harder": self.difference(harder[1], scratch[1]),
            **{f"harder_{start}": self.difference(f"{start}/harder", f"{start}/plain") for start in STARTS},
            "interaction": self.contrast(interaction),
        }

    def parts(self) -> dict[str, dict[str, Estimate | None]]:
        """What each part gave alone, by start: the difference to doing none of it."""
        return {
            start: {part: self.difference(f"{start}/{part}", f"{start}/plain") for part in PARTS} for start in STARTS
        }

    def to_dict(self) -> dict[str, Any]:
        """All that can be told, as plain data."""
        return {
            "scores": {way: _plain(self.score(way)) for way in self.right},
            "effects": {name: _plain(found) for name, found in self.effects().items() if found},
            "parts": {
                start: {part: _plain(found) for part, found in row.items() if found}
                for start, row in self.parts().items()
            },
            "seconds": self.seconds,
        }


def _plain(found: Estimate | None) -> dict[str, Any] | None:
    if found is None:
        return None
    rounded = None if found.interval is None else [round(end, 5) for end in found.interval]
    return {"mean": round(found.mean, 5), "interval": rounded, "draws": found.repeats, "judged": found.tested}
