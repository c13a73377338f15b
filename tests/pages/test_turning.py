"""From page to page: only when the browser's timers have stopped. In real browsers: `tests/chaos/test_visitors.py`."""

from pathlib import Path

import pytest

from pages.shared import pages
from pages.shared.pages import START
from tests.helpers import message_dataset
from tests.pages.conftest import press, visit

SOURCES = [*Path(pages.__file__).parents[1].rglob("*.py")]


@pytest.fixture
def silent(app, workspace, monkeypatch):
    """The Studio with a dataset; the browser does not answer yet."""
    message_dataset(workspace).save(workspace)
    app.run()
    monkeypatch.setattr(pages, "answer_of_the_browser", lambda question: None)
    return lambda: monkeypatch.setattr(pages, "answer_of_the_browser", lambda question: question)


def test_no_page_is_drawn_until_the_browser_has_answered(app, silent):
    press(app, "Advanced")
    assert not app.title and not app.main.button
    assert app.get("page_link")[0].proto.label == "Opening Train ..."  # and leads there, should no answer come
    app.run()
    assert not app.title

    silent()
    app.run()
    assert app.title[0].value == "Train"


def test_an_answer_to_an_earlier_question_is_none(app, silent, monkeypatch):
    press(app, "Advanced")
    monkeypatch.setattr(pages, "answer_of_the_browser", lambda question: "earlier")
    app.run()
    assert not app.title


def test_whoever_chooses_another_page_meanwhile_goes_there_and_stays(app, silent):
    press(app, "Advanced")
    assert visit(app, "prepare/data.py").title[0].value == "Data"
    silent()
    assert app.run().title[0].value == "Data"
    assert visit(app, "studio/studio.py").title[0].value == "messages"


def test_a_page_is_made_anew_for_every_session():
    assert START.made() is not START.made()  # navigation marks the one that it runs


@pytest.mark.parametrize("call", ["st.switch_page(", "st.Page("])
def test_nothing_turns_pages_or_makes_them_but_one_module(call):
    assert [path.name for path in SOURCES if call in path.read_text(encoding="utf-8")] == ["pages.py"]
