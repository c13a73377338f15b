"""Names inside zips whose encoding the zip does not say."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

_SAYS_UTF8 = 0x800
_PLAUSIBLE = 0.9


def repaired_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries, read in the encoding that makes sense of all of them together.

    Without its UTF-8 flag a zip's names are cp437 by the book. Macs write UTF-8 all the same, and Chinese and Japanese
    Windows write gbk and cp932: read by the book those are line noise. A name stays as it is unless another reading
    is plausible for all unflagged names of the zip.
    """
    raws = [_unflagged(entry) for entry in entries]
    strange = [raw for raw in raws if raw and not raw.isascii()]
    encoding = _encoding(strange)
    if encoding is None:
        return [entry.filename for entry in entries]
    return [entry.filename if raw is None else raw.decode(encoding) for entry, raw in zip(entries, raws, strict=True)]


def _unflagged(entry: zipfile.ZipInfo) -> bytes | None:
    """The name as it lies in the zip, or None where the zip says how to read it."""
    if entry.flag_bits & _SAYS_UTF8:
        return None
    try:
        return entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _encoding(names: Sequence[bytes]) -> str | None:
    if not names:
        return None
    for encoding, share in (("utf-8", lambda text: 1.0), ("cp932", _japanese), ("gbk", _chinese)):
        try:
            text = "".join(name.decode(encoding) for name in names)
        except UnicodeDecodeError:
            continue
        if share("".join(char for char in text if not char.isascii())) >= _PLAUSIBLE:
            return encoding
    return None


def _japanese(text: str) -> float:
    """How much of `text` is kana or a kanji of the first level, the ones in daily use."""
    return _share(text, "cp932", (0x82, 0x83), range(0x88, 0x98))


def _chinese(text: str) -> float:
    """How much of `text` is a character of the first level of GB 2312, the ones in daily use."""
    return _share(text, "gbk", (), range(0xB0, 0xD8), second_at_least=0xA1)


def _share(text: str, encoding: str, also: tuple[int, ...], first: range, second_at_least: int = 0) -> float:
    codes = [char.encode(encoding) for char in text]
    common = [
        len(code) == 2 and (code[0] in first or code[0] in also) and code[1] >= second_at_least for code in codes
    ]
    return sum(common) / len(common) if common else 0.0
