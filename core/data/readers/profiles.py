"""What the columns of a table hold, told from a sample of their cells: numbers, dates, texts, names of rows, ..."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice, pairwise
from random import Random

from core.data.readers.names import looks_like_file, part_called, plain_name
from core.data.readers.table import Row
from core.modalities.table.cells import decimal_mark, is_missing
from core.modalities.table.dates import is_date
from core.modalities.table.fitting import spoilt_dates, spoilt_numbers

_MOST_ROWS = 4000
_FEWEST_ROWS = 50
_MOST_CELLS = 400_000
"""A sample has `_MOST_ROWS` rows, fewer in a table of so many columns that they would be more cells than this, and
never fewer than `_FEWEST_ROWS`."""
_NEARLY_ALL = 0.95
_FEWEST_PIXELS = 64
"""So many a picture has at least."""
_LONGEST_CATEGORY = 60
"""Characters, on average."""
_SENTENCE_WORDS = 4
_FEW = 12
"""In fewer rows a value that stands there once may still be a category."""
_FOOTED = 3
"""In narrower tables a row that is not full is no sign of a foot."""
_LONGEST_FOOT = 10
"""Rows."""

_NUMBER = re.compile(r"[+\-\u2212]?(\d[\d.,'\u2019\u00a0\u202f ]*|[.,]\d+)(e[+-]?\d{1,3})?\s?%?", re.IGNORECASE)
_AMOUNT = re.compile(
    r"[<>~\u2248\u2264\u2265]?\s?[+\-\u2212]?(\d+([.,]\d+)*|[.,]\d+)\s?(?P<unit>[^\d\s.,%()+-][^\d]{0,9})?"
)
"""A number, perhaps about or less than that, and its unit."""
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+\-\u2212]?\d*[.,]\d+")
_MONEY = r"([$€£¥₹₽₩]|usd|eur|gbp|chf|pln|zł|kr|sek|nok|dkk|czk|kč|huf|ft|r\$|us\$)"
_PRICE = re.compile(rf"-?{_MONEY}\s?-?\d[\d.,' ]*-?|-?\d[\d.,' ]*-?\s?{_MONEY}", re.IGNORECASE)
_ADDRESS = re.compile(r"\w+://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.-]+", re.IGNORECASE)
_CODE = re.compile(r"[\w.\-/#:]*\d[\w.\-/#:]*|[0-9a-f]{8,}", re.IGNORECASE)
_WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_NAMES_A_ROW = frozenset(
    {"id", "ids", "uuid", "guid", "key", "code", "nr", "no", "num", "number", "index", "idx", "ref", "reference",
     "ticket", "phone", "tel", "telephone", "mobile", "zip", "postcode", "plz", "isbn", "iban", "ssn", "serial",
     "nummer", "numero", "kennung", "matricule", "rowid", "编号", "序号", "学号", "番号", "번호"}
)  # fmt: skip
"""Words in the names of columns that tell rows apart."""

_YES = frozenset(
    {"yes", "y", "ja", "oui", "si", "sí", "sì", "sim", "tak", "ano", "evet", "да", "так", "是", "はい", "예"}
)
_NO = frozenset({"no", "n", "nein", "non", "não", "nao", "nie", "ne", "nee", "nej", "nei", "hayır", "нет", "ні", "否",
                 "いいえ", "아니요"})  # fmt: skip
ONES = frozenset({"1", "1.0", "true", "x", "\u2713", "\u2714"}) | _YES
"""What people and programs write, in small letters, into a column for a class where an example is of it."""
ZERO_ONE = ONES | {"0", "0.0", "false"} | _NO


class Content(StrEnum):
    """What a column holds."""

    EMPTY = "empty"
    CONSTANT = "constant"
    COUNTER = "counter"
    """It counts the rows, perhaps anew in each part of the table."""
    CODE = "code"
    """It names every row, or nearly."""
    PART = "part"
    """It says which part of the dataset a row belongs to: train, test."""
    ADDRESS = "address"
    """Files, pages, e-mail addresses."""
    DATE = "date"
    PRICE = "price"
    NUMBER = "number"
    CATEGORY = "category"
    """Short values that come again and again, numbers excepted."""
    WORDS = "words"
    """Short and mostly different: names, titles, phrases."""
    TEXT = "text"
    """Sentences, mostly different."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a sample of a column's cells is like.

    `name` is compared, `title` shown. Of `rows` in the sample `filled` have something, `different` of which are
    distinct. `length` (characters) and `words` are means. `zero_one`: marks such as 1 and 0, or x, alone; `yes_no`:
    yes and no, which may as well be answers. `coded`: every value has a digit, and no blank. `measured`: numbers with
    one unit behind them, or with "<" or "~" before.
    """

    name: str
    title: str
    rows: int
    filled: int
    different: int
    length: float
    words: float
    zero_one: bool = False
    yes_no: bool = False
    coded: bool = False
    measured: bool = False
    content: Content = Content.EMPTY

    @property
    def repeats(self) -> bool:
        """True where values come again and again, as labels do."""
        return 2 <= self.different <= self.filled / 2 and self.length <= _LONGEST_CATEGORY


def profiles(columns: Row, rows: Sequence[Row]) -> list[Profile]:
    """A profile of each column. Notes and totals under a table say nothing about what its columns hold."""
    rows = _without_foot(rows)
    most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_CELLS // max(1, len(columns))))
    # Spread over all, since files are often sorted by label; at random, since labels also often take turns.
    chosen = range(len(rows)) if len(rows) <= most else sorted(Random(0).sample(range(len(rows)), most))
    sample = [rows[number] for number in chosen]
    return [_profile(title, at, rows[:most], sample) for at, title in enumerate(columns)]


def _without_foot(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows without a few at the end that fill far fewer cells than those before them."""
    filled = [sum(map(bool, map(str.strip, row))) for row in rows[-_FEWEST_ROWS:]]
    usual = sorted(filled)[len(filled) // 2] if len(filled) >= _FEW else 0
    foot = 0
    while usual >= _FOOTED and foot < min(_LONGEST_FOOT, len(filled) // 3) and 2 * filled[-1 - foot] <= usual:
        foot += 1
    return rows[: len(rows) - foot]


def shape_of_pixels(count: int) -> tuple[int, ...] | None:
    """Height, width and, for three colours, 3 of a square picture with so many numbers; None where there is none."""
    for colours in ((), (3,)):
        side = math.isqrt(count // math.prod(colours))
        if side * side * math.prod(colours) == count >= _FEWEST_PIXELS:
            return (side, side, *colours)
    return None


def are_dates(values: Iterable[str]) -> bool:
    return _are_dates(Counter(values))


def are_prices(values: Iterable[str]) -> bool:
    return _nearly_all(_PRICE, Counter(values))


def are_decimals(values: Iterable[str]) -> bool:
    """True for numbers of which half or more have decimals."""
    counts = Counter(values)
    return _nearly_all(_NUMBER, counts) and 2 * _matching(_DECIMAL, counts) >= counts.total()


def are_parts(values: Iterable[str]) -> bool:
    """True where nothing but the parts of a dataset are named, and there is more than one."""
    found = {value.casefold() for value in values} - {"unassigned"}
    return None not in map(part_called, found) and len(set(map(part_called, found))) > 1


def count_rows(values: Sequence[str]) -> bool:
    """True where numbers go up by one from row to row, nearly always."""
    if len(values) < 3 or not all(_WHOLE.fullmatch(value) for value in values):
        return False
    numbers = list(map(int, values))
    steps = sum(after - before == 1 for before, after in pairwise(numbers))
    return steps >= 0.9 * (len(numbers) - 1) and (len(numbers) < 20 or len(set(numbers)) >= 20)


def _profile(title: str, at: int, first: Sequence[Row], sample: Sequence[Row]) -> Profile:
    written = [cell for row in sample if at < len(row) and (cell := row[at].strip())]
    signs = _signs(written)
    cells = [cell for cell in written if cell in signs or not is_missing(cell)]
    counts = Counter(cells)
    folded = {cell.casefold() for cell in counts} if len(counts) <= len(ZERO_ONE) else set()
    about = Profile(
        plain_name(title),
        title,
        len(sample),
        len(cells),
        len(counts),
        sum(map(len, cells)) / max(1, len(cells)),
        sum(map(_words, cells)) / max(1, len(cells)),
        zero_one=bool(folded) and folded <= ZERO_ONE - _YES - _NO,
        yes_no=bool(folded) and folded <= _YES | _NO,
        coded=bool(counts) and all(_CODE.fullmatch(cell) and any(map(str.isdigit, cell)) for cell in counts),
        measured=not _nearly_all(_NUMBER, counts) and _are_measured(counts),
    )
    return replace(about, content=_content(about, counts, [row[at].strip() for row in first if at < len(row)]))


def _signs(written: Sequence[str]) -> set[str]:
    """The lone signs among these cells, where they answer something: "-" beside "+" is no gap."""
    counts = Counter(cell for cell in written if not any(map(str.isalnum, cell)))
    answers = sum(n for cell, n in counts.items() if not is_missing(cell))
    return set(counts) if answers >= (1 - _NEARLY_ALL) * len(written) > 0 else set()


def _content(about: Profile, counts: Counter[str], top: Sequence[str]) -> Content:
    """`top` are the first cells, in their order."""
    unique = len(counts) >= _NEARLY_ALL * about.filled and about.filled >= _FEW
    if not counts:
        return Content.EMPTY
    if len(counts) == 1 and about.filled > 2:
        return Content.CONSTANT
    if count_rows(top):
        return Content.COUNTER
    if _are_dates(counts):
        return Content.DATE
    if _nearly_all(_PRICE, counts):
        return Content.PRICE
    if _nearly_all(_NUMBER, counts):
        named = unique and _names_rows(about) and not _matching(_DECIMAL, counts)
        return Content.CODE if named else Content.NUMBER
    if about.measured:
        return Content.CODE if unique and _names_rows(about) else Content.NUMBER
    if all(looks_like_file(cell) or _ADDRESS.fullmatch(cell) for cell in counts):
        return Content.ADDRESS
    if are_parts(counts):
        return Content.PART
    if spoilt_numbers(counts.elements(), decimal_mark(counts)):
        alone = sum(n == 1 for n in counts.values()) > about.filled / 2
        return Content.CODE if alone and _names_rows(about) else Content.NUMBER
    if about.repeats:
        return Content.CATEGORY
    if unique and about.words < 1.5 and _nearly_all(_CODE, counts):
        return Content.CODE
    long = about.words >= _SENTENCE_WORDS or about.length > _LONGEST_CATEGORY
    return Content.TEXT if long and not _are_names(counts) else Content.WORDS


def _are_measured(counts: Counter[str]) -> bool:
    """True where nearly all are numbers, and none has another unit than the others."""
    found = {cell: match for cell in counts if len(cell) <= _LONGEST_CATEGORY and (match := _AMOUNT.fullmatch(cell))}
    units = {match["unit"].strip() for match in found.values() if match["unit"]}
    return len(units) <= 1 and sum(counts[cell] for cell in found) >= _NEARLY_ALL * counts.total() > 0


def _are_names(cells: Iterable[str]) -> bool:
    """True where nearly every word begins with a capital and goes on without: people, streets, titles."""
    words = [word for cell in islice(cells, _FEWEST_ROWS) for word in cell[:_LONGEST_CATEGORY].split()]
    return sum(word.istitle() for word in words) > 0.6 * len(words)


def _names_rows(about: Profile) -> bool:
    spaced = plain_name(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", about.title))
    return not _NAMES_A_ROW.isdisjoint(re.split(r"[\W_]+", spaced)) or about.name.endswith(("id", "nummer"))


def _words(cell: str) -> float:
    """Words; in a language that puts no blanks between them, about two characters are one."""
    return max(len(cell.split()), len(_WITHOUT_BLANKS.findall(cell)) / 2)


def _are_dates(counts: Counter[str]) -> bool:
    if not any(map(is_date, islice(counts, _FEWEST_ROWS))):
        return False
    nearly = sum(n for cell, n in counts.items() if is_date(cell)) >= _NEARLY_ALL * counts.total()
    return nearly or spoilt_dates(counts.elements()) is not None


def _nearly_all(pattern: re.Pattern[str], counts: Counter[str]) -> bool:
    return _matching(pattern, counts) >= _NEARLY_ALL * counts.total() > 0


def _matching(pattern: re.Pattern[str], counts: Counter[str]) -> int:
    return sum(n for cell, n in counts.items() if len(cell) <= _LONGEST_CATEGORY and pattern.fullmatch(cell))
