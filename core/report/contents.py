"""What a report and a model card say of a finished run: plain values and messages, which the templates put in order.

This is all that the templates ask of a run. Every part is worked out when a template first asks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.data.findings import Finding, Findings, load_findings
from core.data.samples import shown_title
from core.data.versions import Lineage, lineage
from core.errors import UserError
from core.evaluation.scores import ClassScore
from core.evaluation.slices import Slice
from core.evaluation.validity import Caveat, Leakage, caveats
from core.events import CrossValidated, EpochEnd
from core.messages import NOTHING, Message, quoted, revived, sentences
from core.modalities.base import PICTURED
from core.modalities.image.decoding import thumbnail
from core.models.added import added_classes, list_added
from core.models.catalogue import RUN
from core.report.charts import CurveChart, ReliabilityChart, accuracy_chart, loss_chart
from core.report.embedding_map import EmbeddingMap, embedding_map
from core.report.public import hub_name, public_model, public_title
from core.results.calibration import Reliability
from core.results.errors import Errors, on_near_duplicates, on_p_values, on_subgroups, without_near_duplicates
from core.results.finished_run import FinishedRun
from core.results.history import reading
from core.results.score import (
    evaluated_on,
    headline,
    in_short,
    listed_rivals,
    on_classes,
    on_importance,
    on_rivals,
    rival_title,
)
from core.training.spec.recipe import options
from core.training.spec.strategies import method_title

_SIDE = 128
"""Pixels of a thumbnail."""
_MOST_EXAMPLES = 12
_SKIPPED_FILES = "unreadable"
"""The kind of the finding about them."""
_MOST_ROWS = 40
_MOST_CLASSES = 20
"""With more classes a matrix does not fit on paper: then the most frequent mistakes are listed."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """A score between 0 and 1, its 95 % confidence interval, the number of examples, and the baseline's if known."""

    name: Message
    value: float
    interval: Interval
    n: int
    baseline: float | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """`count` of `of` examples of the class `actual` were predicted as `predicted`."""

    actual: str
    predicted: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Shown:
    """An example to look at: its text, or its picture as a data URI ("" where it is no longer kept).

    `predicted` and `confidence` are those of the model's answer, where it is shown for that.
    """

    name: str
    label: str
    text: str | None
    picture: str | None
    predicted: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many examples of a class there are, are used for training and for evaluation, and are not used at all."""

    label: str
    n: int
    training: int
    evaluation: int

    @property
    def unused(self) -> int:
        return max(0, self.n - self.training - self.evaluation)


@dataclass(frozen=True, slots=True)
class LearningCurves:
    """`ends`: every epoch, or where there are many every `step`-th and the last; `kept` as in `CurveChart`."""

    accuracy: CurveChart
    loss: CurveChart
    ends: tuple[EpochEnd, ...]
    step: int
    kept: int | None

    @property
    def last(self) -> EpochEnd:
        return self.ends[-1]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """How alike evaluation and training examples are, and what the score is `without` those too alike.

    `pairs`: the most similar, (name, class) of the evaluated and of the training example, and their cosine similarity.
    """

    found: Leakage
    without: Message
    pairs: tuple[tuple[str, str, str, str, float], ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or row that was not read in, and why."""

    name: str
    reason: Message | str


class Contents:
    """A finished run, as its report and its card show it."""

    def __init__(self, run: FinishedRun) -> None:
        """DataError when the dataset was deleted."""
        self._run, self._errors = run, Errors(run)
        self.title = shown_title(run.title)
        self.id = run.id
        self.created = run.created
        self.dataset = shown_title(run.dataset.title)
        self.dataset_id = run.dataset_id
        self.kind = run.dataset.kind
        self.classes = run.dataset.classes
        self.examples = len(run.dataset.examples)
        self.recipe: Mapping[str, Any] = run.recipe
        self.score = run.score
        self.tested = run.ended.test is not None
        self.made_with = run.made_with
        self.megabytes = run.megabytes
        self.parameters = run.parameters
        self.seconds = run.seconds

    @property
    def intended_use(self) -> Message:
        return Message(
            "It was made for learning and for experiments: to classify {examples} like those it was trained on.",
            examples=self.kind.many,
        )

    @property
    def out_of_scope(self) -> Message:
        return Message(
            "**Not meant for:** decisions about people (marks, admission, health, money, access). Nor for anything "
            "where a wrong answer does harm and nobody checks, nor for {examples} of another kind than its data.",
            examples=self.kind.many,
        )

    # --- what it is ---

    @property
    def method(self) -> Message:
        """What was trained, in a few words."""
        return self._run.method.title

    @property
    def method_in_full(self) -> Message:
        """The same, with what the field calls it."""
        return self._run.method.full_title

    @property
    def method_explained(self) -> Message:
        return self._run.method.sentence

    @property
    def why_this_method(self) -> Message:
        """Why it was chosen, where the program chose."""
        return self._run.started.why

    @property
    def model_id(self) -> str:
        """The pretrained model inside, as others may read it."""
        return public_model(self._run.card.id)

    @property
    def base_model(self) -> str | None:
        """Its name on the Hugging Face Hub, if it comes from there."""
        return hub_name(self._run.card.id)

    @property
    def model(self) -> str:
        return str(self._run.card.title).rsplit("/", 1)[-1]

    @property
    def model_knows(self) -> Message:
        return self._run.card.knows

    @property
    def model_source(self) -> Message:
        """Where the pretrained weights come from, where that is known."""
        return self._run.card.source

    @property
    def model_languages(self) -> tuple[str, ...]:
        """The languages that it was trained on before, as codes."""
        return self._run.card.languages

    @property
    def licence(self) -> str:
        """The name of the licence of the pretrained weights inside; "" where there are none, or it is not known."""
        return "" if self._run.card.blank else self._run.card.licence

    @property
    def licence_note(self) -> Message:
        """The licence, or what is known instead."""
        card = self._run.card
        return Message("none inside: it was trained from scratch") if card.blank else card.licence_note

    @property
    def holds_examples(self) -> Message:
        """What whoever passes the model on must know."""
        return self._run.card.holds_examples

    @property
    def origin(self) -> Message:
        """What the first of all trainings began with."""
        title = self._run.ancestry.origin
        public = public_title(str(title))
        if not title:
            return Message("a run that was deleted")
        return title if public == str(title) else quoted(public)

    @property
    def trained_before(self) -> list[tuple[str, Message]]:
        """The runs that led to this one's starting point, with their methods, the oldest first."""
        return [
            (one.title, method_title(one.strategy, f"{RUN}{one.run}", self._run.workspace))
            for one in self._run.ancestry.runs
        ]

    @property
    def begun(self) -> str:
        """The id of the run it began with, or ""."""
        parent: str = self._run.model["parent"]
        return parent.removeprefix("run:") if parent.startswith("run:") else ""

    @property
    def settings(self) -> list[tuple[Message, Message]]:
        """Every option that applied, as it was."""
        return [
            (option.label, option.title(self.recipe[name]))
            for name, option in options().items()
            if self.recipe.get(name) is not None
        ]

    @property
    def bad_end(self) -> Message:
        """What to know of a training that did not go to its end; nothing for one that did."""
        ended = self._run.ended
        if ended.reason == "completed":
            return NOTHING
        return Message("Training was stopped by hand before its end.") if self.stopped else ended.message

    @property
    def stopped(self) -> bool:
        return self._run.ended.reason == "stopped"

    @property
    def packages(self) -> tuple[str, ...]:
        """Versions of the packages it was trained with, e.g. "torch 2.13.0"."""
        return tuple(f"{name} {version}" for name, version in self.made_with.versions.items()) if self.made_with else ()

    @property
    def computer(self) -> Message | str:
        """The processor or graphics card that did the training."""
        made = self.made_with
        if made is None or made.device != "cpu":
            return made.device if made else ""
        return made.processor or Message("a processor")

    # --- how good it is ---

    @property
    def headline(self) -> Message:
        """The score in a sentence or two, what cross-validation says of it, and what hides behind it."""
        found = headline(self._run)
        if not self.score:
            return found
        folds = in_short(self.folds, self.kind) if self.folds else NOTHING
        return sentences(found, folds, on_classes(self._errors.by_class))

    @property
    def added(self) -> Message:
        """What was added to it when it was finished, of which its figures say nothing."""
        classes = added_classes(list_added(self._run.folder.path))
        if not classes:
            return NOTHING
        return Message(
            "Added afterwards, without training (one-shot): {classes:list}. The figures here are of the model without "
            "that.",
            classes=list(classes),
        )

    @property
    def evaluated_on(self) -> Message:
        """What the score was measured on, and whether it can be trusted."""
        return evaluated_on(self._run)

    @property
    def chosen(self) -> bool:
        """Whether its epoch was chosen by its validation score, which makes that score a little too high."""
        return self._run.chosen

    @property
    def folds(self) -> CrossValidated | None:
        return self._run.ended.cross_validated

    @property
    def rivals(self) -> Message:
        """What plain methods reach beside it, and what pretraining gave; nothing where there are none."""
        rivals = self._run.ended.rivals
        alike = Message("Plain methods learnt from the same training examples, prepared alike.")
        return sentences(alike if listed_rivals(rivals) else NOTHING, on_rivals(rivals))

    @property
    def importances(self) -> Message:
        """Which column matters most; nothing where that was not looked at."""
        return on_importance(self._run.ended.importances)

    @cached_property
    def measures(self) -> list[Measure]:
        """All scores, that which counts first; none without evaluation."""
        score, validation = self.score, self._run.ended.validation
        if score is None:
            return []
        on_validation = Message("Accuracy (validation set)")
        name = Message("Accuracy (test set)") if self.tested else on_validation
        found = [Measure(name, score.accuracy, score.interval, score.n, score.baseline)]
        if self.tested and validation:
            watched = (validation.accuracy, validation.interval, validation.n, validation.baseline)
            found.append(Measure(on_validation, *watched))
        if folds := self.folds:
            found.append(Measure(Message("Accuracy (cross-validation)"), folds.accuracy, folds.interval, folds.n))
        for rival in self._run.ended.rivals:
            found.append(Measure(rival_title(rival), rival.accuracy, rival.interval, rival.n))
        if self._errors.imbalanced and (even := self._errors.balanced):
            name = Message("Balanced accuracy: every class counts the same")
            found.append(Measure(name, even.balanced_accuracy, even.balanced_interval, score.n))
            name = Message("Macro F1: false alarms count too")
            found.append(Measure(name, even.macro_f1, even.macro_f1_interval, score.n))
        return found

    @property
    def caveats(self) -> list[Caveat]:
        """What was found in the data that casts doubt on the score."""
        return caveats(self._not_ignored)

    @property
    def near_copies(self) -> int:
        """How many evaluation examples are copies or near-copies of others."""
        return self._errors.near_copies

    # --- where it fails ---

    @property
    def evaluated(self) -> int:
        """How many answers there are."""
        return len(self._run.answers)

    @cached_property
    def by_class(self) -> list[ClassScore]:
        """Recall and precision of each class, in the order of the classes."""
        return self._errors.by_class

    @property
    def weakest_first(self) -> list[ClassScore]:
        return sorted(self.by_class, key=lambda one: (one.recall is None, one.recall))

    @cached_property
    def matrix(self) -> list[tuple[str, list[int]]] | None:
        """Each class with the numbers of its examples that were predicted as each class; None where it is too large."""
        if len(self.classes) > _MOST_CLASSES:
            return None
        return list(zip(self.classes, self._errors.confusion.tolist(), strict=True))

    @property
    def correct(self) -> int:
        return int(self._errors.confusion.trace())

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """Which class is predicted for which, the most frequent first."""
        matrix, classes = self._errors.confusion, self.classes
        found = [
            Mistake(classes[row], classes[column], int(matrix[row, column]), int(matrix[row].sum()))
            for row, column in np.argwhere(matrix)
            if row != column
        ]
        return sorted(found, key=lambda one: -one.count)

    @property
    def wrong(self) -> int:
        return self.evaluated - self.correct

    @cached_property
    def confident_mistakes(self) -> list[Shown]:
        """Wrong answers, the most confident first."""
        wrong, place = self._errors.mistakes[:_MOST_EXAMPLES], self._run.place
        return [self._shown(place[a.example], a.truth, a.label, a.confidence) for a in wrong]

    @cached_property
    def subgroups(self) -> list[Slice] | None:
        """Groups of examples by size, brightness, length and the like; None with too few answers to divide."""
        return self._errors.subgroups

    @property
    def subgroups_said(self) -> list[Message]:
        return on_subgroups(self.subgroups)

    @property
    def p_values_said(self) -> Message:
        return on_p_values(self.subgroups or [])

    @property
    def near_duplicates_said(self) -> Message:
        return on_near_duplicates(self.near_duplicates.found if self.near_duplicates else None, self.kind)

    @cached_property
    def near_duplicates(self) -> NearDuplicates | None:
        """None where it cannot be told: too few training examples, or their embeddings are not kept."""
        known, examples = self._errors.near_duplicates, self._run.dataset.examples
        if known is None:
            return None
        leakage, pairs = known.found, []
        for pair in leakage.pairs[:8]:
            one, other = examples[known.evaluated[pair.evaluated]], examples[known.training[pair.trained]]
            pairs.append((one.name, one.label, other.name, other.label, pair.similarity))
        return NearDuplicates(leakage, without_near_duplicates(leakage), tuple(pairs))

    # --- how confident it is, how it learnt ---

    @property
    def confidence(self) -> Reliability | None:
        return self._run.reliability

    @cached_property
    def reliability(self) -> ReliabilityChart | None:
        if self.confidence is None:
            return None
        before, after = self.confidence.before, self.confidence.after
        return ReliabilityChart((("raw", before), *((("corrected", after),) if after else ())))

    @property
    def warnings(self) -> Sequence[Message]:
        return self._run.progress.warnings

    @cached_property
    def curves(self) -> LearningCurves | None:
        """None where nothing was trained in steps."""
        ends, ended = self._run.progress.epochs, self._run.ended
        if len(ends) < 2:
            return None
        kept = ended.epoch if ended.epoch is not None and ended.epoch != ends[-1].epoch else None
        step = -(-len(ends) // _MOST_ROWS)
        listed = tuple(end for k, end in enumerate(ends) if k % step == 0 or end is ends[-1])
        accuracy = accuracy_chart(ends, self._run.started.baseline, kept)
        return LearningCurves(accuracy, loss_chart(ends, kept), listed, step, kept)

    @property
    def remarks(self) -> list[Message]:
        """What the curves say."""
        return [remark.message for remark in reading(self._run.progress)]

    # --- the data ---

    @property
    def sample(self) -> str:
        """The id of the program's sample that the dataset is, or ""."""
        return self._run.description.get("sample") or ""

    @property
    def version(self) -> int:
        return self._lineage.version

    @property
    def changes(self) -> list[Message]:
        return [change.summary for change in self._lineage.changes]

    @property
    def split(self) -> Message:
        """How the examples were split, in a sentence."""
        return self._run.started.split

    @cached_property
    def counts(self) -> list[ClassCount]:
        training, evaluation = self._run.record.training_labels, Counter(a.truth for a in self._run.answers)
        return [
            ClassCount(label, n, training[label], evaluation[label]) for label, n in self._run.dataset.counts.items()
        ]

    @cached_property
    def one_of_each(self) -> list[Shown]:
        """A training example of each class, as far as there is room."""
        first: dict[str, int] = {}
        for i in self._run.split.train:
            first.setdefault(self._run.dataset.examples[i].label, i)
        shown = [first[label] for label in self.classes if label in first][:_MOST_EXAMPLES]
        return [self._shown(i, self._run.dataset.examples[i].label) for i in shown]

    @cached_property
    def skipped(self) -> list[Skipped]:
        listed = (self._run.description.get("report") or {}).get("skipped") or []
        return [Skipped(one["file"], revived(one["reason"])) for one in listed]

    @property
    def checked(self) -> bool:
        """Whether the data check has run."""
        return self._check is not None

    @property
    def fully_checked(self) -> bool:
        return self._check is not None and self._check.complete

    @property
    def findings(self) -> list[Finding]:
        """What the data check found, the most serious first, without what somebody looked at and ignored, and without
        the files that were skipped, which stand elsewhere with their reasons."""
        return [finding for finding in self._not_ignored if finding.kind != _SKIPPED_FILES]

    @property
    def ignored(self) -> int:
        """How many findings somebody looked at and ignored."""
        return len(self._check.found) - len(self._not_ignored) if self._check else 0

    @cached_property
    def map(self) -> EmbeddingMap | None:
        return embedding_map(self._run)

    @cached_property
    def _lineage(self) -> Lineage:
        return lineage(self.dataset_id, self._run.workspace)

    @cached_property
    def _check(self) -> Findings | None:
        return load_findings(self.dataset_id, self._run.workspace)

    @cached_property
    def _not_ignored(self) -> list[Finding]:
        ignored = {change.finding for change in self._lineage.changes if change.kind == "keep"}
        return [finding for finding in self._check.found if finding.id not in ignored] if self._check else []

    def _shown(self, index: int, label: str, predicted: str = "", confidence: float = 0.0) -> Shown:
        example = self._run.dataset.examples[index]
        picture = None
        if self.kind.view in PICTURED:
            try:
                drawn = self.kind.picture(self._run.dataset.payload(index, _SIDE))
                picture = thumbnail(drawn, _SIDE) if drawn else ""
            except (OSError, UserError):  # it is no longer kept
                picture = ""
        return Shown(example.name, label, self._run.dataset.line(index) or None, picture, predicted, confidence)
