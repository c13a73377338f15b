"""Tables on pages: rivals and columns beside the result, a row put together, rows in the gallery."""

from __future__ import annotations

import pytest

from tests.helpers import row_dataset, trained
from tests.pages.conftest import visit, words


@pytest.fixture
def run(workspace):
    dataset = row_dataset(workspace, each=20, **{"*odd* name": ["2001-02-03", "2004-05-06", "", "2009-08-07"]})
    return trained(workspace, dataset, title="Flowers", model="two-layer-table", strategy="scratch", epochs=5)


def test_the_result_says_what_something_simpler_does_and_which_columns_matter(app, run):
    app = visit(app, "understand/result.py", run=run.id, part="columns")
    said = words(app)
    assert "Would something simpler do?" in said and "Gradient-boosted trees: " in said
    assert "“petal” matters most" in said
    chosen = next(box for box in app.selectbox if box.label == "Column")
    assert set(chosen.options) == {"petal", "leaf", "colour", "day", "*odd* name"}
    for name in chosen.options:
        chosen = next(box for box in app.selectbox if box.label == "Column")
        chosen.set_value(name).run()
        assert not app.exception, app.exception


def test_a_row_is_put_together_and_asked_about(app, run):
    app = visit(app, "use/try_it.py", run=run.id)
    assert {slider.label for slider in app.slider} >= {"petal", "leaf", "day"}
    petal = next(slider for slider in app.slider if slider.label == "petal")
    answers = set()
    for value in (petal.min, petal.max):
        petal = next(slider for slider in app.slider if slider.label == "petal")
        petal.set_value(value).run()
        assert not app.exception, app.exception
        answers.add(next(line for line in words(app).splitlines() if "confidence" in line and line.startswith("**")))
    assert len(answers) == 2
    next(box for box in app.selectbox if box.label == "colour").set_value("blue").run()
    assert not app.exception, app.exception
    assert "colour: blue" in "".join(text.value for text in app.text)


def test_rows_are_shown_as_rows(app, run):
    app = visit(app, "prepare/data.py", dataset=run.request["dataset"])
    assert not app.exception, app.exception
    assert any("petal" in frame.value.columns for frame in app.dataframe)
