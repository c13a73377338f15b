"""From bytes to a message, and to as much of it as a model can read. Exported models carry this file's source along."""

from __future__ import annotations

import re

from core.errors import UnreadableExampleError
from core.messages import Message

LETTERS_PER_TOKEN = 100
"""No usual token comes from more letters: tokenizers of words (WordPiece) take none apart that is longer."""
_SAMPLE = 64 * 1024
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What no text is made of. Tabs, line ends, and the colours of terminals are."""
_FEW_CONTROLS = 4
_CONTROLS_SHARE = 0.02
"""Stray ones occur in texts; packed data have one in ten, and headers of pictures and sounds far more."""
_MARKS = (b"%PDF-", b"{\\rtf1")
"""Documents that begin like texts, and are none."""


def read_text(raw: bytes) -> str:
    """The message in some bytes of UTF-8. UnreadableExampleError where it is empty, or where they are not a text."""
    if not is_text(raw):
        raise UnreadableExampleError(Message("This is not a text, whatever its name says."))
    text = raw.decode("utf-8", errors="replace").replace("\x00", "").strip()
    if not text:
        raise UnreadableExampleError(Message("The message is empty."))
    return text


def is_text(raw: bytes) -> bool:
    """False for pictures, archives, programs and other data, also where somebody took them for letters."""
    if raw.startswith(_MARKS):
        return False
    sample = raw[:_SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    return controls <= _FEW_CONTROLS or controls <= _CONTROLS_SHARE * len(sample)


def read_part(text: str, most_tokens: int) -> str:
    """The beginning of a message from which its first tokens come: a tokenizer goes through all that it is given, and
    drops the rest afterwards, which takes seconds for megabytes."""
    return text[: LETTERS_PER_TOKEN * most_tokens]
