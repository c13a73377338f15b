"""Means over pairs of people: a model that learnt from the examples of one answers those of another.

Examples of one person resemble each other, and a model that learnt from odd examples is odd with everybody. So what
counts as independent is neither the example nor the pair, but the person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import sqrt
from statistics import fmean

from scipy.special import stdtr, stdtrit

from core.evaluation.intervals import FEWEST_REPEATS, Z_95
from core.evaluation.repeated_splits import Estimate

Pair = tuple[str, str]
"""Whose examples a model learnt from, and whose it answers."""


def mean_over_people(values: Mapping[Pair, float], tested: int) -> Estimate:
    """The mean over all pairs, and its interval (95 %) over other people; `tested` examples were answered in all.

    Each person is left out in turn, as the one who is learnt from and the one who is asked: the jackknife (Efron &
    Stein 1981), which for pairs is the variance that knows that two pairs with a person in common are alike. Student's
    t with as many degrees of freedom as people less one. The variance never falls below the one that gives Wilson's
    interval when all are right or wrong. In simulated classes of 4, 8 and 30, with models that were really fitted, the
    interval of the difference between everybody's model and a model alone held the truth in 97, 94 and 97 % of cases;
    that of the accuracy of everybody's, which with others would have been another model, in 90, 90 and 98 %.

    ValueError for no pair.
    """
    if not values:
        raise ValueError("need at least one pair")
    total, count = sum(values.values()), len(values)
    mean = total / count
    sums: defaultdict[str, list[float]] = defaultdict(list)
    for pair, value in values.items():
        for person in set(pair):
            sums[person].append(value)
    # Where one alone is learnt from, nothing is left without them: then it is about them.
    without = [(total - sum(own)) / (count - len(own)) for own in sums.values() if len(own) < count]
    people, error, interval = len(without), None, None
    if people > 1:
        middle = fmean(without)
        jackknife = (people - 1) / people * sum((one - middle) ** 2 for one in without)
        error = sqrt(max(jackknife, (Z_95 / (tested + Z_95**2)) ** 2))
        if people >= FEWEST_REPEATS:
            reach = float(stdtrit(people - 1, 0.975)) * error
            interval = (mean - reach, mean + reach)
    return Estimate(mean, error, interval, people, min(values.values()), max(values.values()), tested)


def by_chance(difference: Estimate) -> float:
    """How often a difference as large would be found where there is none: Student's t, two-sided; 1 where nothing
    bounds it."""
    if difference.interval is None or not difference.error:
        return 1.0
    return 2 * float(stdtr(difference.repeats - 1, -abs(difference.mean) / difference.error))
