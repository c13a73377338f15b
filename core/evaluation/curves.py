"""Learning curves of a finished run: as numbers with what chance allows, and as sentences.

The rules are ours. Shares are told apart by Wilson's interval (see `intervals`). A mean loss over n examples is known
to about 1/sqrt(n) of itself, as single losses spread about as widely as their mean; on the same examples after two
epochs chance is smaller still, so a change beyond that is taken for real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from core.evaluation.intervals import difference_interval, wilson
from core.events import EpochEnd
from core.messages import Message, sentences

_FEWEST_POINTS = 3
_SMALL_CHANGE = 0.05
"""A loss that changes by less than this share of itself stands still, as far as people care."""
_CLEAR_CHANGE = 0.10
"""A loss that changes by less than this share of itself is nothing that people care about."""


def best_epoch(ends: Sequence[EpochEnd]) -> int | None:
    """The epoch with the lowest validation loss, of equals the first; None where nothing was validated."""
    validated = [(end.validation_loss, end.epoch) for end in ends if end.validation_loss is not None]
    return min(validated)[1] if validated else None


@dataclass(frozen=True)
class Curves:
    """Every epoch, the state before the first included; see `read_curves` for the rest. `n` are the validation examples
    at the end."""

    ends: list[EpochEnd]
    n_train: int
    n: int
    n_each: int
    baseline: float | None
    kept: int | None

    @property
    def last(self) -> EpochEnd:
        return self.ends[-1]

    @property
    def best(self) -> EpochEnd:
        epoch = best_epoch(self.ends)
        return next(end for end in self.ends if end.epoch == epoch)

    @property
    def real(self) -> float:
        """From which share of itself on a change of the validation loss is more than chance."""
        return max(_CLEAR_CHANGE, 1 / sqrt(self.n_each))

    def range(self, end: EpochEnd) -> tuple[float, float]:
        """Where the validation accuracy of an epoch may really lie."""
        n = self.n if end is self.last else self.n_each
        return wilson((end.validation_accuracy or 0.0) * n, n)

    @property
    def gap(self) -> tuple[float, float]:
        """Where the difference between training and validation accuracy may really lie, at the end."""
        right = (self.last.validation_accuracy or 0.0) * self.n
        return difference_interval(self.last.train_accuracy * self.n_train, self.n_train, right, self.n)

    @property
    def fits(self) -> bool:
        """Whether it gets more of its training examples right than the baseline, for certain."""
        return wilson(self.last.train_accuracy * self.n_train, self.n_train)[0] > (self.baseline or 0.0)

    @property
    def beats_baseline(self) -> bool:
        return self.baseline is None or self.range(self.last)[0] > self.baseline


def change(before: float | None, after: float | None) -> float:
    """By which share of itself a loss rose (negative: fell)."""
    start = max(before or 0.0, 1e-9)
    return ((after or 0.0) - start) / start


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that the curves show: `kind` names the rule, `message` is a sentence or two."""

    kind: str
    message: Message


def read_curves(
    ends: Sequence[EpochEnd],
    n_train: int,
    n_validation: int,
    baseline: float | None = None,
    kept: int | None = None,
    n_each: int | None = None,
) -> list[Remark]:
    """At most three remarks on the curves of a finished run, the weightiest first; none for fewer than three points.

    There were `n_train` training and `n_validation` validation examples, of which `n_each` (if not all) were looked at
    after every epoch; always naming the most frequent class would get `baseline`; the weights of epoch `kept` were
    kept. Epoch 0, if it is there, is the state before the first step.
    """
    if len(ends) < _FEWEST_POINTS:
        return []
    curves = Curves(list(ends), n_train, n_validation, n_each or n_validation, baseline, kept)
    if not n_validation or best_epoch(ends) is None:
        return [_not_validated()]
    story, gap = _story(curves), _gap(curves)
    if gap and (story.kind, gap.kind) in _CONTRADICT:
        gap = None
    return [remark for remark in (story, gap, _fluctuation(curves)) if remark is not None]


_CONTRADICT = {("overfits", "no_gap"), ("only_hurt", "no_gap")}
"""The accuracy shows no sign of overfitting, and the loss does: that is said in the story."""
_LEAST_RISE = 0.02
"""Of a loss. A model that is nearly always right has one near zero, and a single answer makes it several times that."""


def _risen(curves: Curves) -> float:
    """By which share of itself the validation loss has risen since it was lowest; 0 where chance may have done it."""
    low, now = curves.best.validation_loss or 0.0, curves.last.validation_loss or 0.0
    rise = change(low, now)
    return rise if rise >= curves.real and now - low >= _LEAST_RISE else 0.0


# --- what happened: exactly one of these ---


def _story(curves: Curves) -> Remark:
    for rule in _STORIES:
        remark = rule(curves)
        if remark is not None:
            return remark
    return _converged(curves)


def _diverged(curves: Curves) -> Remark | None:
    """The training loss rose far above what it had been, and stayed there."""
    losses = [end.train_loss for end in curves.ends]
    low = min(losses[:-1])
    if len(losses) < 4 or min(losses[-2:]) < 2 * low + 0.05:
        return None
    message = Message(
        "The training loss had fallen to {low:.2f}, then rose to {now:.2f}: each step was too big and undid what was "
        "learnt. Try a learning rate a third as high.",
        low=low,
        now=losses[-1],
    )
    return Remark("diverged", message)


def _not_learning(curves: Curves) -> Remark | None:
    if curves.fits or curves.beats_baseline:
        return None
    message = Message(
        "It has hardly learnt: its training accuracy is {share:percent}, and always naming the most frequent class "
        "would reach {baseline:percent}. Try a higher learning rate, more epochs, or more trainable layers.",
        share=curves.last.train_accuracy,
        baseline=curves.baseline or 0.0,
    )
    return Remark("not_learning", message)


def _memorised(curves: Curves) -> Remark | None:
    if curves.beats_baseline or curves.gap[0] <= 0:
        return None
    message = Message(
        "It overfits: its training accuracy is {share:percent}, but on new examples it cannot be told from always "
        "naming the most frequent class. More examples help most; so do fewer trainable layers.",
        share=curves.last.train_accuracy,
    )
    return Remark("memorised", message)


def _inconclusive(curves: Curves) -> Remark | None:
    if curves.beats_baseline:
        return None
    message = Message(
        "Right on {share:percent} of {n} new examples, where always naming the most frequent class would get "
        "{baseline:percent}: so few cannot tell whether it has learnt anything. More examples would.",
        share=curves.last.validation_accuracy or 0.0,
        n=curves.n,
        baseline=curves.baseline or 0.0,
    )
    return Remark("inconclusive", message)


def _only_hurt(curves: Curves) -> Remark | None:
    """What it began with, a pretrained network and a fitted head, was better than anything that came after."""
    rise = _risen(curves)
    if curves.best.epoch > 0 or not rise:
        return None
    message = Message(
        "The validation loss was lowest before the first epoch and has risen by {rise:percent} since: for new "
        "examples, what it began with was better than what it then learnt.",
        rise=rise,
    )
    advice = Message("Train only the last layer instead, fewer layers, or at a lower learning rate.")
    return Remark("only_hurt", sentences(message, _what_it_cost(curves), advice))


def _overfits(curves: Curves) -> Remark | None:
    best, last = curves.best, curves.last
    rise = _risen(curves)
    if not rise or last.train_loss > best.train_loss * (1 - _SMALL_CHANGE):
        return None
    message = Message(
        "Training keeps improving, but the validation loss was lowest after epoch {epoch} and has risen by "
        "{rise:percent} since. From there on it overfits.",
        epoch=best.epoch,
        rise=rise,
    )
    return Remark("overfits", sentences(message, _what_it_cost(curves), _what_was_kept(curves)))


def _what_it_cost(curves: Curves) -> Message:
    then, now = curves.best.validation_accuracy or 0.0, curves.last.validation_accuracy or 0.0
    if now < curves.range(curves.best)[0]:
        return Message("Its accuracy fell with it, from {then:percent} to {now:percent}.", then=then, now=now)
    return Message(
        "Its accuracy has not fallen by more than chance: above all it became more confident in its mistakes."
    )


def _what_was_kept(curves: Curves) -> Message:
    if curves.kept == curves.best.epoch:
        return Message("The weights of that epoch are the ones that were kept.")
    return Message(
        "Early stopping would keep the weights of epoch {epoch}; fewer epochs would do as well.",
        epoch=curves.best.epoch,
    )


def _got_worse(curves: Curves) -> Remark | None:
    rise = _risen(curves)
    if not rise:
        return None
    message = Message(
        "The validation loss was lowest after epoch {epoch} and has risen by {rise:percent} since. Training did "
        "not improve either: the steps were too big. Try a lower learning rate.",
        epoch=curves.best.epoch,
        rise=rise,
    )
    return Remark("got_worse", message)


def _still_improving(curves: Curves) -> Remark | None:
    window = max(2, len(curves.ends) // 4)
    before = curves.ends[-1 - window]
    fall = -change(before.validation_loss, curves.last.validation_loss)
    if curves.best.epoch != curves.last.epoch or fall < _SMALL_CHANGE:
        return None
    message = Message(
        "The validation loss was still falling at the end, by {fall:percent} over the last {n} epochs: it had not "
        "learnt all it can. Try more epochs.",
        fall=fall,
        n=window,
    )
    return Remark("still_improving", message)


def _converged(curves: Curves) -> Remark:
    since = _converged_since(curves)
    if since == curves.ends[0].epoch:
        message = Message(
            "The validation loss hardly changed from beginning to end: what it could use was there before the first "
            "epoch."
        )
    else:
        message = Message(
            "The validation loss has hardly changed since epoch {epoch}: more epochs would bring little.", epoch=since
        )
    return Remark("converged", message)


def _converged_since(curves: Curves) -> int:
    """The first epoch from which on the validation loss stays as near to its last value as chance, or people, ask."""
    final = curves.last.validation_loss or 0.0
    since = curves.last.epoch
    for end in reversed(curves.ends):
        if abs(change(final, end.validation_loss)) > curves.real:
            break
        since = end.epoch
    return since


_STORIES = (
    _diverged,
    _not_learning,
    _memorised,
    _inconclusive,
    _only_hurt,
    _overfits,
    _got_worse,
    _still_improving,
)


# --- training against validation ---


def _gap(curves: Curves) -> Remark | None:
    if not curves.beats_baseline:
        return None  # said already
    low, high = curves.gap
    values = {"train": curves.last.train_accuracy, "validation": curves.last.validation_accuracy or 0.0, "n": curves.n}
    if low > 0:
        message = Message(
            "Training accuracy is {train:percent}, and accuracy on the {n} validation examples is "
            "{validation:percent}. That gap is more than chance: more examples, or more varied ones, would narrow "
            "it.",
            **values,
        )
        return Remark("gap", message)
    if high < 0:
        message = Message(
            "Validation accuracy ({validation:percent} of {n}) is higher than training accuracy ({train:percent}). "
            "That is usual where training examples are augmented or mixed, or are counted before an epoch has "
            "ended.",
            **values,
        )
        return Remark("negative_gap", message)
    message = Message(
        "Training ({train:percent}) and validation ({validation:percent} of {n}) end close together; the gap is no "
        "more than chance: no sign of overfitting.",
        **values,
    )
    return Remark("no_gap", message)


# --- ups and downs ---


def _fluctuation(curves: Curves) -> Remark | None:
    """A better epoch on the way that is not worth a second look."""
    last = curves.last.validation_accuracy or 0.0
    top = max(curves.ends, key=lambda end: end.validation_accuracy or 0.0)
    share = top.validation_accuracy or 0.0
    more = round((share - last) * curves.n_each)
    if more < 1 or last < curves.range(top)[0]:
        return None
    message = Message(
        "Epoch {epoch} was right on {share:percent}, the last one on {last:percent}. That is {more} of {n} examples, "
        "well within chance: such ups and downs say nothing.",
        epoch=top.epoch,
        share=share,
        last=last,
        more=more,
        n=curves.n_each,
    )
    return Remark("fluctuation", message)


def _not_validated() -> Remark:
    message = Message(
        "There is no validation set, so these curves only show how well it learnt its training examples. How it "
        "does on new ones is not known."
    )
    return Remark("not_validated", message)
