"""What one looks at of a finished run: itself, its set, and what it said about those that judged it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.data.dataset import Dataset
from core.events import RunEnded, Score
from core.runs.folder import RunFolder
from core.training.answers import Answer
from core.training.calibrating import calibrated, read_temperature


@dataclass(frozen=True)
class Seen:
    """`everything` is what the model said about all judging examples: those of the validation and of the test part."""

    run: RunFolder
    dataset: Dataset
    ended: RunEnded
    everything: tuple[Answer, ...]

    @property
    def score(self) -> Score | None:
        """That of the final test where there is one, else of the validation; None where nobody judged."""
        return self.ended.test or self.ended.validation

    @cached_property
    def answers(self) -> list[Answer]:
        """The answers that the score counts."""
        part = "test" if self.ended.test else "validation"
        return [answer for answer in self.everything if answer.part == part]

    @cached_property
    def corrected(self) -> list[Answer]:
        """The same answers in the same order, as sure as the model says them on the Try it page."""
        return calibrated(self.answers, read_temperature(self.run.path) or 1.0)

    @cached_property
    def at(self) -> dict[str, int]:
        """Where in the set an example stands, by its id; the first of several copies."""
        return {example.id: i for i, example in reversed(list(enumerate(self.dataset.examples)))}

    @cached_property
    def taught(self) -> list[int]:
        """Indices of the examples that taught, or that nobody looked at."""
        judged = {answer.example for answer in self.everything}
        return [i for i, example in enumerate(self.dataset.examples) if example.id not in judged]
