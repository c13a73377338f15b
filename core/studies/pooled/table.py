"""The answers of all models folded into accuracies and differences. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from core.evaluation.between_people import Pair, by_chance, mean_over_people
from core.evaluation.paired import LUCK, holm
from core.evaluation.repeated_splits import Estimate
from core.events import Event
from core.messages import Message, sentences
from core.results.cells import difference_cell, estimate_cell
from core.studies.base import Sheet
from core.studies.events import GiverAnswered, GiversDivided
from core.studies.pooled.design import PooledDesign
from core.studies.splits import estimate_data

TOGETHER = ""
"""Stands for everybody where a giver is named."""


@dataclass(frozen=True)
class Row:
    """A giver's own model beside everybody's, on the same examples of other givers. `clear`: 1 where everybody's is
    clearly better, -1 where their own is, 0 where chance may have decided (corrected for how many givers there are).
    `learnt`: from so many examples."""

    giver: str
    alone: Estimate
    together: Estimate
    difference: Estimate
    clear: int
    learnt: int


class PooledTable:
    """How many of whose examples each model got right."""

    def __init__(self, design: PooledDesign, events: Iterable[Event]) -> None:
        self.design = design
        self.divided = GiversDivided((), (), (), ())
        self.share: dict[Pair, float] = {}
        """The share that a model got right, by whom it learnt from and whom it answered."""
        self.counts: dict[str, int] = {}
        self.learnt: dict[str, list[int]] = {}
        """From how many examples the models of a giver (or everybody's) learnt."""
        self.seconds = 0.0
        for event in events:
            match event:
                case GiversDivided():
                    self.divided = event
                case GiverAnswered():
                    self.share[event.learnt, event.tested] = event.right.count("1") / len(event.right)
                    self.counts[event.tested] = len(event.right)
                    self.learnt.setdefault(event.learnt, []).append(event.trained)
                    self.seconds = event.seconds

    @cached_property
    def pairs(self) -> dict[Pair, tuple[float, float]]:
        """For each giver who learnt alone and each who was tested: the share that their own model got right, and that
        everybody's did."""
        return {
            (learnt, tested): (share, self.share[TOGETHER, tested])
            for (learnt, tested), share in self.share.items()
            if learnt != TOGETHER and (TOGETHER, tested) in self.share
        }

    @cached_property
    def alone(self) -> Estimate | None:
        """The accuracy of a giver's own model, on average over givers; None before there is one."""
        return self._mean(self.pairs, _alone) if self.pairs else None

    @cached_property
    def together(self) -> Estimate | None:
        """The accuracy of everybody's model, on average over the same."""
        return self._mean(self.pairs, _together) if self.pairs else None

    @cached_property
    def difference(self) -> Estimate | None:
        """How much higher that of everybody's is."""
        return self._mean(self.pairs, _difference) if self.pairs else None

    @cached_property
    def rows(self) -> list[Row]:
        """A row for each giver who learnt alone, the one whom pooling gave most first."""
        by_giver: dict[str, dict[Pair, tuple[float, float]]] = {}
        for pair, shares in self.pairs.items():
            by_giver.setdefault(pair[0], {})[pair] = shares
        found = [
            (giver, self._mean(own, _alone), self._mean(own, _together), self._mean(own, _difference))
            for giver, own in by_giver.items()
        ]
        p_values = holm([by_chance(difference) for _, _, _, difference in found])
        rows = [
            Row(giver, alone, together, gain, (1 if gain.mean > 0 else -1) if p < LUCK else 0, self.learnt[giver][0])
            for (giver, alone, together, gain), p in zip(found, p_values, strict=True)
        ]
        return sorted(rows, key=lambda row: (-row.difference.mean, row.giver))

    def learnt_from(self) -> tuple[int, int]:
        """From how many examples a typical model alone learnt, and a typical one of everybody's."""
        alone = [n for giver, (n, *_) in self.learnt.items() if giver != TOGETHER]
        return round(median(alone or [0])), round(median(self.learnt.get(TOGETHER, [0])))

    def _mean(self, pairs: Mapping[Pair, tuple[float, float]], what: Callable[[float, float], float]) -> Estimate:
        tested = sum(self.counts[giver] for giver in {pair[1] for pair in pairs})
        least = -1.0 if what is _difference else 0.0
        return mean_over_people({pair: what(*shares) for pair, shares in pairs.items()}, tested).within(least, 1.0)

    def sheets(self) -> list[Sheet]:
        if self.alone is None or self.together is None or self.difference is None:
            return []
        few, many = self.learnt_from()
        whole = Sheet(
            (Message("examples of"), Message("training examples"), Message("accuracy")),
            (
                (Message("one giver alone"), few, estimate_cell(self.alone)),
                (Message("everybody together"), many, estimate_cell(self.together)),
                (Message("difference (percentage points)"), "",
                 difference_cell(self.difference.mean, self.difference.interval)),
            ),
            caption=sentences(
                Message("Both answer the same {n} examples, none of a giver from whom they learnt.",
                        n=self.difference.tested),
                _BRACKETS,
            ),
        )  # fmt: skip
        rows = tuple(
            (row.giver, row.learnt, estimate_cell(row.alone), estimate_cell(row.together),
             difference_cell(row.difference.mean, row.difference.interval), _CLEAR[row.clear])
            for row in self.rows
        )  # fmt: skip
        columns = (
            Message("giver"), Message("training examples"), Message("alone"), Message("together"),
            Message("difference (percentage points)"), Message("better"),
        )  # fmt: skip
        caption = Message(
            "Each row is about the examples of the other givers. What is called better is so beyond chance, corrected "
            "for how many givers there are."
        )
        return [whole, Sheet(columns, rows, Message("Giver by giver"), caption)]

    def to_dict(self) -> dict[str, Any]:
        return {
            "alone": estimate_data(self.alone), "together": estimate_data(self.together),
            "difference": estimate_data(self.difference),
            "givers": [
                {"giver": row.giver, "learnt": row.learnt, "alone": estimate_data(row.alone),
                 "together": estimate_data(row.together), "difference": estimate_data(row.difference),
                 "clear": row.clear}
                for row in self.rows
            ],
            "only_together": [one for group in self.divided.groups for one in group if one not in self.divided.alone],
            "left_out": list(self.divided.left_out), "seconds": self.seconds,
        }  # fmt: skip


def _alone(alone: float, together: float) -> float:
    return alone


def _together(alone: float, together: float) -> float:
    return together


def _difference(alone: float, together: float) -> float:
    return together - alone


_BRACKETS = Message("In brackets: the 95\u00a0% confidence interval, over other givers.")
_CLEAR = {1: Message("together"), 0: Message("no clear difference"), -1: Message("alone")}
