"""From a Markdown file to a lesson: bounded, and with one sentence for what is wrong, in which line of the file.

    ---
    title: What is training?
    question: How does a program learn to tell a bird from a bug?
    place: 1
    ---

    ## Guess first
    ```predict
    id: score
    minutes: 3
    unit: percent
    low: 0
    high: 100
    ```
    What a step says stands below its block.

    # For the teacher
    Notes, in Markdown.

`What is training?` is written in `training.en.md`: the id of the lesson and the language. Each heading of the second
level is a step, and the block under it says of which kind it is. Headings of the first level begin the notes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.errors import UserError
from core.lessons.blocks import NAMES, At, fields_of
from core.lessons.goals import FIGURES, KINDS, SHARE, WITHOUT_SHOTS, Goal
from core.lessons.lesson import Do, Explain, Lesson, Predict, Question, Quiz, Reveal, Step, TakeHome
from core.messages import Message

FILE_NAME = re.compile(r"(?P<id>[a-z0-9][a-z0-9-]*)\.(?P<language>[A-Za-z-]{2,10})\.md")
_LARGEST = 200_000
"""Bytes of a file."""
_MOST_STEPS = 40
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def read_lesson(path: Path) -> Lesson:
    """The lesson in a file. UserError, with the line, for the first thing that is wrong with it."""
    named = FILE_NAME.fullmatch(path.name)
    if named is None:
        raise UserError(
            Message("'{file}' is not named like a lesson.", file=path.name),
            Message("Call it after its id and its language, such as {example}.", example="colours.en.md"),
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(
                Message("'{file}' is larger than {size:bytes}, which no lesson is.", file=path.name, size=_LARGEST),
                Message("Make it shorter."),
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(
            Message("'{file}' cannot be read.", file=path.name), Message("Check its name and whether it may be read.")
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            Message("'{file}' is not text in UTF-8.", file=path.name), Message("Save it as UTF-8 in your editor.")
        ) from error
    return _lesson(text.replace("\r\n", "\n").split("\n"), path.name, named["id"], named["language"])


def _lesson(lines: list[str], file: str, lesson_id: str, language: str) -> Lesson:
    top = At(file, 1)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if lines[0].strip() != "---" or end is None:
        top.refuse(
            Message("The lesson does not begin with its title."),
            Message("Begin with a line of three dashes, then title and question, then three dashes again."),
        )
    about = fields_of(lines[1:end], At(file, 2), {"title", "question"}, {"place"})
    body = [""] * (end + 2) + lines[end + 1 :]  # the numbers of the lines stay what they are, counted from one
    tokens = _MARKDOWN.parse("\n".join(body[1:]))
    _check_text(tokens, file)
    headings = [n for n, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    notes_at = next((_line(tokens[n]) for n in headings if tokens[n].tag == "h1"), len(body))
    starts = [n for n in headings if tokens[n].tag == "h2" and _line(tokens[n]) < notes_at]
    if not starts:
        top.refuse(Message("The lesson has no steps."), Message("Begin each step with a heading: ## Its title"))
    if len(starts) > _MOST_STEPS:
        top.refuse(
            Message("The lesson has {n} steps; {most} is the most.", n=len(starts), most=_MOST_STEPS),
            Message("Make two lessons of it."),
        )
    ends = [*(_line(tokens[n]) for n in starts[1:]), notes_at]
    steps = tuple(_step(tokens, start, body, until, file) for start, until in zip(starts, ends, strict=True))
    _check_steps(steps, file)
    notes = "\n".join(body[notes_at:]).strip()
    return Lesson(lesson_id, language, about["title"], about["question"], about.get("place", 100), steps, notes)


def _line(token: Token) -> int:
    """The line of a token, from 1."""
    assert token.map is not None
    return token.map[0] + 1


def _check_text(tokens: Sequence[Token], file: str) -> None:
    """A lesson works without a network and runs nothing: no pictures from elsewhere, and no HTML."""
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        inner = {one.type for one in token.children or ()}
        if token.type == "html_block" or "html_inline" in inner:
            At(file, line).refuse(Message("A lesson cannot hold HTML."), Message("Write it as Markdown."))
        if "image" in inner:
            At(file, line).refuse(
                Message("A lesson cannot hold pictures."), Message("Have students look at them in the app.")
            )


def _step(tokens: Sequence[Token], start: int, body: list[str], until: int, file: str) -> Step:
    """The step whose heading is the token `start`, up to the line `until`."""
    heading, title = _line(tokens[start]), tokens[start + 1].content.strip()
    at = At(file, heading)
    blocks = [t for t in tokens if t.type == "fence" and t.level == 0 and heading < _line(t) < until]
    if len(blocks) != 1 or blocks[0].info.strip() not in _READERS:
        wrong = next((At(file, _line(t)) for t in blocks[1:] or blocks), at)
        wrong.refuse(
            Message("A step needs one block that says of which kind it is: {kinds:any}.", kinds=list(_READERS)),
            Message("Write under its heading, for example: {example}", example="```explain"),
        )
    if not title:
        at.refuse(Message("The heading of the step is empty."), Message("Write what the step is about."))
    (block,) = blocks
    assert block.map is not None
    first, after = block.map
    needs, may, make = _READERS[block.info.strip()]
    within = At(file, first + 1)
    found = fields_of(block.content.split("\n"), At(file, first + 2), needs | {"minutes"}, may)
    text = "\n".join([*body[heading + 1 : first + 1], *body[after + 1 : until]]).strip()
    return make({"title": title, "text": text, "minutes": found["minutes"], "line": heading}, found, within)


# --- the kinds of steps ---

_Made = Callable[[dict[str, Any], dict[str, Any], At], Step]


def _predict(step: dict[str, Any], found: dict[str, Any], at: At) -> Predict:
    numbers = found.keys() & {"unit", "low", "high"}
    if bool(numbers) == ("choices" in found) or (numbers and len(numbers) < 3):
        at.refuse(
            Message("A guess is either one of some choices, or a number."),
            Message("Give it choices, or else unit, low and high."),
        )
    if "choices" in found:
        return Predict(**step, id=found["id"], choices=tuple(found["choices"]))
    if found["low"] >= found["high"]:
        at.refuse(Message("'low' is not less than 'high'."), Message("Change one of them."))
    scale = 100 if found["unit"] == SHARE else 1
    return Predict(**step, id=found["id"], unit=found["unit"], low=found["low"] / scale, high=found["high"] / scale)


def _do(step: dict[str, Any], found: dict[str, Any], at: At) -> Do:
    kind, study = KINDS[found["goal"]], found.get("study")
    said = found.keys() - {"id", "goal", "minutes"}
    if missing := kind.needs - said:
        at.refuse(
            Message("The goal '{goal}' needs {names:list}.", goal=found["goal"], names=sorted(missing)),
            Message("It is {meaning}.", meaning=NAMES[min(missing)].meaning),
        )
    if idle := said - kind.needs - (kind.may - {"shots"} if study in WITHOUT_SHOTS else kind.may):
        at.refuse(
            Message(
                "{names:list} says nothing about the goal '{goal}'.", goal=study or found["goal"], names=sorted(idle)
            ),
            Message("Remove it."),
        )
    asked = {name: found[name] for name in said if name not in ("sample", "times")}
    return Do(**step, id=found["id"], goal=Goal(found["goal"], found["sample"], asked, found.get("times", 1)))


def _quiz(step: dict[str, Any], found: dict[str, Any], at: At) -> Quiz:
    questions = (
        Question(one["ask"], tuple(one["choices"]), one["right"] - 1, one["why"]) for one in found["questions"]
    )
    return Quiz(**step, questions=tuple(questions))


_READERS: Mapping[str, tuple[set[str], set[str], _Made]] = {
    Explain.KIND: (set(), set(), lambda step, found, at: Explain(**step)),
    Predict.KIND: ({"id"}, {"choices", "unit", "low", "high"}, _predict),
    Do.KIND: ({"id", "goal"}, {"sample", "strategy", "model", "shots", "times", "study"}, _do),
    Reveal.KIND: (
        {"of", "guess", "figures"}, set(),
        lambda step, found, at: Reveal(**step, of=found["of"], guess=found["guess"], figures=tuple(found["figures"])),
    ),
    Quiz.KIND: ({"questions"}, set(), _quiz),
    TakeHome.KIND: (set(), set(), lambda step, found, at: TakeHome(**step)),
}  # fmt: skip
"""For each kind of step the names that its block needs and may have, and what makes it of them."""


# --- how steps go together ---


def _check_steps(steps: Sequence[Step], file: str) -> None:
    """A guess comes first, then what is done, then what that came to; one quiz, and one sentence to take home."""
    guesses: dict[str, Predict] = {}
    tasks: dict[str, Do] = {}
    for step in steps:
        at = At(file, step.line)
        match step:
            case Predict(id=name) | Do(id=name) if name in guesses or name in tasks:
                at.refuse(Message("Two steps have the id '{id}'.", id=name), Message("Change one of them."))
            case Predict():
                guesses[step.id] = step
            case Do():
                tasks[step.id] = step
            case Reveal():
                _check_reveal(step, guesses, tasks, at)
            case TakeHome(text=""):
                at.refuse(Message("The sentence to take home is missing."), Message("Write it below the block."))
            case _:
                pass
    for kind in (Quiz, TakeHome, Reveal):
        n = sum(isinstance(step, kind) for step in steps)
        if not n or (n > 1 and kind is not Reveal):
            At(file, 1).refuse(
                Message("The lesson has {n} steps of the kind '{kind}'.", n=n, kind=kind.KIND),
                Message("Give it at least one.") if kind is Reveal else Message("Give it one."),
            )


def _check_reveal(step: Reveal, guesses: Mapping[str, Predict], tasks: Mapping[str, Do], at: At) -> None:
    for name, known, earlier in (("of", tasks, step.of), ("guess", guesses, step.guess)):
        if earlier not in known:
            at.refuse(
                Message("No earlier step has the id '{id}'.", id=earlier),
                Message("'{name}' is {meaning}.", name=name, meaning=NAMES[name].meaning),
            )
    task, guess = tasks[step.of], guesses[step.guess]
    if guess.line > task.line:
        at.refuse(Message("The guess comes after what is done."), Message("Let students guess first."))
    if strange := [name for name in step.figures if name not in task.goal.figures]:
        at.refuse(
            Message("What is done in '{id}' has no figure {names:list}.", id=step.of, names=strange),
            Message("It has {names:list}.", names=sorted(task.goal.figures)) if task.goal.figures
            else Message("Nothing is measured there."),
        )  # fmt: skip
    if not guess.choices and FIGURES[step.figures[0]].unit != guess.unit:
        at.refuse(
            Message("The guess is in another unit than the first of the figures."),
            Message("Give the guess the unit '{unit}'.", unit=FIGURES[step.figures[0]].unit),
        )
