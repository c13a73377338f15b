"""From bytes to text: what a file says or proves about its encoding is believed, anything else is a proposal."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from core.data.readers.alphabets import most_sensible
from core.errors import DataError
from core.messages import Message, counted

ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "latin-1", "mac_roman", "cp850", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr",
    "cp1250", "iso8859-2", "cp852", "mac_latin2", "cp1251", "koi8-r", "cp866", "mac_cyrillic", "cp1253", "iso8859-7",
    "cp1254", "cp1255", "cp1256", "cp1257",
)  # fmt: skip
"""What a person is offered: Unicode, Western (Windows, Linux, Mac, DOS), Chinese, Japanese, Korean, Central European
(Windows, Linux, DOS, Mac), Russian (the same), Greek, Turkish, Hebrew, Arabic, Baltic. Any other name that Python knows
is obeyed as well."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DECLARATION = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_BEGINNING = 2048
_WEB_NAMES = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "ascii": "cp1252"}
"""What browsers read in the place of what a page says."""
_SAMPLE = 256 * 1024
_TELLING = 48 * 1024
"""Bytes of lines with foreign letters. So many tell encodings apart, and two dozen of them are tried."""
_LONG_LINE = 8 * 1024
_FOREIGN_WORD = re.compile(rb"[^\s,;|\"]*[\x80-\xff][^\s,;|\"]*")
_ESCAPED_RUN = re.compile(r"(?<!\\)(?:\\u00[89a-f][0-9a-f])+", re.IGNORECASE)
_BYTES_ESCAPED = re.compile(r"(?<!\\)\\u00[c-f][0-9a-f]\\u00[89ab][0-9a-f]", re.IGNORECASE)
"""Two escapes that begin a character of UTF-8; and a run of the bytes of some."""
_LIKELY = 0.85
"""The share of foreign bytes that must be whole characters before a damaged text is taken for UTF-8."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, its encoding, and whether that is known (`sure`) or only proposed.

    `replaced` counts the characters that the encoding could not give; they became U+FFFD. `nulls` counts the null
    characters that were left out: no program writes them on purpose, and hardly one can show them.
    """

    text: str
    encoding: str
    sure: bool
    replaced: int = 0
    nulls: int = 0


def with_whole_characters(text: str) -> str:
    """JSON in which the bytes of UTF-8 stand as a character each ("J\\u00c3\\u00b6rg" for "Jörg", as Meta's programs
    export chats), with the characters that were meant; as it is where not all such escapes can be read so."""
    if not _BYTES_ESCAPED.search(text):
        return text
    try:
        return _ESCAPED_RUN.sub(lambda run: bytes.fromhex(run[0].replace("\\u00", "")).decode(), text)
    except UnicodeDecodeError:
        return text


def decode(raw: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text of `raw`, read as `encoding` if one is named. `name` is the file's, for messages.

    DataError when the named encoding is unknown or plainly the wrong one.
    """
    decoded = _decoded(raw, name, encoding)
    nulls = decoded.text.count("\0")
    return replace(decoded, text=decoded.text.replace("\0", ""), nulls=nulls) if nulls else decoded


def _decoded(raw: bytes, name: str, encoding: str | None) -> Decoded:
    if encoding:
        return _obeyed(raw, name, encoding)
    for mark, marked in _MARKS:
        if raw.startswith(mark):
            return _lenient(raw, marked, sure=True)
    wide = _unmarked_utf16(raw)
    if wide:
        return _lenient(raw, wide, sure=True)
    try:
        return Decoded(raw.decode("utf-8"), "utf-8", True)
    except UnicodeDecodeError:
        declared = _declared(raw)
        return _lenient(raw, declared or _proposal(raw), sure=declared is not None)


def lines_of(text: str) -> list[str]:
    """The lines of a text, whichever system wrote them, without their ends."""
    return re.split(r"\r\n|\r|\n", text)


def looks_like_text(raw: bytes) -> bool:
    """False for pictures, archives, programs and other files that are not made of characters."""
    sample = raw[:_SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _MARKS) or _unmarked_utf16(sample):
        return True
    if sample.count(0) > (len(sample) + 60) // 100 or sample.startswith((b"%PDF", b"{\\rtf")):
        return False
    controls = len(re.findall(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]", sample))
    return _is_utf8(sample) or controls * 100 <= len(sample)


def _is_utf8(sample: bytes) -> bool:
    """True for the beginning of a text in UTF-8; it may end within a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _obeyed(raw: bytes, name: str, encoding: str) -> Decoded:
    try:
        known = codecs.lookup(encoding.strip())
        is_text = known._is_text_encoding  # the only way to tell base64 and the like
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise DataError(
            Message("There is no encoding called '{encoding}'.", encoding=encoding),
            Message("Choose one of: {names:list}.", names=ENCODINGS),
        )
    for mark, marked in _MARKS:  # the mark says the same as the person; it is no part of the text
        if raw.startswith(mark) and known.name in (marked.removesuffix("-sig"), f"{marked}-le", f"{marked}-be"):
            return _lenient(raw, marked, sure=True)
    if known.name == "utf-16":
        found = _lenient(raw, _unmarked_utf16(raw) or "utf-16-le", sure=True)
    else:
        found = _lenient(raw, known.name, sure=True)
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f\ufffd]+", found.text))) if found.replaced else 0
    if found.replaced * 10 > foreign:
        raise DataError(
            counted(
                "'{file}' is not written in {encoding}: {n} of its characters cannot be read that way.",
                "'{file}' is not written in {encoding}: {n} of its characters cannot be read that way.",
                n=found.replaced,
                file=name,
                encoding=encoding,
            ),
            Message("Choose another encoding, or leave the choice to the program."),
        )
    return Decoded(found.text, encoding.strip(), True, found.replaced)


def _lenient(raw: bytes, encoding: str, sure: bool) -> Decoded:
    try:
        return Decoded(raw.decode(encoding), encoding, sure)
    except UnicodeError:
        text = raw.decode(encoding, errors="replace")
        return Decoded(text, encoding, sure, text.count("\ufffd"))


def _unmarked_utf16(raw: bytes) -> str | None:
    """Text without foreign letters is every other byte zero in UTF-16; Chinese still has such commas and line ends."""
    sample = raw[: _SAMPLE // 4]
    if len(raw) % 2 or b"\x00" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) * 10 > max(even, odd) or max(even, odd) * 100 < len(sample):
        return None
    if max(even, odd) * 4 < len(sample) and _is_utf8(sample):
        return None  # with a few stray zeros
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 2:  # a character of four bytes may be cut in half at the end
            return None
        text = sample[: error.start].decode(encoding)
    return None if re.search("[\x00-\x08\x0e-\x1a]", text) else encoding


def _declared(raw: bytes) -> str | None:
    """The encoding that a web page or XML says it has, if it can be read in it."""
    found = _DECLARATION.search(raw[:_BEGINNING]) if raw.lstrip()[:1] == b"<" else None
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
        raw.decode(name)
    except (LookupError, ValueError):
        return None
    return _WEB_NAMES.get(name, name)


# --- proposals ---------------------------------------------------------------------------------------------------


def _proposal(raw: bytes) -> str:
    """The encoding in which the words make most sense. Bytes of UTF-8 hardly come about by chance."""
    sample = _around_foreign(raw)
    if _utf8_share(sample) >= _LIKELY:
        return "utf-8"
    best = most_sensible(_each_word_once(sample))
    if best == "cp1252":
        try:
            raw.decode(best)
        except UnicodeDecodeError:  # five bytes mean nothing in cp1252; Latin-1 has a character for every byte
            return "latin-1"
    return best


def _around_foreign(raw: bytes) -> bytes:
    """The lines that hold bytes outside ASCII, up to the sample's size: they alone tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for found in re.finditer(rb"[^\r\n]+", raw):
        line = found[0]
        if line.isascii():
            continue
        if len(line) > _LONG_LINE:
            foreign = re.search(rb"[\x80-\xff]", line)
            start = max(0, foreign.start() - _LONG_LINE // 2) if foreign else 0
            line = line[start : start + _LONG_LINE]
        lines.append(line)
        size += len(line)
        if size > _TELLING:
            break
    return b"\n".join(lines)


def _each_word_once(sample: bytes) -> bytes:
    """The lines with every word that holds bytes outside ASCII only where it comes first.

    A name that comes a hundred times tells no more than one that comes once, and what little speaks for another
    encoding would else be counted a hundred times.
    """
    seen: set[bytes] = set()

    def once(found: re.Match[bytes]) -> bytes:
        if found[0] in seen:
            return b""
        seen.add(found[0])
        return found[0]

    lines = (_FOREIGN_WORD.sub(once, line) for line in sample.split(b"\n"))
    return b"\n".join(line for line in lines if not line.isascii())


def _utf8_share(sample: bytes) -> float:
    """A damaged UTF-8 file is still UTF-8: hardly anything else forms its sequences by chance."""
    whole = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", sample))
    text = sample.decode("utf-8", errors="replace")
    return whole / max(1, whole + text.count("\ufffd"))
