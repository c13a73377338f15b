"""A finished model together with the classes that were added to it since.

A class is added from a few examples, without training: a row is imprinted beside the trained head (`imprinted`), and
whether something is one of the known classes at all goes by its likeness to the training examples (`likeness`). Both
need the examples of the run as the model sees them, which are kept beside it (`Reference`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn import functional as F

from core.models.added import list_added
from core.models.head import LinearHead
from core.models.trained import Prediction, TrainedModel, predictions
from core.storage import Damaged, metadata, read_sealed, write_sealed

_FILE = "reference.safetensors"
_TENSORS = ("training", "validation", "training_targets", "validation_targets")
NEIGHBOURS = 3
MAY_TAKE = 0.05
"""The share of the validation examples that were right which a new class may take for itself."""
_A_LITTLE = 1e-3
"""A logit that equals another but for rounding must not win."""


@dataclass(frozen=True)
class Reference:
    """Some of a run's examples as the model's head sees them (`LinearHead.prepared`), kept beside it.

    `training` (m, d) and `validation` (n, d) float32, and the numbers of their classes: `training_targets` (m,) and
    `validation_targets` (n,) int64. `training_ids` are the ids of the m training examples.
    """

    training: Tensor
    training_targets: Tensor
    validation: Tensor
    validation_targets: Tensor
    training_ids: tuple[str, ...]

    @property
    def middle(self) -> Tensor:
        """The mean of the training examples, (d,): zero unless the backbone was tuned after its head was fitted."""
        return self.training.mean(0)

    @property
    def rounded(self) -> Reference:
        """As it is when it was saved and loaded again."""
        return replace(self, training=self.training.half().float(), validation=self.validation.half().float())

    def save(self, folder: Path) -> None:
        """Embeddings are kept in half precision: they are of the size of one."""
        kept = {
            "training": self.training.half(),
            "validation": self.validation.half(),
            "training_targets": self.training_targets,
            "validation_targets": self.validation_targets,
        }
        ids = {"training_ids": json.dumps(self.training_ids)}
        content = save({name: value.contiguous() for name, value in kept.items()}, metadata=ids)
        write_sealed(folder / _FILE, content)

    @classmethod
    def load(cls, folder: Path) -> Reference | None:
        """What `save` wrote; None where it did not yet, or that is damaged: it can be made again."""
        content = read_sealed(folder / _FILE)
        if isinstance(content, Damaged):
            return None
        ids, kept = json.loads(metadata(content)["training_ids"]), load(content)
        training, validation, *targets = (kept[name] for name in _TENSORS)
        return cls(training.float(), targets[0], validation.float(), targets[1], tuple(ids))


def likeness(x: Tensor, training: Tensor, targets: Tensor, middle: Tensor) -> Tensor:
    """How much each is like a training example: (n,) in [0, 1] for x (n, d) beside `training` (m, d) of classes
    `targets` (m,) int64, m at least 1.

    The mean of two cosines: with the nearest class mean, and with the three nearest examples (Sun et al. 2022 use the
    k-th nearest). On left-out classes of six sets, and on examples of other sets, it was better on average than the
    largest probability (Hendrycks & Gimpel 2017), the energy, and either part alone (`benchmarks/new_class.py`).
    All of them as `LinearHead.prepared` gives them, seen from their middle (d,); how far from it plays no part.
    """
    x, training = from_middle(x, middle), from_middle(training, middle)
    to_examples = (x @ training.T).topk(min(NEIGHBOURS, len(training)), dim=1).values.mean(1)
    to_classes = (x @ class_means(training, targets).T).max(1).values
    return ((to_examples + to_classes) / 2).clamp(0, 1)


def from_middle(x: Tensor, middle: Tensor) -> Tensor:
    """The directions (n, d) from the `middle` (d,) to x (n, d)."""
    return F.normalize(x - middle, dim=1)


def class_means(directions: Tensor, targets: Tensor) -> Tensor:
    """The direction of the mean of each class, (classes, d), for directions (m, d) of classes `targets` (m,)."""
    members = F.one_hot(targets.unique(return_inverse=True)[1]).to(directions.dtype)
    return F.normalize(members.T @ directions, dim=1)


def prototype(x: Tensor, middle: Tensor) -> Tensor:
    """The direction (d,) from the `middle` (d,) to the mean of some examples x (m, d), each counting the same."""
    return F.normalize(F.normalize(x - middle, dim=1).mean(0), dim=0)


def imprinted(head: LinearHead, added: Sequence[Tensor], reference: Reference | None) -> LinearHead:
    """`head` with a row more for each of the `added` classes, given as embeddings (m, d) of its examples: weight
    imprinting (Qi et al. 2018).

    A new row points from the middle of the training examples to where the new ones lie, is as long as the learnt rows
    on average, and gives the middle the mean of their logits. (Tuning moves the middle away from where the head has it;
    a row that leaves that out swallows half of what the model knows.) Then it is lowered until it takes next to none of
    the validation examples that were right. In trials with each class of six sets left out in turn, lowered rows were
    as good as bare ones or better on all classes together, as good as a calibration by rehearsal with the known
    classes, which takes more, and far ahead of a logistic regression solved anew, which hardly ever names a class of
    one example (`benchmarks/new_class.py`).

    The rows of the known classes stay as they are. Without a `reference` the middle of the training examples is taken
    to be where the head has it, and new rows are not lowered.
    """
    if not added:
        return head
    known, dimension = head.weight.shape
    middle = torch.zeros(dimension) if reference is None else reference.middle
    with torch.no_grad():
        prototypes = torch.stack([prototype(head.prepared(embeddings), middle) for embeddings in added])
        rows = head.weight.norm(dim=1).mean() * prototypes
        biases = F.linear(middle, head.weight, head.bias).mean() - rows @ middle
        if reference is not None:
            biases += _lowered(head, rows, biases, reference)
        made = LinearHead(dimension, known + len(added), normalise=head.normalise)
        weight, bias = torch.cat([head.weight, rows]), torch.cat([head.bias, biases])
    made.load_state_dict({**head.state_dict(), "weight": weight, "bias": bias})
    return made.eval()


def _lowered(head: LinearHead, rows: Tensor, biases: Tensor, reference: Reference) -> Tensor:
    """By how much each new row must go down (at most 0) so that it takes no more than it may, (classes,)."""
    logits = F.linear(reference.validation, head.weight, head.bias)
    right = logits.argmax(1) == reference.validation_targets
    if not right.any():
        return torch.zeros(len(rows))
    ahead = logits.max(1).values[right, None] - F.linear(reference.validation, rows, biases)[right]
    may_take = int(MAY_TAKE * len(ahead))
    return (ahead.sort(dim=0).values[may_take] - _A_LITTLE).clamp(max=0)


@dataclass(frozen=True, slots=True)
class Source:
    """Which example it is: its id in the dataset or, of an added class, the addition and the place in it."""

    example: str | None = None
    addition: str | None = None
    place: int = 0


@dataclass(frozen=True)
class KnownExamples:
    """The examples that a model knows, as its head sees them, added ones last: `vectors` (m, d), the numbers of their
    classes `targets` (m,) and the `sources` they came from; `middle` (d,) is the mean of those it was trained on."""

    vectors: Tensor
    targets: Tensor
    sources: tuple[Source, ...]
    middle: Tensor


class ExtendedModel:
    """Answers with the classes it was trained on and those that were added in its folder.

    `reference` holds the examples that it can be compared with; None where they are gone.
    """

    def __init__(self, model: TrainedModel, folder: Path, reference: Reference | None) -> None:
        self.model = model
        self.reference = reference
        examples: dict[str, list[Tensor]] = {}
        self._sources: dict[str, list[Source]] = {}
        for addition in list_added(folder):
            rows = torch.from_numpy(addition.embeddings())
            examples.setdefault(addition.label, []).append(rows)
            sources = (Source(addition=addition.id, place=place) for place in range(len(rows)))
            self._sources.setdefault(addition.label, []).extend(sources)
        self._examples = {label: torch.cat(parts) for label, parts in examples.items()}
        self.head = imprinted(model.head, list(self._examples.values()), reference)

    @property
    def added(self) -> tuple[str, ...]:
        """The added classes, in the order in which they came."""
        return tuple(self._examples)

    @property
    def classes(self) -> tuple[str, ...]:
        return (*self.model.classes, *self.added)

    def answers(self, embeddings: Tensor) -> list[Prediction]:
        """A probability for every class, trained or added, for embeddings (n, d) that `model.embed` gave.

        The model's temperature holds for the added rows too: they are made to be as long as the learnt ones. Among the
        trained classes the shares stay what they were without the added ones.
        """
        with torch.inference_mode():
            logits = self.head(embeddings)
        return predictions(self.classes, logits, self.model.temperature)

    def likeness(self, embeddings: Tensor) -> list[float] | None:
        """How much each is like anything it knows, added examples included; None without a reference."""
        return None if self.reference is None else self._likeness(self.model.head.prepared(embeddings))

    def validation_likeness(self) -> list[float]:
        """The same for the validation examples."""
        return [] if self.reference is None else self._likeness(self.reference.validation)

    def validation_right(self) -> np.ndarray:
        """Which of the validation examples are answered rightly, (n,) bool."""
        if self.reference is None:
            return np.empty(0, bool)
        right: np.ndarray = self._validation_predictions() == self.reference.validation_targets.numpy()
        return right

    def validation_as(self, label: str) -> np.ndarray:
        """Which of them it predicts as a class, (n,) bool."""
        return self._validation_predictions() == self.classes.index(label)

    def _validation_predictions(self) -> np.ndarray:
        if self.reference is None:
            return np.empty(0, int)
        with torch.inference_mode():
            return F.linear(self.reference.validation, self.head.weight, self.head.bias).argmax(1).numpy()

    def known_examples(self) -> KnownExamples | None:
        """All examples it knows, as far as they are kept; None without a reference."""
        if self.reference is None:
            return None
        with torch.inference_mode():
            added = [self.model.head.prepared(rows) for rows in self._examples.values()]
        numbers = [torch.full((len(rows),), len(self.model.classes) + i) for i, rows in enumerate(added)]
        sources = [Source(example) for example in self.reference.training_ids]
        for label in self._examples:
            sources += self._sources[label]
        vectors = torch.cat([self.reference.training, *added])
        targets = torch.cat([self.reference.training_targets, *numbers])
        return KnownExamples(vectors, targets, tuple(sources), self.reference.middle)

    def _likeness(self, x: Tensor) -> list[float]:
        known = self.known_examples()
        assert known is not None
        with torch.inference_mode():
            values: list[float] = likeness(x, known.vectors, known.targets, known.middle).tolist()
        return values
