"""Everything that a report says of a run, gathered from its folder and its set. Nothing here loads torch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from core.data.dataset import Dataset, describe_dataset
from core.data.findings import Finding, load_findings
from core.data.splits import VALIDATION_SHARE, Split, make_split
from core.data.versions import Lineage, lineage
from core.errors import RunError, UserError
from core.evaluation.answers import Answer, calibrated, read_answers
from core.evaluation.scores import (
    Balanced,
    ClassScore,
    are_uneven,
    balanced,
    class_scores,
    confusion_matrix,
    majority_label,
    score,
)
from core.evaluation.validity import Caveat, caveats, copies_among
from core.events import EpochEnd, RunEnded, Score
from core.models.card import ModelCard
from core.models.catalogue import about_model
from core.models.lineage import Ancestry, ancestry
from core.results.calibration import Sureness, read_temperature, sureness
from core.runs.folder import RunFolder
from core.runs.made_with import MadeWith, read_made_with
from core.runs.progress import RunProgress, follow
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

_UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Facts:
    """One finished run. `recipe` has every option that applied filled in. `model` is its `model.json`, `about` the
    description of its set. `findings` are None where the doctor has not looked, and without those that somebody looked
    at and found fine, of which there are `fine`; `looked_at_all` says whether all checks were made. `split` is None
    where it cannot be told any more who taught."""

    seen: Seen
    title: str
    created: str
    recipe: dict[str, Any]
    progress: RunProgress
    model: dict[str, Any]
    about: dict[str, Any]
    line: Lineage
    split: Split | None
    findings: tuple[Finding, ...] | None
    fine: int
    looked_at_all: bool
    chain: Ancestry
    made_with: MadeWith | None
    megabytes: float
    parameters: int
    sureness: Sureness | None
    workspace: Workspace

    @property
    def dataset(self) -> Dataset:
        return self.seen.dataset

    @property
    def card(self) -> ModelCard:
        """The architecture that it has: a bundled or a Hub model, or a network that knew nothing."""
        return ModelCard(**self.model["card"])

    @property
    def way(self) -> str:
        """What learnt, in a few words."""
        return str(STRATEGIES[self.recipe["strategy"]].title)

    @property
    def judged_by(self) -> str:
        return "test" if self.seen.ended.test else "validation"

    @cached_property
    def matrix(self) -> np.ndarray:
        """Counts (classes, classes): row = what it is, column = what the model said."""
        said, truth = [a.label for a in self.seen.answers], [a.truth for a in self.seen.answers]
        return confusion_matrix(said, truth, self.dataset.classes)

    @cached_property
    def by_class(self) -> list[ClassScore]:
        return class_scores(self.matrix, self.dataset.classes)

    @cached_property
    def even(self) -> Balanced | None:
        """Scores in which all classes count the same, where some were judged much more often than others."""
        return balanced(self.matrix) if are_uneven(self.matrix) else None

    @cached_property
    def doubts(self) -> list[Caveat]:
        return caveats(self.findings or ())

    @property
    def told(self) -> list[Finding]:
        """The findings without what was left out while reading, which stands elsewhere with its reasons."""
        return [one for one in self.findings or () if one.kind != _UNREADABLE]

    @cached_property
    def wrong(self) -> list[Answer]:
        """Wrong answers, the surest first, as sure as the model says them to people."""
        return sorted((a for a in self.seen.corrected if not a.right), key=lambda a: -a.confidence)

    @cached_property
    def taught(self) -> list[int]:
        """Indices of the examples that taught, as far as that can be told."""
        return list(self.split.train) if self.split else self.seen.taught

    @cached_property
    def guess(self) -> str | None:
        """The commonest class among those that taught: what guessing would name."""
        labels = [self.dataset.examples[i].label for i in self.taught]
        return majority_label(labels) if labels else None

    @cached_property
    def answer_of(self) -> dict[int, Answer]:
        """The answers by the index of the example that judged; of copies, by that of the first."""
        return {self.seen.at[answer.example]: answer for answer in self.seen.answers}

    @cached_property
    def judged(self) -> dict[str, int]:
        """How many examples of each class judged."""
        counted = Counter(answer.truth for answer in self.seen.answers)
        return {label: counted[label] for label in self.dataset.classes}

    @cached_property
    def copies(self) -> int:
        """How many of those that judged are copies or near-copies of others that did."""
        return copies_among(self.dataset, [self.seen.at[answer.example] for answer in self.seen.answers])

    def counts(self, indices: Sequence[int]) -> dict[str, int]:
        """How many of these examples each class has, in the order of the classes."""
        counted = Counter(self.dataset.examples[i].label for i in indices)
        return {label: counted[label] for label in self.dataset.classes}


def gather(run_id: str, workspace: Workspace) -> Facts:
    """All about the finished run with this id. RunError when there is none, or it has no model; DataError when its set
    is no longer here."""
    folder = RunFolder.find(run_id.removeprefix("run:"), workspace)
    progress, about = follow(folder.events()), folder.about()
    ended = progress.ended
    if ended is None or not (folder.path / "model.json").exists():
        raise RunError(f"The run '{folder.id}' is {folder.status().state}: there is nothing to report on.",
                       "Train it to its end.")  # fmt: skip
    dataset = Dataset.load(about["request"]["dataset"], workspace)
    seen = Seen(folder, dataset, ended, tuple(read_answers(folder.path)))
    recipe = progress.started.recipe if progress.started else about["request"]["recipe"]
    line, known = lineage(dataset.id, workspace), load_findings(dataset.id, workspace)
    kept = {change.finding for change in line.changes if change.kind == "keep"}
    model = about_model(folder.id, workspace)
    return Facts(
        seen=seen, title=about["title"], created=about["created"], recipe=recipe, progress=progress, model=model,
        about=describe_dataset(dataset.id, workspace), line=line, split=_split(dataset, recipe, progress),
        findings=tuple(one for one in known.found if one.id not in kept) if known else None,
        fine=sum(one.id in kept for one in known.found) if known else 0, looked_at_all=bool(known and known.complete),
        chain=ancestry(model["parent"], workspace), made_with=read_made_with(folder.path),
        megabytes=megabytes_of(folder.path, model), parameters=parameters_of(folder.path, model),
        sureness=sureness(folder.path),
        workspace=workspace,
    )  # fmt: skip


def _split(dataset: Dataset, recipe: dict[str, Any], progress: RunProgress) -> Split | None:
    """Who taught and who judged: it follows from the recipe, so it is made again; None if that is not what was."""
    share = recipe.get("validation_share") or VALIDATION_SHARE
    try:
        made = make_split(dataset, seed=recipe["seed"], validation_share=share, shots=recipe.get("shots"))
    except UserError:
        return None
    started = progress.started
    return made if started is None or len(made.train) == started.n_train else None


# What one looks at of a finished run: itself, its set, and what it said about those that judged it.


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


# A finished run as it is compared: what it was asked, what it said about who judged it, what it costs.

Key = tuple[str, str]
"""What names a judging example: its id and what it is said to be."""


@dataclass(frozen=True)
class Judged:
    """`answers` are those that the `score` counts, in the order of `key_of`, so that those of two runs on the same
    examples lie side by side. `chosen`: its moment was picked by looking at these answers. `megabytes` and `parameters`
    are those of all that is needed to use the model; `training_labels` those it learnt from.
    """

    run: str
    title: str
    created: str
    dataset: str
    modality: str
    classes: tuple[str, ...]
    recipe: dict[str, Any]
    answers: tuple[Answer, ...]
    score: Score
    chosen: bool
    seconds: float
    megabytes: float
    parameters: int
    epochs: tuple[EpochEnd, ...] = field(default=(), repr=False)

    @cached_property
    def judges(self) -> Counter[Key]:
        """The examples that judged it; copies of one count as often as they are there."""
        return Counter(map(key_of, self.answers))

    @property
    def right(self) -> list[bool]:
        return [answer.right for answer in self.answers]

    def on(self, answers: Iterable[Answer], training_labels: Iterable[str]) -> Judged:
        """The same run, judged by these answers instead."""
        ordered = tuple(sorted(answers, key=key_of))
        found = score([a.label for a in ordered], [a.truth for a in ordered], list(training_labels))
        return replace(self, answers=ordered, score=found, chosen=False)


def key_of(answer: Answer) -> Key:
    return answer.example, answer.truth


def read_run(run_id: str, workspace: Workspace) -> Judged:
    """The finished run with this id. RunError when there is none, when it is not finished, or nothing judged it."""
    folder = RunFolder.find(run_id, workspace)
    progress = follow(folder.events())
    started, ended = progress.started, progress.ended
    if started is None or ended is None or not (folder.path / "model.json").exists():
        raise RunError(f"The run '{run_id}' has no finished model to compare.", "Train it to the end first.")
    part = "test" if ended.test else "validation"
    answers = [answer for answer in read_answers(folder.path) if answer.part == part]
    found = ended.test or ended.validation
    if found is None or not answers:
        raise RunError(
            f"Nothing was held back to judge the run '{run_id}', so there is no score to compare.",
            "Train it on a set that has examples to judge by.",
        )
    about, model = folder.about(), about_model(run_id, workspace)
    return Judged(
        run=run_id, title=about["title"], created=about["created"], dataset=started.dataset,
        modality=model["card"]["modality"], classes=tuple(model["classes"]), recipe=started.recipe,
        answers=tuple(sorted(answers, key=key_of)), score=found, chosen=ended.chosen and ended.test is None,
        seconds=ended.seconds, megabytes=megabytes_of(folder.path, model), parameters=parameters_of(folder.path, model),
        epochs=tuple(progress.epochs),
    )  # fmt: skip


def clusters_of(answers: Iterable[Answer], dataset: Dataset) -> list[str]:
    """For every answer the cluster of its example: copies and near-copies share it."""
    cluster = dict(zip((example.id for example in dataset.examples), dataset.clusters, strict=True))
    return [cluster.get(answer.example, answer.example) for answer in answers]


def megabytes_of(folder: Path, model: dict[str, Any]) -> float:
    """All that is needed to use the model: a backbone that was not tuned is named in the folder, and not copied."""
    own = (folder / "model.safetensors").stat().st_size / 1e6
    return round(own if model["tuned"] else own + model["card"]["megabytes"], 2)


def parameters_of(folder: Path, model: dict[str, Any]) -> int:
    """How many numbers of the model could learn, its backbone's included."""
    shapes = _shapes(folder / "model.safetensors")
    counted = sum(prod(shape) for name, shape in shapes.items() if not name.endswith(_BUFFERS))
    return counted if model["tuned"] else counted + model["card"]["parameters"]


_BUFFERS = ("running_mean", "running_var", "num_batches_tracked", "position_ids", "head.centre", "head.spread")
"""What a model keeps beside its parameters."""


def _shapes(file: Path) -> dict[str, list[int]]:
    """The shapes in a safetensors file, from its header: its length in 8 bytes, then JSON. No weight is read."""
    with file.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}
