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
from core.words import percent, tr

_CLEAR_CHANGE = 0.10
"""A loss that changes by less than this share of itself is nothing that people care about."""


def best_epoch(ends: Sequence[EpochEnd]) -> int | None:
    """The epoch with the lowest validation loss, of equals the first; None where nobody judged."""
    judged = [(end.validation_loss, end.epoch) for end in ends if end.validation_loss is not None]
    return min(judged)[1] if judged else None


@dataclass(frozen=True)
class Curves:
    """Every epoch, the state before the first included. `n_train` examples taught and `n` judged at the end, of which
    `n_each` did after every epoch; guessing would get `baseline`; the weights of epoch `kept` were kept."""

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
        """Where the difference between the accuracy on what taught and on what judges may really lie, at the end."""
        judged = (self.last.validation_accuracy or 0.0) * self.n
        return difference_interval(self.last.train_accuracy * self.n_train, self.n_train, judged, self.n)

    @property
    def fits(self) -> bool:
        """Whether it gets more of what taught it right than guessing would, for certain."""
        return wilson(self.last.train_accuracy * self.n_train, self.n_train)[0] > (self.baseline or 0.0)

    @property
    def beats_guessing(self) -> bool:
        return self.baseline is None or self.range(self.last)[0] > self.baseline


def change(before: float | None, after: float | None) -> float:
    """By which share of itself a loss rose (negative: fell)."""
    start = max(before or 0.0, 1e-9)
    return ((after or 0.0) - start) / start


_FEWEST_POINTS = 3
_SMALL_CHANGE = 0.05
"""A loss that changes by less than this share of itself stands still, as far as people care."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that the curves show. `kind` names the rule, `said` is a sentence or two for people, plain text."""

    kind: str
    said: str


def read_curves(
    ends: Sequence[EpochEnd],
    n_train: int,
    n_validation: int,
    baseline: float | None = None,
    kept: int | None = None,
    n_each: int | None = None,
) -> list[Remark]:
    """At most three remarks on the curves of a finished run, the weightiest first; none for fewer than three points.

    `n_train` examples taught and `n_validation` judged, of which `n_each` (if not all) did after every epoch; guessing
    would get `baseline`; the weights of epoch `kept` were kept. Epoch 0, if it is there, is the state before the first
    step.
    """
    if len(ends) < _FEWEST_POINTS:
        return []
    curves = Curves(list(ends), n_train, n_validation, n_each or n_validation, baseline, kept)
    if not n_validation or best_epoch(ends) is None:
        return [_unjudged()]
    rules = (_story, _gap, _wiggle)
    return [remark for rule in rules if (remark := rule(curves)) is not None]


# --- what happened: exactly one of these ---


def _story(curves: Curves) -> Remark:
    for rule in _STORIES:
        remark = rule(curves)
        if remark is not None:
            return remark
    return _settled(curves)


def _blew_up(curves: Curves) -> Remark | None:
    """The loss of what teaches rose far above what it had been, and stayed there."""
    losses = [end.train_loss for end in curves.ends]
    low = min(losses[:-1])
    if len(losses) < 4 or min(losses[-2:]) < 2 * low + 0.05:
        return None
    said = tr(
        "The training loss had fallen to {low}, then rose to {now}: each correction was too big and undid what was "
        "learnt. Try a learning rate a third as high.",
        low=f"{low:.2f}", now=f"{losses[-1]:.2f}",
    )  # fmt: skip
    return Remark("blew up", said)


def _learnt_nothing(curves: Curves) -> Remark | None:
    if curves.fits or curves.beats_guessing:
        return None
    said = tr(
        "It has hardly learnt: even of the examples that taught it, it gets {share} right, no more than guessing would "
        "({guess}). Try a higher learning rate, more epochs, or letting more of the network learn.",
        share=percent(curves.last.train_accuracy), guess=percent(curves.baseline or 0.0),
    )  # fmt: skip
    return Remark("learnt nothing", said)


def _by_heart(curves: Curves) -> Remark | None:
    if curves.beats_guessing or curves.gap[0] <= 0:
        return None
    said = tr(
        "It gets {share} of the examples that taught it right, but on new ones it cannot be told from guessing: it has "
        "learnt its examples by heart. More examples help most; so does letting less of the network learn.",
        share=percent(curves.last.train_accuracy),
    )  # fmt: skip
    return Remark("by heart", said)


def _cannot_tell(curves: Curves) -> Remark | None:
    if curves.beats_guessing:
        return None
    said = tr(
        "Right on {share} of {n} new examples, where guessing would get {guess}: so few cannot tell whether it has "
        "learnt anything. More examples would.",
        share=percent(curves.last.validation_accuracy or 0.0), n=curves.n, guess=percent(curves.baseline or 0.0),
    )  # fmt: skip
    return Remark("cannot tell", said)


def _only_hurt(curves: Curves) -> Remark | None:
    """What it began with, a pretrained network and a fitted head, was better than anything that came after."""
    rise = change(curves.best.validation_loss, curves.last.validation_loss)
    if curves.best.epoch > 0 or rise < curves.real:
        return None
    said = tr(
        "The validation loss was lowest before the first epoch and has risen by {rise} since: for new examples, what "
        "it began with was better than what it then learnt.",
        rise=percent(rise),
    )  # fmt: skip
    advice = tr("Train only the last layer instead, fewer layers, or at a lower learning rate.")
    return Remark("only hurt", f"{said} {_what_it_cost(curves)} {advice}")


def _memorises(curves: Curves) -> Remark | None:
    best, last = curves.best, curves.last
    rise = change(best.validation_loss, last.validation_loss)
    if rise < curves.real or last.train_loss > best.train_loss * (1 - _SMALL_CHANGE):
        return None
    said = tr(
        "Training keeps improving, but the validation loss was lowest after epoch {epoch} and has risen by {rise} "
        "since: from there on it memorises its examples.",
        epoch=best.epoch, rise=percent(rise),
    )  # fmt: skip
    return Remark("memorises", f"{said} {_what_it_cost(curves)} {_what_was_kept(curves)}")


def _what_it_cost(curves: Curves) -> str:
    then, now = curves.best.validation_accuracy or 0.0, curves.last.validation_accuracy or 0.0
    if now < curves.range(curves.best)[0]:
        return tr("Its accuracy fell with it, from {a} to {b}.", a=percent(then), b=percent(now))
    return tr("Its accuracy has not fallen by more than chance: above all it became surer of its mistakes.")


def _what_was_kept(curves: Curves) -> str:
    if curves.kept == curves.best.epoch:
        return tr("The weights of that epoch are the ones that were kept.")
    return tr("Early stopping would keep the weights of epoch {epoch}; fewer epochs would do as well.",
              epoch=curves.best.epoch)  # fmt: skip


def _got_worse(curves: Curves) -> Remark | None:
    rise = change(curves.best.validation_loss, curves.last.validation_loss)
    if rise < curves.real:
        return None
    said = tr(
        "The validation loss was lowest after epoch {epoch} and has risen by {rise} since, while training did not "
        "improve either: the corrections were too big. Try a lower learning rate.",
        epoch=curves.best.epoch, rise=percent(rise),
    )  # fmt: skip
    return Remark("got worse", said)


def _still_improving(curves: Curves) -> Remark | None:
    window = max(2, len(curves.ends) // 4)
    before = curves.ends[-1 - window]
    fall = -change(before.validation_loss, curves.last.validation_loss)
    if curves.best.epoch != curves.last.epoch or fall < _SMALL_CHANGE:
        return None
    said = tr(
        "The validation loss was still falling at the end, by {fall} over the last {n} epochs: it had not learnt all "
        "it can. Try more epochs.",
        fall=percent(fall), n=window,
    )  # fmt: skip
    return Remark("still improving", said)


def _settled(curves: Curves) -> Remark:
    since = _settled_since(curves)
    if since == curves.ends[0].epoch:
        said = tr("The validation loss hardly changed from beginning to end: what it could use was there before the "
                  "first epoch.")  # fmt: skip
        return Remark("settled", said)
    said = tr(
        "The validation loss has hardly changed since epoch {epoch}: more epochs would bring little.", epoch=since
    )
    return Remark("settled", said)


def _settled_since(curves: Curves) -> int:
    """The first epoch from which on the validation loss stays as near to its last value as chance, or people, ask."""
    final = curves.last.validation_loss or 0.0
    since = curves.last.epoch
    for end in reversed(curves.ends):
        if abs(change(final, end.validation_loss)) > curves.real:
            break
        since = end.epoch
    return since


_STORIES = (_blew_up, _learnt_nothing, _by_heart, _cannot_tell, _only_hurt, _memorises, _got_worse, _still_improving)


# --- what taught against what judges ---


def _gap(curves: Curves) -> Remark | None:
    if not curves.beats_guessing:
        return None  # said already
    taught, judged = curves.last.train_accuracy, curves.last.validation_accuracy or 0.0
    low, high = curves.gap
    values = {"taught": percent(taught), "judged": percent(judged), "n": curves.n}
    if low > 0:
        said = tr(
            "It is right on {taught} of the examples that taught it and on {judged} of the {n} that it had not seen. "
            "That gap is more than chance: more examples, or more varied ones, would narrow it.", **values
        )  # fmt: skip
        return Remark("gap", said)
    if high < 0:
        said = tr(
            "It is right more often on what it had not seen ({judged}) than on what taught it ({taught}). That is "
            "usual where examples are varied or mixed while they teach, or are counted while it still learns.", **values
        )  # fmt: skip
        return Remark("harder lessons", said)
    said = tr(
        "Training ({taught}) and validation ({judged} of {n}) end as close together as chance allows: no sign of "
        "learning by heart.", **values
    )  # fmt: skip
    return Remark("no gap", said)


# --- ups and downs ---


def _wiggle(curves: Curves) -> Remark | None:
    """A better epoch on the way that is not worth a second look."""
    last = curves.last.validation_accuracy or 0.0
    top = max(curves.ends, key=lambda end: end.validation_accuracy or 0.0)
    share = top.validation_accuracy or 0.0
    more = round((share - last) * curves.n_each)
    if more < 1 or last < curves.range(top)[0]:
        return None
    said = tr(
        "Epoch {epoch} was right on {share}, the last one on {last}. That is {more} of {n} examples, well within "
        "chance: such ups and downs say nothing.",
        epoch=top.epoch, share=percent(share), last=percent(last), more=more, n=curves.n_each,
    )  # fmt: skip
    return Remark("wiggle", said)


def _unjudged() -> Remark:
    return Remark(
        "unjudged",
        tr("No example was held back, so these curves only show how well it learnt its own examples, not how it does "
           "on new ones."),
    )  # fmt: skip
