"""How far a student is in a lesson: kept in the workspace under the student's name, so that one resumes where one was.

Whoever works alone is the learner `ALONE`. Nothing here knows who that is: a class gives each student another name.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from core.errors import DataError
from core.lessons.goals import Found
from core.lessons.lesson import Lesson, Quiz
from core.messages import Message
from core.storage import Damaged, read_json, write_json, writing
from core.workspace import Workspace, is_safe_id

ALONE = "me"
_FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """Where a student is. `step` counts from 0; `guesses` are by the id of their step (a choice is its number), `found`
    what was done likewise, `answers` those of the quiz, by the number of the question. `over`: the end was reached."""

    step: Annotated[int, msgspec.Meta(ge=0)] = 0
    guesses: dict[str, float] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    over: bool = False

    @property
    def begun(self) -> bool:
        return self.step > 0 or bool(self.guesses)

    def right(self, quiz: Quiz) -> int:
        """How many questions were answered rightly."""
        return sum(self.answers.get(str(n)) == question.right for n, question in enumerate(quiz.questions))


class _Written(msgspec.Struct):
    """What a file of progress says; one that says anything else is damaged."""

    format: int
    progress: Progress


def read_progress(lesson: Lesson, workspace: Workspace, learner: str = ALONE) -> Progress | Damaged:
    """How far a learner is; at its beginning where nothing is known."""
    path = _file(lesson.id, workspace, learner)
    found = _read(path) if path.exists() else Progress()
    if isinstance(found, Damaged) or found.step < len(lesson.steps):
        return found
    return Progress(len(lesson.steps) - 1, over=found.over)


def last_lesson(workspace: Workspace, learner: str = ALONE, *, since: float = 0) -> tuple[str, Progress] | None:
    """The id of the lesson in which a learner did something last, and how far they are; None where there is none, where
    nothing was done `since` (seconds since 1970), or where that is damaged."""
    kept = sorted(progress_folder(workspace, learner).glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    found = _read(kept[-1]) if kept and kept[-1].stat().st_mtime >= since else None
    return None if found is None or isinstance(found, Damaged) else (kept[-1].stem, found)


def _read(path: Path) -> Progress | Damaged:
    kept = read_json(path)
    if isinstance(kept, Damaged):
        return kept
    try:
        written = msgspec.convert(kept, _Written)
    except msgspec.ValidationError:
        return Damaged(path, Message("How far you were in this lesson cannot be read."))
    return written.progress


def keep_progress(progress: Progress, lesson: Lesson, workspace: Workspace, learner: str = ALONE) -> None:
    """Write it down. StorageError where the disk refuses."""
    path = _file(lesson.id, workspace, learner)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"format": _FORMAT, "progress": asdict(progress)})


def _file(lesson_id: str, workspace: Workspace, learner: str) -> Path:
    if not is_safe_id(learner):
        raise DataError(Message("'{name}' cannot be the name of a learner.", name=learner))
    return progress_folder(workspace, learner) / f"{lesson_id}.json"


def progress_folder(workspace: Workspace, learner: str = ALONE) -> Path:
    """Where it is kept how far a learner is in each lesson."""
    return workspace.root / "lessons" / learner
