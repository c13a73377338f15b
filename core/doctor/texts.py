"""Texts with next to nothing in them, and texts longer than the model reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from statistics import median

from core.data.findings import Finding
from core.doctor.case import Case
from core.messages import Message, counted
from core.models.catalogue import base_card
from core.models.text_packages import count_tokens

_SHORT = 3
_USUALLY_SHORT = 12
"""Where the middle text has at most so many characters, the dataset is about words, and short is what it is like."""
_SMILES = (":)", ":(", ":-)", ":-(", ";)", ";-)")

_WORDS_PER_TOKEN = 0.75
_MANY_LONG = 0.1


def empty_text(case: Case) -> Iterator[Finding]:
    """Texts without a letter, a digit or a sign that means something by itself (an emoji, a smiley)."""
    found = [i for i, text in enumerate(case.texts) if not _says_something(text)]
    if not found:
        return
    n = len(found)
    yield Finding(
        "empty_text",
        "look",
        counted(
            "{many} says nothing: no word, no number", "{many} say nothing: no word, no number", n=n, many=case.count(n)
        ),
        Message("There are only full stops, dashes or the like. Nothing can be learnt from that. Best skip them."),
        n,
        case.exhibits(found),
        (case.leave_out(found),),
    )


def short_text(case: Case) -> Iterator[Finding]:
    """Texts of one or two letters among longer ones. A Chinese character is as good as a word."""
    texts = [text.strip() for text in case.texts]
    if median(len(text) for text in texts) <= _USUALLY_SHORT:
        return
    found = [i for i, text in enumerate(texts) if len(text) < _SHORT and _says_something(text) and not _wide(text)]
    if not found:
        return
    n = len(found)
    yield Finding(
        "short_text",
        "look",
        counted("{many} is only a letter or two long", "{many} are only a letter or two long", n=n, many=case.count(n)),
        Message(
            "The others are much longer. Perhaps they were cut off, or are in the wrong column. If you could not "
            "tell their class yourself, skip them."
        ),
        n,
        case.exhibits(found),
        (case.leave_out(found),),
    )


def _says_something(text: str) -> bool:
    return any(unicodedata.category(char)[0] in "LNS" for char in text) or any(smile in text for smile in _SMILES)


def _wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(char) in "WF" for char in text)


def long_text(case: Case) -> Iterator[Finding]:
    """Texts whose end the model does not see; a note where they are few. Silent for models from the Hub."""
    limit = case.card.input_size
    candidates = [i for i, text in enumerate(case.texts) if len(text) >= limit]  # a token has a character at least
    model = base_card(case.card.id, case.workspace).id
    counts = count_tokens(model, [case.texts[i] for i in candidates])
    tokens = dict(zip(candidates, counts or (), strict=False))
    found = sorted((i for i, count in tokens.items() if count > limit), key=lambda i: (-tokens[i], i))
    if not found:
        return
    n = len(found)
    yield Finding(
        "long_text",
        "look" if n > _MANY_LONG * len(case.texts) else "note",
        counted(
            "{many} is longer than the model reads", "{many} are longer than the model reads", n=n, many=case.count(n)
        ),
        Message(
            "It reads the first {tokens} word pieces (tokens), about {words} English words; what comes later has no "
            "effect. If what matters is at the end, shorten them or split them into parts.",
            tokens=limit,
            words=int(round(limit * _WORDS_PER_TOKEN, -1)),
        ),
        n,
        case.exhibits(found, lambda i: Message("{share:percent} of it is read", share=limit / tokens[i])),
    )
