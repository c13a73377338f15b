"""The text in a document: Word (.docx), OpenDocument (.odt), PDF, RTF, an e-mail, subtitles."""

from __future__ import annotations

import email
import email.policy
import html
import io
import logging
import re
import zipfile
from email.message import EmailMessage
from xml.parsers import expat

from striprtf.striprtf import rtf_to_text

from core.data.readers.encoding import decode
from core.data.readers.markup import visible
from core.errors import DataError, UnreadableExampleError
from core.messages import Message

_MOST_BYTES = 50 * 1024**2
"""Of the text inside a packed document."""
_MOST_PAGES = 500
_OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARTS = {"word/document.xml": "docx", "content.xml": "odt", "Index/Document.iwa": "pages"}
"""The part of a packed document that says what it is, and mostly holds its text."""
_BREAKS = {"p": "\n", "h": "\n", "br": "\n", "cr": "\n", "line-break": "\n", "tab": "\t", "tc": "\t", "s": " "}
"""Elements that end or divide a piece of text, in both formats, without their prefix."""
_TIME = r"(\d{1,3}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
_TIMES = re.compile(rf"(?m:^)(\d{{1,6}}[ \t]?\n)?{_TIME} --> {_TIME}[^\n]*\n")
"""When a subtitle is shown, with its number above."""
_HEAD_OF_SUBTITLES = re.compile(r"\AWEBVTT[^\n]*\n|^(NOTE|STYLE|REGION)\b.*?(\n\n|\Z)", re.MULTILINE | re.DOTALL)
_ENDS_LINE = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NO_TEXT = frozenset({"instrText", "delText", "annotation", "tracked-changes"})


def text_of_document(raw: bytes, suffix: str = "") -> str | None:
    """The text; None where the file is no such document. E-mails and subtitles are told by their `suffix` alone.

    UnreadableExampleError where it is damaged, protected, of a kind that is not read here, or holds no text.
    """
    if raw.startswith(b"PK\x03\x04"):
        text = _packed(raw)
    elif b"%PDF-" in raw[:1024]:
        text = _pdf(raw)
    elif raw.startswith(b"{\\rtf"):
        text = _rtf(raw)
    elif raw.startswith(_OLD_WORD):
        raise UnreadableExampleError(Message("An old Word document (.doc)."), Message("Save it as .docx."))
    elif suffix == ".eml":
        text = _mail(raw)
    elif suffix in (".srt", ".vtt"):
        text = _subtitles(raw, suffix)
    else:
        return None
    if text is not None and not text.strip():
        raise UnreadableExampleError(Message("The document holds no text; are its pages pictures?"))
    return text


def _damaged() -> UnreadableExampleError:
    return UnreadableExampleError(Message("The document is damaged or cut short."))


def _protected() -> UnreadableExampleError:
    return UnreadableExampleError(Message("The document is protected by a password."))


def _packed(raw: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            part = next((name for name in archive.namelist() if name in _PARTS), None)
            if part is None:
                return None
            if part.endswith(".iwa"):
                raise UnreadableExampleError(Message("A document of Pages."), Message("Export it as .docx or PDF."))
            with archive.open(part) as file:
                xml = file.read(_MOST_BYTES + 1)
    except (UnreadableExampleError, MemoryError):
        raise
    except Exception as error:
        raise _damaged() from error
    if len(xml) > _MOST_BYTES:
        raise UnreadableExampleError(Message("Larger than {n} MB.", n=_MOST_BYTES // 1024**2))
    return _text_of_xml(xml)


def _text_of_xml(xml: bytes) -> str:
    """What stands in the paragraphs. Entities of its own, which can grow without end, are damage."""
    pieces: list[str] = []
    hidden = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal hidden
        hidden += tag.rpartition(":")[2] in _NO_TEXT

    def end(tag: str) -> None:
        nonlocal hidden
        name = tag.rpartition(":")[2]
        hidden -= name in _NO_TEXT
        pieces.append(_BREAKS.get(name, ""))

    def said(text: str) -> None:
        if not hidden:
            pieces.append(text)

    def refuse(*_: object) -> None:
        raise _damaged()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, said
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise _damaged() from error
    return re.sub(r"\n{3,}", "\n\n", "".join(pieces)).strip()


def _rtf(raw: bytes) -> str:
    try:
        return str(rtf_to_text(raw.decode("cp1252", errors="replace"), errors="replace"))
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged() from error


def _pdf(raw: bytes) -> str:
    from pypdf import PdfReader  # takes a fifth of a second, which a server need not wait for at its start

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it writes down what it mends
    try:
        document = PdfReader(io.BytesIO(raw))
        if document.is_encrypted and not document.decrypt(""):
            raise _protected()
        pages = [page.extract_text() for page, _ in zip(document.pages, range(_MOST_PAGES), strict=False)]
    except (UnreadableExampleError, MemoryError):
        raise
    except Exception as error:
        raise _damaged() from error
    return "\n\n".join(pages)


def _mail(raw: bytes) -> str:
    """The subject, and what was written below it; of several ways to show it the plainest."""
    try:
        message = email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)
        part = message.get_body(("plain", "html"))
        body = str(part.get_content()) if part else ""
        shown = _without_tags(body) if part and part.get_content_subtype() == "html" else body
        return f"{message['subject'] or ''}\n\n{shown}".replace("\r\n", "\n").strip()
    except MemoryError:
        raise
    except Exception as error:  # a header, an encoding or a part of any kind may be damaged
        raise _damaged() from error


def _without_tags(page: str) -> str:
    shown = _TAG.sub("", _ENDS_LINE.sub("\n", " ".join(visible(page).split())))
    return "\n".join(line.strip() for line in html.unescape(shown).splitlines() if line.strip())


def _subtitles(raw: bytes, suffix: str) -> str:
    """What is said, without the times."""
    try:
        text = decode(raw, suffix).text.replace("\r\n", "\n")
    except DataError as error:
        raise UnreadableExampleError(error.problem) from error
    said = _TAG.sub("", _TIMES.sub("", _HEAD_OF_SUBTITLES.sub("", text)))
    return "\n".join(line.strip() for line in said.splitlines() if line.strip())
