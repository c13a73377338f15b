"""Columns of a table: those that give the class away, that say nothing or less than they could, and groups of rows.

Every check looks at `Case.columns`. What the program does with a column by itself is said, and what a person may
change: that is done where the table is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from core.data.dataset import named
from core.data.findings import Finding
from core.data.readers.columns import WHY_IGNORED
from core.data.readers.profiles import Content
from core.doctor.case import Case, cautious
from core.evaluation.intervals import wilson
from core.messages import Message, counted, sentences
from core.modalities.table.cells import decimal_mark, plain_number
from core.modalities.table.columns import DATE, NUMBER, folded

_LEAST_ROWS = 30
_LEAST_IN_CLASS = 5
_FOLDS = 5
_BINS = 32
_OF_ROOM = 0.9
"""Of what there is to gain over the most frequent class, the least (95 %) that a column alone must give to be called
one that gives the class away."""
_BY_NUMBER = 0.99
"""A single measurement may well tell easy classes apart, as the width of a petal does 96 % of irises: a number must be
right that often."""
_EMPTY = 0.9
_DOMINATING = 0.97
_AS_NUMBERS = 0.9
"""From such a share of numbers on a column is looked at as one of numbers."""
_FEW_WORDS, _STRANGE = 3, 0.05
"""Where numbers are meant, what is none are so many words, and so much else."""
_NAMED = 5
"""So many reasons are told."""


def gives_away(case: Case) -> Iterator[Finding]:
    """Columns from which alone the class can be told: serious where it is a word or that something stands there at all,
    a look where it is a number."""
    labels = [case.labels[i] for i in case.rows]
    frequent = {label for label, n in Counter(labels).items() if n >= _LEAST_IN_CLASS}
    used = np.array([at for at, label in enumerate(labels) if label in frequent], dtype=np.int64)
    if len(used) < _LEAST_ROWS or len(frequent) < 2:
        return
    classes = np.unique([labels[at] for at in used], return_inverse=True)[1]
    baseline = np.bincount(classes).max() / len(used)
    fold = np.random.default_rng(0).permutation(len(used)) % _FOLDS
    for name, cells in case.columns.items():
        codes, by_number = _codes([cells[at] for at in used])
        right = int(_told(codes, classes, fold).sum())
        of_room = (wilson(right, len(used))[0] - baseline) / (1 - baseline)
        if of_room >= _OF_ROOM and (not by_number or right >= _BY_NUMBER * len(used)):
            yield _gives_away(case, name, right / len(used), by_number)


def _codes(cells: Sequence[str]) -> tuple[np.ndarray, bool]:
    """A small number (n,) for each cell, 0 for nothing: of its value, or, where there are many numbers, of the interval
    that its number is in. And whether they are numbers."""
    mark = decimal_mark(cells)
    amounts = [plain_number(cell, mark) if cell else None for cell in cells]
    filled = [cell for cell in cells if cell]
    known = np.array([amount for amount in amounts if amount is not None])
    if len(known) < _AS_NUMBERS * len(filled) or len(set(filled)) <= _BINS:
        numbers: dict[str, int] = {"": 0}
        by_number = len(known) >= _AS_NUMBERS * len(filled) > 0
        return np.array([numbers.setdefault(folded(cell), len(numbers)) for cell in cells]), by_number
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.array([0 if a is None else 1 + int(np.searchsorted(edges, a)) for a in amounts]), True


def _told(codes: np.ndarray, classes: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """True (n,) where the class of a row is that which most rows with its code in the other folds have."""
    counts = np.zeros((_FOLDS, int(codes.max()) + 1, int(classes.max()) + 1), dtype=np.int32)
    np.add.at(counts, (fold, codes, classes), 1)
    others = counts.sum(axis=0) - counts
    found = others.argmax(axis=2)[fold, codes] == classes
    return found & (others.sum(axis=2)[fold, codes] > 0)


def _gives_away(case: Case, name: str, accuracy: float, by_number: bool) -> Finding:
    firsts = [own[0] for own in ([i for i in case.rows if case.labels[i] == label] for label in case.members) if own]
    return Finding(
        "gives_away",
        "look" if by_number else "serious",
        Message("'{column}' alone tells the class of {share:percent} of the rows", column=name,
                share=cautious(accuracy)),
        Message(
            "Is it known before the class is? Some columns follow from the class: its number, say, or what was "
            "done because of it. Then the result looks perfect, but on new rows the model fails. If this is such a "
            "column, open the import settings and choose it as an ignored column."
        ),
        len(case.labels),
        case.exhibits(firsts, partial(case.cell, name)),
    )  # fmt: skip


def mixed_numbers(case: Case) -> Iterator[Finding]:
    """Columns that are meant to hold numbers, with cells that hold something else."""
    numbers = {column.name: column for column in case.fitted.columns if column.kind == NUMBER}
    for name, cells in case.columns.items():
        column = numbers.get(name)
        if column and not column.gaps:
            continue
        filled = {i: cell for i, cell in zip(case.rows, cells, strict=True) if cell}
        mark = column.mark or case.fitted.mark if column else decimal_mark(filled.values())
        unit = column.unit if column else ""
        odd = [i for i, cell in filled.items() if plain_number(cell, mark, unit) is None]
        if not odd or len(filled) < _LEAST_ROWS or 2 * len(odd) > len(filled):
            continue
        if column is None and _are_codes(Counter(folded(filled[i]) for i in odd), len(filled)):
            continue
        yield Finding(
            "mixed_numbers",
            "look",
            Message("'{column}' holds numbers, and {n} cells with something else", column=name, n=len(odd)),
            _AS_GAPS if column else _AS_WORDS,
            len(odd),
            case.exhibits(odd, partial(case.cell, name)),
        )


def mixed_dates(case: Case) -> Iterator[Finding]:
    """Columns of dates with cells that hold none, or a day that there is not."""
    dates = {column.name: column for column in case.fitted.columns if column.kind == DATE and column.gaps}
    for name, column in dates.items():
        cells = zip(case.rows, case.columns[name], strict=True)
        odd = [i for i, cell in cells if cell and case.fitted.amount(column, cell) is None]
        if odd:
            yield Finding(
                "mixed_dates",
                "look",
                counted("'{column}' holds dates, and {n} cell that is none",
                        "'{column}' holds dates, and {n} cells that are none", n=len(odd), column=name),
                Message(
                    "They count as missing: days that there are not, such as 30 February, words, and dates that are "
                    "written in another way than the rest. Write them as the others are, or leave those cells empty; "
                    "then import the table again."
                ),
                len(odd),
                case.exhibits(odd, partial(case.cell, name)),
            )  # fmt: skip


_AS_GAPS = Message(
    "What is no number counts as missing: “unknown”, and “< 5” as well. If a number is meant, write just that into the "
    "cell, and import the table again."
)
_AS_WORDS = Message(
    "So all of them count as words, and 9 and 10 are as different as red and blue. Write only the number into each "
    "cell, and nothing where it is not known; then import the table again."
)


def _are_codes(odd: Counter[str], filled: int) -> bool:
    """True for names and codes, of which some happen to be numbers: no few words come again and again."""
    return odd.total() - sum(n for _, n in odd.most_common(_FEW_WORDS)) > _STRANGE * filled


def groups(case: Case) -> Iterator[Finding]:
    """Rows that come from the same person or thing, where the table says so."""
    sources = Counter(example.source for example in case.dataset.examples if example.source)
    if not sources or len(sources) == len(case.labels):
        return
    several = [i for i, example in enumerate(case.dataset.examples) if example.source and sources[example.source] > 1]
    yield Finding(
        "groups",
        "note",
        Message("The {rows} are of {n} persons or things", rows=case.count(len(case.labels)), n=len(sources)),
        Message(
            "A column says which rows belong to one of them, a patient, say. All rows of one stay on the same side "
            "of the split, and the column itself is not used for training. Otherwise the model would know them "
            "again, and the result would look better than it is. If the column means something else, open the "
            "import settings and choose it as a column with the example."
        ),
        len(several),
        case.exhibits(several, lambda i: Message("of {name}", name=case.dataset.examples[i].source)),
    )


def unused_columns(case: Case) -> Iterator[Finding]:
    """Columns that are not learnt from, each with the reason: left out by the reader, or saying nothing."""
    learnt = set(case.fitted.names)
    unlearnt = [(name, _why_unlearnt(cells)) for name, cells in case.columns.items() if name not in learnt]
    left = [*case.ignored, *unlearnt]
    if not left:
        return
    told = [Message("'{column}': {why}", column=name, why=why) for name, why in left[:_NAMED]]
    more = len(left) - _NAMED
    yield Finding(
        "unused_columns",
        "note",
        counted("The column {names} is not learnt from", "{n} columns are not learnt from: {names}", n=len(left),
                names=named([name for name, _ in left])),
        sentences(
            *told,
            *([counted("And {n} more.", "And {n} more.", n=more)] if more > 0 else []),
            Message(
                "They say nothing about new rows. If one of them does, open the import settings and choose it as a "
                "column with the example."
            ),
        ),
        len(left),
    )  # fmt: skip


def _why_unlearnt(cells: Sequence[str]) -> Message:
    values = {folded(cell) for cell in cells if cell}
    if not values:
        return WHY_IGNORED[Content.EMPTY]
    if len(values) == 1:
        return WHY_IGNORED[Content.CONSTANT]
    if all(plain_number(value) is not None for value in values):
        return WHY_IGNORED[Content.COUNTER]
    return WHY_IGNORED[Content.WORDS]


def mostly_missing(case: Case) -> Iterator[Finding]:
    """Columns that are empty in nearly all rows."""
    empty = {name: cells.count("") / len(cells) for name, cells in case.columns.items()}
    found = {name: share for name, share in empty.items() if _EMPTY <= share < 1}
    if not found or len(case.rows) < _LEAST_ROWS:
        return
    filled = [i for at, i in enumerate(case.rows) if any(case.columns[name][at] for name in found)]
    yield Finding(
        "mostly_missing",
        "note",
        counted("The column {names} is empty in nearly all rows",
                "{n} columns are empty in nearly all rows: {names}", n=len(found), names=named(list(found))),
        Message(
            "What is missing is filled in with the usual value, and that it is missing is learnt from, too. So few "
            "values say little: fill in more, or open the import settings and choose it as an ignored column."
        ),
        len(found),
        case.exhibits(filled),
    )  # fmt: skip


def one_value(case: Case) -> Iterator[Finding]:
    """Columns that hold the same in nearly all rows, but not in all."""
    if len(case.rows) < _LEAST_ROWS:
        return
    found: dict[str, str] = {}
    for name, cells in case.columns.items():
        value, n = Counter(map(folded, cells)).most_common(1)[0]
        if value and _DOMINATING * len(cells) <= n < len(cells):
            found[name] = value
    if not found:
        return
    odd = [
        i for at, i in enumerate(case.rows)
        if any(folded(case.columns[name][at]) not in ("", value) for name, value in found.items())
    ]  # fmt: skip
    value = next(iter(found.values()))
    yield Finding(
        "one_value",
        "note",
        counted("{names} is the same in nearly all rows: '{value}'",
                "{names} are the same in nearly all rows; the first of them is '{value}'", n=len(found), value=value,
                names=named(list(found))),
        Message("It tells rows apart only rarely. That does no harm; rows with other values would help more."),
        len(found),
        case.exhibits(odd),
    )  # fmt: skip
