"""Charts put values where they belong."""

import re
from dataclasses import replace

import pytest

from core.evaluation.calibration import Bin, Calibration
from core.events import EpochEnd
from core.report.charts import accuracy_chart, count_bar, interval_bar, loss_chart, reliability_chart
from core.report.frame import Frame, table, ticks
from core.report.markup import tag
from tests.core.report.reading import read


def drawn(*charts):
    return read(tag("html", *charts))


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", path)]


def ends(n: int, judging: bool = True) -> list[EpochEnd]:
    return [EpochEnd(k, n - 1, 2 - k / n, k / n, 2.0 if judging else None, 0.5 if judging else None, float(k))
            for k in range(n)]  # fmt: skip


def test_a_frame_lays_its_corners_inside():
    frame = Frame((0.0, 10.0), (0.0, 1.0))
    assert (frame.across(0), frame.across(10), frame.across(5)) == (58, 362, 210)
    assert (frame.up(0), frame.up(1)) == (210, 10)
    assert Frame((3.0, 3.0), (1.0, 1.0)).across(3.0) == 58  # nothing to divide by


@pytest.mark.parametrize(
    ("low", "high", "whole", "expected"),
    [
        (0, 30, True, [0, 10, 20, 30]),
        (0, 3, True, [0, 1, 2, 3]),
        (0, 1, True, [0, 1]),
        (0, 2.1, False, [0, 1, 2]),
        (0, 0.12, False, [0, 0.05, 0.1]),
        (0, 500, True, [0, 200, 400]),
        (2, 2, False, [2]),
    ],
)
def test_ticks_are_round(low, high, whole, expected):
    assert ticks(low, high, whole) == expected


def test_an_interval_lies_at_its_shares():
    (bar,) = drawn(interval_bar(0.6, (0.46, 0.73), 0.25)).all("svg")
    (_, guess, reach) = bar.all("line")
    assert (reach.attributes["x1"], reach.attributes["x2"]) == ("46.0%", "73.0%")
    assert guess.attributes["x1"] == guess.attributes["x2"] == "25.0%"
    assert bar.all("circle")[0].attributes["cx"] == "60.0%"
    assert len(drawn(interval_bar(0.6, (0.46, 0.73))).all("line")) == 2


def test_counts_are_laid_end_to_end():
    rects = drawn(count_bar([(10, "teach"), (5, "judge"), (0, "rest")], 20)).all("rect")
    assert [(r.attributes["x"], r.attributes["width"]) for r in rects] == [
        ("0.0%", "50.0%"), ("50.0%", "25.0%"), ("75.0%", "0.0%")
    ]  # fmt: skip


def test_curves_go_through_every_epoch():
    page = drawn(accuracy_chart(ends(5), 0.25, None, "it learns"))
    chart = page.all("svg")[0]
    assert chart.attributes["aria-label"] == "it learns"
    training = next(g for g in page.all("g") if g.attributes.get("class") == "training")
    frame = Frame((0.0, 4.0), (0.0, 1.0))
    expected = [(round(frame.across(k), 1), round(frame.up(k / 5), 1)) for k in range(5)]
    assert points(training.all("path")[0].attributes["d"]) == expected
    level = next(one for one in page.all("line") if one.attributes.get("class") == "baseline")
    assert float(level.attributes["y1"]) == frame.up(0.25)
    assert len(training.all("circle")) == 5
    assert len(drawn(accuracy_chart(ends(60), None, None, "a")).all("circle")) == 1  # too many marks: the ring alone


@pytest.mark.parametrize(
    ("chart", "value", "top"), [(accuracy_chart, 0.5, 1.0), (loss_chart, 0.5, 3.5 * 1.05)], ids=["accuracy", "loss"]
)
def test_a_ring_is_around_the_lowest_validation_loss(chart, value, top):
    falls_then_rises = [replace(end, validation_loss=abs(end.epoch - 3) + 0.5) for end in ends(6)]
    given = (falls_then_rises, None, None, "a") if chart is accuracy_chart else (falls_then_rises, None, "a")
    (ring,) = [one for one in drawn(chart(*given)).all("circle") if one.attributes.get("class") == "validation"]
    frame = Frame((0.0, 5.0), (0.0, top))
    assert float(ring.attributes["cx"]) == pytest.approx(frame.across(3), abs=0.05)
    assert float(ring.attributes["cy"]) == pytest.approx(frame.up(value), abs=0.05)


def test_the_moment_that_was_kept_is_marked():
    page = drawn(loss_chart(ends(5), 2, "a"))
    (kept,) = [one for one in page.all("line") if one.attributes.get("class") == "kept"]
    assert float(kept.attributes["x1"]) == Frame((0.0, 4.0), (0.0, 1.0)).across(2.0)


def test_without_judges_there_is_one_curve():
    page = drawn(accuracy_chart(ends(5, judging=False), None, None, "a"))
    (judging,) = [g for g in page.all("g") if g.attributes.get("class") == "validation"]
    assert judging.inside == []


def test_reliability_lies_where_sureness_and_share_meet():
    one = Bin(0.8, 0.9, 10, 6, 0.85, (0.31, 0.83))
    found = Calibration(10, 0.85, 0.6, 0.25, (0.1, 0.2), 0.3, 0.7, "too sure", (one,))
    page = drawn(reliability_chart([(found, "raw"), (found, "corrected")], "a"))
    frame = Frame((0.0, 1.0), (0.0, 1.0), height=300.0)
    (dot,) = page.all("circle")
    assert (dot.attributes["cx"], dot.attributes["cy"]) == (f"{frame.across(0.85):.5g}", f"{frame.up(0.6):.5g}")
    upright = [line for line in page.all("line") if line.attributes["x1"] == dot.attributes["cx"]]
    assert [line.attributes["y1"] for line in upright] == [f"{frame.up(0.31):.5g}"] * 2


def test_a_table_names_its_columns_and_rows():
    page = drawn(table(["a", "b"], [["x", 1], ["y", 2]], "said"))
    assert [th.attributes["scope"] for th in page.all("th")] == ["col", "col", "row", "row"]
    assert page.all("caption")[0].text == "said"
    assert page.rows() == [["x", "1"], ["y", "2"]]
