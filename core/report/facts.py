"""Everything that a report says of a run, gathered from its folder and its set. Nothing here loads torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.compare.judged import megabytes_of, parameters_of
from core.data.dataset import Dataset, describe_dataset
from core.data.findings import Finding, load_findings
from core.data.splits import VALIDATION_SHARE, Split, make_split
from core.data.versions import Lineage, lineage
from core.errors import RunError, UserError
from core.evaluation.scores import (
    Balanced,
    ClassScore,
    are_uneven,
    balanced,
    class_scores,
    confusion_matrix,
    majority_label,
)
from core.evaluation.validity import Caveat, caveats, copies_among
from core.models.card import ModelCard
from core.models.catalogue import about_model
from core.models.lineage import Ancestry, ancestry
from core.report.seen import Seen
from core.runs.folder import RunFolder
from core.runs.made_with import MadeWith, read_made_with
from core.runs.progress import RunProgress, follow
from core.training.answers import Answer, read_answers
from core.training.calibrating import Sureness, sureness
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
        return STRATEGIES[self.recipe["strategy"]].title

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
