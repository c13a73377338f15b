"""By what the judging examples can be told apart, besides their class: how large, how bright, how long, from where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from core.cache import VectorCache
from core.data.dataset import Dataset
from core.evaluation.slices import thirds
from core.modalities.looks import LENGTH, Looks
from core.workspace import Workspace

_MOST_SOURCES = 12


def kinds_of(dataset: Dataset, indices: Sequence[int], workspace: Workspace) -> list[tuple[str, Sequence[str | None]]]:
    """For every property the name of each example's group, as `core.evaluation.slices.slices` takes them.

    Numbers are cut into thirds, whose cuts stand in the groups' names.
    """
    measured = _of_pictures if dataset.modality == "image" else _of_messages
    found = []
    for name, unit, values in measured(dataset, indices, workspace):
        cut = thirds(values)
        if cut is not None:
            found.append((name, _named(*cut, unit)))
    sources = _sources(dataset, indices)
    return [*found, ("where it came from", sources)] if sources else found


def _of_pictures(
    dataset: Dataset, indices: Sequence[int], workspace: Workspace
) -> Iterator[tuple[str, str, np.ndarray]]:
    facts = [dataset.examples[i].facts for i in indices]
    if all(fact.get("width") and fact.get("height") for fact in facts):
        sides = np.array([(fact["width"], fact["height"]) for fact in facts], dtype=float)
        yield "size of the picture", "pixels at the shorter side", sides.min(1)
        yield "shape of the picture", "times as wide as high", sides[:, 0] / sides[:, 1]
    seen = VectorCache(workspace, "looks-1", LENGTH).get([dataset.examples[i].id for i in indices])
    if all(dataset.examples[i].id in seen for i in indices):
        looks = Looks(np.array([seen[dataset.examples[i].id] for i in indices]))
        yield "brightness", "% bright", looks.brightness / 2.55
        yield "contrast", "% contrast", looks.contrast / 1.28
        yield "sharpness", "thousandths sharp", looks.sharpness * 1000


def _of_messages(
    dataset: Dataset, indices: Sequence[int], workspace: Workspace
) -> Iterator[tuple[str, str, np.ndarray]]:
    texts = [dataset.examples[i].text or "" for i in indices]
    yield "length of the message", "characters", np.array([len(text) for text in texts], dtype=float)
    capitals = [sum(char.isupper() for char in text) / max(1, sum(map(str.isalpha, text))) for text in texts]
    yield "capital letters", "% of the letters", 100 * np.array(capitals)
    digits = [sum(map(str.isdecimal, text)) / max(1, len(text)) for text in texts]
    yield "digits", "% of the characters", 100 * np.array(digits)


def _named(part: np.ndarray, cuts: tuple[float, float], unit: str) -> list[str]:
    low, high = (_number(cut) for cut in cuts)
    names = (f"1: at most {low} {unit}", f"2: {low} to {high} {unit}", f"3: more than {high} {unit}")
    return [names[number] for number in part]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.2g}"


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
