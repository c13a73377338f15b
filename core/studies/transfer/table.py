"""An experiment's events folded into scores and differences, as far as it has come. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from core.evaluation.repeated_splits import Estimate, two_way_mean
from core.events import Event
from core.messages import Message, counted, sentences
from core.results.cells import difference_cell, estimate_cell
from core.studies.base import Cell, Sheet
from core.studies.splits import SplitsTable, estimate_data
from core.studies.transfer.design import PARTS, STARTS, TransferDesign
from core.training.spec.strategies import method_title


class TransferTable(SplitsTable):
    """Which examples each method ("transferred/plain") answered rightly, and what follows from it.

    Everything is None for what was not evaluated yet.
    """

    def __init__(self, design: TransferDesign, events: Iterable[Event]) -> None:
        super().__init__(events)
        self.design = design

    def means(self, *methods: str) -> list[float]:
        """The mean accuracy of each method, on the splits in which all of them were evaluated."""
        common = set.intersection(*(set(self.right[method]) for method in methods))
        return [float(np.mean([self.right[method][key].mean() for key in common])) for method in methods]

    def contrast(self, weights: Mapping[str, int]) -> Estimate | None:
        """A weighted sum of methods, on the splits in which all were evaluated: {"a": 1, "b": -1} is a minus b. Its
        interval holds nothing that accuracies cannot differ by."""
        known = [set(self.right.get(method, {})) for method in weights]
        common = sorted(set.intersection(*known))
        if not common:
            return None
        values = [
            np.sum([weight * self.right[method][key] for method, weight in weights.items()], axis=0) for key in common
        ]
        most = sum(weight for weight in weights.values() if weight > 0)
        return two_way_mean([self.draws[key] for key in common], values).within(-most, most)

    def difference(self, method: str, other: str) -> Estimate | None:
        """How much higher the accuracy of `method` was than that of `other`."""
        return self.contrast({method: 1, other: -1})

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

    def sheets(self) -> list[Sheet]:
        return [self._scores(), *([parts] if (parts := self._parts()).rows else [])]

    def _scores(self) -> Sheet:
        columns = [Message("network"), Message("without")]
        if self.design.parts:
            columns += [Message("with augmentation and ensembling"), Message("difference (percentage points)")]
        rows = []
        for start in STARTS:
            row: list[Cell] = [start_name(start, self.design), estimate_cell(self.accuracy(f"{start}/plain"))]
            if self.design.parts:
                gained = self.difference(f"{start}/harder", f"{start}/plain")
                row += [estimate_cell(self.accuracy(f"{start}/harder")), None if gained is None else _cell(gained)]
            rows.append(tuple(row))
        evaluated = max((found.tested for method in self.right if (found := self.accuracy(method))), default=0)
        caption = sentences(
            Message(
                "Accuracy on the validation examples, on average over the random splits. In brackets: the 95\u00a0% "
                "confidence interval, over other training and other validation examples."
            ),
            counted("{n} example validated.", "{n} different examples validated.", n=evaluated)
            if evaluated
            else Message(""),
        )
        return Sheet(tuple(columns), tuple(rows), caption=caption)

    def _parts(self) -> Sheet:
        found = [
            (PARTS[part].title, start_name(start, self.design), _cell(effect), effect.repeats, effect.tested)
            for part in PARTS
            for start, row in self.parts().items()
            if (effect := row[part]) is not None and effect.interval is not None
        ]
        columns = (
            Message("method"), Message("network"), Message("difference (percentage points)"), Message("splits"),
            Message("validation examples"),
        )  # fmt: skip
        return Sheet(
            columns, tuple(found), Message("What each gave on its own"),
            Message(
                "Each is switched on alone and compared on the same splits with none of them. An interval that "
                "holds zero may be chance. One in twenty such intervals misses zero although there is nothing."
            ),
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        return {
            "scores": {method: _plain(self.accuracy(method)) for method in self.right},
            "effects": {name: _plain(found) for name, found in self.effects().items() if found},
            "parts": {
                start: {part: _plain(found) for part, found in row.items() if found}
                for start, row in self.parts().items()
            },
            "seconds": self.seconds,
        }


def start_name(start: str, design: TransferDesign) -> Message:
    """What stands at the head of a row."""
    if start == "scratch":
        return Message("From scratch")
    strategy = "nearest" if start == "nearest" else design.strategy
    return Message("Pretrained: {method}", method=method_title(strategy, design.model))


def _cell(found: Estimate) -> Message:
    return difference_cell(found.mean, found.interval)


def _plain(found: Estimate | None) -> dict[str, Any] | None:
    data = estimate_data(found)
    if data is None:
        return None
    rounded = None if data["interval"] is None else [round(end, 5) for end in data["interval"]]
    return {**data, "mean": round(data["mean"], 5), "interval": rounded}
