"""By what the judging examples can be told apart, besides their class: how large, how bright, how long, from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from core.cache import VectorCache
from core.data.dataset import Dataset
from core.evaluation.slices import Property, thirds
from core.modalities.image.looks import LENGTH, Looks
from core.workspace import Workspace

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
