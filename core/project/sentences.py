"""Which sentences of a stranger's file may be shown as sentences of this program.

What is kept on a disk holds messages, and the text of a message is a key of the catalogues: it is shown as formatted
text, and put into reports as it is. So a text from outside must be one that could be ours: it makes no link, picture or
markup, and its places for values are plain names with the formats that messages have.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

from core.messages import Message, revived

_PLACE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_FORMAT = re.compile(r"(?:bytes|list|any|date|duration|languages|percent1?|d|g|\.\d[gf])?")
_LEADS_AWAY = re.compile(r"\]\(|\]:|\]\[|://|www\.|<[a-z!/?]", re.IGNORECASE)
"""What makes a link, a picture or markup. No text of `core` has any of it, which a test holds."""


def check_sentences(data: Any) -> None:
    """ValueError where plain data (as JSON gives it) has a message, however deep, that must not be shown."""
    if isinstance(data, dict):
        if isinstance(data.get("message"), str):
            message = revived(data)
            if isinstance(message, Message):
                _check(message)
        for value in data.values():
            check_sentences(value)
    elif isinstance(data, list):
        for value in data:
            check_sentences(value)


def is_harmless(text: str) -> bool:
    """Whether a text could be one of the program's own."""
    if _LEADS_AWAY.search(text):
        return False
    places = [place for place in Formatter().parse(text) if place[1] is not None]
    return all(
        _PLACE.fullmatch(name or "") and _FORMAT.fullmatch(spec or "") and not conversion
        for _, name, spec, conversion in places
    )


def _check(message: Message) -> None:
    if not (is_harmless(message.text) and is_harmless(message.plural)):
        raise ValueError("This is no message of this program")
    try:
        str(message)
    except Exception as error:  # what cannot be rendered here could not be on somebody's page
        raise ValueError("This message cannot be rendered") from error
