"""From bytes to text: what a file says or proves about its encoding is believed, anything else is a proposal."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from charset_normalizer import from_bytes

from core.errors import DataError
from core.messages import Message, counted

ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "shift_jis", "big5", "euc_kr", "cp1250", "cp1251", "cp1253",
    "cp1254", "cp1255", "cp1256",
)  # fmt: skip
"""What a person is offered: Unicode, Western, Chinese, Japanese, Chinese (Taiwan), Korean, Central European, Russian,
Greek, Turkish, Hebrew, Arabic. Any other name that Python knows is obeyed as well."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 256 * 1024
_LIKELY = 0.85
"""The share of foreign characters that must be everyday ones before an encoding is believed."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, its encoding, and whether that is known (`sure`) or only proposed.

    `replaced` counts the characters that the encoding could not give; they became U+FFFD.
    """

    text: str
    encoding: str
    sure: bool
    replaced: int = 0


def decode(raw: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text of `raw`, read as `encoding` if one is named. `name` is the file's, for messages.

    DataError when the named encoding is unknown or plainly the wrong one.
    """
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
        return _lenient(raw, _proposal(raw), sure=False)


def lines_of(text: str) -> list[str]:
    """The lines of a text, whichever system wrote them, without their ends."""
    return re.split(r"\r\n|\r|\n", text)


def looks_like_text(raw: bytes) -> bool:
    """False for pictures, archives, programs and other files that are not made of characters."""
    sample = raw[:_SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _MARKS) or _unmarked_utf16(sample):
        return True
    if b"\x00" in sample or sample.startswith((b"%PDF", b"{\\rtf")):
        return False
    controls = len(re.findall(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]", sample))
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


# --- proposals ---------------------------------------------------------------------------------------------------


def _proposal(raw: bytes) -> str:
    sample = _around_foreign(raw)
    shares = {encoding: share(sample) for encoding, share in _SHARES.items()}
    best = max(shares, key=lambda encoding: shares[encoding])
    if shares[best] < _LIKELY:
        guess = from_bytes(sample, cp_isolation=list(_OTHERS)).best()
        best = guess.encoding if guess and guess.encoding in _OTHERS else "cp1252"
    if best == "cp1252":
        try:
            raw.decode(best)
        except UnicodeDecodeError:  # five bytes mean nothing in cp1252; Latin-1 has a character for every byte
            return "latin-1"
    return best


_OTHERS = tuple(name for name in ENCODINGS if name.startswith(("cp125", "big", "euc")) and name != "cp1252")


def _around_foreign(raw: bytes) -> bytes:
    """The lines that hold bytes outside ASCII, up to the sample's size: they alone tell encodings apart."""
    lines: list[bytes] = []
    size = 0
    for line in re.finditer(rb"[^\r\n]*[\x80-\xff][^\r\n]*[\r\n]*", raw):
        lines.append(line[0])
        size += len(line[0])
        if size > _SAMPLE:
            break
    return b"".join(lines)[: 2 * _SAMPLE]


def _utf8_share(sample: bytes) -> float:
    """A damaged UTF-8 file is still UTF-8: hardly anything else forms its sequences by chance."""
    whole = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", sample))
    text = sample.decode("utf-8", errors="replace")
    return whole / max(1, whole + text.count("\ufffd"))


def _share(encoding: str, everyday: Callable[[str], bool]) -> Callable[[bytes], float]:
    def share(sample: bytes) -> float:
        foreign = re.findall(r"[^\x00-\x7f]", sample.decode(encoding, errors="replace"))
        return sum(map(everyday, foreign)) / max(1, len(foreign))

    return share


def _everyday_chinese(char: str) -> bool:
    """The first level of GB 2312 (what schools teach), its signs, and full-width forms."""
    pair = char.encode("gb18030", errors="replace")
    if len(pair) != 2 or pair[1] < 0xA1:
        return False
    return 0xB0 <= pair[0] <= 0xD7 or pair[0] in (0xA1, 0xA3)


def _everyday_japanese(char: str) -> bool:
    """Kana, the first level of JIS X 0208, its signs, and full-width forms."""
    pair = char.encode("shift_jis", errors="replace")
    return len(pair) == 2 and (pair[0] in (0x81, 0x82, 0x83) or 0x88 <= pair[0] <= 0x97)


def _western_share(sample: bytes) -> float:
    """Accented letters and typographic signs come alone or in pairs among plain letters, never in long runs."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    high = sum(map(len, runs))
    odd = rb"[\x81\x8d\x8f\x90\x9d\xa4-\xa6\xac\xaf\xb8\xbc-\xbe\xd7\xf7]"
    # Capitals with accents stand at the start of a word or among capitals; after a small letter they are misread.
    misplaced = rb"(?<=[a-z])[\xc0-\xd6\xd8-\xde]"
    strange = sum(len(run) for run in runs if len(run) > 2) + len(re.findall(odd + rb"|" + misplaced, sample))
    among_capitals = len(re.findall(rb"(?<=[A-Z])[\xc0-\xde]{2}(?=[A-Z])", sample)) * 2
    # Where both readings are as good, the double-byte one says more, but not within a word of capitals.
    return max(0.0, 1 - strange / max(1, high)) * (1.01 if among_capitals == high else 0.99)


def _korean_share(sample: bytes) -> float:
    """Hangul lie where the first half of everyday Chinese lies; a text that never leaves it is Korean."""
    share = _share("euc_kr", lambda char: "\uac00" <= char <= "\ud7a3")(sample)
    return share * 1.005 if len(re.findall(rb"[\xb0-\xc8][\xa1-\xfe]", sample)) >= 8 else 0.0


_SHARES = {
    "utf-8": _utf8_share,
    "gb18030": _share("gb18030", _everyday_chinese),
    "shift_jis": _share("cp932", _everyday_japanese),
    "euc_kr": _korean_share,
    "cp1252": _western_share,
}
