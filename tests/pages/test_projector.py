"""The projector mode: who switches it on sees larger charts."""

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from pages.shared import projector
from tests.pages.conftest import visit


def test_it_is_switched_on_in_the_page_and_stays_on_others(app):
    assert not app.sidebar.toggle(key="projector").value
    app.sidebar.toggle(key="projector").set_value(True).run()
    assert visit(app, "prepare/data.py").sidebar.toggle(key="projector").value


def test_charts_have_larger_letters_and_bolder_lines(monkeypatch):
    def drawn():
        line = go.Scatter(x=[1], y=[1], line={"width": 2}, marker={"size": 5})
        return projector.enlarged(go.Figure([line, go.Bar(x=[1], y=[1])], {"height": 100}))

    assert drawn().layout.height == 100 and drawn().layout.font.size is None
    monkeypatch.setattr(st, "session_state", {"projector": True})
    figure = drawn()
    assert figure.layout.height == 150 and figure.layout.font.size == 18
    assert figure.layout.xaxis.tickfont.size == figure.layout.yaxis.tickfont.size == 18
    assert figure.data[0].line.width > 2 and figure.data[0].marker.size > 5


def test_every_chart_that_stands_still_is_drawn_in_one_place():
    pages = Path(projector.__file__).parents[1].rglob("*.py")
    assert [path.name for path in pages if "st.plotly_chart(" in path.read_text(encoding="utf-8")] == ["figures.py"]
