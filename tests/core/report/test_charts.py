"""Charts put values where they belong, as templates draw them."""

import re
from dataclasses import replace

import pytest

from core.evaluation.calibration import Bin, Calibration
from core.events import EpochEnd
from core.report.charts import Plane, ReliabilityChart, accuracy_chart, loss_chart, ticks
from tests.core.report.reading import Element, drawn


def curves(chart) -> Element:
    source = '{% from "charts.html.j2" import curves %}{{ curves(chart, say("it learns"), say("up")) }}'
    return drawn(source, chart=chart)


def bar(*given) -> Element:
    return drawn('{% from "charts.html.j2" import interval_bar %}{{ interval_bar(*given) }}', given=given)


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", path)]


def ends(n: int, held_back: bool = True) -> list[EpochEnd]:
    return [EpochEnd(k, n - 1, 2 - k / n, k / n, 2.0 if held_back else None, 0.5 if held_back else None, float(k))
            for k in range(n)]  # fmt: skip


def test_a_plane_lays_its_corners_inside():
    plane = Plane((0.0, 10.0), (0.0, 1.0))
    assert (plane.across(0), plane.across(10), plane.across(5)) == (58, 362, 210)
    assert (plane.up(0), plane.up(1)) == (210, 10)
    assert Plane((3.0, 3.0), (1.0, 1.0)).across(3.0) == 58  # nothing to divide by


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
    assert list(ticks(low, high, whole)) == expected


def test_an_interval_lies_at_its_shares():
    (shown,) = bar(0.6, (0.46, 0.73), 0.25).all("svg")
    (_, guess, reach) = shown.all("line")
    assert (reach.attributes["x1"], reach.attributes["x2"]) == ("46.0%", "73.0%")
    assert guess.attributes["x1"] == guess.attributes["x2"] == "25.0%"
    assert shown.all("circle")[0].attributes["cx"] == "60.0%"
    assert len(bar(0.6, (0.46, 0.73)).all("line")) == 2


def test_counts_are_laid_end_to_end():
    parts = [(10, "training"), (5, "validation"), (0, "unused")]
    page = drawn('{% from "charts.html.j2" import count_bar %}{{ count_bar(parts, 20) }}', parts=parts)
    rects = page.all("rect")
    assert [(r.attributes["x"], r.attributes["width"]) for r in rects] == [
        ("0.0%", "50.0%"), ("50.0%", "25.0%"), ("75.0%", "0.0%")
    ]  # fmt: skip


def test_curves_go_through_every_epoch():
    page = curves(accuracy_chart(ends(5), 0.25, None))
    chart = page.all("svg")[0]
    assert chart.attributes["aria-label"] == "it learns"
    training = next(g for g in page.all("g") if g.attributes.get("class") == "training")
    plane = Plane((0.0, 4.0), (0.0, 1.0))
    expected = [(round(plane.across(k), 1), round(plane.up(k / 5), 1)) for k in range(5)]
    assert points(training.all("path")[0].attributes["d"]) == expected
    level = next(one for one in page.all("line") if one.attributes.get("class") == "baseline")
    assert float(level.attributes["y1"]) == pytest.approx(plane.up(0.25), abs=0.05)
    assert len(training.all("circle")) == 5
    assert len(curves(accuracy_chart(ends(60), None, None)).all("circle")) == 1  # too many marks: the ring alone


@pytest.mark.parametrize(
    ("chart", "value", "top"), [(accuracy_chart, 0.5, 1.0), (loss_chart, 0.5, 3.5 * 1.05)], ids=["accuracy", "loss"]
)
def test_a_ring_is_around_the_lowest_validation_loss(chart, value, top):
    falls_then_rises = [replace(end, validation_loss=abs(end.epoch - 3) + 0.5) for end in ends(6)]
    given = (falls_then_rises, None, None) if chart is accuracy_chart else (falls_then_rises, None)
    (ring,) = [one for one in curves(chart(*given)).all("circle") if one.attributes.get("class") == "validation"]
    plane = Plane((0.0, 5.0), (0.0, top))
    assert float(ring.attributes["cx"]) == pytest.approx(plane.across(3), abs=0.05)
    assert float(ring.attributes["cy"]) == pytest.approx(plane.up(value), abs=0.05)


def test_the_epoch_that_was_kept_is_marked():
    page = curves(loss_chart(ends(5), 2))
    (kept,) = [one for one in page.all("line") if one.attributes.get("class") == "kept"]
    assert float(kept.attributes["x1"]) == pytest.approx(Plane((0.0, 4.0), (0.0, 1.0)).across(2.0), abs=0.05)


def test_without_validation_there_is_one_curve():
    page = curves(accuracy_chart(ends(5, held_back=False), None, None))
    (validation,) = [g for g in page.all("g") if g.attributes.get("class") == "validation"]
    assert validation.inside == []


def test_reliability_lies_where_confidence_and_accuracy_meet():
    one = Bin(0.8, 0.9, 10, 6, 0.85, (0.31, 0.83))
    found = Calibration(10, 0.85, 0.6, 0.25, (0.1, 0.2), 0.3, 0.7, "overconfident", (one,))
    chart = ReliabilityChart((("raw", found), ("corrected", found)))
    source = '{% from "charts.html.j2" import reliability %}{{ reliability(chart, say("a")) }}'
    page, plane = drawn(source, chart=chart).all("svg")[0], chart.plane
    (dot,) = page.all("circle")
    assert (dot.attributes["cx"], dot.attributes["cy"]) == (f"{plane.across(0.85):.1f}", f"{plane.up(0.6):.1f}")
    upright = [line for line in page.all("line") if line.attributes["x1"] == dot.attributes["cx"]]
    assert [line.attributes["y1"] for line in upright] == [f"{plane.up(0.31):.1f}"] * 2


def test_a_table_names_its_columns_and_rows():
    source = """{% from "macros.html.j2" import table %}{% call table(["a", "b"], caption=say("said")) %}
    {% for x, y in rows %}<tr><th scope="row">{{ x }}</th><td>{{ y }}</td></tr>{% endfor %}{% endcall %}"""
    page = drawn(source, rows=[("x", 1), ("y", 2)])
    assert [th.attributes["scope"] for th in page.all("th")] == ["col", "col", "row", "row"]
    assert page.all("caption")[0].text == "said"
    assert page.rows() == [["x", "1"], ["y", "2"]]
