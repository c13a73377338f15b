"""What a finished model said about the examples that judged it; kept beside the model."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.workspace import write_atomically


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer on one judging example: `part` is "validation" or "test"; a probability for every class by name."""

    example: str
    part: str
    truth: str
    probabilities: dict[str, float]

    @property
    def label(self) -> str:
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def right(self) -> bool:
        return self.label == self.truth

    @property
    def confidence(self) -> float:
        return self.probabilities[self.label]


def write_answers(answers: Iterable[Answer], folder: Path) -> None:
    lines = (json.dumps(asdict(answer), ensure_ascii=False) for answer in answers)
    write_atomically(folder / "answers.jsonl", "\n".join(lines).encode())


def read_answers(folder: Path) -> list[Answer]:
    """The answers in a run's folder; none when it has not come that far."""
    try:
        lines = (folder / "answers.jsonl").read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    return [Answer(**json.loads(line)) for line in lines if line]
