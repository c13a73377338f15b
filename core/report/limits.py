"""The limitations of a run, and what nobody knows of it: sentences from rules, about this very run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.messages import Message, counted
from core.report.contents import Contents
from core.results.score import on_baseline, on_near_copies

FEW_EVALUATED = 100
"""With fewer, the confidence interval of a score is wider than about 20 percentage points."""
FEW_OF_A_CLASS = 10
FEW_FOR_TRAINING = 10
_NAMED = 4


def limits(run: Contents) -> list[Message]:
    """All there is to say, the most important first."""
    return [*_evaluation(run), *_classes(run), *_data(run), *_always(run)]


def _evaluation(run: Contents) -> Iterator[Message]:
    score = run.score
    if score is None:
        yield Message("It was not evaluated: there is no validation set, so its accuracy is not known.")
        return
    if doubt := on_baseline(score):
        yield doubt
    if score.n < FEW_EVALUATED:
        yield Message(
            "It was evaluated on only {examples}, so its accuracy is known roughly: somewhere between {low:percent} "
            "and {high:percent}.",
            examples=run.kind.count(score.n), low=score.interval[0], high=score.interval[1],
        )  # fmt: skip
    if run.chosen:
        yield Message(
            "Its best epoch was chosen by the accuracy on the validation set. So that accuracy is a little too "
            "high (selection bias)."
        )
    if run.near_copies:
        yield on_near_copies(run.near_copies)


def _classes(run: Contents) -> Iterator[Message]:
    evaluated = {one.label: one.evaluation for one in run.counts}
    if run.score is not None:
        none = [label for label, n in evaluated.items() if n == 0]
        if none:
            yield Message(
                "How well these classes are recognised is not known, as none of their examples is in the "
                "validation set: {names:list}.",
                names=_some(none),
            )
        few = _below(FEW_OF_A_CLASS, {label: n for label, n in evaluated.items() if n})
        if few and len(few) == len(evaluated):
            yield Message(
                "It was evaluated on fewer than {n} examples of each class: the figures of a single class are little "
                "more than a hint.", n=FEW_OF_A_CLASS,
            )  # fmt: skip
        elif few:
            yield Message(
                "It was evaluated on fewer than {n} examples of these classes, so little is known about each: "
                "{names:list}.",
                n=FEW_OF_A_CLASS, names=_some(few),
            )  # fmt: skip
    training = {one.label: one.training for one in run.counts}
    poor = _below(FEW_FOR_TRAINING, training)
    if poor and len(poor) == len(training):
        yield Message("It was trained on fewer than {n} examples of each class.", n=FEW_FOR_TRAINING)
    elif poor:
        yield Message(
            "It was trained on fewer than {n} examples of these classes: {names:list}.",
            n=FEW_FOR_TRAINING, names=_some(poor),
        )  # fmt: skip


def _data(run: Contents) -> Iterator[Message]:
    if not run.checked:
        yield Message("The data was not checked for copies, wrong labels or shortcuts.")
        return
    for caveat in run.caveats:
        yield Message("{finding}. {effect}", finding=caveat.title, effect=caveat.effect)
    if not run.fully_checked:
        yield Message("The data check is incomplete: the checks that need a model were not made.")


def _always(run: Contents) -> Iterator[Message]:
    yield run.kind.untested
    yield counted(
        "It knows this {n} class and nothing else. Given anything else, it still predicts it, unless “none of these” "
        "is switched on, which notices most strange things but not all.",
        "It knows these {n} classes and nothing else. Given anything else, it still predicts one of them, unless “none "
        "of these” is switched on, which notices most strange things but not all.",
        n=len(run.classes),
    )
    yield Message("It was made for learning and for experiments. No decision about a person should rest on it alone.")


def _below(least: int, counts: Mapping[str, int]) -> list[str]:
    return [label for label, n in counts.items() if n < least]


def _some(labels: Sequence[str]) -> tuple[str | Message, ...]:
    """Some of the labels, and how many more there are."""
    more = len(labels) - _NAMED
    return (*labels[:_NAMED], counted("{n} more", "{n} more", n=more)) if more > 0 else tuple(labels)
