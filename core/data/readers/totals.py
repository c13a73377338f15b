"""Rows of totals at the end of a table: they say so in a cell, and hold nothing else but numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.data.readers.names import plain_name
from core.data.readers.table import Row

_WORDS = frozenset(
    map(plain_name, (
        "total", "totals", "grand total", "overall total", "subtotal", "sum", "sums", "count", "average", "mean", "avg",
        "gesamt", "gesamtsumme", "gesamtergebnis", "summe", "insgesamt", "anzahl", "mittelwert", "durchschnitt",
        "somme", "total général", "totaux", "moyenne", "nombre", "suma", "total general", "promedio", "media",
        "totale", "totale complessivo", "somma", "conteggio", "soma", "total geral", "média", "contagem",
        "totaal", "eindtotaal", "som", "gemiddelde", "aantal", "summa", "totalt", "antal", "i alt", "medelvärde",
        "razem", "ogółem", "suma końcowa", "średnia", "celkem", "součet", "průměr", "összesen", "összeg", "toplam",
        "genel toplam", "ortalama", "итого", "всего", "общий итог", "сумма", "среднее", "разом",
        "合计", "总计", "小计", "总数", "总和", "平均", "平均值", "合計", "総計", "總計", "小計", "합계", "총계",
        "평균", "المجموع", "الإجمالي",
    ))
)  # fmt: skip
_SAID = re.compile(r"\s*([^\W\d_][^\d:=()]*?)\s*[:=(]?\s*(?:n\s*=\s*)?(?:[+-]?\d[\d.,\s]*%?)?\s*\)?\s*:?\s*")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*\s*%?")
_MOST = 5
"""Rows of totals at the end of one table."""
_SAMPLE = 2000
_LONGEST = 60


def total_rows(rows: Sequence[Row], start: int) -> list[int]:
    """The positions of rows at the end, from `start` on, that sum up those above them.

    A row is only one if its numbers cannot be values of their columns: there are words above them, or nothing, or they
    are what the numbers above sum up to, or none of these. An example in the words "total" or "sum" stays one.
    """
    found: list[int] = []
    for at in range(len(rows) - 1, start, -1):
        if not any(cell.strip() for cell in rows[at]):
            continue
        if len(found) == _MOST or not _is_total(rows[at], rows[start:at]):
            break
        found.append(at)
    return found


def _is_total(row: Row, above: Sequence[Row]) -> bool:
    cells = {at: cell.strip() for at, cell in enumerate(row) if cell.strip()}
    said = [at for at, cell in cells.items() if says_total(cell)]
    if len(said) != 1 or not any(any(cell.strip() for cell in one) for one in above):
        return False
    (at,) = said
    numbers = {n: cell for n, cell in cells.items() if n != at}
    if not all(_NUMBER.fullmatch(cell) for cell in numbers.values()):
        return False
    sample = above[:: max(1, len(above) // _SAMPLE)]
    if any(at < len(one) and one[at].strip().casefold() == cells[at].casefold() for one in sample):
        return False
    if not numbers:
        said_number = "".join(re.findall(r"\d", cells[at]))
        wide = max(map(len, sample)) > 1
        return bool(said_number) and (wide or int(said_number) == sum(any(map(str.strip, one)) for one in above))
    return all(_sums_up(cell, [one[n].strip() for one in sample if n < len(one)]) for n, cell in numbers.items())


def says_total(cell: str) -> bool:
    """True for "Total", "Gesamt: 36" and the like."""
    match = _SAID.fullmatch(cell) if len(cell) <= _LONGEST else None
    return match is not None and plain_name(match[1]) in _WORDS


def _sums_up(cell: str, above: Sequence[str]) -> bool:
    """True where the number is not simply one more value of its column."""
    filled = [value for value in above if value]
    numbers = [value for value in filled if _NUMBER.fullmatch(value)]
    if 2 * len(numbers) < len(filled) or not filled or cell not in numbers:
        return True
    try:
        values = [float(value.rstrip("% ")) for value in numbers]
        wanted = float(cell.rstrip("% "))
    except ValueError:
        return False
    return any(
        abs(wanted - one) < 1e-6 * max(1, abs(one)) for one in (sum(values), sum(values) / len(values), len(values))
    )
