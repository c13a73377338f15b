"""Messages with nothing, or next to nothing, in them."""

from __future__ import annotations

import unicodedata
from statistics import median

from core.data.findings import Finding
from core.doctor.case import Case

_SHORT = 3
_USUALLY_SHORT = 12
"""Where the middle message has at most so many characters, the set is about words, and short is what it is like."""


def empty_text(case: Case) -> list[Finding]:
    """Messages without a letter, a digit or a sign that means something by itself (an emoji, a smiley)."""
    if case.is_pictures:
        return []
    found = [i for i, example in enumerate(case.dataset.examples) if not _says_something(example.text or "")]
    if not found:
        return []
    return [
        Finding(
            "empty_text",
            "look",
            f"{case.many(len(found))} {'says' if len(found) == 1 else 'say'} nothing: no word, no number",
            "There are only full stops, dashes or the like. Nothing can be learnt from that. Best leave them out.",
            len(found),
            case.exhibits(found),
            (case.leave_out(found),),
        )
    ]


def short_text(case: Case) -> list[Finding]:
    """Messages of one or two letters among longer ones. A Chinese character is as good as a word."""
    texts = [] if case.is_pictures else [(example.text or "").strip() for example in case.dataset.examples]
    if not texts or median(len(text) for text in texts) <= _USUALLY_SHORT:
        return []
    found = [i for i, text in enumerate(texts) if len(text) < _SHORT and _says_something(text) and not _wide(text)]
    if not found:
        return []
    return [
        Finding(
            "short_text",
            "look",
            f"{case.many(len(found))} {'is' if len(found) == 1 else 'are'} only a letter or two long",
            "The others are much longer. Perhaps they were cut off, or stand in the wrong column. If you could not "
            "say their class yourself, leave them out.",
            len(found),
            case.exhibits(found),
            (case.leave_out(found),),
        )
    ]


def _says_something(text: str) -> bool:
    if any(unicodedata.category(char)[0] in "LNS" for char in text):
        return True
    return any(smile in text for smile in (":)", ":(", ":-)", ":-(", ";)", ";-)"))


def _wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(char) in "WF" for char in text)
