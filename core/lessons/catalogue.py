"""Where lessons lie: those that come with the program, and a teacher's own in the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from core.lessons.lesson import Lesson
from core.lessons.reading import FILE_NAME, read_lesson
from core.messages import ENGLISH, Message
from core.workspace import Workspace, is_safe_id

BUNDLED = Path(__file__).parent / "texts"


def own_folder(workspace: Workspace) -> Path:
    """Where a teacher's own lessons lie."""
    return workspace.root / "lessons" / "texts"


def all_lessons(language: str, workspace: Workspace) -> tuple[list[Lesson], list[UserError]]:
    """Every lesson in the language, or in English where there is none in it, in the order of the list; and what is
    wrong with files that hold none. An own lesson takes the place of a bundled one with its id."""
    found: dict[str, Lesson] = {}
    wrong: list[UserError] = []
    for folder in (BUNDLED, own_folder(workspace)):
        here: dict[str, list[Path]] = {}
        for path in sorted(folder.glob("*.md")):
            if named := FILE_NAME.fullmatch(path.name):
                here.setdefault(named["id"], []).append(path)
        for paths in here.values():
            try:
                lesson = read_lesson(_in_language(paths, language))
                found[lesson.id] = lesson
            except UserError as error:
                wrong.append(error)
    return sorted(found.values(), key=lambda lesson: (lesson.place, lesson.id)), wrong


def get_lesson(lesson_id: str, language: str, workspace: Workspace) -> Lesson:
    """The lesson with this id. UserError where there is none, or its file is wrong."""
    for folder in (own_folder(workspace), BUNDLED):
        if paths := _files(folder, lesson_id):
            return read_lesson(_in_language(paths, language))
    raise UserError(
        Message("There is no lesson called '{id}'.", id=lesson_id),
        Message("The lessons are: {ids:list}.", ids=[lesson.id for lesson in all_lessons(language, workspace)[0]]),
    )


def own_lessons(workspace: Workspace) -> list[str]:
    """The ids of a teacher's own lessons."""
    named = (FILE_NAME.fullmatch(path.name) for path in own_folder(workspace).glob("*.md"))
    return sorted({found["id"] for found in named if found})


def lesson_files(lesson_id: str, workspace: Workspace) -> list[Path]:
    """The files of a teacher's own lesson, one a language; none of one that comes with the program."""
    return _files(own_folder(workspace), lesson_id)


def _files(folder: Path, lesson_id: str) -> list[Path]:
    paths = sorted(folder.glob(f"{lesson_id}.*.md")) if is_safe_id(lesson_id) else []
    return [path for path in paths if FILE_NAME.fullmatch(path.name)]


def _in_language(paths: Sequence[Path], language: str) -> Path:
    by_code = {path.name.split(".")[1]: path for path in paths}
    wanted = (language, language.partition("-")[0], ENGLISH.code)
    return next((by_code[code] for code in wanted if code in by_code), paths[0])
