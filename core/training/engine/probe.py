"""A new last layer on a network that stays as it is: alone it is a way to train, and others begin with it."""

from __future__ import annotations

from collections.abc import Callable, Generator

import torch
from torch import Tensor
from torch.nn import functional as F

from core.events import Event, Progress
from core.models.head import CosineHead, LinearHead
from core.training.engine.class_names import WEIGHT, class_names
from core.training.engine.context import TrainingContext
from core.training.engine.fit import evaluated
from core.training.engine.heads import USUAL_PENALTY, choose_penalty, fit_logistic, pair_factor, solve
from core.training.engine.self_training import MOST, self_train
from core.training.engine.stage import FitResult, Indices, Stage
from core.training.engine.tuning import turned_inputs, turned_targets

_BATCH = 32


class ProbeStage(Stage):
    """Logistic regression with an L2 penalty, by Adam, on embeddings (n, d) of every example.

    The objective is scikit-learn's with C = 1 / regularisation: mean cross-entropy + |W|^2 / (2 C n). It is convex, so
    where the solver is "exact" the last epoch ends at its optimum: with few examples Adam makes few steps, and those
    of TREC (8 of a class) stopped 1.8 points short of it.
    """

    cheap = True

    def __init__(
        self, context: TrainingContext, embeddings: Tensor, unlabelled: Tensor | None = None,
        names: Tensor | None = None,
    ) -> None:  # fmt: skip
        """`unlabelled` (m, d): embeddings of examples without a class, and `names` (classes, d): what the names of the
        classes stand for, where those are to be learnt from too."""
        self.unlabelled, self.names = unlabelled, names
        self.linear, self.regularisation = _unfitted(context, embeddings)
        groups = [{"params": list(self.linear.parameters()), "lr": context.config.learning_rate}]
        super().__init__(context, self.linear, self.linear, groups)
        self.embeddings = embeddings

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        logits: Tensor = self.linear(self.embeddings[torch.as_tensor(indices)])
        return logits

    def penalty(self) -> Tensor:
        return l2(self.linear, self.regularisation, len(self.context.split.train))

    @property
    def ends_at_optimum(self) -> bool:
        """Then what it ends with does not depend on its steps."""
        return self.context.config.solver == "exact" and self.context.config.early_stopping is None

    def settle(self) -> None:
        if not self.ends_at_optimum:
            return
        train = list(self.context.split.train)
        embeddings, shares = self.embeddings[train], self._shares(self.context.targets[train])
        regularisation = self.regularisation
        if self.names is not None:  # each counts as an example more; the penalty stays that of the examples
            named = torch.eye(len(self.names)).to(shares) * WEIGHT / len(shares)
            embeddings, shares = torch.cat([embeddings, self.names]), torch.cat([shares, named])
            regularisation *= len(shares) / len(train)
        solve(self.linear, embeddings, shares, regularisation)
        if self.unlabelled is not None:
            self_train(self.linear, embeddings, shares, self.unlabelled, regularisation)

    def _shares(self, targets: Tensor) -> Tensor:
        """What each class counts for each example in torch's weighted, smoothed cross-entropy, (n, classes)."""
        classes, smoothing = len(self.context.dataset.classes), self.context.config.label_smoothing
        weights = self.context.class_weights
        weights = torch.ones(classes, device=targets.device) if weights is None else weights
        hard = F.one_hot(targets, classes) * weights
        return ((1 - smoothing) * hard + smoothing / classes * weights) / weights[targets].sum()


def probe(context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
    """The stage of a linear probe, or at once what it ends with, where nobody watches it; None when stopped before."""
    embeddings = yield from context.embeddings()
    if embeddings is None:
        return None
    unlabelled = None
    if context.config.self_training == "yes" and (chosen := context.unlabelled(MOST)):
        unlabelled = yield from context.unlabelled_embeddings(chosen)
        if unlabelled is None:
            return None
    names = yield from class_names(context, embeddings)
    stage = ProbeStage(context, embeddings, unlabelled, names)
    if context.unwatched and stage.ends_at_optimum:
        stage.settle()
        return evaluated(stage.linear, embeddings, context)[1]
    return stage


def averaged(
    context: TrainingContext, make: Callable[[Tensor, Tensor, int, Tensor | None], LinearHead]
) -> Generator[Event, None, FitResult | None]:
    """What a last layer comes to that follows from the averages of the classes; None when stopped before there was one.
    A model that answers from labelled examples has its own.

    `make` gives it for embeddings (n, d) of the training examples, the numbers of their classes (n,), how many classes
    there are, and what their names stand for (classes, d), where those count as well.
    """
    embeddings = yield from context.embeddings()
    if embeddings is None:
        return None
    train = list(context.split.train)
    head = context.backbone.last_layer() if context.card.in_context else None
    if head is None:
        names = yield from class_names(context, embeddings)
        head = make(embeddings[train], context.targets[train], len(context.dataset.classes), names)
    point, result = evaluated(head, embeddings, context)
    yield point
    return result


def probe_first(context: TrainingContext) -> Generator[Event, None, FitResult | None]:
    """A fitted head to begin tuning with (Kumar et al. 2022): a head without one tears up what it is put on.

    None when it was stopped before there was one.
    """
    embeddings = yield from context.embeddings()
    if embeddings is None:
        return None
    train = list(context.split.train)
    head, regularisation = _unfitted(context, embeddings)
    fit_logistic(head, embeddings[train], context.targets[train], regularisation)
    return evaluated(head, embeddings, context)[1]


def _unfitted(context: TrainingContext, embeddings: Tensor) -> tuple[LinearHead, float]:
    """A head for embeddings (n, d) of every example, and its regularisation: the configured one, or one chosen by inner
    cross-validation."""
    train, clusters = list(context.split.train), context.dataset.blocks
    head = LinearHead.fitted_to(embeddings[train], len(context.dataset.classes))
    if context.config.regularisation is not None:
        return head, context.config.regularisation
    x, targets = head.prepared(embeddings[train]).cpu().numpy(), context.targets[train].cpu().numpy()
    return head, choose_penalty(x, targets, [clusters[i] for i in train], context.config.seed)


def l2(head: LinearHead, regularisation: float, n: int) -> Tensor:
    """regularisation / (2 n) |W|^2: the weight of the penalty falls as examples grow, like a fixed prior."""
    return head.weight.pow(2).sum() * (regularisation * pair_factor(len(head.bias)) / (2 * n))


def new_head(context: TrainingContext) -> LinearHead | CosineHead:
    """An untrained last layer of the configured kind, with a class for every turn."""
    kind = CosineHead if context.config.classifier == "cosine" else LinearHead
    classes = context.config.turns * len(context.dataset.classes)
    return kind(context.backbone.card.dimension, classes).to(context.device)


def imprinted_head(context: TrainingContext) -> Generator[Event, None, LinearHead | CosineHead | None]:
    """A last layer to begin with where turned pictures are classes too, or where angles alone count.

    A cosine layer begins with the mean direction of each class (Qi et al. 2018), a linear one is fitted. The embeddings
    of all turns of the training examples are computed once; None when stopped on the way.
    """
    train, turns = list(context.split.train), context.config.turns
    parts: list[Tensor] = []
    context.backbone.eval()
    for start in range(0, len(train), _BATCH):
        yield Progress("embed", start, len(train))
        if context.interruption():
            return None
        with torch.inference_mode():
            inputs = turned_inputs(context.inputs(train[start : start + _BATCH]), turns)
            parts.append(context.backbone(**inputs).unflatten(0, (turns, -1)))
    embeddings = torch.cat(parts, dim=1).flatten(0, 1).clone()
    targets = turned_targets(context.targets[train], len(context.dataset.classes), turns)
    head = new_head(context)
    if isinstance(head, CosineHead):
        means = torch.zeros_like(head.weight).index_add_(0, targets, F.normalize(embeddings, dim=1))
        with torch.no_grad():
            head.weight.copy_(F.normalize(means, dim=1))
    else:
        penalty = USUAL_PENALTY if context.config.regularisation is None else context.config.regularisation
        fit_logistic(head, embeddings, targets, penalty)
    return head
