"""A lesson on its page: guess, do, see, answer; it goes on where one was, and every page leads back to it."""

from __future__ import annotations

import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.lessons.catalogue import BUNDLED, all_lessons, get_lesson
from core.lessons.goals import Found
from core.lessons.lesson import Do
from core.lessons.progress import Progress, keep_progress, read_progress
from core.messages import Message, language
from pages.lessons.steps import place_of
from tests.lessons import own_lesson, trained_on_sample
from tests.pages.conftest import APP, press, visit, words


@pytest.fixture
def lesson(workspace):
    own_lesson(workspace)
    return get_lesson("shades", "en", workspace)


def test_all_lessons_are_listed_each_with_its_sheet(app, workspace, lesson):
    own_lesson(workspace, "nothing", "bad.en.md")
    page = visit(app, "lessons/lessons.py")
    said = words(page)
    for one in all_lessons("en", workspace)[0]:
        assert one.title in said
    assert "does not begin with its title" in said
    assert [button.label for button in page.button].count("Begin") == len(all_lessons("en", workspace)[0])


def test_a_sheet_is_in_the_language_of_the_page_it_was_asked_for_on(app, workspace, monkeypatch):
    sheets = []
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: sheets.append(data))
    visit(app, "lessons/lessons.py", lang="zh")
    assert "时间安排" in sheets[0]()  # as a click is answered: no page is being drawn


def test_a_lesson_from_its_beginning_to_its_end(app, workspace, tiny_models, lesson):
    page = visit(app, "lessons/lessons.py", lesson="shades")
    assert "How many will be right?" in words(page)
    assert "Next step" not in [button.label for button in page.button]  # first a guess
    press(page, "Keep my guess")
    assert "There is no guess yet" in words(page)
    page.number_input(key="guess-score").set_value(70)  # comes with the press, as of who types and clicks
    press(page, "Keep my guess")
    assert "Your guess: **70" in words(page)
    press(page, "Next step")
    assert "This step is done when" in words(page) and "Next step" not in [button.label for button in page.button]
    trained_on_sample(workspace)
    press(page, "Check again")
    assert "Done: a finished run on" in words(page)
    press(page, "Next step")
    found = read_progress(lesson, workspace).found["train"].figures
    assert [metric.label for metric in page.metric] == [
        "Your guess", "Accuracy on new examples", "Baseline (most frequent class)"
    ]  # fmt: skip
    assert page.metric[0].value.startswith("70") and page.metric[1].value.startswith(f"{found['accuracy'] * 100:.0f}")
    assert "percentage point" in words(page)
    press(page, "Next step")
    for number, given in enumerate((0, 0, 2)):
        page.radio(key=f"quiz-{number}").set_value(given).run()
    assert "2 of 3 right" in words(page) and "It is: no" in words(page)
    press(page, "Next step")
    press(page, "Finish")
    assert "Finished · quiz: 2 of 3" in words(page)


def test_it_goes_on_where_one_was(app, workspace, lesson):
    keep_progress(Progress(3, answers={"0": 1}), lesson, workspace)
    page = visit(app, "lessons/lessons.py")
    assert "Step 4 of 5" in words(page)
    press(page, "Resume")
    answered = page.radio(key="answered-0")
    assert answered.disabled and answered.index == 1 and "It is: yes" in words(page)
    press(page, "Back")
    assert "There is nothing to see yet: go back and do" in words(page)
    assert read_progress(lesson, workspace).step == 2


def test_the_task_opens_the_sample_and_every_page_leads_back(app, workspace, tiny_models, lesson):
    keep_progress(Progress(1), lesson, workspace)
    run = trained_on_sample(workspace)
    run.rename("other")
    about = run.request["dataset"]
    keep_progress(Progress(1), lesson, workspace)
    visit(app, "lessons/lessons.py", lesson="shades")
    page = visit(app, "keep/library.py")
    assert "**Dark and light** · Do it" in words(page) and "Done" in words(page)
    assert "Train it, and come back." not in words(page)  # it is done
    assert about


def test_after_a_reload_elsewhere_the_way_back_is_there_until_the_lesson_is_left(app, workspace, lesson):
    assert "Dark and light" not in words(app)
    keep_progress(Progress(1), lesson, workspace)
    again = AppTest.from_file(str(APP), default_timeout=120).run()
    assert "**Dark and light** · Do it" in words(again)
    assert "Train it, and come back." in words(again)  # what is to be done is read where it is done
    press(visit(again, "lessons/lessons.py"), "All lessons")
    assert "**Dark and light** · Do it" not in words(visit(again, "keep/library.py"))


def test_what_was_measured_is_brought_up_to_date_by_what_was_done_since(app, workspace, tiny_models, lesson):
    """One example of a new class was given, looked at here, and then two more of the same class."""
    run = trained_on_sample(workspace)
    for by, changes in ((run.id, True), ("another", False)):
        keep_progress(Progress(1, found={"train": Found((by,), {"accuracy": 0.0})}), lesson, workspace)
        visit(app, "lessons/lessons.py", lesson="shades")
        figures = read_progress(lesson, workspace).found["train"].figures
        assert (figures["accuracy"] > 0) == changes


def test_a_task_begins_with_the_usual_settings(app, workspace, lesson):
    keep_progress(Progress(1), lesson, workspace)
    page = visit(app, "lessons/lessons.py", lesson="shades")
    page.session_state["option-head-tiny-shots"] = 5
    page.button(key="task").click().run()
    assert "option-head-tiny-shots" not in page.session_state


def test_a_result_made_before_stands_in_for_who_cannot_wait(app, workspace):
    lesson = get_lesson("training", "en", workspace)
    at = next(n for n, step in enumerate(lesson.steps) if getattr(step, "id", "") == "train")
    keep_progress(Progress(at), lesson, workspace)
    page = visit(app, "lessons/lessons.py", lesson="training")
    press(page, "Show a result made before")
    assert "came with the program is used" in words(page)
    press(page, "Next step")
    assert "Measured in a run that came with the program" in words(page) and len(page.metric) == 2


def test_what_is_damaged_or_not_there_is_said(app, workspace, lesson):
    keep_progress(Progress(2), lesson, workspace)
    (file,) = workspace.root.glob("lessons/me/*.json")
    file.write_text("{}")
    page = visit(app, "lessons/lessons.py", lesson="shades")
    assert "The lesson starts again" in words(page) and "How many will be right?" in words(page)
    assert "There is no lesson called" in words(visit(app, "lessons/lessons.py", lesson="../x"))


@pytest.mark.parametrize("code", sorted({path.name.split(".")[1] for path in BUNDLED.glob("*.md")}))
def test_a_task_names_no_button_but_the_one_that_leads_to_it(code, workspace):
    """What is to be done is read on other pages, too, where no button is below."""
    go_to, named = language(code).render(Message("Go to {page}", page="…")).partition("…")[0], 0
    for lesson in all_lessons(code, workspace)[0]:
        for task in lesson.of_kind(Do):
            label = language(code).render(Message("Go to {page}", page=place_of(task.goal).title))
            found = re.findall(rf"\*\*({go_to}[^*]+)\*\*", task.text)
            assert set(found) <= {label}, lesson.id
            named += len(found)
    assert named >= 9
