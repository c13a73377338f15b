"""What a run cannot do, and what nobody knows of it: sentences from rules, about this very run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.results.finished_run import Facts
from core.words import percent, things

FEW_JUDGED = 100
"""Below so many the range of a score is wider than about 20 points."""
FEW_OF_A_CLASS = 10
FEW_TAUGHT = 10
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Limit:
    """`text` in plain words with places for `values`, and for "names", which are those of classes: strangers' text."""

    text: str
    values: dict[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def limits(facts: Facts) -> list[Limit]:
    """All there is to say, the most important first."""
    return [*_who_judged(facts), *_classes(facts), *_found(facts), *_always(facts)]


def _who_judged(facts: Facts) -> Iterator[Limit]:
    score, ended = facts.seen.score, facts.seen.ended
    if score is None:
        yield Limit("Nobody judged it: nothing was held back, so how good it is cannot be told.")
        return
    if score.interval[0] <= score.baseline:
        yield Limit(
            "It is not clearly better than always naming the commonest class: {low} is possible, and guessing gets "
            "{guess}.", {"low": percent(score.interval[0]), "guess": percent(score.baseline)},
        )  # fmt: skip
    if score.n < FEW_JUDGED:
        low, high = score.interval
        yield Limit(
            "Only {n} judged it, so the score is known roughly: somewhere between {low} and {high}.",
            {"n": things(facts.dataset.modality, score.n), "low": percent(low), "high": percent(high)},
        )
    if ended.chosen and not ended.test:
        yield Limit(
            "Its best moment was picked by looking at the examples that judge it, so its score is a little too kind."
        )
    if facts.copies:
        yield Limit(
            "{n} of the examples that judged are copies or near-copies of others that did. They are right or wrong "
            "together, so the true range is somewhat wider.", {"n": f"{facts.copies:,}"},
        )  # fmt: skip


def _classes(facts: Facts) -> Iterator[Limit]:
    if facts.seen.score is not None:
        none = tuple(label for label, n in facts.judged.items() if n == 0)
        if none:
            yield Limit("Nothing is known about how well these classes are recognised, as no example judged: {names}.",
                        names=none)  # fmt: skip
        few = tuple(label for label, n in facts.judged.items() if 0 < n < FEW_OF_A_CLASS)
        if few and len(few) == len(facts.judged):
            yield Limit(
                "Fewer than {n} examples of each class judged: what is said about a single class is little more than "
                "a hint.", {"n": str(FEW_OF_A_CLASS)},
            )  # fmt: skip
        elif few:
            yield Limit("Fewer than {n} examples judged these classes, so little is known about each: {names}.",
                        {"n": str(FEW_OF_A_CLASS)}, few)  # fmt: skip
    taught = facts.counts(facts.taught)
    poor = tuple(label for label, n in taught.items() if n < FEW_TAUGHT)
    if poor and len(poor) == len(taught):
        yield Limit("It learnt from fewer than {n} examples of each class.", {"n": str(FEW_TAUGHT)})
    elif poor:
        yield Limit("It learnt these classes from fewer than {n} examples: {names}.", {"n": str(FEW_TAUGHT)}, poor)


def _found(facts: Facts) -> Iterator[Limit]:
    if facts.findings is None:
        yield Limit("Nobody has looked for copies, wrong labels or shortcuts in the data.")
        return
    for doubt in facts.doubts:
        yield Limit("{title}. {effect}", {"title": str(doubt.title), "effect": str(doubt.effect)})
    if not facts.looked_at_all:
        yield Limit("Not all checks of the data were made: those that need a model are missing.")


def _always(facts: Facts) -> Iterator[Limit]:
    images = facts.dataset.modality == "image"
    yield Limit(
        "It was tested on pictures of this set only. Other cameras, light, backgrounds and places were not tested."
        if images
        else "It was tested on messages of this set only. Other writers, topics, languages and times were not tested."
    )
    yield Limit(
        "It knows these {n} classes and nothing else. Given anything else, it still names one of them, unless “none "
        "of these” is switched on, which notices most strange things but not all.",
        {"n": str(len(facts.dataset.classes))},
    )
    yield Limit(
        "It was made for learning and for trying things out. No decision about a person should rest on it alone."
    )


def name_some(names: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Those that are named, and how many more there are."""
    return names[:_NAMED], max(0, len(names) - _NAMED)
