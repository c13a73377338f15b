"""Texts that begin or end alike: a template that says nothing, or that gives the class away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.data.dataset import named
from core.data.findings import Finding
from core.data.near_texts import CJK
from core.doctor.case import Case, cautious
from core.evaluation.intervals import wilson
from core.messages import Message

_PIECES = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[^\w\s]")
_FEWEST, _MOST = 3, 12
"""Words and signs of a beginning or an end that can be a template. Two words are how questions begin."""
_LEAST_LETTERS = 8
"""Letters in those words; a Chinese character counts as two."""
_LOOKED_AT = 300
"""Characters at either end."""
_LEAST_TEXTS, _LEAST_OF_CLASS = 30, 10
_SHARED = 0.5
"""So many of all texts begin or end alike where it is said."""
_SINGLED_OUT = 0.75
"""For a class known by it, the least that three shares may be: of those that have it, how many are of the class, of the
class, how many have it (both 95 %), and of the others, how many do not: of a class that is nearly all there is, nearly
all texts are."""
_MOST_TEXTS = 20_000
_SHOWN = 80


@dataclass(frozen=True)
class _Ends:
    """How each text begins (or ends): its words and signs from there on, at most `_MOST`; no text twice."""

    texts: tuple[int, ...]
    pieces: tuple[tuple[str, ...], ...]
    at_end: bool

    def shared(self, size: int) -> list[tuple[str, ...] | None]:
        """The first `size` pieces of each; None where there are no more than these, or they hold too few letters."""
        return [some[:size] if len(some) > size and _says_enough(some[:size]) else None for some in self.pieces]


def templates(case: Case) -> Iterator[Finding]:
    """At most one finding (serious) for beginnings and one for ends that give a class away; else a note for what most
    texts have in common."""
    for at_end in (False, True):
        ends = _ends(case, at_end)
        if len(ends.texts) < _LEAST_TEXTS:
            continue
        if telling := _telling(case, ends):
            yield _gives_away(case, ends, telling)
        elif found := _common(ends):
            yield _template(case, ends, *found)


def _ends(case: Case, at_end: bool) -> _Ends:
    texts: list[int] = []
    pieces: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for i, (text, cluster) in enumerate(zip(case.texts, case.dataset.clusters, strict=True)):
        if cluster in seen or len(texts) == _MOST_TEXTS:
            continue
        seen.add(cluster)
        some = _PIECES.findall((text[-_LOOKED_AT:] if at_end else text[:_LOOKED_AT]).casefold())
        texts.append(i)
        pieces.append(tuple(some[::-1] if at_end else some)[: _MOST + 1])
    return _Ends(tuple(texts), tuple(pieces), at_end)


def _says_enough(pieces: Sequence[str]) -> bool:
    return sum(2 if re.match(f"[{CJK}]", piece) else len(piece) for piece in pieces if piece.isalnum()) >= (
        _LEAST_LETTERS
    )


def _common(ends: _Ends) -> tuple[tuple[str, ...], int] | None:
    """The longest that enough of all have in common, and how many have it."""
    for size in range(_MOST, _FEWEST - 1, -1):
        counts = Counter(filter(None, ends.shared(size)))
        for pieces, n in counts.most_common(1):
            if n >= _SHARED * len(ends.texts):
                return pieces, n
    return None


def _telling(case: Case, ends: _Ends) -> dict[str, tuple[str, ...]]:
    """What gives each class away that has such a beginning or end."""
    labels = [case.labels[i] for i in ends.texts]
    own = Counter(labels)
    found: dict[str, tuple[str, ...]] = {}
    for size in range(_MOST, _FEWEST - 1, -1):
        shared = ends.shared(size)
        having = Counter(filter(None, shared))
        both = Counter((label, pieces) for label, pieces in zip(labels, shared, strict=True) if pieces)
        for (label, pieces), n in both.items():
            if label in found or own[label] < _LEAST_OF_CLASS or own[label] == len(labels):
                continue
            others = (having[pieces] - n) / (len(labels) - own[label])
            if min(wilson(n, having[pieces])[0], wilson(n, own[label])[0], 1 - others) >= _SINGLED_OUT:
                found[label] = pieces
    return found


def _having(ends: _Ends, pieces: tuple[str, ...]) -> list[int]:
    return [i for i, some in zip(ends.texts, ends.pieces, strict=True) if some[: len(pieces)] == pieces]


def _as_written(case: Case, ends: _Ends, pieces: tuple[str, ...]) -> str:
    """The beginning or end as it stands in the first text that has it."""
    text = case.texts[_having(ends, pieces)[0]]
    some = text[-_LOOKED_AT:] if ends.at_end else text[:_LOOKED_AT]
    spans = [found.span() for found in _PIECES.finditer(some)]
    written = some[spans[-len(pieces)][0] :] if ends.at_end else some[: spans[len(pieces) - 1][1]]
    return " ".join(written.split())[:_SHOWN]


def _gives_away(case: Case, ends: _Ends, telling: dict[str, tuple[str, ...]]) -> Finding:
    label, pieces = next(iter(telling.items()))
    first = {other: _having(ends, some)[0] for other, some in telling.items()}
    written = {i: _as_written(case, ends, telling[other]) for other, i in first.items()}
    told = _as_written(case, ends, pieces)
    labels = named(list(telling))
    title = Message("{labels} can be told by how the texts begin alone", labels=labels)
    if ends.at_end:
        title = Message("{labels} can be told by how the texts end alone", labels=labels)
    return Finding(
        "templates",
        "serious",
        title,
        Message(
            "Nearly all of '{label}', and hardly any other, have “{text}” there: a template, perhaps, or where they "
            "come from. A model may learn that instead of what the texts say, look good here and fail on others. Cut "
            "it off in all texts, and import them again.",
            label=label,
            text=told,
        ),
        sum(len(_having(ends, some)) for some in telling.values()),
        case.exhibits(first.values(), lambda i: Message("“{text}”", text=written[i])),
    )


def _template(case: Case, ends: _Ends, pieces: tuple[str, ...], n: int) -> Finding:
    text, share = _as_written(case, ends, pieces), cautious(n / len(ends.texts))
    examples = case.dataset.kind.many
    title = Message("{share:percent} of the {examples} begin the same", share=share, examples=examples)
    if ends.at_end:
        title = Message("{share:percent} of the {examples} end the same", share=share, examples=examples)
    return Finding(
        "templates",
        "note",
        title,
        Message(
            "It is “{text}”. As it stands in every class it tells nothing, and makes all of them more alike; models "
            "read only the beginning of a long text, too. Cut it off before you import them, if it is of no use.",
            text=text,
        ),
        n,
        case.exhibits(_having(ends, pieces)),
    )
