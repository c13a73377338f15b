"""Pictures or text documents in folders that are named after their classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.data.readers.examples import Layout, Said, find_examples, lay_out, reading_of
from core.data.readers.labels import label_levels
from core.data.readers.options import LABEL_LEVELS, ReadOptions
from core.data.readers.reading import Reading
from core.data.readers.source import Source
from core.errors import DataError
from core.limits import Limits

NAME = "class-folders"


def propose(source: Source, options: ReadOptions, limits: Limits, at_least: int = 2) -> Reading | None:
    """Read the folder of each example as its class.

    None when fewer than `at_least` classes come of it, or when they leave most examples without a class. DataError
    where `options` insist on this structure and there is no class folder at all.
    """
    examples = find_examples(source)
    layout = lay_out(examples.paths)
    labels = [place.label for place in layout.places if place.label]
    if options.structure == NAME:
        if not labels:
            raise DataError(
                f"No pictures or text documents in class folders were found in '{source.name}'.",
                "Put those of each class into a folder of its own, named after the class.",
            )
    elif layout.only_parts or len(set(labels)) < at_least or 2 * len(labels) < _might_have_a_class(layout):
        return None
    level, named, choices = _levels(labels, options.label_level)
    said = [Said(named(place.label) if place.label else None, place.split, place.why_not) for place in layout.places]
    proposal = {
        "structure": NAME,
        "root": layout.root,
        **({"label_level": level} if choices else {}),
    }
    return reading_of(examples, said, proposal, choices, options.encoding, _notes(layout, labels, named))


def _might_have_a_class(layout: Layout) -> int:
    """How many examples there are, but for those in a part whose examples nobody labelled."""
    return sum(bool(place.label) or place.split is None for place in layout.places)


def _levels(
    labels: Sequence[tuple[str, ...]], wanted: str | None
) -> tuple[str, Callable[[tuple[str, ...]], str], dict[str, list[str]]]:
    """Which level of folders is the class, the class of a label, and what can be chosen.

    The inner folder is name enough where all lie equally deep and no two inner folders share a name.
    """
    if all(len(label) == 1 for label in labels):
        levels = label_levels((label[0] for label in labels), wanted)
        return levels.level, lambda label: levels(label[0]), levels.choices
    if wanted not in (None, *LABEL_LEVELS):
        raise DataError(f"Labels have no level '{wanted}'.", f"Choose one of: {', '.join(LABEL_LEVELS)}.")
    same_depth = len({len(label) for label in labels}) == 1
    own_names = len({label[-1] for label in labels}) == len(set(labels))
    level = wanted or ("bottom" if same_depth and own_names else "full")
    named = {"full": "/".join, "top": lambda label: label[0], "bottom": lambda label: label[-1]}[level]
    return level, named, {"label_level": list(LABEL_LEVELS)}


def _notes(layout: Layout, labels: Sequence[tuple[str, ...]], named: Callable[[tuple[str, ...]], str]) -> list[str]:
    notes = []
    if layout.only_parts:
        names = " and ".join(sorted({label[0] for label in labels}))
        notes.append(f"The folders {names} are taken for classes, because you said that folders are classes.")
    deepest = max(labels, key=len)
    if len(deepest) > 1:
        notes.append(
            f"There are folders inside folders: what lies in '{'/'.join(deepest)}' is of the class '{named(deepest)}'."
        )
    return notes
