"""Where examples come from, as files and their names tell: the camera or the program, the day, the speaker.

`cameras`, `days` and `speakers` are what a shortcut is looked for in (see `core.doctor.shortcuts`); `own_speaker` finds
names of files in which each class has a word of its own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TypeAlias

import numpy as np

from core.data.findings import Finding
from core.doctor.case import Case
from core.messages import Message
from core.modalities.image.metadata import CAMERA, DAY

_LEAST_KNOWN = 0.5
"""Less than this share of examples with a day, or with a speaker, says nothing of a dataset."""
_LEAST_OF_ONE = 5
_MOST_VALUES = 50
_SEPARATOR = re.compile(r"[\s_\-.]+")
_PLACES = 6
_CALLED_BY = (
    (re.compile(r"(\d+/)?(whatsapp|img-\d{8}-wa)", re.IGNORECASE), "WhatsApp"),
    (re.compile(r"(screen\s?shot|bildschirmfoto|capture\sd)", re.IGNORECASE), "screenshot"),
    (re.compile(r"pxl_", re.IGNORECASE), "PXL"),
    (re.compile(r"(img|mvimg|dsc|dscn|dscf|sam|gopr|p\d{3}|_mg|cimg|imgp|fb_img|received|signal|vid|rec|voice)"
                r"[-_ ]?\d{3,}", re.IGNORECASE), ""),
)  # fmt: skip
"""How cameras and programs call files, and how they are told to a person: "" as their names begin."""
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


Origin: TypeAlias = tuple[Message, np.ndarray, Callable[[int], Message]]
"""Its name, values (n, k), and what they are for one example, in words."""


def cameras(case: Case) -> Iterator[Origin]:
    """The camera, or what names of files say of it."""
    known = [str(example.facts.get(CAMERA) or "") for example in case.dataset.examples]
    name = Message("the camera")
    if not any(known):
        known = [_called_by(example.name) for example in case.dataset.examples]
        name = Message("how the camera or program named the file")
    if any(known):
        yield (
            name,
            _one_hot(known),
            lambda i: Message("{camera}", camera=known[i]) if known[i] else Message("no camera named"),
        )


def days(case: Case) -> Iterator[Origin]:
    """The day, as metadata or names of files tell it."""
    examples = case.dataset.examples
    found = [_day(str(example.facts.get(DAY) or "")) or _day(PurePosixPath(example.name).name) for example in examples]
    if sum(map(bool, found)) < _LEAST_KNOWN * len(found):
        return
    values = np.array([float(day.toordinal()) if day else 0.0 for day in found])
    told = [day.isoformat() if day else "" for day in found]
    yield (
        Message("the day"),
        values[:, None],
        lambda i: Message("{day}", day=told[i]) if told[i] else Message("no day named"),
    )


def speakers(case: Case) -> Iterator[Origin]:
    """The speaker or the recording that examples come from."""
    known = [example.source or "" for example in case.dataset.examples]
    counts = Counter(filter(None, known))
    often = [source if counts[source] >= _LEAST_OF_ONE else "" for source in known]
    if sum(map(bool, often)) >= _LEAST_KNOWN * len(often):
        yield Message("the speaker or recording"), _one_hot(often), lambda i: Message("{source}", source=known[i])


def _one_hot(values: Sequence[str]) -> np.ndarray:
    """1 (n, k) where a value is one of the commonest."""
    names = [name for name, _ in Counter(values).most_common(_MOST_VALUES)]
    number = {name: at for at, name in enumerate(names)}
    found = np.zeros((len(values), len(names)))
    for i, value in enumerate(values):
        if value in number:
            found[i, number[value]] = 1.0
    return found


def _called_by(path: str) -> str:
    name = PurePosixPath(path).name
    for pattern, called in _CALLED_BY:
        if found := pattern.match(name):
            return called or re.sub(r"[\d\s_-]+$", "", found[0]).upper()
    return ""


def _day(text: str) -> date | None:
    found = _DAY.search(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:  # the 31st of February
        return None


def own_speaker(case: Case) -> Iterator[Finding]:
    """A note where, at one place in the names of files, each class has one word to itself, and it is not the class's
    own: the name of a speaker, perhaps. Only for kinds whose names often say it, and where no source is known."""
    examples = case.dataset.examples
    if not case.dataset.kind.names_sources or any(e.source for e in examples) or len(case.members) < 2:
        return
    if min(map(len, case.members.values())) < _LEAST_OF_ONE:
        return
    parts = [_SEPARATOR.split(PurePosixPath(example.name).stem.casefold()) for example in examples]
    for place in range(min(_PLACES, min(map(len, parts)))):
        words: dict[str, set[str]] = defaultdict(set)
        for label, part in zip(case.labels, parts, strict=True):
            words[label].add(part[place])
        if _are_names(words):
            yield _own_speaker(case, {label: next(iter(of_one)) for label, of_one in words.items()})
            return


def _are_names(words: dict[str, set[str]]) -> bool:
    """True for one word a class, each another, and none of them like the class's name."""
    if any(len(of_one) != 1 for of_one in words.values()) or len(set.union(*words.values())) != len(words):
        return False
    return all(
        len(word) > 1 and not any(map(str.isdigit, word)) and not _alike(word, label)
        for label, (word,) in ((label, tuple(of_one)) for label, of_one in words.items())
    )


def _alike(word: str, label: str) -> bool:
    plain = label.casefold()
    return word in plain or any(part and part in word for part in re.split(r"[\W_\d]+", plain))


def _own_speaker(case: Case, words: dict[str, str]) -> Finding:
    pairs = [Message("'{word}' in '{label}'", word=word, label=label) for label, word in list(words.items())[:4]]
    firsts = [own[0] for own in case.members.values()]
    return Finding(
        "own_speaker",
        "note",
        Message("Each class has a word of its own in the names of its files"),
        Message(
            "They are {pairs:list}. If those are speakers, places or devices, the model may learn the voice or the "
            "room instead of the class: record every class with several of them.",
            pairs=pairs,
        ),
        len(case.labels),
        case.exhibits(firsts, lambda i: Message("{name}", name=PurePosixPath(case.dataset.examples[i].name).name)),
    )
