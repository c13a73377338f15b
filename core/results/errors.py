"""Where a run fails: by class, by example, by subgroup, and by near-duplicates of what it was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.data.findings import load_findings
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.scores import (
    Balanced,
    ClassScore,
    are_imbalanced,
    balanced,
    class_scores,
    confused,
    confusion_matrix,
)
from core.evaluation.slices import LEAST, Slice, slices
from core.evaluation.validity import LEAST_TRAINING, Leakage, copies_among, leakage
from core.messages import NOTHING, Message, counted
from core.modalities.base import Modality
from core.models.catalogue import get_card
from core.results.finished_run import FinishedRun
from core.results.properties import properties_of
from core.workspace import Workspace

_DOUBTFUL = 0.9
"""A wrong answer with so much confidence may mean that the label is wrong."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """How alike the two sides of a split are. `evaluated` and `training` are the indices in the dataset that the
    numbers in `found` stand for."""

    found: Leakage
    evaluated: tuple[int, ...]
    training: tuple[int, ...]


class Errors:
    """What the answers of a run on its evaluation set say about where it fails. Every part is worked out when it is
    first asked for. DataError where the dataset was deleted, for what needs the examples themselves."""

    def __init__(self, run: FinishedRun) -> None:
        self.run = run

    # By class

    @cached_property
    def confusion(self) -> np.ndarray:
        """Counts (classes, classes): row = actual class, column = predicted class."""
        predicted, actual = [a.label for a in self.run.answers], [a.truth for a in self.run.answers]
        return confusion_matrix(predicted, actual, self.run.classes)

    @cached_property
    def by_class(self) -> list[ClassScore]:
        """Recall, precision and F1 of each class, in the order of the classes."""
        return class_scores(self.confusion, self.run.classes)

    @property
    def confused(self) -> list[tuple[str, str, int]]:
        """(actual, predicted, how often), the most frequent mistake first."""
        return confused(self.confusion, self.run.classes)

    @property
    def imbalanced(self) -> bool:
        """Whether some classes have so many more evaluated examples than others that `balanced` says something new."""
        return are_imbalanced(self.confusion)

    @cached_property
    def balanced(self) -> Balanced | None:
        """Scores in which all classes count the same; None where nothing was evaluated."""
        return balanced(self.confusion) if self.run.answers else None

    # By example

    @cached_property
    def mistakes(self) -> list[Answer]:
        """Wrong answers, the most confident first."""
        return sorted((a for a in self.run.calibrated_answers if not a.right), key=lambda a: -a.confidence)

    @cached_property
    def least_confident(self) -> list[Answer]:
        """All answers, the least confident first."""
        return sorted(self.run.calibrated_answers, key=lambda a: a.confidence)

    @property
    def near_copies(self) -> int:
        """How many evaluated examples are copies or near-copies of others that are."""
        return copies_among(self.run.dataset, [self.run.place[answer.example] for answer in self.run.answers])

    @cached_property
    def label_errors(self) -> list[tuple[int, str]]:
        """Examples (by index) whose label may be wrong, and the class that each may belong to: what the model
        contradicts with much confidence, then what the data check found."""
        dataset, place = self.run.dataset, self.run.place
        at = {example.key: i for i, example in enumerate(dataset.examples)}
        copies = {(example.id, example.label): i for i, example in reversed(list(enumerate(dataset.examples)))}
        doubtful = [a for a in self.mistakes if a.confidence >= _DOUBTFUL]
        found = {copies.get((a.example, a.truth), place[a.example]): a.label for a in doubtful}
        known = load_findings(dataset.id, self.run.workspace)
        for finding in known.found if known else ():
            for remedy in finding.remedies if finding.kind == "wrong_labels" else ():
                example = at.get(remedy.examples[0]) if len(remedy.examples) == 1 else None
                if remedy.action == "relabel" and remedy.label in dataset.classes and example is not None:
                    found.setdefault(example, remedy.label)
        return list(found.items())

    # By subgroup, and across the split

    @cached_property
    def subgroups(self) -> list[Slice] | None:
        """Whether some groups of examples (by size, brightness, length, source) fail more often than others, the
        clearest first; None with too few answers to divide."""
        answers, place = self.run.answers, self.run.place
        if len(answers) < LEAST:
            return None
        indices = [place[answer.example] for answer in answers]
        found = properties_of(self.run.dataset, indices, self.run.workspace)
        return slices(found, [answer.right for answer in answers])

    @cached_property
    def near_duplicates(self) -> NearDuplicates | None:
        """Which evaluated examples are nearly the same as a training example. None where that cannot be told: there are
        too few training examples, or their embeddings are not kept."""
        run, dataset = self.run, self.run.dataset
        vectors = kept_vectors(dataset, run.recipe, run.workspace, or_usual=True)
        known = [answer for answer in run.answers if answer.example in vectors]
        training = [i for i in run.split.train if dataset.examples[i].id in vectors]
        if not known or len(known) < len(run.answers) / 2:
            return None
        evaluated = [run.place[answer.example] for answer in known]
        found = leakage(
            _rows(dataset, training, vectors), _rows(dataset, evaluated, vectors),
            [dataset.clusters[i] for i in training], [answer.right for answer in known],
        )  # fmt: skip
        return NearDuplicates(found, tuple(evaluated), tuple(training)) if found else None


def _rows(dataset: Dataset, indices: Sequence[int], vectors: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.array([vectors[dataset.examples[i].id] for i in indices], dtype=np.float64).reshape(len(indices), -1)


def kept_vectors(
    dataset: Dataset, recipe: Mapping[str, Any], workspace: Workspace, *, or_usual: bool = False
) -> dict[str, np.ndarray]:
    """Embeddings (d,) by example id, of the model that the run with this recipe began with.

    `or_usual`: of the usual model for such examples, if that knows more of them. Empty when none was ever asked.
    """
    ids = list({example.id for example in dataset.examples})
    found: dict[str, np.ndarray] = {}
    models = [(recipe["model"], recipe.get("image_size")), (dataset.kind.default_model, None)]
    for model, size in models if or_usual else models[:1]:
        try:
            card = get_card(model, workspace)
        except UserError:  # the run it began with was deleted
            continue
        cache = VectorCache(workspace, card.identity, size or card.input_size, CACHE_VIEW, foreign=dataset.foreign)
        known = cache.get(ids)
        found = known if len(known) > len(found) else found
    return found


def on_subgroups(found: Sequence[Slice] | None) -> list[Message]:
    """Which subgroups clearly fail more; `found` is None where too few examples were evaluated to divide them."""
    if found is None:
        return [Message("Fewer than {n} examples were evaluated: too few to divide.", n=LEAST)]
    if not found:
        return [Message("The evaluated examples do not differ in anything that could be looked at.")]
    clear = [
        Message(
            "**By {property}:** the accuracy on the group “{group}” is {accuracy:percent}, which is lower than on the "
            "others, and more than chance.",
            property=one.name, group=one.worst.name, accuracy=one.worst.accuracy,
        )
        for one in found if one.clear
    ]  # fmt: skip
    return clear or [Message("**No subgroup clearly fails more.** All these differences may be chance.")]


def on_p_values(found: Sequence[Slice]) -> Message:
    """How a table of subgroups is to be read."""
    return counted(
        "In brackets: the 95\u00a0% confidence interval. p-value: how often shuffling the correct answers would make "
        "the groups differ as much.",
        "In brackets: the 95\u00a0% confidence interval. p-value: how often shuffling the correct answers would make "
        "the groups differ as much, corrected for having looked at {n} properties (Holm).",
        n=len(found),
    )


def on_near_duplicates(found: Leakage | None, kind: Modality[Any, Any]) -> Message:
    """Whether the two sides of the split are too alike; None where that cannot be told."""
    if found is None and kind.is_row:
        return Message(
            "How alike rows are is not measured, since how they become numbers is learnt again in each training. "
            "Those that are the same, or all but the same, stay on one side of the split: the data check shows "
            "them."
        )
    if found is None:
        return Message(
            "This cannot be said: there are fewer than {n} training examples, or their embeddings are not kept.",
            n=LEAST_TRAINING,
        )
    if not found.count:
        return Message(
            "**No near-duplicates.** Of all training examples, one in twenty has another one that is very similar. "
            "No evaluated example has such a one in the training set."
        )
    examples = kind.count(found.count)
    if found.more_than_expected:
        return Message(
            "**{examples} of those evaluated: a near-duplicate is in the training set.** That is more than chance "
            "would give, so the score is likely too high: new examples will not have one.",
            examples=examples,
        )
    return Message(
        "**No more near-duplicates than chance gives.** Of all training examples, one in twenty has another one "
        "that is very similar. Of those evaluated, {examples} have such a one in the training set.",
        examples=examples,
    )


def without_near_duplicates(found: Leakage) -> Message:
    """The score without them; nothing where there are none, or no example would be left."""
    right, n, interval = found.others
    if interval is None or not found.count:
        return NOTHING
    return Message(
        "Without them, {correct} of {n} are correct: **{accuracy:percent}** ({interval:percent}).",
        correct=right, n=n, accuracy=right / n, interval=interval,
    )  # fmt: skip
