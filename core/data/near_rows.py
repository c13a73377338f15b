"""Near-duplicate rows of a table: equal in all that is learnt from, or but for one number, or in numbers up to their
last digits.

In a table of few columns rows are equal by chance: two passengers of one age and fare are two passengers. So rows are
only compared where hardly any two would be equal if each column were drawn by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np
from scipy.spatial import cKDTree

from core.data.near_pictures import NearPair, NearPairs
from core.modalities.table.columns import CATEGORY, Columns, cell_of, folded
from core.modalities.table.fitting import fit_columns

MOST_BY_CHANCE = 0.5
"""Pairs that may be equal by chance, in all."""
_MOST_BUT_ONE = 0.1
"""The same where one column is left out: columns that go together make equal ones likelier than is reckoned."""
_SAMPLE = 2_000
"""So many rows say what the columns hold."""
_MOST_CELLS, _WIDTH_OF = 1_000_000, 20
"""Rows of larger tables are not compared; so many rows say how wide it is."""
_CLOSE, _CLOSER = 0.02, 0.1
"""Standard deviations by which each number of two rows may differ, and at most this share of how far rows usually are
from the nearest other."""
_LEAST_NUMBERS, _LEAST_OTHERS = 3, 3
_FEW = 0.05
"""Where more pairs than this share of the rows differ in one number only, they are no copies but a series."""
_MOST_NEAR_ROWS = 20_000
_DIMENSIONS, _NEIGHBOURS, _ASKED = 12, 4, 500


def near_rows(
    row: Callable[[int], Mapping[str, str]], n: int, stop: Callable[[], bool] = lambda: False
) -> NearPairs | None:
    """Near-duplicates among `n` rows, which `row` gives by number; each is paired with the first of those that are
    equal. None when `stop` turned true on the way."""
    if n < 2 or n * max(len(row(i)) for i in range(min(n, _WIDTH_OF))) > _MOST_CELLS:
        return NearPairs()
    rows = [row(i) for i in range(n)]
    columns = fit_columns(sampled(rows))
    held = [[folded(cell_of(row, column.name)) for row in rows] for column in columns.columns]
    if not held or equal_by_chance(held) > MOST_BY_CHANCE:
        return NearPairs()
    first_at: dict[tuple[str, ...], int] = {}
    pairs = []
    for i, cells in enumerate(zip(*held, strict=True)):
        first = first_at.setdefault(cells, i)
        if first != i:
            pairs.append(NearPair(first, i, "row", True))
    if stop():
        return None
    firsts = list(first_at.values())
    close = _close([rows[i] for i in firsts], columns)
    pairs += [NearPair(firsts[a], firsts[b], "row", False) for a, b in close]
    but_one = _but_one([[cells[i] for i in firsts] for cells in held], columns) - set(close)
    pairs += [NearPair(firsts[a], firsts[b], "number", False) for a, b in but_one]
    return NearPairs(tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second))))


def sampled(rows: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Enough of these rows to say what their columns hold, always the same ones, in their order."""
    if len(rows) <= _SAMPLE:
        return list(rows)
    return [rows[i] for i in sorted(Random(0).sample(range(len(rows)), _SAMPLE))]


def equal_by_chance(held: Sequence[Sequence[str]]) -> float:
    """How many pairs of rows would be equal if each column, given by its cells, had nothing to do with the others."""
    n = len(held[0]) if held else 0
    if n < 2:
        return 0.0
    pairs = n * (n - 1) / 2
    for cells in held:
        counts = np.unique(np.array([hash(cell) for cell in cells]), return_counts=True)[1]
        pairs *= float((counts * (counts - 1.0)).sum()) / (n * (n - 1.0)) + 1 / n
    return pairs


def _but_one(held: Sequence[Sequence[str]], columns: Columns) -> set[tuple[int, int]]:
    """Pairs of different rows that are equal but for one number or date, each with the first such. `held` has the cells
    of each column. None where rows are so by chance, or where many are so: that is how such a table is."""
    if len(held) <= _LEAST_OTHERS:
        return set()
    drawn = np.random.default_rng(0)
    numbers = []
    for cells in held:  # a large number for each value: their sum stands for a row, and one less for all but a cell
        places = np.unique(np.array(cells), return_inverse=True)[1]
        numbers.append(drawn.integers(0, 2**63, len(cells), dtype=np.uint64)[places])
    whole = np.sum(numbers, axis=0, dtype=np.uint64)
    found = set()
    for at, column in enumerate(columns.columns):
        others = [cells for other, cells in enumerate(held) if other != at]
        if column.kind == CATEGORY or equal_by_chance(others) > _MOST_BUT_ONE:
            continue
        firsts: dict[int, int] = {}
        for i, rest in enumerate((whole - numbers[at]).tolist()):
            if (first := firsts.setdefault(rest, i)) != i:
                found.add((first, i))
    return found if len(found) <= max(1, _FEW * len(held[0])) else set()


def _close(rows: Sequence[Mapping[str, str]], columns: Columns) -> list[tuple[int, int]]:
    """Pairs of different rows whose numbers are all but the same, and whose categories are."""
    amounts, codes = columns.cells(rows)
    numbers = np.array([column.kind != CATEGORY for column in columns.columns])
    full = np.flatnonzero((codes[:, numbers] != 0).all(axis=1))
    if numbers.sum() < _LEAST_NUMBERS or len(full) < 2 or len(rows) > _MOST_NEAR_ROWS:
        return []
    values, codes = amounts[full][:, numbers].astype(np.float64), codes[full]
    some = np.random.default_rng(0).permutation(values.shape[1])[:_DIMENSIONS]
    tree = cKDTree(values[:, some])
    asked = values[np.random.default_rng(0).permutation(len(values))[:_ASKED]][:, some]
    usual = float(np.median(tree.query(asked, k=2, p=np.inf)[0][:, 1]))
    bound = min(_CLOSE, _CLOSER * usual)
    if bound <= 0:
        return []
    k = min(1 + _NEIGHBOURS, len(values))
    distances, neighbours = tree.query(values[:, some], k=k, p=np.inf, distance_upper_bound=bound)
    at, rank = np.nonzero(np.isfinite(distances))
    other = neighbours[at, rank]
    at, other = at[at < other], other[at < other]
    same = (np.abs(values[at] - values[other]) <= bound).all(axis=1) & (codes[at] == codes[other]).all(axis=1)
    return [(int(full[a]), int(full[b])) for a, b in zip(at[same], other[same], strict=True)]
