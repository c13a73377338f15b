"""The Errors of a result."""

from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.evaluation.scores import class_scores
from core.evaluation.slices import Group, Slice
from core.messages import Message
from pages.understand import errors
from pages.understand.errors import _bars, _each_class


def test_a_class_without_validation_examples_has_no_scores(monkeypatch):
    """Its F1 was shown as "None"."""
    shown = []
    monkeypatch.setattr(st, "dataframe", lambda rows, **options: shown.extend(rows))
    _each_class(class_scores(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]]), ["cat", "dog", "owl"]))
    assert [row["F1"] for row in shown] == ["0.67", "0.67", "-"]
    assert (shown[2]["recall"], shown[2]["precision"]) == ("-", "-")


def a_list(n):
    import streamlit as st

    from pages.shared.examples import a_page_of

    st.text(" ".join(map(str, a_page_of(range(n), 12, "few"))))


@pytest.mark.parametrize(
    ("n", "pages"),
    [
        (0, [range(0)]),
        (12, [range(12)]),
        (13, [range(12), range(12, 13)]),
        (30, [range(12), range(12, 24), range(24, 30)]),
    ],
)
def test_a_long_list_goes_on_and_says_how_long_it_is(n, pages):
    """What stood beyond the twelfth could not be reached."""
    app = AppTest.from_function(a_list, args=(n,)).run()
    for number, page in enumerate(pages, 1):
        if len(pages) > 1:
            app.pagination[0].set_value(number).run()
            assert app.caption[0].value == f"{page[0] + 1} to {page[-1] + 1} of {n}"
        assert app.text[0].value == " ".join(map(str, page))
    assert bool(app.pagination) == (len(pages) > 1)


def test_subgroups_are_drawn_with_the_worst_on_top_and_what_is_clearly_worse_in_another_colour(monkeypatch):
    drawn = []
    monkeypatch.setattr(errors, "show_chart", lambda figure, **more: drawn.append((figure, more["alt"])))
    groups = [Group(Message("the darkest third"), 10, right, (0.1, 0.9)) for right in (8, 2)]
    found = [
        Slice(Message("brightness"), tuple(groups), 0.01),
        Slice(Message("contrast"), (Group("x", 10, 5, (0.2, 0.8)),), 0.5),
    ]
    _bars(SimpleNamespace(id="r", answers=[SimpleNamespace(right=True)] * 4), found)
    ((figure, alt),) = drawn
    (bars,) = figure.data
    assert list(bars.x) == [0.8, 0.5, 0.2], "plotly draws the first one lowest"
    assert bars.marker.color[2] == errors.WRONG and set(bars.marker.color[:2]) == {errors.TRAINING}
    assert [round(one, 3) for one in bars.error_x.array] == [0.1, 0.3, 0.7]
    assert alt == "Lowest: brightness, the darkest third, 20\u00a0%"
