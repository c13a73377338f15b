"""Points, and what they forecast in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.forecast import Needed
from core.evaluation.repeated_splits import Estimate
from core.studies.events import MethodEvaluated, SplitDrawn, right_string
from core.studies.learning_curve.design import CurveDesign
from core.studies.learning_curve.findings import describe_forecast, findings, result
from core.studies.learning_curve.table import CurveTable

SIZES = (1, 2, 5, 10, 20, 50)


def table_of(told, **design):
    return CurveTable(CurveDesign("m", **design), told)


def events(error, splits=6, validation=300, sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for split in range(splits):
        for n in sizes:
            training = tuple(range(1000 * split, 1000 * split + n))
            made.append(SplitDrawn(split, n, training, tuple(range(validation))))
            right = rng.random(validation) > error(n)
            made.append(MethodEvaluated(split, n, "head", right_string(right), float(split)))
    return made


def usual(n):
    return 0.7 * n**-0.4


def test_points_are_means_over_splits_with_their_intervals():
    told = events(usual)
    points = table_of(told).points("head")
    assert list(points) == list(SIZES)
    fives = [one.right.count("1") / 300 for one in told if isinstance(one, MethodEvaluated) and one.shots == 5]
    assert points[5].mean == pytest.approx(np.mean(fives))
    assert points[5].interval[0] < 1 - usual(5) < points[5].interval[1]
    assert (points[5].repeats, points[5].tested) == (6, 300)


def test_a_forecast_goes_by_the_splits_that_are_complete():
    told = events(usual, splits=4)
    cut = table_of(told[:-2])
    assert cut.forecast("head").needed(0.9) == table_of(events(usual, splits=3)).forecast("head").needed(0.9)
    assert table_of(told[:6]).forecast("head").refusal == "sizes"
    assert table_of([]).forecast("head") is None


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (Needed(0.9, "about", 25.2, 41.7, 118.0),
         "To reach 90\u00a0% accuracy you would need about 42 examples per class (between 25 and 120)."),
        (Needed(0.9, "open", 25.2, 1234.0),
         "The best guess for 90\u00a0% accuracy is about 1,200 examples per class. But anything from 25 upwards "
         "fits this curve."),
        (Needed(0.95, "at_least", 61.0),
         "To reach 95\u00a0% accuracy you would need at least 61 examples per class; how many more cannot be told."),
        (Needed(0.95, "levels_off"),
         "More examples of the same kind are unlikely to bring it to 95\u00a0%: the curve levels off below."),
        (Needed(0.95, "cannot_say"),
         "How many it takes to reach 95\u00a0% accuracy cannot be told from this curve: too many answers fit it."),
    ],
)  # fmt: skip
def test_what_is_needed_is_said_in_plain_words(needed, said):
    first, double = map(str, describe_forecast(table_of(events(usual)).forecast("head"), needed))
    assert first == said
    assert double.startswith("Twice as many examples (100 per class) should bring the accuracy to about ")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"error": usual, "sizes": (1, 2, 5)}, "at least four points, and this one has 3"),
        ({"error": usual, "splits": 2}, "fewer than three splits"),
        ({"error": lambda n: 0.4}, "between 1 and 50 per class it did not clearly get better"),
        ({"error": lambda n: 0.5 if n < 50 else 0.4, "splits": 3, "validation": 9}, "may be luck. Choose more splits"),
        ({"error": lambda n: 0.5 - 0.005 * n if n <= 20 else 0.02}, "another shape than the usual one"),
    ],
)
def test_where_nothing_can_be_told_the_reason_is(about, said):
    forecast = table_of(events(**about)).forecast("head")
    (only_one,) = describe_forecast(forecast, forecast.needed(0.9))
    assert said in str(only_one) and "cannot be told" in str(only_one)


@pytest.mark.parametrize(("last", "target"), [(0.3, 0.5), (0.79, 0.9), (0.75, 0.8), (0.985, 0.99), (1.0, 0.99)])
def test_the_usual_target_is_the_next_round_one(last, target):
    table = table_of(events(lambda n: 1 - last, splits=3, validation=1000, sizes=(1,)))
    table.points = lambda strategy: {1: Estimate(last, None, None, 3, last, last, 1000)}
    assert table.target("head") == target
    assert table_of([], target=0.6).target("head") == 0.6


def test_plain_data_hold_points_and_forecast():
    table = table_of(events(usual), target=0.9)
    data = result(table)
    assert [point["shots"] for point in data["curves"]["head"]] == list(SIZES)
    forecast = data["forecasts"]["head"]
    assert forecast["target"] == 0.9 and forecast["refusal"] == ""
    n, middle, (low, high) = forecast["double"]
    assert n == 100 and low < middle < high
    assert len(forecast["sentences"]) == 2
    (said,) = findings(table)
    assert all(str(one) in str(said) for one in forecast["sentences"])
