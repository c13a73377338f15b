"""What a new lesson costs: one file of text in a folder, and no code. It is listed, checked, shown and printed."""

from __future__ import annotations

import re

from core.lessons.catalogue import all_lessons, get_lesson
from core.lessons.goals import look
from core.lessons.lesson import Do
from core.lessons.sheet import render_sheet
from core.messages import ENGLISH
from tests.lessons import TEXT, own_lesson, trained_on_sample


def test_a_new_lesson_is_one_file(workspace, tiny_models):
    before, wrong = all_lessons("en", workspace)
    assert "shades" not in [lesson.id for lesson in before] and not wrong
    path = own_lesson(workspace)
    lessons, wrong = all_lessons("en", workspace)
    assert [lesson.id for lesson in lessons if lesson.id == "shades"] == ["shades"] and not wrong
    lesson = get_lesson("shades", "en", workspace)
    (task,) = lesson.of_kind(Do)
    assert look(task.goal, workspace).found is None
    trained_on_sample(workspace)
    assert look(task.goal, workspace).found is not None
    sheet = render_sheet(lesson, ENGLISH)
    assert "It may be dark." in sheet and "Light is <strong>not</strong> dark." in sheet and "0–5" in sheet
    assert "✓ <bdi>both</bdi>" in sheet and not re.search("<script|<img|http:|https:", sheet)
    path.unlink()
    assert all_lessons("en", workspace)[0] == before


def test_it_speaks_the_language_of_who_reads_it(workspace):
    own_lesson(workspace)
    own_lesson(workspace, TEXT.replace("Dark and light", "暗与亮"), "shades.zh.md")
    titles = {code: get_lesson("shades", code, workspace).title for code in ("en", "zh", "zh-Hans", "es")}
    assert titles == {"en": "Dark and light", "zh": "暗与亮", "zh-Hans": "暗与亮", "es": "Dark and light"}


def test_a_file_that_is_wrong_takes_no_other_along(workspace):
    before, _ = all_lessons("en", workspace)
    own_lesson(workspace, "nothing")
    lessons, wrong = all_lessons("en", workspace)
    assert lessons == before and [str(error.problem) for error in wrong] == [
        "'shades.en.md', line 1: The lesson does not begin with its title."
    ]
