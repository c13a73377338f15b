"""What is said of a run's score: on its page, in the report and in the model card alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.evaluation.scores import Balanced, ClassScore
from core.events import CrossValidated, Importance, Rival, Score
from core.messages import NOTHING, Message, counted, sentences
from core.modalities import get_modality
from core.modalities.base import Modality
from core.models.catalogue import CATALOGUE
from core.results.cells import percentage_points, shown_difference, signed
from core.results.finished_run import FinishedRun


def headline(run: FinishedRun) -> Message:
    """The score in a sentence or two, with what the baseline reaches."""
    score = run.score
    if score is None:
        return Message("There is no validation set, so **its accuracy is not known**.")
    found = Message(
        "**{accuracy:percent}** accuracy: **{correct}** of {examples} were classified correctly (95\u00a0% confidence "
        "interval {interval:percent}).",
        accuracy=score.accuracy, correct=round(score.accuracy * score.n),
        examples=get_modality(run.modality).count(score.n), interval=score.interval,
    )  # fmt: skip
    if run.most_frequent is None:
        return found
    return sentences(found, says_baseline(run.most_frequent, score.baseline))


def says_baseline(label: str, share: float) -> Message:
    """What always naming one class gets."""
    return Message(
        "The baseline, always predicting the most frequent class (“{label}”), reaches {baseline:percent}.",
        label=label, baseline=share,
    )  # fmt: skip


def in_short(found: CrossValidated, kind: Modality[Any, Any]) -> Message:
    """What the same settings reach on other splits, in a sentence that can follow the `headline`."""
    return Message(
        "Cross-validation gives **{accuracy:percent}** (95 % confidence interval {interval:percent}). It rests on all "
        "{examples}, so it says more about how well these settings do.",
        accuracy=found.accuracy, interval=found.interval, examples=kind.count(found.n),
    )  # fmt: skip


def evaluated_on(run: FinishedRun) -> Message:
    """Which examples the score was measured on, and whether it is an honest one."""
    examples = get_modality(run.modality).count(run.score.n if run.score else 0)
    if run.ended.test:
        return Message(
            "Test set: {examples} that were kept until the end; no choice was made by looking at them.",
            examples=examples,
        )
    if run.chosen and run.ended.reason == "stopped":
        return Message(
            "Validation set: {examples}. Training was stopped early. Its best epoch ({epoch}) was chosen by the "
            "accuracy on these very examples, so the score is a little too high (selection bias).",
            examples=examples, epoch=run.ended.epoch,
        )  # fmt: skip
    if run.chosen:
        return Message(
            "Validation set: {examples}. The best epoch ({epoch}) was chosen by its accuracy on these very "
            "examples, so the score is a little too high (selection bias).",
            examples=examples, epoch=run.ended.epoch,
        )  # fmt: skip
    return Message(
        "Validation set: {examples}. The model was never trained on them, and no choice was made by looking at them.",
        examples=examples,
    )


def on_near_copies(n: int) -> Message:
    """What it does to a score that `n` of the evaluated examples are copies or near-copies of others."""
    return counted(
        "{n} of the examples it was evaluated on is a copy or near-copy of another one. They are answered alike, so "
        "the true confidence interval is somewhat wider.",
        "{n} of the examples it was evaluated on are copies or near-copies of others. They are answered alike, so the "
        "true confidence interval is somewhat wider.",
        n=n,
    )


_NAMED = 3
_FOUND = 0.5
"""A class is hardly ever found where the upper end of its recall's 95 % interval lies below."""


def on_classes(scores: Sequence[ClassScore]) -> Message:
    """What the accuracy hides of single classes: those that it says nothing about, and those that are hardly ever
    found. Nothing where it hides none."""
    return sentences(_on_unchecked(scores), _on_missed(scores))


def _on_unchecked(scores: Sequence[ClassScore]) -> Message:
    """The classes of which no example was evaluated: a single example is needed for training."""
    labels = [one.label for one in scores if not one.n]
    if not labels:
        return NOTHING
    return counted(
        "**{classes} was never checked:** there was no further example of it. The accuracy says nothing about it. Add "
        "examples of it, and train again.",
        "**{n} classes were never checked** ({classes}): there was no further example of them. The accuracy says "
        "nothing about them. Add examples of them, and train again.",
        n=len(labels),
        classes=Message("{told:list}", told=[Message("“{label}”", label=label) for label in labels[:_NAMED]]),
    )


def _on_missed(scores: Sequence[ClassScore]) -> Message:
    """The classes that are clearly missed more often than they are found, the worst first."""
    missed = sorted(
        (one for one in scores if one.recall_interval and one.recall_interval[1] < _FOUND),
        key=lambda one: one.recall or 0,
    )
    if not missed:
        return NOTHING
    told = [
        Message("“{label}” ({found} of {n})", label=one.label, found=round((one.recall or 0.0) * one.n), n=one.n)
        for one in missed[:_NAMED]
    ]
    return counted(
        "**{classes} is hardly ever found.** The accuracy alone hides that. More examples of it may help, and so may "
        "“Balance classes” among the options of the training.",
        "**{n} classes are hardly ever found**, worst of all {classes}. The accuracy alone hides that. More examples "
        "of them may help, and so may “Balance classes” among the options of the training.",
        n=len(missed), classes=Message("{told:list}", told=told),
    )  # fmt: skip


def on_baseline(score: Score) -> Message:
    """Doubt whether anything was learnt, where the baseline may be as good; nothing where it is clearly worse."""
    if score.interval[0] > score.baseline:
        return NOTHING
    return Message(
        "It is not clearly better than the baseline of always predicting the most frequent class: its accuracy may "
        "be {low:percent}, and the baseline reaches {baseline:percent}.",
        low=score.interval[0], baseline=score.baseline,
    )  # fmt: skip


def on_cross_validation(found: CrossValidated, kind: Modality[Any, Any]) -> Message:
    """What the same settings reach on other splits, and which of the two scores to go by."""
    return sentences(
        Message("**Does the score depend on the split?**"),
        counted(
            "{examples} were divided into {folds} parts. Each part evaluated a model that was trained on the "
            "others: **{accuracy:percent}** accuracy on average (95\u00a0% confidence interval {interval:percent}).",
            "{examples} were divided into {folds} parts, {n} times. Each part evaluated a model that was trained "
            "on the others: **{accuracy:percent}** accuracy on average (95\u00a0% confidence interval "
            "{interval:percent}).",
            n=found.repeats, examples=kind.count(found.n), folds=found.folds, accuracy=found.accuracy,
            interval=found.interval,
        ),
        Message("For how well these settings do on your examples, trust this cross-validation more: it rests on more "
                "of them. The accuracy above is that of the very model you have."),
    )  # fmt: skip


_METHODS = {"logistic": Message("Logistic regression"), "trees": Message("Gradient-boosted trees")}
"""The titles of `core.training.engine.rivals.RIVALS`."""
_LITTLE = 0.02
"""A difference that nobody pretrains a model for."""


def rival_title(rival: Rival) -> Message:
    """What it is called: its method, or the model that has learnt nothing before."""
    return _METHODS.get(rival.name) or CATALOGUE[rival.name].title


def on_rival(rival: Rival) -> Message:
    """What one of them reaches."""
    return Message(
        "{name}: {accuracy:percent} (95\u00a0% confidence interval {interval:percent})",
        name=rival_title(rival), accuracy=rival.accuracy, interval=rival.interval,
    )  # fmt: skip


def on_listed(rivals: Sequence[Rival]) -> Message:
    """What all of those with a line of their own reach, in one sentence."""
    found = [
        Message("{name} {accuracy:percent} ({interval:percent})", name=rival_title(one), accuracy=one.accuracy,
                interval=one.interval)
        for one in rivals
    ]  # fmt: skip
    return Message("On the same rows, prepared alike: {found:list}.", found=found)


def listed_rivals(rivals: Sequence[Rival]) -> Sequence[Rival]:
    """Those whose accuracy has a line of its own: a single plain model is in the sentence (`on_rivals`) already."""
    return [rival for rival in rivals if rival.name in _METHODS]


def best_rival(rivals: Sequence[Rival]) -> Rival | None:
    """The one to beat; None where there is none."""
    return max(rivals, key=lambda rival: rival.accuracy, default=None)


def on_rivals(rivals: Sequence[Rival]) -> Message:
    """Who wins: the model, or what learnt from the same examples without having learnt anything before; nothing where
    there is none."""
    best = best_rival(rivals)
    if best is None:
        return NOTHING
    return _on_method(rivals, best) if best.name in _METHODS else _on_plain(best)


def _on_plain(rival: Rival) -> Message:
    """What a plain model gets, and what pretraining gave: no more than the interval allows."""
    low, high = rival.difference_interval
    by = shown_difference(rival.accuracy + rival.difference, rival.accuracy)
    values = {
        "name": rival_title(rival), "accuracy": rival.accuracy, "by": percentage_points(by),
        "low": signed(low), "high": signed(high), "least": signed(-high), "most": signed(-low),
        "learnt": rival.learnt_from or 0, "n": rival.n,
    }  # fmt: skip
    of_all, some = _PLAIN
    told = [some if rival.learnt_from else of_all, _outcome(rival)]
    return sentences(
        *(one.having(**{key: value for key, value in values.items() if f"{{{key}" in one.text}) for one in told)
    )


def _outcome(rival: Rival) -> Message:
    before, (_, high) = rival.pretrained, rival.difference_interval
    if rival.winner == "model":
        return (_HELPED if high > _LITTLE else _HARDLY_NEEDED) if before else _BETTER
    if rival.winner == "rival":
        return _HARMED if before else _WORSE
    if rival.difference <= 0:
        return (_NO_GAIN if high > _LITTLE else _NOT_NEEDED) if before else _NO_BETTER
    if high <= _LITTLE:
        return _HARDLY_NEEDED if before else _PERHAPS
    return _OPEN if before else _PERHAPS


_PLAIN = (
    Message("A plain model (“{name}”) gets {accuracy:percent} on the same examples."),
    Message("A plain model (“{name}”, trained on {learnt} of the examples) gets {accuracy:percent} on the same ones."),
)
_HELPED = Message(
    "Pretraining gave {by} more (95\u00a0% confidence interval {low} to {high}): that is transfer learning at work."
)
_OPEN = Message(
    "This pretrained model gets {by} more. With many more such examples it could be anything from {low} to {high} "
    "(95\u00a0% confidence interval): whether pretraining helped cannot be told from {n} examples."
)
_HARDLY_NEEDED = Message(
    "Pretraining was hardly needed here: it gave {by} (95\u00a0% confidence interval {low} to {high})."
)
_NO_GAIN = Message(
    "On these {n} examples this pretrained model is no better. With many more, the difference could be anything from "
    "{low} to {high} percentage points (95 % confidence interval): whether pretraining helped cannot be told from them."
)
_NOT_NEEDED = Message(
    "Pretraining was not needed here: with many more such examples its gain would be between {low} and {high} "
    "percentage points (95 % confidence interval)."
)
_HARMED = Message(
    "Pretraining was not needed here: that model gets {by} more (95\u00a0% confidence interval {least} to {most}). It "
    "can be chosen as the model to train."
)
_BETTER = Message("This model gets {by} more (95\u00a0% confidence interval {low} to {high}).")
_PERHAPS = Message("This model gets {by} more, which may be luck (95\u00a0% confidence interval {low} to {high}).")
_NO_BETTER = Message(
    "This model is no better on these {n} examples. With many more, the difference could be anything from {low} to "
    "{high} percentage points (95\u00a0% confidence interval)."
)
_WORSE = Message("That is {by} more than this model (95\u00a0% confidence interval {least} to {most}).")


def _on_method(rivals: Sequence[Rival], best: Rival) -> Message:
    known = {"name": rival_title(best), "by": percentage_points(best.difference)}
    if best.winner == "rival":
        return Message(
            "Recommended is another one: {name}. Its accuracy is {by} higher, and luck can hardly explain that.",
            **known,
        )
    if not best.difference:
        return Message("{name} gets just as many of the answers right.", name=known["name"])
    if best.difference < 0:
        return Message("{name}: its accuracy is {by} higher, but luck alone may make such a difference.", **known)
    if all(rival.winner == "model" for rival in rivals):
        return Message(
            "This model is recommended: its accuracy is {by} higher than that of the best of these ({name}), and luck "
            "can hardly explain that.",
            **known,
        )
    return Message(
        "No clear difference: the accuracy of this model is {by} higher than that of {name}, and luck alone may make "
        "such a difference.",
        **known,
    )


def on_importance(found: Sequence[Importance]) -> Message:
    """Which column matters most; nothing where none was looked at."""
    if not found:
        return NOTHING
    most = found[0]
    if most.after >= most.before:
        return Message("No single column matters: with any of them shuffled, it is right as often.")
    return Message(
        "“{column}” matters most: with its cells shuffled among the rows, {after:percent} are right instead of "
        "{before:percent}.",
        column=most.column, after=most.after, before=most.before,
    )  # fmt: skip


def on_imbalance(even: Balanced) -> Message:
    """The scores in which every class counts the same, where some classes have many more evaluated examples than
    others; the dataset itself may be even."""
    return Message(
        "**Some classes have many more evaluated examples than others.** The balanced accuracy counts every class the "
        "same: {accuracy:percent} "
        "({interval:percent}). Macro F1 also counts false alarms: {f1:percent} ({f1_interval:percent}).",
        accuracy=even.balanced_accuracy, interval=even.balanced_interval, f1=even.macro_f1,
        f1_interval=even.macro_f1_interval,
    )  # fmt: skip
