"""Who uses what right now: nothing is deleted under its user.

A job that is under way, wherever it was started, uses itself and all it needs. So does one that was left unfinished: a
paused training goes on only while its dataset and the run that it started from are there. What is deleted together with
its user is not in its way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from core.errors import RunError
from core.library.items import Item, about_job
from core.messages import Message
from core.runs.folder import ACTIVE, RunFolder, Status
from core.workspace import Workspace

_NOBODY_WAITS = ("doctor",)
"""Jobs that a page starts by itself, and nobody misses."""
_UNDER_WAY: dict[str, Message] = {
    "run": Message("The run '{title}' is under way. Wait for its end, or stop it first."),
    "study": Message("The study '{title}' is under way. Wait for its end, or stop it first."),
    "export": Message("The export '{title}' is being made. Wait for its end."),
}
_NEEDED_BY: dict[str, Message] = {
    "run": Message("'{title}' is used by the run '{user}', which is under way. Wait for its end or stop it first."),
    "study": Message(
        "'{title}' is used by the study '{user}', which is under way. Wait for its end, or stop it first."
    ),
}
_NEEDED_LATER = Message(
    "'{title}' is needed by the run '{user}', which was left unfinished and can be resumed. Finish or delete that "
    "run first."
)
_NEEDED_NOW = Message("Somebody is using '{title}' right now ({user}). Try again in a moment.")


def used(chosen: Collection[Item], items: Collection[Item], workspace: Workspace) -> Iterator[Message]:
    """By what each of the `chosen` that is in use is used, a sentence each; `items` are all there are.

    What is in use by others of the chosen only is free.
    """
    going = {item.id for item in chosen}
    users = [item for item in items if item.id not in going and _status(item) is not None]
    short = list(_short_jobs(workspace, going))
    for item in chosen:
        if item.state in ACTIVE:
            yield _UNDER_WAY[item.kind].having(title=item.title)
            continue
        active = next((user for user in users if item.id in user.needs and user.state in ACTIVE), None)
        later = next((user for user in users if item.id in user.needs and user.kind == "run"), None)
        if active is not None:
            says = _NEEDED_BY.get(active.kind, _NEEDED_NOW)
            yield says.having(title=item.title, user=active.title)
        elif later is not None:
            yield _NEEDED_LATER.having(title=item.title, user=later.title)
        elif by := next((title for title, needed in short if item.id in needed), None):
            yield _NEEDED_NOW.having(title=item.title, user=by)


def _status(item: Item) -> Status | None:
    """What an item that uses others is doing; None for one that is over."""
    status = Status(item.state)
    return status if status.active or status.resumable else None


def _short_jobs(workspace: Workspace, going: Collection[str]) -> Iterator[tuple[str, set[str]]]:
    """The title of each short job that is under way, and the ids of what it works with."""
    for path in workspace.jobs.glob("*"):
        folder = RunFolder(path)
        try:
            about = about_job(path)
            if about["state"] in ACTIVE and about["kind"] not in _NOBODY_WAITS and folder.status().active:
                request = about["request"]
                named = (request.get(key) for key in ("dataset", "into", "run", "replaces"))
                needed = {str(one) for one in (*named, *request.get("items", ())) if one}
                if folder.id not in going:
                    yield str(about["title"]), needed
        except RunError:  # it is damaged, or was deleted meanwhile
            continue
