"""Days and times of day, as people, forms and programs write them: the one parser of the reading, of every network and
of exported models, which carry this source along. `core/export/web/tables.js` does the same; a test compares both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

ISO = "iso"
TIME = "%H:%M"
DATE_FORMATS = (
    ISO, "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y", "%d/%m/%y",
    "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d %b %Y", "%d. %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%b %d, %Y",
    "%b %d %Y", "%d de %b de %Y", "%Y年%m月%d日", "%Y. %m. %d.", TIME,
)  # fmt: skip
"""How dates are written, the likelier first: where day and month could be either, the day comes first. Any of them may
have a day of the week before it, and a time of day behind."""

_MOST_LETTERS = 60
_MONTHS = (
    ("jan", "ene", "gen", "янв"), ("feb", "fév", "fev", "фев"), ("mar", "mär", "mrz", "maa", "мар"),
    ("apr", "avr", "abr", "апр"), ("may", "mai", "mag", "mei", "май", "мая"), ("jun", "juin", "giu", "июн"),
    ("jul", "juil", "lug", "июл"), ("aug", "aoû", "aou", "ago", "авг"), ("sep", "set", "сен"),
    ("oct", "okt", "ott", "out", "окт"), ("nov", "ноя"), ("dec", "dez", "dic", "déc", "дек"),
)  # fmt: skip
"""How the names of the months begin in several languages."""
_PARTS = {
    "d": r"(?P<d>\d{1,2})", "m": r"(?P<m>\d{1,2})", "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})",
    "b": r"(?P<b>[^\W\d_]{3,12})\.?", "B": r"(?P<b>[^\W\d_]{3,12})\.?",
}  # fmt: skip
_NOON = r"(?:[ap]\.?\s?m\.?|vorm\.|nachm\.|上午|下午|午前|午後|오전|오후)"
_AFTERNOON = re.compile(r"p\.?\s?m\.?|nachm\.|下午|午後|오후")
_ZONE = r"(?:\s?(?:uhr|utc|[a-z]{0,4}[tz]))?(?:\s?[+-]\d{1,2}(?::?\d{2})?)?"
_OF_DAY = (
    rf"(?:(?P<before>{_NOON})\s?)?(?P<H>\d{{1,2}}):(?P<M>\d{{2}})(?::(?P<S>\d{{2}})(?:[.,]\d+)?)?"
    rf"(?:\s?(?P<after>{_NOON}))?{_ZONE}"
)
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,? )?"
_LIKE_A_DATE = re.compile(r"\d:\d\d|\d[^\d]{1,22}\d+[^\d]{1,22}\d|\d.*[^\W\d_]{3}|[^\W\d_]{3}.*\d")
"""Most cells that are none are told by this alone: a column of numbers has thousands of them."""


def day_number(cell: str, form: str) -> float | None:
    """The date in a cell as days since the year 1, or None; `form` is one of `DATE_FORMATS`, and of these `TIME` is a
    time of the first day. The clock of the cell counts, whatever its zone."""
    text = " ".join(cell.split()).casefold()
    found = _pattern(form).fullmatch(text) if len(text) <= _MOST_LETTERS else None
    if found is None:
        return None
    said = found.groupdict()
    time = _time_of_day(said)
    if time is None:
        return None
    if form == TIME:
        return 1 + time
    try:
        return date(_year(said), _month(said), int(said["d"])).toordinal() + time
    except ValueError:
        return None


def is_written(cell: str, form: str) -> bool:
    """True where a cell has the figures of this form, whether or not there is such a day: no year has a 30 February."""
    return _may_be_one(cell) and _pattern(form).fullmatch(" ".join(cell.split()).casefold()) is not None


def date_form(cells: Iterable[str], least: float) -> str | None:
    """How at least such a share of these cells write a date; None where they do not."""
    cells = list(cells)
    enough = max(1.0, least * len(cells))
    if sum(map(_may_be_one, cells)) < enough:
        return None
    return next((f for f in DATE_FORMATS if sum(day_number(cell, f) is not None for cell in cells) >= enough), None)


def is_date(cell: str) -> bool:
    """True for a day or a time of day, however it is written."""
    return _may_be_one(cell) and any(day_number(cell, form) is not None for form in DATE_FORMATS)


def _may_be_one(cell: str) -> bool:
    return len(cell) <= _MOST_LETTERS and _LIKE_A_DATE.search(cell) is not None


@cache
def _pattern(form: str) -> re.Pattern[str]:
    if form == TIME:
        return re.compile(_OF_DAY)
    written = "%Y-%m-%d" if form == ISO else form.partition(" %H")[0]  # models of before may have a time there
    day = re.sub(r"%(\w)", lambda found: _PARTS[found[1]], written.replace(".", r"\."))
    return re.compile(rf"{_WEEKDAY}{day}(?:(?:t|,? )\s?{_OF_DAY})?")


def _time_of_day(said: dict[str, str | None]) -> float | None:
    hour, minute, second = (int(said.get(part) or 0) for part in "HMS")
    noon = said.get("before") or said.get("after")
    if noon:
        hour = hour % 12 + 12 * (_AFTERNOON.fullmatch(noon) is not None) if 1 <= hour <= 12 else 24
    return (hour * 3600 + minute * 60 + second) / 86_400 if hour < 24 and minute < 60 and second < 60 else None


def _year(said: dict[str, str | None]) -> int:
    if (short := said.get("y")) is not None:
        return int(short) + (2000 if int(short) < 69 else 1900)
    return int(said["Y"] or 0)


def _month(said: dict[str, str | None]) -> int:
    """From 1 to 12; 0 where there is no such month."""
    if (name := said.get("b")) is None:
        return int(said["m"] or 0)
    return next((number for number, ways in enumerate(_MONTHS, start=1) if name.startswith(ways)), 0)
