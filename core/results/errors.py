"""Where a run fails: the answers that judged it, by class, by kind of example, and by likeness to what taught it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.slices import LEAST, Property, Slice, slices, thirds
from core.evaluation.validity import LEAST_TRAINING, Leakage, leakage
from core.messages import NOTHING, Message, counted
from core.modalities.base import Modality
from core.modalities.image.looks import LENGTH, Looks
from core.models.catalogue import get_card
from core.workspace import Workspace


def failing_kinds(dataset: Dataset, answers: Sequence[Answer], workspace: Workspace) -> list[Slice]:
    """Whether some kinds of examples are answered wrongly more often than others, the clearest first."""
    at = places(dataset)
    known = [answer for answer in answers if answer.example in at]
    kinds = kinds_of(dataset, [at[answer.example] for answer in known], workspace)
    return slices(kinds, [answer.right for answer in known])


def across_the_split(
    dataset: Dataset, taught: Sequence[int], answers: Sequence[Answer], recipe: dict[str, Any], workspace: Workspace
) -> tuple[Leakage, list[int], list[int]] | None:
    """The judging examples and those that taught (indices of the set), which are nearest to each other.

    Gives the twins, and the indices that their places stand for: of those that judged, and of those that taught. None
    where what the network made of the examples is not kept, or too few taught.
    """
    vectors, at = kept_vectors(dataset, recipe, workspace, or_usual=True), places(dataset)
    known = [answer for answer in answers if answer.example in at and answer.example in vectors]
    teachers = [i for i in taught if dataset.examples[i].id in vectors]
    if not known or len(known) < len(answers) / 2:
        return None
    judged = [at[answer.example] for answer in known]
    found = leakage(
        _rows(dataset, teachers, vectors), _rows(dataset, judged, vectors), [dataset.clusters[i] for i in teachers],
        [answer.right for answer in known],
    )  # fmt: skip
    return (found, judged, teachers) if found else None


def places(dataset: Dataset) -> dict[str, int]:
    """Where an example stands in the set, by its id; the first of several copies."""
    return {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}


def _rows(dataset: Dataset, indices: Sequence[int], vectors: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([vectors[dataset.examples[i].id] for i in indices], dtype=np.float64).reshape(len(indices), -1)


# By what the judging examples can be told apart, besides their class: how large, how bright, how long, from where.

_MOST_SOURCES = 12


def kinds_of(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> list[Property]:
    """Every property by which these examples differ; numbers are cut into thirds."""
    measured = _of_pictures if dataset.modality == "image" else _of_messages
    found = []
    for name, words, values in measured(dataset, indices, workspace):
        cut = thirds(values)
        if cut is not None:
            found.append(_in_thirds(name, words, *cut))
    sources = _sources(dataset, indices)
    return [*found, Property("where it came from", sources, tuple(dict.fromkeys(sources)))] if sources else found


Measured = Iterator[tuple[str, tuple[str, str, str], np.ndarray]]
"""A property, what its thirds are called ("{low}" and "{high}" are the cuts), and its values (n,)."""


def _of_pictures(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> Measured:
    facts = [dataset.examples[i].facts for i in indices]
    if all(fact.get("width") and fact.get("height") for fact in facts):
        sides = np.array([(fact["width"], fact["height"]) for fact in facts], dtype=float)
        yield "size of the picture", _counted("pixels at the shorter side"), sides.min(1)
        yield "shape of the picture", _counted("times as wide as high"), sides[:, 0] / sides[:, 1]
    seen = VectorCache(workspace, "looks-1", LENGTH).get([dataset.examples[i].id for i in indices])
    if all(dataset.examples[i].id in seen for i in indices):
        looks = Looks(np.array([seen[dataset.examples[i].id] for i in indices]))
        middle = "the middle third"
        yield "brightness", ("the darkest third", middle, "the brightest third"), looks.brightness
        yield "contrast", ("the third with the least contrast", middle, "the third with the most"), looks.contrast
        yield "sharpness", ("the most blurred third", middle, "the sharpest third"), looks.sharpness


def _of_messages(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> Measured:
    texts = [dataset.examples[i].text or "" for i in indices]
    yield "length of the message", _counted("characters"), np.array([len(text) for text in texts], dtype=float)
    capitals = [sum(char.isupper() for char in text) / max(1, sum(map(str.isalpha, text))) for text in texts]
    yield "capital letters", _counted("% of the letters"), 100 * np.array(capitals)
    digits = [sum(map(str.isdecimal, text)) / max(1, len(text)) for text in texts]
    yield "digits", _counted("% of the characters"), 100 * np.array(digits)


def _counted(unit: str) -> tuple[str, str, str]:
    return f"at most {{low}} {unit}", f"{{low}} to {{high}} {unit}", f"more than {{high}} {unit}"


def _in_thirds(name: str, words: tuple[str, str, str], part: np.ndarray, cuts: tuple[float, float]) -> Property:
    low, high = (f"{cut:,.0f}" if abs(cut) >= 10 else f"{cut:.2g}" for cut in cuts)
    names = tuple(word.format(low=low, high=high) for word in words)
    return Property(name, [names[number] for number in part], names)


def _sources(dataset: Dataset, indices: Sequence[int]) -> list[str] | None:
    """The file or folder each came from, where that is not what names the class, and there are a few of them."""
    examples = [dataset.examples[i] for i in indices]
    found = [_source(example.name) for example in examples]
    labels = {example.label for example in examples}
    if not 2 <= len(set(found)) <= _MOST_SOURCES or set(found) <= labels:
        return None
    by_source = {source: {e.label for e, own in zip(examples, found, strict=True) if own == source} for source in found}
    return None if all(len(own) == 1 for own in by_source.values()) else found


def _source(name: str) -> str:
    """ "photos/2021" of "photos/2021/cat.jpg", "notes.csv" of "notes.csv row 12"."""
    folder = str(PurePosixPath(name).parent)
    return name.split(" row ")[0].split(" line ")[0] if folder == "." else folder


# What a pretrained network made of the examples, as far as it is kept: read without loading the network.


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
        known = VectorCache(workspace, card.identity, size or card.input_size, CACHE_VIEW).get(ids)
        found = known if len(known) > len(found) else found
    return found


# What is said of subgroups and of near-duplicates across the split, on pages and in the report alike.


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
    return clear or [Message("**No subgroup clearly fails more.** The differences in the table may all be chance.")]


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
    if found is None:
        return Message(
            "This cannot be said: there are fewer than {n} training examples, or their embeddings are not kept.",
            n=LEAST_TRAINING,
        )
    if not found.count:
        return Message(
            "**No near-duplicates.** No evaluated example is as similar to a training example as one in twenty "
            "training examples are to each other."
        )
    examples = kind.count(found.count)
    if found.more_than_expected:
        return Message(
            "**{examples} of those evaluated: a near-duplicate is in the training set.** That is more than chance "
            "would give, so the score is likely too high: new examples will not have one.",
            examples=examples,
        )
    return Message(
        "**No more near-duplicates than chance gives.** For {examples} of those evaluated, a training example is as "
        "similar as one in twenty training examples are to each other.",
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
