"""A finished run as it is compared: what it was asked, what it said about who judged it, what it costs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset
from core.errors import RunError
from core.evaluation.scores import score
from core.events import EpochEnd, Score
from core.models.catalogue import about_model
from core.runs.folder import RunFolder
from core.runs.progress import follow
from core.training.answers import Answer, read_answers
from core.workspace import Workspace

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
