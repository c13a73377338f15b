"""The few-shot bench's events folded into a score and a line for each class. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.events import Event
from core.messages import Message
from core.results.cells import accuracy_cell
from core.studies.base import Sheet
from core.studies.events import EpisodesDone, EpisodesScored
from core.studies.few_shot.design import FewShotDesign


class FewShotTable:
    """How far it is (`done`), and, once all episodes are answered, how they were `scored`."""

    def __init__(self, design: FewShotDesign, events: Iterable[Event]) -> None:
        self.design = design
        self.done: EpisodesDone | None = None
        self.scored: EpisodesScored | None = None
        for event in events:
            match event:
                case EpisodesDone():
                    self.done = event
                case EpisodesScored():
                    self.scored = event

    def sheets(self) -> list[Sheet]:
        columns = (
            Message("class"), Message("accuracy"), Message("queries"), Message("episodes"),
            Message("most often predicted instead"),
        )  # fmt: skip
        classes = self.scored.classes if self.scored else ()
        rows = tuple(
            (
                one["label"],
                accuracy_cell(one["accuracy"], one["interval"]),
                one["examples"],
                one["episodes"],
                _other(one),
            )
            for one in classes
        )
        caption = Message(
            "In brackets: the 95\u00a0% confidence interval. It counts each different example once, however often it "
            "was a query."
        )
        return [Sheet(columns, rows, Message("Class by class, over all episodes"), caption)] if rows else []

    def to_dict(self) -> dict[str, Any]:
        scored = self.scored
        if scored is None:
            return self.design.to_dict()
        return {
            **self.design.to_dict(), "accuracy": scored.accuracy, "interval": scored.interval,
            "episode_range": scored.episode_range, "chance": scored.chance, "n": scored.n, "seen": scored.seen,
            "left_out": scored.left_out, "classes": list(scored.classes),
        }  # fmt: skip


def _other(one: dict[str, Any]) -> Message:
    if not one["taken_for"]:
        return Message("")
    return Message("{label} ({share:percent})", label=one["taken_for"], share=one["taken_share"])
