"""Dates as people, forms and programs write them."""

from __future__ import annotations

import pytest

from core.modalities.table.dates import DATE_FORMATS, TIME, date_form, day_number, is_date
from core.modalities.table.fitting import fit_columns

SAME_DAY = [
    ("2007-11-09", "iso"), ("2007-11-09T00:00:00", "iso"), ("2007-11-09 00:00", "iso"), ("09.11.2007", "%d.%m.%Y"),
    ("11/09/2007", "%m/%d/%Y"), ("9 Nov 2007", "%d %b %Y"), ("9 November 2007", "%d %B %Y"),
    ("9. Nov 2007", "%d. %b %Y"),
    ("Nov 9, 2007", "%b %d, %Y"), ("Fri, 9 Nov 2007", "%d %b %Y"), ("Friday, November 9, 2007", "%b %d, %Y"),
    ("2007年11月9日", "%Y年%m月%d日"), ("9 de noviembre de 2007", "%d de %b de %Y"), ("9 novembre 2007", "%d %b %Y"),
    ("9 ноября 2007", "%d %b %Y"), ("09-11-07", "%d-%m-%y"), ("2007. 11. 9.", "%Y. %m. %d."),
]  # fmt: skip
SAME_TIME = [
    ("2007-11-09T14:05:00Z", "iso"), ("2007-11-09 14:05:00.123456+02:00", "iso"), ("2007-11-09 14:05", "iso"),
    ("11/9/2007 2:05 PM", "%m/%d/%Y"), ("11/9/2007 14:05", "%m/%d/%Y %H:%M"),
    ("2007/11/09 2:05:00 PM GMT+2", "%Y/%m/%d"),
    ("09.11.2007, 14:05 Uhr", "%d.%m.%Y"), ("2007/11/9 下午2:05:00", "%Y/%m/%d"), ("9/11/2007 2:05 p.m.", "%d/%m/%Y"),
    ("Fri Nov 9 2007 14:05:00 GMT+0100", "%b %d %Y"), ("9 Nov 2007 14:05:00 CEST", "%d %b %Y"),
    ("2007. 11. 9. 오후 2:05", "%Y. %m. %d."),
]  # fmt: skip
NONE = [
    ("", "iso"), ("x", "iso"), ("2007-13-01", "iso"), ("20071111", "iso"), ("2007-11-11" * 9, "iso"),
    ("31.02.2007", "%d.%m.%Y"), ("1.1.2007 25:00", "%d.%m.%Y"), ("1/1/2007 13:00 PM", "%d/%m/%Y"),
    ("9 Foo 2007", "%d %b %Y"), ("2007-11-09 x", "iso"), ("0000-01-01", "iso"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "form"), SAME_DAY)
def test_a_date(cell, form):
    assert day_number(cell, form) == day_number("2007-11-09", "iso")
    assert is_date(cell)


@pytest.mark.parametrize(("cell", "form"), SAME_TIME)
def test_a_time_of_day_is_a_part_of_a_day(cell, form):
    assert day_number(cell, form) == pytest.approx(day_number("2007-11-09", "iso") + (14 * 60 + 5) / 1440)
    assert is_date(cell)


@pytest.mark.parametrize(("cell", "form"), NONE)
def test_no_date(cell, form):
    assert day_number(cell, form) is None


def test_noon_and_midnight():
    assert [day_number(f"12:30 {noon}", TIME) for noon in ("AM", "PM")] == pytest.approx([1 + 0.5 / 24, 1 + 12.5 / 24])


@pytest.mark.parametrize("cell", ["2007", "3.14", "12-34", "1-2", "a1 b2", "10.0.0.1", "no: 3", "4 apples in 2020 AD"])
def test_what_is_no_date_in_any_way(cell):
    assert not is_date(cell)


def test_what_the_reading_takes_for_a_date_every_network_can_take_for_one():
    for cell, _ in (*SAME_DAY, *SAME_TIME, ("2:15 PM", TIME)):
        assert date_form([cell], 1.0) in DATE_FORMATS


def test_a_column_of_a_form_is_learnt_and_written_back():
    cells = [f"2024/05/{n % 28 + 1:02} {n % 12 + 1}:{n % 60:02}:00 PM GMT+2" for n in range(40)]
    (column,) = fit_columns({"when": cell} for cell in cells).columns
    assert (column.kind, column.form, column.gaps) == ("date", "%Y/%m/%d %H:%M", False)
    (clock,) = fit_columns({"at": f"{n % 12 + 1}:{n % 60:02} PM"} for n in range(40)).columns
    assert (clock.kind, clock.form) == ("date", TIME) and 1 <= clock.low < clock.high < 2
