"""A finished run: the one way back to what it was, what it answered, and how good that is.

Pages, the report, comparisons, the few-shot lab and the command line all ask it. Everything is read when it is first
asked for, so opening one is cheap; what needs the dataset says so (DataError where it was deleted). Nothing here loads
torch, or works out again what the training job has written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from core.data.dataset import Dataset, Example, describe_dataset
from core.data.splits import Split
from core.errors import RunError, UserError
from core.evaluation.answers import (
    JUDGED,
    OUT_OF_FOLD,
    Answer,
    calibrated,
    read_answers,
    read_out_of_fold,
    validation_answers,
)
from core.evaluation.scores import (
    score,
)
from core.events import RunEnded, RunStarted, Score
from core.messages import Message
from core.models.card import ModelCard
from core.models.catalogue import about_model
from core.models.lineage import ModelLineage, model_lineage
from core.results.calibration import Reliability, reliability_of
from core.results.history import Replay, replay_of
from core.results.record import SplitRecord, read_split
from core.runs.folder import REMOVE, RunFolder
from core.runs.made_with import MadeWith, read_made_with
from core.runs.progress import RunProgress, follow
from core.storage import damage
from core.training.engine.history import HISTORY
from core.training.spec.strategies import STRATEGIES
from core.training.spec.strategy import Description
from core.workspace import Workspace


@dataclass(frozen=True)
class FinishedRun:
    """A training run that has a model. `model` is its `model.json`, `progress` its events.

    It was evaluated on the test set where there is one, else on the validation set; `elsewhere` are answers on other
    examples that count instead (see `evaluated_on`). `load` reads a dataset: pages keep those that were read.
    """

    folder: RunFolder
    workspace: Workspace
    about: dict[str, Any]
    progress: RunProgress
    model: dict[str, Any]
    load: Callable[[str, Workspace], Dataset] = Dataset.load
    elsewhere: tuple[Answer, ...] | None = None

    @classmethod
    def open(
        cls, run: str | RunFolder, workspace: Workspace, load: Callable[[str, Workspace], Dataset] = Dataset.load
    ) -> FinishedRun:
        """The run with this id ("run:" may stand before it). RunError when there is none, it has no model, or what is
        needed to say anything about it is damaged."""
        folder = RunFolder.find(run.removeprefix("run:"), workspace) if isinstance(run, str) else run
        progress = follow(folder.events())
        if progress.started is None or progress.ended is None or not has_model(folder):
            for damaged in folder.damages():
                raise RunError(damaged.why, REMOVE)
            raise RunError(
                Message("The run '{id}' has no finished model.", id=folder.id), Message("Train it to its end.")
            )
        return cls(folder, workspace, folder.about(), progress, about_model(folder.id, workspace), load)

    @property
    def id(self) -> str:
        return self.folder.id

    @property
    def title(self) -> str:
        return str(self.about["title"])

    @property
    def created(self) -> str:
        """When it was asked for, in ISO 8601, UTC."""
        return str(self.about["created"])

    @property
    def started(self) -> RunStarted:
        assert self.progress.started is not None
        return self.progress.started

    @property
    def ended(self) -> RunEnded:
        assert self.progress.ended is not None
        return self.progress.ended

    @property
    def recipe(self) -> dict[str, Any]:
        """The settings with every option that applied filled in."""
        return self.started.recipe

    @property
    def dataset_id(self) -> str:
        return self.started.dataset

    @property
    def card(self) -> ModelCard:
        """The architecture that it has: a bundled or a Hub model, or an untrained network."""
        return ModelCard.from_dict(self.model["card"])

    @property
    def method(self) -> Description:
        """What the way in which it was trained is called, and how it is explained."""
        return STRATEGIES[self.recipe["strategy"]].described(self.card)

    @property
    def modality(self) -> str:
        return self.card.modality

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.model["classes"])

    # The data

    @cached_property
    def dataset(self) -> Dataset:
        """The examples themselves. DataError when the dataset was deleted."""
        return self.load(self.dataset_id, self.workspace)

    @cached_property
    def description(self) -> dict[str, Any]:
        """Title, counts and import report of the dataset. DataError when it was deleted."""
        return describe_dataset(self.dataset_id, self.workspace)

    @cached_property
    def place(self) -> dict[str, int]:
        """The index of an example in the dataset, by its id; of several copies, that of the first."""
        return {example.id: i for i, example in reversed(list(enumerate(self.dataset.examples)))}

    @cached_property
    def record(self) -> SplitRecord:
        """Which examples it was trained on and which evaluated it, by id: known also without the dataset."""
        return read_split(self.folder.path)

    @cached_property
    def split(self) -> Split:
        """The same as indices of the dataset."""
        return self.record.on(self.dataset)

    @property
    def most_frequent(self) -> str | None:
        """The most frequent class of the training set, which the baseline always names; None where that is not known,
        since the record is damaged."""
        try:
            labels = self.record.training_labels
        except RunError:
            return None
        return min(labels, key=lambda label: (-labels[label], label)) if labels else None

    @property
    def learned_from(self) -> set[str]:
        """Ids of the examples that shaped it: the training set, and the validation set where that picked its best
        moment."""
        return self.record.ids("train") | (self.record.ids("validation") if self.ended.chosen else set())

    # The evaluation

    @property
    def evaluated_by(self) -> str:
        """The part of the data that it was evaluated on: "test" where there is a test set, else "validation"."""
        return "test" if self.ended.test else "validation"

    @cached_property
    def every_answer(self) -> tuple[Answer, ...]:
        """What it answered on all examples that were held back, validation and test, as it was trained. RunError where
        that is damaged."""
        self._require(JUDGED)
        return tuple(read_answers(self.folder.path))

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What it answered on its evaluation set, as it was trained."""
        if self.elsewhere is not None:
            return self.elsewhere
        return tuple(answer for answer in self.every_answer if answer.part == self.evaluated_by)

    @cached_property
    def calibrated_answers(self) -> tuple[Answer, ...]:
        """The same answers in the same order, as confident as the model tells people."""
        return tuple(calibrated(self.answers, self.temperature))

    @cached_property
    def validation_answers(self) -> tuple[Answer, ...]:
        """The answers by which choices may be made (see `core.evaluation.answers.validation_answers`)."""
        return tuple(validation_answers(self.every_answer))

    @property
    def temperature(self) -> float:
        """What its logits are divided by, so that it is as confident as it is right."""
        return float(self.model.get("temperature", 1.0))

    @cached_property
    def score(self) -> Score | None:
        """Accuracy on the evaluation set, with its interval and baseline; None where nothing was held back."""
        if self.elsewhere is None:
            return self.ended.test or self.ended.validation
        if not self.answers:
            return None
        said, truth = [a.label for a in self.answers], [a.truth for a in self.answers]
        return score(said, truth, list(self.record.training_labels.elements()))

    @property
    def chosen(self) -> bool:
        """Whether its best moment was picked by its score on these very examples, which is then a little too high
        (selection bias)."""
        return self.ended.chosen and all(answer.part == "validation" for answer in self.answers)

    @cached_property
    def aligned(self) -> tuple[Answer, ...]:
        """The answers in an order that depends on the examples alone, so that those of two runs lie side by side."""
        return tuple(sorted(self.answers, key=lambda answer: (answer.example, answer.truth)))

    @cached_property
    def evaluation_set(self) -> Counter[tuple[str, str]]:
        """The examples that the answers are on, by id and label; copies count as often as they are there."""
        return Counter((answer.example, answer.truth) for answer in self.answers)

    def evaluated_on(self, answers: Iterable[Answer]) -> FinishedRun:
        """The same run, evaluated by these answers instead."""
        return replace(self, elsewhere=tuple(answers))

    @cached_property
    def reliability(self) -> Reliability | None:
        """How confident it is against how often it is right; None where nothing was held back."""
        self._require(OUT_OF_FOLD)
        held_out = read_out_of_fold(self.folder.path)
        return reliability_of(self.every_answer, held_out, self.temperature)

    # How it came about, and what it costs

    @cached_property
    def history(self) -> Replay | None:
        """What it answered after each epoch; None where that was not kept. DataError when the dataset was deleted,
        RunError where it is damaged."""
        self._require(HISTORY)
        return replay_of(self.folder.path, self.dataset)

    @cached_property
    def ancestry(self) -> ModelLineage:
        """The model that it started from, and where that came from."""
        return model_lineage(self.model["parent"], self.workspace)

    @cached_property
    def made_with(self) -> MadeWith | None:
        return read_made_with(self.folder.path)

    def _require(self, name: str) -> None:
        """RunError where a file that was there when it was trained is damaged or gone. (Not every run has each.)"""
        if name in self.about.get("files", ()) and (found := damage(self.folder.path / name)):
            raise RunError(found.why, REMOVE)

    @property
    def seconds(self) -> float:
        """How long the training took."""
        return self.ended.seconds

    @cached_property
    def megabytes(self) -> float:
        """All that is needed to use the model: a backbone that was not tuned is named in the folder, not copied."""
        own: float = self.model["megabytes"]
        return round(own if self.model["tuned"] else own + self.model["card"]["megabytes"], 4)

    @cached_property
    def parameters(self) -> int:
        """How many numbers of the model could be trained, its backbone's included."""
        own: int = self.model["parameters"]
        return own if self.model["tuned"] else own + int(self.model["card"]["parameters"])


def has_model(folder: RunFolder) -> bool:
    """Whether a run got as far as a model that can be told of."""
    return damage(folder.path / "model.json") is None


def chain_of(run_id: str, workspace: Workspace) -> Iterator[FinishedRun]:
    """The run, the run that it started from, and so on. RunError or ModelError where one is not there any more."""
    model_id = f"run:{run_id.removeprefix('run:')}"
    while model_id.startswith("run:"):
        run = FinishedRun.open(model_id, workspace)
        yield run
        model_id = run.model["parent"]


def ids_learned_from(model_id: str, workspace: Workspace) -> set[str]:
    """Ids of the examples that shaped a model or those it started from, as far as is still known.

    A bundled or Hub model gives none: what it was pretrained on is not known here by example.
    """
    ids: set[str] = set()
    if model_id.startswith("run:"):
        with suppress(UserError):  # a run of the chain was deleted
            for run in chain_of(model_id, workspace):
                ids |= run.learned_from
    return ids


def examples_learned_from(run_id: str, workspace: Workspace) -> list[Example]:
    """The examples that shaped a run or those it started from. RunError where a run or a dataset of the chain was
    deleted, so that it cannot be told."""
    found: dict[str, Example] = {}
    try:
        for run in chain_of(run_id, workspace):
            learned = run.learned_from
            found |= {example.id: example for example in run.dataset.examples if example.id in learned}
    except UserError as error:
        raise RunError(
            Message(
                "What the run '{id}' was trained on is not known any more. {why}",
                id=run_id, why=error.problem,
            ),
            Message("Only examples that it was certainly not trained on may evaluate it, so train it again."),
        ) from error  # fmt: skip
    return list(found.values())
