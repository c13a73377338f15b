"""Who or what examples come from, as names of files and folders say it: "0_jackson_3.wav", "yes/anna/2.wav".

Examples of one speaker or of one recording resemble each other in more than their class. Where they stand on both
sides of a split, a model is praised for knowing the speaker.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.names import split_of
from core.data.readers.reading import Item, Reading, ReadOptions
from core.errors import DataError
from core.messages import Message, counted
from core.modalities import get_modality

NONE = "none"
_SEPARATOR = re.compile(r"[\s_\-.]+")
_COUNTER = re.compile(r"\d{1,3}")
"""What numbers the takes, and is no name of a speaker or a recording."""
_NUMBERED = re.compile(r"\W*([^\W\d]*)[\W_]*(\d{1,9})\W*")
"""A word, or none, and a number: "take3", "(3)", "WA0007"."""
_TAKES = frozenset(
    {"take", "takes", "clip", "rec", "recording", "record", "sample", "audio", "sound", "file", "track", "nr", "no",
     "num", "number", "n", "v", "ver", "version", "copy", "part", "segment", "seg", "chunk", "utt", "utterance", "try",
     "trial", "rep", "aufnahme", "probe", "spur", "kopie", "prise", "essai", "piste", "toma", "muestra", "prova"}
)  # fmt: skip
_SPEAKERS = frozenset(
    {"s", "sp", "spk", "spkr", "speaker", "p", "pers", "person", "participant", "subject", "subj", "sub", "actor",
     "user", "u", "id", "voice", "singer", "kid", "child", "student", "pupil", "patient", "f", "m", "male", "female",
     "man", "woman", "boy", "girl", "sprecher", "sprecherin", "kind", "locuteur", "hablante", "parlante"}
)  # fmt: skip
"""Words before a number that say what it counts: takes, whatever the numbers are like, or those who speak."""
_GAPS = 1.5
"""Numbers of takes are at most so many times as far apart as if none of them was missing."""
_ID = re.compile(r"(?=.*\d)[0-9A-Za-z]{4,}")
"""What a program calls a recording or a speaker: "30226", "0a7c2a8d"."""
_LEAST_SOURCES = 3
_CROSSING = 0.75
"""The share of all pairs of a class and a speaker that there must be."""
_FOLDERS, _PARTS = 3, 6
"""So many places are looked at: those that `ReadOptions.sources` has names for."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A place in the names, such as "part2", and what stands there in each of them."""

    place: str
    values: tuple[str, ...]


def with_sources(reading: Reading, options: ReadOptions) -> Reading:
    """The reading, with the source of each example where the names say one, or as `options.sources` says.

    Only for kinds whose names often say it (`Modality.names_sources`), where the structure has not said it itself. The
    proposal says the place in the names as "sources", and which others there are to choose. DataError for a place that
    is not there.
    """
    if not get_modality(reading.modality).names_sources or "sources" in reading.proposal:
        return reading
    items = [item for item in reading.items if isinstance(item, Item)]
    paths, labels = [PurePosixPath(item.name) for item in items], [item.label for item in items]
    columns = {column.place: column for column in _columns(paths, labels)}
    chosen = options.sources or _likeliest(list(columns.values()), labels)
    if chosen != NONE and chosen not in columns:
        raise DataError(
            Message("The names have no place '{place}' that could say a speaker or a recording.", place=chosen),
            Message("Choose one of: {names:list}.", names=(NONE, *columns)),
        )
    about: dict[str, Any] = {**reading.proposal, "sources": chosen}
    about["choices"] = {**reading.proposal.get("choices", {}), "sources": [NONE, *columns]}
    if chosen == NONE:
        return replace(reading, proposal=about)
    values = columns[chosen].values
    source = {id(item): value for item, value in zip(items, values, strict=True)}
    given = tuple(replace(item, source=source[id(item)]) if isinstance(item, Item) else item for item in reading.items)
    names = sorted(set(values))
    note = counted(
        "{n} speaker or recording is told by the names ({first}, {second}, ...): what comes from one of them stays on "
        "one side of the split.",
        "{n} speakers or recordings are told by the names ({first}, {second}, ...): what comes from one of them stays "
        "on one side of the split.",
        n=len(names), first=names[0], second=names[1],
    )  # fmt: skip
    return replace(reading, proposal=about, items=given, notes=(*reading.notes, note))


def _columns(paths: Sequence[PurePosixPath], labels: Sequence[str]) -> list[_Column]:
    """Every place in the names that could say a source."""
    found: list[_Column] = []
    depths = {len(path.parts) for path in paths}
    if len(depths) == 1:
        for depth in range(min(_FOLDERS, depths.pop() - 1)):
            found.append(_Column(f"folder{depth + 1}", tuple(path.parts[depth] for path in paths)))
    parts = [_SEPARATOR.split(path.stem) for path in paths]
    for number in range(min(_PARTS, min(map(len, parts), default=0))):
        found.append(_Column(f"part{number + 1}", tuple(words[number] for words in parts)))
    return [column for column in found if can_be_sources(column.values, labels)]


def can_be_sources(values: Sequence[str], labels: Sequence[str]) -> bool:
    """True where values repeat, and every class has several: what has one for each class is the class's own name."""
    distinct = set(values)
    if not all(values) or not _LEAST_SOURCES <= len(distinct) < len(values) or all(map(split_of, distinct)):
        return False
    return all(len(sources) > 1 for sources in _gathered(values, labels).values())


def _gathered(what: Sequence[str], by: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for key, value in zip(by, what, strict=True):
        found[key].add(value)
    return found


def _likeliest(columns: Sequence[_Column], labels: Sequence[str]) -> str:
    """The first place with words most of which stand in several classes, as speakers do, or with identifiers, as
    recordings have; "none" where there is neither. Numbers of takes are no names, and a few words that happen to begin
    several names ("take 1", "new whistle") are no speakers."""
    for column in columns:
        named = not all(_COUNTER.fullmatch(value) for value in column.values)
        named = named and not _number_takes(column.values, labels)
        classes = [len(of) for of in _gathered(labels, column.values).values()]
        shared = sum(n > 1 for n in classes) > len(classes) / 2
        if named and (shared or all(_ID.fullmatch(value) for value in column.values)):
            return column.place
    return NONE


def _number_takes(values: Sequence[str], labels: Sequence[str]) -> bool:
    """True for takes that are counted anew in each class ("yes_0001", "no_0001"; "Recording (3)"), with numbers or with
    letters, and for numbers after a word that says so. Those who speak are counted in words of their own, or say more
    than one thing in a class."""
    once = len(set(zip(labels, values, strict=True))) == len(values)
    if once and all(len(value) == 1 for value in values):
        return True
    found = [_NUMBERED.fullmatch(value) for value in values]
    words = {match[1].strip("_").casefold() for match in found if match}
    if not all(found) or len(words) > 1 or words & _SPEAKERS:
        return False
    numbers = {int(match[2]) for match in found if match}
    return bool(words & _TAKES) or (once and max(numbers) - min(numbers) < _GAPS * len(numbers))


def class_level(labels: Sequence[tuple[str, ...]]) -> str | None:
    """Where folders of speakers lie inside those of classes, or around them, the level that is the class: "top" or
    "bottom". None where folders do not cross.

    Numbered folders ("Actor_01", "speaker2") are speakers; where neither level is numbered, the outer one is the class.
    """
    if not labels or any(len(label) != 2 for label in labels):
        return None
    outer, inner = [label[0] for label in labels], [label[1] for label in labels]
    if not _cross(outer, inner):
        return None
    numbered = [all(re.search(r"\d", name) for name in names) for names in (outer, inner)]
    return "bottom" if numbered[0] and not numbered[1] else "top"


def _cross(first: Sequence[str], second: Sequence[str]) -> bool:
    """True where most of the first stand beside most of the second: words beside those who say them."""
    classes, sources = set(first), set(second)
    pairs = len(set(zip(first, second, strict=True)))
    return min(len(classes), len(sources)) > 1 and pairs >= _CROSSING * len(classes) * len(sources)


def crossed(stems: Sequence[str]) -> list[str] | None:
    """The class of each name where names are written as class, speaker and number: "0_jackson_3", "0_lucas_1".

    The first two words must be few and cross: each class has several speakers, and each speaker several classes. None
    where they do not.
    """
    parts = [_SEPARATOR.split(stem) for stem in stems]
    if len(stems) < 2 or any(len(words) != 3 or not _COUNTER.fullmatch(words[2]) for words in parts):
        return None
    first = [words[0] for words in parts]
    return first if _cross(first, [words[1] for words in parts]) else None
