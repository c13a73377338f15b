"""A chat that a telephone exported as text (WhatsApp, LINE): who wrote what. Who it was is a class if somebody says
so."""

from __future__ import annotations

import re
from itertools import islice

from core.data.readers.annotated import SENDER
from core.data.readers.encoding import lines_of
from core.data.readers.reading import ReadOptions, Skip
from core.data.readers.table import Row, Table, TableFile
from core.limits import Limits
from core.messages import Message

_DAY = r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\.?"
_TIME = r"\d{1,2}[:.]\d{2}([:.]\d{2})?([\s\u202f]?[ap]\.?[\s\u202f]?m\.?)?"
_SAID = re.compile(
    rf"\u200e?(\[{_DAY},?\s{_TIME}\]|{_DAY},?\s{_TIME}\s-)\s\u200e?((?P<sender>[^:\n]{{1,80}}): )?(?P<text>.*)",
    re.IGNORECASE,
)
_LINE = "[LINE]"
"""So an export of LINE begins, in every language."""
_SAID_IN_LINE = re.compile(r"\d{1,2}:\d{2}(?:\s?[AP]M)?\t(?P<sender>[^\t\n]{1,80})\t(?P<text>.*)")
_NO_WORDS = re.compile(r"\u200e|<[^<>]{3,80}>$|(IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d+")
"""What stands there for a picture, a recording, or what the program says itself."""
_LOOKED_AT = 60
_FEWEST = 3
_NOTE = Message("It is a note of the program, or stands for a picture or another file.")


class Chats:
    """The format. A message may have several lines; only its first one says when it was sent, and by whom."""

    suffixes: frozenset[str] = frozenset()
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if options.structure == "lines" or options.delimiter is not None:
            return False
        if _is_of_line(file):
            return True
        lines = list(islice(filter(str.strip, lines_of(file.text[:20_000])), _LOOKED_AT))
        said = sum(_SAID.match(line) is not None for line in lines)
        return said >= _FEWEST and 3 * said >= len(lines)

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        rows: list[Row] = []
        names: list[str] = []
        skips: list[Skip] = []
        text: list[str] | None = None
        """Of the message that the next line may belong to."""

        def end() -> None:
            if text is not None and rows:
                rows[-1] = (rows[-1][0], "\n".join(text).strip())

        pattern, tool = (_SAID_IN_LINE, "LINE") if _is_of_line(file) else (_SAID, "WhatsApp")
        for number, line in enumerate(lines_of(file.text), start=1):
            found = pattern.match(line)
            if found is None:
                if text is not None:
                    text.append(line)
                elif line.strip():
                    skips.append(Skip(f"line {number}", _NOTE))
                continue
            end()
            sender, said = (found["sender"] or "").strip("\u200e\u202a\u202c "), found["text"]
            if not sender or _NO_WORDS.match(said.strip()):
                skips.append(Skip(f"line {number}", _NOTE))
                text = None
                continue
            text = [said]
            rows.append((sender, said))
            names.append(f"line {number}")
        end()
        limits.check_rows(file.name, len(rows))
        how = {"structure": "table", "tool": tool}
        note = Message("Read as {tool} writes it.", tool=tool)
        return Table((SENDER, "text"), rows, names, how, {}, (note,), tuple(skips))


def _is_of_line(file: TableFile) -> bool:
    return file.text[: len(_LINE) + 1].lstrip("\ufeff").startswith(_LINE)
