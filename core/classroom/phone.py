"""The page for the phone: a button for each class, which opens the camera, and what it sends.

Over plain http a browser gives no live camera; it does take pictures through a file chooser that asks for one. A
picture goes to the disk as it comes, so thirty at once take no memory, and no more than two are looked at at a time.
One that is cut off on the way leaves nothing, and the page sends it again.
"""

from __future__ import annotations

import secrets
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from core.classroom.access import visitor
from core.classroom.collecting import OWN, FullError, album_of, give, take_back
from core.classroom.page import page_language
from core.classroom.room import MOST_CLASSES, ClassRoom, Member
from core.classroom.sharing import DISK_REFUSES
from core.data.album import KIND, LONGEST
from core.data.versions import latest_versions
from core.errors import DataError, StorageError, UserError
from core.messages import Language, Message
from core.modalities.image.decoding import VIDEO
from core.report.render import HTML, environment
from core.storage import own_name, writing
from core.workspace import Workspace

GIVE = "/give"
"""Where the page is."""
MOST_BYTES = 25 * 1024**2
"""Of one picture: cameras of phones write 2 to 12 MB."""
_AT_ONCE = 2
_BAD, _LARGE, _FULL = 400, 413, 507
_PICTURES = "image/*"


def phone_routes(room: ClassRoom) -> list[Route]:
    """The page and what it asks for; whoever asks has been let in (`core.classroom.access`)."""
    phone = _Phone(room)
    return [
        Route(GIVE, phone.page),
        Route(f"{GIVE}/state", phone.state),
        Route(f"{GIVE}/{{album}}", phone.take, methods=["POST"]),
        Route(f"{GIVE}/{{album}}/{{shot}}", phone.take_back, methods=["DELETE"]),
    ]


class _Phone:
    def __init__(self, room: ClassRoom) -> None:
        self._room = room
        self._looking = anyio.CapacityLimiter(_AT_ONCE)

    async def page(self, request: Request) -> Response:
        nonce, language = secrets.token_urlsafe(16), page_language(self._room, request)
        text = environment(language, HTML, "core.classroom").get_template("give.html.j2").render(
            room=self._room, member=_member(), nonce=nonce, language=language.code, accept=_PICTURES, longest=LONGEST,
            given={"state": self._state(_member()), "words": _words(language), "address": GIVE, "own": OWN,
                   "known": _known(self._room.workspace_of(_member()))},
        )  # fmt: skip
        return HTMLResponse(text, headers={**_SAFE, "Content-Security-Policy": _policy(nonce)})

    async def state(self, request: Request) -> Response:
        self._room.presence.asked(_member().id)
        return self._says(_member())

    async def take(self, request: Request) -> Response:
        """The body is a picture, `?class=` what it shows."""
        member, language = _member(), page_language(self._room, request)
        file = self._room.workspace_of(member).staging / own_name("shot")
        try:
            await _receive(request, file)
            label = request.query_params.get("class", "")
            keep = partial(give, self._room, member, request.path_params["album"], label, file)
            shot = await anyio.to_thread.run_sync(keep, limiter=self._looking)
        except ClientDisconnect:  # nobody is there to be told
            return Response(status_code=_BAD)
        except StorageError:
            return self._says(member, FullError(DISK_REFUSES), language, _FULL)
        except UserError as error:
            status = _FULL if isinstance(error, FullError) else _LARGE if isinstance(error, _TooLargeError) else _BAD
            return self._says(member, error, language, status)
        finally:
            file.unlink(missing_ok=True)
        return JSONResponse({**self._state(member), "taken": shot.id}, headers=_SAFE)

    async def take_back(self, request: Request) -> Response:
        """A picture of one's own is taken out again; one that is not there is no error."""
        member, asked = _member(), request.path_params
        try:
            await anyio.to_thread.run_sync(partial(take_back, self._room, member, asked["album"], asked["shot"]))
        except UserError as error:
            return self._says(member, error, page_language(self._room, request), _BAD)
        return self._says(member)

    def _says(
        self, member: Member, error: UserError | None = None, language: Language | None = None, status: int = 200
    ) -> Response:
        """How things are now and, where something went wrong, what that is."""
        says = {"says": language.render(error.message)} if error and language else {}
        return JSONResponse({**self._state(member), **says}, status, _SAFE)

    def _state(self, member: Member) -> dict[str, Any]:
        """What can be given to, what is there already, and whether all are to look up."""
        collection, found = self._room.collection, []
        if collection.id:
            found.append(self._album(member, collection.id, collection.title, collection.classes, collection.open))
        found.append(self._album(member, OWN, "", (), True))
        return {"held": self._room.is_held(member), "albums": found}

    def _album(self, member: Member, key: str, title: str, classes: tuple[str, ...], is_open: bool) -> dict[str, Any]:
        album = album_of(self._room, member, key)
        try:
            shots = album.shots
        except DataError:  # it is damaged, as whoever adds to it is told
            shots = ()
        counts = Counter(shot.label for shot in shots)
        names = classes or tuple(counts)
        return {
            "key": key, "title": title, "open": is_open, "fixed": key != OWN,
            "classes": [{"name": name, "count": counts[name]} for name in names],
            "last": {"id": shots[-1].id, "label": shots[-1].label} if shots else None,
        }  # fmt: skip


def _known(home: Workspace) -> list[str]:
    """The classes of the newest dataset of pictures, since more of them are likely to come."""
    found = (about["counts"] for _, about in latest_versions(home) if about["modality"] == KIND)
    return [label for label in next(found, ()) if len(label) <= LONGEST][:MOST_CLASSES]


def _member() -> Member:
    member = visitor()
    assert member is not None, "nobody comes here without having joined"
    return member


class _TooLargeError(DataError):
    """A picture of more than `MOST_BYTES`."""


async def _receive(request: Request, file: Path) -> None:
    """Put what is sent on the disk, piece by piece. ClientDisconnect where it does not come to its end."""
    size = 0
    with writing(file), file.open("wb") as target:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                raise _TooLargeError(
                    Message("This file is too large: a picture may have {most:bytes}.", most=MOST_BYTES)
                )
            target.write(chunk)


_SAFE = {"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _policy(nonce: str) -> str:
    """Its own script alone runs, and nothing is asked of anybody but this server."""
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data: blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


def _words(language: Language) -> dict[str, str]:
    """What the script says."""
    said = {
        "class": Message("For the class: {title}", title="{title}"),
        "own": Message("For myself"),
        "undo": Message("Undo"),
        "undo_this": Message("Undo: {label}", label="{label}"),
        "sent": Message("Everything has arrived."),
        "sending": Message("Being sent: {n}", n="{n}"),
        "waiting": Message("No connection. Waiting to be sent: {n}. Leave this page open.", n="{n}"),
        "offline": Message("No connection. Try again in a moment."),
        "video": VIDEO,
        "closed": Message("Your teacher takes no more pictures for this collection."),
        "first": Message("Name what you will show, such as “apple”."),
        "camera": Message("Use the camera live"),
        "camera_off": Message("Switch the camera off"),
        "no_camera": Message("The camera does not answer, or this page may not use it."),
        "gone": Message("You are not in this class any more."),
        "shot": Message("The picture taken last: {label}", label="{label}"),
        "take": Message("Take a picture of “{label}”", label="{label}"),
    }
    return {name: language.render(message) for name, message in said.items()}
