"""The Try it page: the setting for "none of these", and a new class from one example."""

from __future__ import annotations

import re
import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.jobs.base import run_job
from core.modalities import get_modality
from core.models.added import list_added
from core.runs.folder import RunFolder
from pages.use.asking import ways_to_give
from tests.helpers import png
from tests.pages.conftest import blocks, press, visit, words

BLACK, YELLOW = png((0, 0, 0), (32, 32)), png((255, 255, 0), (32, 32))


def give(app, *pictures: tuple[str, bytes]):
    app.file_uploader[0].set_value([(name, raw, "image/png") for name, raw in pictures]).run()
    assert not app.exception, app.exception
    return app


def shown_small(app) -> list[str]:
    """What is answered about each of several."""
    return [button.label for button in app.button if button.key.startswith("try-chosen-")]


def name_it(app, label: str):
    next(field for field in app.text_input if field.label == "What is it?").set_value(label)
    return press(app, "Add the class")


def test_moving_the_setting_changes_the_answers_and_says_what_it_does(page):
    app, _ = page()
    give(app, ("black.png", BLACK), ("yellow.png", YELLOW))
    assert "Coverage **100\u00a0%**: at this setting **15 of the 15** validation examples" in words(app)
    assert words(app).count("#### None of these") == 0 and shown_small(app) == ["dark", "none of these"]
    assert "Of the 2 given, **1** is" in words(app)
    press(app, "none of these")
    assert words(app).count("#### None of these") == 1

    app.slider[0].set_value(100).run()
    assert "**0 of the 15**" in words(app)
    assert "**15** become “none of these”" in words(app)
    assert shown_small(app) == ["none of these", "none of these"]

    app.slider[0].set_value(0).run()
    assert "None of these" not in words(app) and "none of these" not in shown_small(app)
    assert len(re.findall(r"#### \w+, confidence \d+", words(app))) == 1


def test_the_setting_follows_a_model_whose_similarities_have_moved(workspace):
    """A class that was added moves them all: the threshold of before would answer otherwise than after a reload."""

    def slider():
        from types import SimpleNamespace

        import streamlit as st

        from pages.use.none_of_these import choose_threshold

        usual = st.session_state.get("usual", 0.2)
        st.session_state["got"] = choose_threshold(SimpleNamespace(by="likeness", usual=usual), "run")

    app = AppTest.from_function(slider).run()
    app.slider[0].set_value(70).run()
    assert app.session_state["got"] == 0.7
    app.session_state["usual"] = 0.3
    assert app.run().session_state["got"] == 0.3


def test_of_two_that_were_added_only_the_last_is_spoken_of(page):
    app, _ = page()
    give(app, ("yellow.png", YELLOW))
    name_it(app, "sun")
    assert app.success
    press(app, "Add the class")  # without a name
    assert not app.success and "has no name" in app.error[0].value


@pytest.mark.parametrize(
    ("address", "gives"),
    [
        ("http://127.0.0.1:8501/try", True),
        ("http://localhost:8501/try", True),
        ("https://192.168.0.7:8502/try", True),
        ("http://192.168.0.7:8502/try", False),
        ("http://lab.local/try", False),
    ],
)
def test_no_camera_and_no_microphone_is_offered_where_the_browser_gives_none(monkeypatch, address, gives):
    monkeypatch.setattr(type(st.context), "url", address)
    for kind in ("image", "sound"):
        ways = set(ways_to_give(get_modality(kind), None))
        assert "file" in ways and bool(ways & {"live", "camera", "microphone"}) == gives


def test_one_picture_teaches_a_class_at_once_and_undo_forgets_it(page):
    app, run = page()
    give(app, ("yellow.png", YELLOW))
    name_it(app, "<b>sun</b>")
    (addition,) = list_added(run.path)
    said = words(app) + "".join(box.value for box in app.success)
    assert (addition.label, addition.names) == ("<b>sun</b>", ("yellow.png",))
    assert "<b>" not in said
    assert "It now knows" in said
    assert "of 15 pictures for validation are right (" in said
    assert re.search(r"^#### \\<b\\>sun\\</b\\>, confidence \d+\W%$", words(app), re.MULTILINE)
    assert "from 1 picture" in words(app)

    press(app, "Undo")
    assert list_added(run.path) == []
    assert "sun" not in words(app)
    assert "#### None of these" in words(app)


def test_those_that_are_none_of_these_are_proposed(page):
    app, run = page()
    give(app, ("black.png", BLACK), ("yellow.png", YELLOW))
    assert app.multiselect[0].value == [1]
    name_it(app, "sun")
    assert list_added(run.path)[0].names == ("yellow.png",)


def test_a_second_tab_sees_what_the_first_has_taught(page, workspace):
    app, run = page()
    give(app, ("yellow.png", YELLOW))
    given = list(workspace.uploads.glob("*/*.png"))
    other = RunFolder.create(
        workspace.jobs, "teach", "T", {"run": run.id, "label": "sun", "inputs": [str(given[0])], "names": ["y"]}
    )
    run_job(other, workspace, lambda: False)
    app.run()
    assert "#### sun, " in words(app)
    assert "light, middle, and sun" in words(app)


@pytest.mark.parametrize("label", ["dark", " "])
def test_a_name_that_cannot_be_is_explained(page, label):
    app, run = page()
    give(app, ("yellow.png", YELLOW))
    name_it(app, label)
    assert list_added(run.path) == []
    assert len(app.error) == 1


def test_what_cannot_be_read_cannot_teach(page):
    app, _ = page()
    give(app, ("not.png", b"<html>"))
    assert "not a picture" in words(app)
    assert not app.text_input


def test_a_message_teaches_too(page):
    app, run = page("text")
    app.text_area[0].set_value("goal *football* match").run()
    name_it(app, "sport")
    assert list_added(run.path)[0].names == ("goal *football* match",)
    assert "from 1 message: goal \\*football\\* match" in words(app)
    assert "#### sport, " in words(app)


def test_where_the_examples_are_gone_it_still_answers_and_goes_by_how_sure_it_is(page, workspace):
    app, _ = page()
    shutil.rmtree(workspace.datasets)
    app.run()
    give(app, ("yellow.png", YELLOW))
    assert app.slider[0].label == "“None of these” when its confidence is below"
    assert "no longer here" in words(app)
    assert "confidence" in words(app)


def test_a_link_that_leads_here_to_add_a_class_opens_it(page):
    app, _ = page()
    for address, is_open in (({}, False), ({"add": "class"}, True)):
        visit(app, "use/try_it.py", **address)
        (box,) = (one for one in app.expander if one.label == "Add a class (one-shot)")
        assert box.proto.expanded is is_open


def test_samples_stand_in_one_line_so_that_the_answer_is_seen_with_them_on_a_telephone(page, monkeypatch):
    monkeypatch.setattr("pages.use.asking.sample_of", lambda run: "drawings")
    app, _ = page()
    (line,) = [block for block in blocks(app.main) if len(block.children) == 12]
    assert [tile.button[0].key.startswith("try-chosen-") for tile in line.children.values()] == [True] * 12
    assert line.proto.flex_container.wrap is False
