"""The lessons that come with the program: whole, as long as a lesson, the same in every language, each with figures."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from core.lessons.catalogue import BUNDLED, all_lessons
from core.lessons.goals import worked
from core.lessons.lesson import Do, Explain, Lesson, Predict, Quiz, Reveal, Step, TakeHome
from core.lessons.reading import read_lesson
from core.lessons.sheet import render_sheet
from core.messages import language

FILES = sorted(BUNDLED.glob("*.md"))
CODES = sorted({path.name.split(".")[1] for path in FILES})
"""The languages in which there are lessons."""
ENGLISH_ONES = [read_lesson(path) for path in FILES if path.name.endswith(".en.md")]
every_lesson = pytest.mark.parametrize("lesson", ENGLISH_ONES, ids=lambda lesson: lesson.id)
every_other_language = pytest.mark.parametrize("code", [code for code in CODES if code != "en"])


def test_there_are_seven_of_a_lesson_each(workspace):
    lessons, wrong = all_lessons("en", workspace)
    assert len(lessons) == len(ENGLISH_ONES) == 7 and not wrong
    assert {lesson.minutes for lesson in lessons} == {45}
    assert [lesson.place for lesson in lessons] == list(range(1, 8))


@every_lesson
def test_every_lesson_guesses_first_and_has_all_parts(lesson: Lesson):
    assert isinstance(lesson.steps[0], Explain) and isinstance(lesson.steps[1], Predict)
    assert isinstance(lesson.steps[-2], Quiz) and isinstance(lesson.steps[-1], TakeHome)
    assert lesson.notes.count("## ") >= 2
    revealed = {step.guess for step in lesson.of_kind(Reveal)}
    assert revealed == {step.id for step in lesson.of_kind(Predict)}, "a guess that is never answered"
    assert {step.of for step in lesson.of_kind(Reveal)} <= {step.id for step in lesson.of_kind(Do)}


@every_lesson
def test_every_figure_was_measured_before(lesson: Lesson):
    for step in lesson.of_kind(Reveal):
        ready = worked(lesson.task(step.of).goal)
        assert ready is not None and ready.worked and set(step.figures) <= ready.figures.keys(), step.title


def _shape(step: Step) -> object:
    """What must be the same in every language: all but words, and the sample, which may be in the language."""
    match step:
        case Predict():
            return replace(step, title="", text="", line=0, choices=("",) * len(step.choices))
        case Do():
            return type(step), step.id, step.minutes, step.goal.kind, dict(step.goal.asked), step.goal.times
        case Reveal():
            return replace(step, title="", text="", line=0)
        case Quiz():
            return type(step), step.minutes, [(len(one.choices), one.right) for one in step.questions]
    return type(step), step.minutes


@every_other_language
@every_lesson
def test_a_lesson_has_the_same_steps_and_numbers_in_every_language(lesson: Lesson, code: str):
    other = read_lesson(BUNDLED / f"{lesson.id}.{code}.md")
    assert other.place == lesson.place
    assert list(map(_shape, other.steps)) == list(map(_shape, lesson.steps))
    for one, two in zip(lesson.steps, other.steps, strict=True):
        assert _numbers(one.text, written_in=code) == _numbers(two.text), (one.title, two.title)
    assert _numbers(lesson.notes, written_in=code) == _numbers(other.notes)
    for task in other.of_kind(Do):
        assert worked(task.goal) is not None, task.id


def _numbers(text: str, *, written_in: str = "") -> list[str]:
    """Those of a text, save those that begin a line of a list; the fractions of an English one as another language
    writes them."""
    found = re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"(?m)^\d\. ", "", text))
    if written_in:
        write = language(written_in).number
        found = [write(float(one), len(one.partition(".")[2])) if "." in one else one for one in found]
    return sorted(found)


@every_other_language
@every_lesson
def test_a_task_names_what_is_pressed_and_filled_in_as_the_screen_does(lesson: Lesson, code: str):
    """What stands in bold in English, and is said by a page, too, is called as the page calls it in this language."""
    other = read_lesson(BUNDLED / f"{lesson.id}.{code}.md")
    for one, two in zip(lesson.of_kind(Do), other.of_kind(Do), strict=True):
        named = {" ".join(label.split()) for label in re.findall(r"\*\*([^*]+)\*\*", one.text)}
        known = {label: said for label in named if (said := language(code).text(label)) != label}
        text = " ".join(two.text.replace("**", "").split())
        assert {label: said for label, said in known.items() if said not in text} == {}, two.title


@pytest.mark.parametrize("code", CODES)
@every_lesson
def test_the_sheet_is_whole_in_every_language(lesson: Lesson, code: str):
    one = read_lesson(BUNDLED / f"{lesson.id}.{code}.md")
    sheet = render_sheet(one, language(code))
    assert one.title in sheet and sheet.count("✓") == 3
    assert not re.search(r"<script|<img|https?:|\{\{", sheet)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_what_is_meant_to_be_bold_is(path):
    """Stars beside Chinese punctuation are no marks to Markdown, and would be shown, or make bold what comes after."""
    lesson = read_lesson(path)
    for text in (*(step.text for step in lesson.steps), lesson.notes):
        shown = MarkdownIt("commonmark").enable("table").render(text)
        bold = re.findall(r"<strong>(.+?)</strong>", shown, re.DOTALL)
        meant = re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)
        assert "**" not in shown and [html.unescape(one).split() for one in bold] == [one.split() for one in meant]
