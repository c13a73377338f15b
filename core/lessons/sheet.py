"""A lesson on paper, for the teacher: the time plan, what students guess and do, the answers, and what goes wrong."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markupsafe import Markup

from core.lessons.goals import FIGURES, says, worked
from core.lessons.lesson import Do, Lesson, Quiz, Reveal, Step, TakeHome
from core.messages import NOTHING, Language, Message
from core.report.render import HTML, POLICY, environment

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def render_sheet(lesson: Lesson, language: Language) -> str:
    """The sheet as one HTML file that needs no network and prints on paper. What the program says stands in
    `language`, which need not be the lesson's."""
    plan, minute = [], 0
    for step in lesson.steps:
        plan.append((minute, minute + step.minutes, step.title, _does(step)))
        minute += step.minutes
    return environment(language, HTML, "core.lessons").get_template("sheet.html.j2").render(
        lesson=lesson, language=language.code, policy=POLICY, plan=plan, measured=_measured(lesson),
        questions=[question for quiz in lesson.of_kind(Quiz) for question in quiz.questions],
        sentence=Markup(" ".join(_html(step.text) for step in lesson.of_kind(TakeHome))),
        notes=Markup(_html(lesson.notes)),
    )  # fmt: skip


def sheet_name(lesson: Lesson) -> str:
    """What the file is called unless somebody says otherwise."""
    return f"finetune-lab-lesson-{lesson.id}.{lesson.language}.html"


def _html(text: str) -> str:
    """Markdown of a lesson's file; HTML in it, of which there is none, would be shown as text."""
    found: str = _MARKDOWN.render(text)
    return found


def _does(step: Step) -> Message:
    """What is to be seen when a step is done; nothing where there is nothing to do."""
    return says(step.goal) if isinstance(step, Do) else NOTHING


def _measured(lesson: Lesson) -> list[tuple[str, str, list[tuple[Message, Message]]]]:
    """For each step that reveals something: its title, the day on which that was measured for the program, and the
    figures."""
    found = []
    for step in lesson.of_kind(Reveal):
        if ready := worked(lesson.task(step.of).goal):
            known = [name for name in step.figures if name in ready.figures]
            figures = [(FIGURES[name].label, FIGURES[name].shown(ready.figures[name])) for name in known]
            found.append((step.title, _day_of(ready.by[0]), figures))
    return found


def _day_of(job_id: str) -> str:
    """The day in an id (see `core.workspace.new_id`)."""
    return f"{job_id[:4]}-{job_id[4:6]}-{job_id[6:8]}"
