"""What the comparison showed: for a typical giver, and for how many of them it can be told.

A difference is called one only when its 95 % interval lies on one side of zero.
"""

from __future__ import annotations

from core.evaluation.intervals import FEWEST_REPEATS
from core.messages import NOTHING, Message, counted, sentences
from core.results.cells import points, shown_difference
from core.studies.pooled.table import PooledTable


def findings(table: PooledTable) -> list[Message]:
    """The whole, then giver by giver; a single sentence while there is not enough to go by."""
    alone, together, difference = table.alone, table.together, table.difference
    if alone is None or together is None or difference is None or difference.interval is None:
        return [
            Message("Before {n} givers were tested nothing can be told: the next may reverse it.", n=FEWEST_REPEATS)
        ]
    ends = sorted(difference.interval, key=abs) if difference.sign else difference.interval
    few, many = table.learnt_from()
    first = _WHOLE[difference.sign].having(
        alone=alone.mean, together=together.mean, d=points(shown_difference(together.mean, alone.mean)),
        a=points(ends[0]), b=points(ends[1]),
    )  # fmt: skip
    sizes = Message(
        "A model alone learnt from about {few} examples, everybody's from about {many}.", few=few, many=many
    )
    return [sentences(first, sizes), _by_giver(table)]


def _by_giver(table: PooledTable) -> Message:
    n = len(table.rows)
    better, worse = (sum(row.clear == sign for row in table.rows) for sign in (1, -1))
    rest = n - better - worse
    if rest == n:
        return Message("Giver by giver nothing can be told: for each of the {n} chance may have decided.", n=n)
    return sentences(
        Message("For {better} of {n} givers everybody's model is clearly better than their own.", better=better, n=n)
        if better else NOTHING,
        Message("For {worse} of {n} givers their own is clearly better.", worse=worse, n=n) if worse else NOTHING,
        counted("For the other {n} chance may have decided.", "For the other {n} chance may have decided.", n=rest)
        if rest else NOTHING,
    )  # fmt: skip


_WHOLE = {
    1: Message(
        "Together is better: with examples by somebody new, a model of everybody's examples has an accuracy of "
        "{together:percent}, a model of one giver's {alone:percent}. That is {d} percentage points more (between {a} "
        "and {b})."
    ),
    0: Message(
        "There is no clear difference: with examples by somebody new, a model of everybody's examples has an accuracy "
        "of {together:percent}, a model of one giver's {alone:percent}. The true difference lies between {a} "
        "percentage points fewer and {b} more."
    ),
    -1: Message(
        "Alone is better here: with examples by somebody new, a model of one giver's examples has an accuracy of "
        "{alone:percent}, a model of everybody's {together:percent}. That is {d} percentage points more (between {a} "
        "and {b}). Look whether all mean the same by the classes."
    ),
}
