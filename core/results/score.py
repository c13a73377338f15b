"""What is said of a run's score: on its page, in the report and in the model card alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.evaluation.scores import Balanced
from core.events import CrossValidated, Importance, Rival, Score
from core.messages import NOTHING, Message, counted, sentences
from core.modalities import get_modality
from core.modalities.base import Modality
from core.results.finished_run import FinishedRun


def headline(run: FinishedRun) -> Message:
    """The score in a sentence or two, with what the baseline reaches."""
    score = run.score
    if score is None:
        return Message("No example was held back to evaluate it, so **how good it is cannot be said**.")
    found = Message(
        "**{accuracy:percent}** accuracy: **{correct}** of {examples} were classified correctly (95\u00a0% confidence "
        "interval {interval:percent}).",
        accuracy=score.accuracy, correct=round(score.accuracy * score.n),
        examples=get_modality(run.modality).count(score.n), interval=score.interval,
    )  # fmt: skip
    if run.most_frequent is None:
        return found
    baseline = Message(
        "The baseline, always predicting the most frequent class (“{label}”), reaches {baseline:percent}.",
        label=run.most_frequent, baseline=score.baseline,
    )  # fmt: skip
    return sentences(found, baseline)


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
            "Validation set: {examples} that were held back. Training was stopped, and its best epoch ({epoch}) was "
            "chosen by the accuracy on these very examples, so the score is a little too high (selection bias).",
            examples=examples, epoch=run.ended.epoch,
        )  # fmt: skip
    if run.chosen:
        return Message(
            "Validation set: {examples} that were held back. The best epoch ({epoch}) was chosen by its accuracy on "
            "these very examples, so the score is a little too high (selection bias).",
            examples=examples, epoch=run.ended.epoch,
        )  # fmt: skip
    return Message(
        "Validation set: {examples} that were held back: the model was never trained on them, and no choice was made "
        "by looking at them.",
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


def on_baseline(score: Score) -> Message | None:
    """Doubt whether anything was learnt, where the baseline may be as good."""
    if score.interval[0] > score.baseline:
        return None
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
            "{examples} were divided into {folds} parts, and each part evaluated a model that was trained on the "
            "others: **{accuracy:percent}** accuracy on average (95\u00a0% confidence interval {interval:percent}).",
            "{examples} were divided into {folds} parts, {n} times, and each part evaluated a model that was trained "
            "on the others: **{accuracy:percent}** accuracy on average (95\u00a0% confidence interval "
            "{interval:percent}).",
            n=found.repeats, examples=kind.count(found.n), folds=found.folds, accuracy=found.accuracy,
            interval=found.interval,
        ),
        Message("For how well these settings do on your examples, trust this cross-validation more: it rests on more "
                "of them. The accuracy above is that of the very model you have."),
    )  # fmt: skip


RIVALS = {"logistic": Message("Logistic regression"), "trees": Message("Gradient-boosted trees")}
"""The titles of the rivals of `core.training.engine.rivals`, by name."""


def on_rival(rival: Rival) -> Message:
    """What one of them reaches."""
    return Message(
        "{name}: {accuracy:percent} (95\u00a0% confidence interval {interval:percent})",
        name=RIVALS[rival.name], accuracy=rival.accuracy, interval=rival.interval,
    )  # fmt: skip


def on_rivals(rivals: Sequence[Rival]) -> Message:
    """Who wins: the model, or a plain method that learnt from the same examples; nothing where there are none."""
    if not rivals:
        return NOTHING
    best = max(rivals, key=lambda rival: rival.accuracy)
    known = {"name": RIVALS[best.name], "by": abs(best.difference)}
    if best.winner == "rival":
        return Message(
            "The winner is another: {name}. {by:percent1} more of the answers are right, and luck would hardly make "
            "such a difference. Here it is the better choice.",
            **known,
        )
    if not best.difference:
        return Message("{name}: just as many of the answers are right.", **known)
    if best.difference < 0:
        return Message(
            "{name}: {by:percent1} more of the answers are right, but luck alone may make such a difference.", **known
        )
    if all(rival.winner == "model" for rival in rivals):
        return Message(
            "This model wins: {by:percent1} more of its answers are right than with the best of these ({name}), and "
            "luck would hardly make such a difference.",
            **known,
        )
    return Message(
        "This model is no clear winner: {by:percent1} more of its answers are right than with {name}, and luck alone "
        "may make such a difference.",
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
    """The scores in which every class counts the same, where some classes have many more examples than others."""
    return Message(
        "**Your classes are imbalanced.** If every class that was evaluated counted the same, the accuracy would be "
        "{accuracy:percent} ({interval:percent}): the balanced accuracy. Macro F1, which also counts false alarms: "
        "{f1:percent} ({f1_interval:percent}).",
        accuracy=even.balanced_accuracy, interval=even.balanced_interval, f1=even.macro_f1,
        f1_interval=even.macro_f1_interval,
    )  # fmt: skip
