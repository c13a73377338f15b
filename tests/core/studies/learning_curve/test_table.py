"""Points, and what they foretell in plain words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.forecast import Needed
from core.events import DrawMade, WayJudged
from core.studies.learning_curve.table import CurveTable, foretell, usual_target

SIZES = (1, 2, 5, 10, 20, 50)


def events(error, draws=6, judges=300, sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for draw in range(draws):
        for n in sizes:
            taught = tuple(range(1000 * draw, 1000 * draw + n))
            made.append(DrawMade(draw, n, taught, tuple(range(judges))))
            right = rng.random(judges) > error(n)
            made.append(WayJudged(draw, n, "head", "".join("01"[int(one)] for one in right), float(draw)))
    return made


def usual(n):
    return 0.7 * n**-0.4


def test_points_are_means_over_draws_with_their_intervals():
    told = events(usual)
    points = CurveTable(told).points("head")
    assert list(points) == list(SIZES)
    fives = [one.right.count("1") / 300 for one in told if isinstance(one, WayJudged) and one.shots == 5]
    assert points[5].mean == pytest.approx(np.mean(fives))
    assert points[5].interval[0] < 1 - usual(5) < points[5].interval[1]
    assert (points[5].repeats, points[5].tested) == (6, 300)


def test_a_forecast_goes_by_the_draws_that_are_complete():
    told = events(usual, draws=4)
    cut = CurveTable(told[:-2])
    assert cut.forecast("head").needed(0.9) == CurveTable(events(usual, draws=3)).forecast("head").needed(0.9)
    assert CurveTable(told[:6]).forecast("head").refusal == "sizes"
    assert CurveTable([]).forecast("head") is None


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (Needed(0.9, "about", 25.2, 41.7, 118.0),
         "To be right on 90\u00a0% you would need about 42 of each class (between 25 and 120)."),
        (Needed(0.9, "open", 25.2, 1234.0),
         "The best guess for 90\u00a0% is about 1,200 of each class, but anything from 25 upwards fits this curve."),
        (Needed(0.95, "at_least", 61.0),
         "To be right on 95\u00a0% you would need at least 61 of each class; how many more cannot be told."),
        (Needed(0.95, "levels_off"),
         "More examples of the same kind are unlikely to bring it to 95\u00a0%: the curve levels off below."),
        (Needed(0.95, "cannot_say"),
         "How many it takes to be right on 95\u00a0% cannot be told from this curve: too many answers fit it."),
    ],
)  # fmt: skip
def test_what_is_needed_is_said_in_plain_words(needed, said):
    first, double = map(str, foretell(CurveTable(events(usual)).forecast("head"), needed))
    assert first == said
    assert double.startswith("With twice as many (100 of each class) it would be right on about ")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"error": usual, "sizes": (1, 2, 5)}, "at least four points, and this one has 3"),
        ({"error": usual, "draws": 2}, "fewer than three draws"),
        ({"error": lambda n: 0.4}, "between 1 and 50 of each class it did not clearly get better"),
        ({"error": lambda n: 0.5 - 0.005 * n if n <= 20 else 0.02}, "another shape than the usual one"),
    ],
)
def test_where_nothing_can_be_told_the_reason_is(about, said):
    forecast = CurveTable(events(**about)).forecast("head")
    (only_one,) = foretell(forecast, forecast.needed(0.9))
    assert said in str(only_one) and "cannot be told" in str(only_one)


@pytest.mark.parametrize(("last", "target"), [(0.3, 0.5), (0.79, 0.9), (0.75, 0.8), (0.985, 0.99), (1.0, 0.99)])
def test_the_usual_target_is_the_next_round_one(last, target):
    told = events(lambda n: 1 - last, draws=3, judges=1000, sizes=(1,))
    points = CurveTable(told).points("head")
    exact = {1: replace(points[1], mean=last)}
    assert usual_target(exact) == target


def test_plain_data_hold_points_and_forecast():
    data = CurveTable(events(usual)).to_dict(0.9)
    assert [point["shots"] for point in data["curves"]["head"]] == list(SIZES)
    forecast = data["forecasts"]["head"]
    assert forecast["target"] == 0.9 and forecast["refusal"] == ""
    n, middle, (low, high) = forecast["double"]
    assert n == 100 and low < middle < high
    assert len(forecast["sentences"]) == 2
