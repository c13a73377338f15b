"""Does markup end where it should? A spreadsheet that broke off on its way would lose its last rows in silence."""

from __future__ import annotations

import re
from xml.parsers import expat

from core.errors import DataError
from core.messages import Message

_ROOT = re.compile(r"<([A-Za-z][\w.-]*(?::[\w.-]+)?)[\s>/]")
_PIECE = 1024**2
"""Characters."""
_TAIL = 4096
_AGAIN = Message(
    "Copy or download it once more. If a spreadsheet program still opens it, look whether all rows are there and save "
    "it again there."
)


def check_tree(text: str) -> Message | None:
    """What is wrong with the XML of a spreadsheet that goes on to its end all the same; None where nothing is.

    DataError where it breaks off before its end, and where it declares entities, which no spreadsheet program does.
    """
    parser = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = _refuse_entities
    try:
        for start in range(0, len(text), _PIECE):
            parser.Parse(text[start : start + _PIECE].encode(errors="replace"), False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        root = _ROOT.search(text)
        if root is None or f"</{root[1]}" not in text[-_TAIL:]:
            raise DataError(
                Message("The spreadsheet is damaged: it breaks off before its end, so rows are missing."), _AGAIN
            ) from error
        return Message("Around its line {line} it is damaged; look whether all rows are there.", line=error.lineno)
    return None


def _refuse_entities(*_: object) -> None:
    raise DataError(Message("The spreadsheet holds something that no spreadsheet program writes."), _AGAIN)
