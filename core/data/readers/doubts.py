"""Classes that nobody would want: row numbers, dates, prices, or nearly as many of them as there are examples."""

from __future__ import annotations

from collections.abc import Sequence

from core.data.readers.names import first_names
from core.data.readers.profiles import are_dates, are_decimals, are_parts, are_prices, count_rows
from core.messages import Message

_FEW = 12
"""Fewer examples may well be of a class each."""


def doubt_about(labels: Sequence[str], *, in_folders: bool = False) -> Message | None:
    """Why these labels, one of each example in order, are hardly meant as classes; None where they may be.

    Folders may hold one example each, and be called by numbers.
    """
    classes = list(dict.fromkeys(labels))
    some = first_names(classes)
    if are_dates(labels):
        return Message("They would be dates or times: {some}.", some=some)
    if are_prices(labels):
        return Message("They would be prices: {some}.", some=some)
    if in_folders:
        return None
    if are_parts(labels):
        return Message("They would be the parts of a dataset: {some}.", some=some)
    if count_rows(classes) and len(classes) == len(labels):
        return Message("They would be the numbers of the rows: {some}.", some=some)
    if len(labels) >= _FEW and 2 * len(classes) > len(labels):
        return Message("There would be {k} classes for {n} examples: {some}.", k=len(classes), n=len(labels), some=some)
    if len(classes) >= _FEW and are_decimals(labels):
        return Message("They would be measured numbers: {some}.", some=some)
    return None
