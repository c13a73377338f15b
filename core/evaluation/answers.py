"""What a finished model said about the examples that judged it; kept beside the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.dataset import Dataset
from core.errors import RunError
from core.evaluation.calibration import Correction, learn_correction, scaled
from core.messages import Message
from core.storage import Damaged, read_lines, write_lines

if TYPE_CHECKING:
    from torch import Tensor

JUDGED = "answers.jsonl"
OUT_OF_FOLD = "out_of_fold.jsonl"
"""What models of the same recipe said about examples that they had not learnt from (see `cross_validate`)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer on one judging example (`part`: "validation", "test" or "fold"): a probability for every class."""

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


def answers_of(
    dataset: Dataset, part: str, indices: Sequence[int], probabilities: Tensor, classes: Sequence[str] = ()
) -> Iterator[Answer]:
    """The answers on these examples, from probabilities (n, classes) in their order, in six digits that count: how
    small a probability is tells how sure a model was. `classes` are named where they are not the set's own."""
    for i, row in zip(indices, probabilities.tolist(), strict=True):
        example = dataset.examples[i]
        by_class = {label: float(f"{p:.6g}") for label, p in zip(classes or dataset.classes, row, strict=True)}
        yield Answer(example.id, part, example.label, by_class)


def write_answers(answers: Iterable[Answer], folder: Path, name: str = JUDGED) -> None:
    write_lines(folder / name, map(asdict, answers))


def read_answers(folder: Path, name: str = JUDGED) -> list[Answer]:
    """The answers in a run's folder; none when it has not come that far. RunError where they are damaged."""
    rows = read_lines(folder / name, lambda row: Answer(**row))
    if isinstance(rows, Damaged):
        if rows.missing:
            return []
        raise RunError(rows.why, Message("Train it again."))
    return rows


def read_out_of_fold(folder: Path) -> list[Answer]:
    """What was said about examples that were left out; none where there was no cross-validation."""
    return read_answers(folder, OUT_OF_FOLD)


def validation_answers(answers: Sequence[Answer]) -> Sequence[Answer]:
    """The answers by which choices may be made (a threshold, say): those on validation examples, since a test set is
    left for the end; all of them, where there are no others."""
    return [answer for answer in answers if answer.part == "validation"] or answers


def calibrated(answers: Iterable[Answer], temperature: float) -> list[Answer]:
    """The same answers, as sure as the model says them since it was corrected: what is kept on disk is raw."""
    answers = list(answers)
    if temperature == 1 or not answers:
        return answers
    rows = scaled(arrays(answers)[0], temperature).tolist()
    return [
        replace(answer, probabilities=dict(zip(answer.probabilities, row, strict=True)))
        for answer, row in zip(answers, rows, strict=True)
    ]


def correction_from(answers: Sequence[Answer]) -> Correction:
    """What answers about examples that did not teach call for."""
    return learn_correction(*arrays(answers)) if answers else Correction(1.0, 0, "few")


def arrays(answers: Sequence[Answer]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, classes) and the numbers of the true classes (n,); all answers know the same classes."""
    number = {label: i for i, label in enumerate(answers[0].probabilities)}
    rows = np.array([[answer.probabilities[label] for label in number] for answer in answers])
    return rows, np.array([number[answer.truth] for answer in answers])
