"""Names in a zip whose encoding it does not say."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence

from core.data.readers.encoding import decode

_SAYS_UTF8 = 0x800
_SEEN_IN_ZIPS = ("utf-8", "gb18030", "shift_jis", "euc_kr", "big5")


def repaired_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries, read in the encoding that makes sense of all of them together.

    Without its UTF-8 flag a zip's names are cp437 by the book. Macs write UTF-8 all the same, and Chinese, Japanese
    and Korean Windows write their own encodings: read by the book those are line noise. Names stay as they are unless
    another reading is plausible for all unflagged ones.
    """
    raws = [_unflagged(entry) for entry in entries]
    encoding = _plausible([raw for raw in raws if raw and not raw.isascii()])
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


def _plausible(names: Sequence[bytes]) -> str | None:
    if not names:
        return None
    found = decode(b"\n".join(names), "")
    if found.encoding not in _SEEN_IN_ZIPS or found.replaced:
        return None
    if found.sure:
        return found.encoding
    # An accented letter of cp437 and the plain letter after it can form a Japanese sign, as in "Köln"; but then the
    # sign stands in the middle of a word of plain letters.
    runs = re.findall(r"([a-zA-Z]?)[^\x00-\x7f]+([a-zA-Z]?)", found.text)
    glued = sum(bool(before and after) for before, after in runs)
    return None if 2 * glued > len(runs) else found.encoding
