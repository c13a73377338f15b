"""The verb about lessons: `lessons` lists them; `lessons show ID`, `lessons check FILE`, `lessons sheet ID`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.cli.output import language, note, print_json, refuse_to_replace, say, say_line, write_file
from core.cli.verbs import Parser, Verb, takes_force
from core.errors import RecipeError
from core.lessons.catalogue import all_lessons, get_lesson, own_folder
from core.lessons.goals import FIGURES, Found, look, says, worked
from core.lessons.lesson import Do, Lesson, Predict, Quiz, Reveal, Step
from core.lessons.progress import Progress, read_progress
from core.lessons.reading import read_lesson
from core.lessons.sheet import render_sheet, sheet_name
from core.messages import NOTHING, Message, counted
from core.storage import Damaged
from core.workspace import Workspace


def _flags(parser: Parser) -> None:
    parser.add_argument(
        "act", nargs="?", choices=("list", "show", "check", "sheet"), default="list",
        help=Message("what to do; without it, all lessons are listed"),
    )  # fmt: skip
    parser.add_argument("what", nargs="?", metavar="ID", help=Message("a lesson; with check, a file of one"))
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=Message("sheet: the file to write (default: named after the lesson)")
    )
    takes_force(parser)


def lessons(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List the lessons, show one, check the file of one, or write its sheet for the teacher."""
    if flags.act == "list":
        return _list(flags, workspace)
    if flags.what is None:
        raise RecipeError(
            Message("`lessons {act}` needs a lesson.", act=flags.act),
            Message("`{command}` lists them.", command="python -m core lessons"),
        )
    return {"show": _show, "check": _check, "sheet": _sheet}[flags.act](flags, workspace)


def _list(flags: argparse.Namespace, workspace: Workspace) -> int:
    found, wrong = all_lessons(language().code, workspace)
    for lesson in found:
        progress = read_progress(lesson, workspace)
        at = Progress() if isinstance(progress, Damaged) else progress
        if flags.json:
            print_json({**_about(lesson), "step": at.step, "over": at.over})
        else:
            how_far = Message("Step {n} of {total}", n=at.step + 1, total=len(lesson.steps)) if at.begun else NOTHING
            say_line(f"{lesson.id:<16} {language().render(how_far):<16} {lesson.title}: {lesson.question}")
    for error in wrong:
        note(error.message)
    return 2 if wrong else 0


def _about(lesson: Lesson) -> dict[str, Any]:
    return {
        "lesson": lesson.id, "language": lesson.language, "title": lesson.title, "question": lesson.question,
        "minutes": lesson.minutes, "steps": len(lesson.steps),
    }  # fmt: skip


def _show(flags: argparse.Namespace, workspace: Workspace) -> int:
    lesson = get_lesson(flags.what, language().code, workspace)
    steps = [_step(lesson, step, workspace) for step in lesson.steps]
    if flags.json:
        print_json({**_about(lesson), "steps": steps, "notes": lesson.notes})
        return 0
    say_line(f"{lesson.title}\n{lesson.question}\n")
    for step, told in zip(lesson.steps, steps, strict=True):
        say(counted("{n} minute: {title}", "{n} minutes: {title}", n=step.minutes, title=step.title))
        if step.text:
            say_line(step.text)
        if isinstance(step, Do):
            done = Message("done") if told["done"] else Message("not done yet")
            say("Done when this is there: {what} ({state}).", what=says(step.goal), state=done)
        for name, value in told.get("figures", {}).items():
            say("{label}: {value}", label=FIGURES[name].label, value=FIGURES[name].shown(value))
        say_line("")
    return 0


def _step(lesson: Lesson, step: Step, workspace: Workspace) -> dict[str, Any]:
    """A step as plain data; with whether it is done, or what it reveals as far as that is known."""
    told: dict[str, Any] = {
        "kind": step.KIND, "title": step.title, "minutes": step.minutes, "text": step.text
    }  # fmt: skip
    match step:
        case Predict():
            told |= {
                "id": step.id,
                "choices": list(step.choices),
                "unit": step.unit,
                "low": step.low,
                "high": step.high,
            }
        case Do():
            told |= {"id": step.id, "goal": step.goal.kind, "sample": step.goal.sample, **step.goal.asked}
            told |= {"times": step.goal.times, "done": look(step.goal, workspace).found is not None}
        case Reveal():
            found = _found(lesson.task(step.of), workspace)
            told |= {"of": step.of, "guess": step.guess, "worked": found.worked if found else None}
            told["figures"] = (
                {name: found.figures[name] for name in step.figures if name in found.figures} if found else {}
            )
        case Quiz():
            told["questions"] = [
                {"ask": one.ask, "choices": list(one.choices), "right": one.right + 1, "why": one.why}
                for one in step.questions
            ]
    return told


def _found(task: Do, workspace: Workspace) -> Found | None:
    """What was done here, else what came with the program."""
    return look(task.goal, workspace).found or worked(task.goal)


def _check(flags: argparse.Namespace, workspace: Workspace) -> int:
    lesson = read_lesson(Path(flags.what).expanduser())
    if flags.json:
        print_json(_about(lesson))
    else:
        say(
            "'{title}' is a lesson of {steps} steps and {n} minutes. To have it listed, put the file into {folder}.",
            title=lesson.title,
            steps=len(lesson.steps),
            n=lesson.minutes,
            folder=str(own_folder(workspace)),
        )
    return 0


def _sheet(flags: argparse.Namespace, workspace: Workspace) -> int:
    lesson = get_lesson(flags.what, language().code, workspace)
    out = flags.out or Path(sheet_name(lesson))
    refuse_to_replace(out, force=flags.force)
    write_file(out, render_sheet(lesson, language()).encode())
    print_json({"lesson": lesson.id, "file": str(out.resolve())}) if flags.json else say("{file}", file=str(out))
    return 0


VERBS = (
    Verb("lessons", lessons, Message("list the lessons, show one, check the file of one, or write its teacher's sheet"),
         _flags),
)  # fmt: skip
