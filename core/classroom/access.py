"""Access to a class: whatever is asked of its server, page, file or websocket, is checked here first.

Without a cookie that the class has signed there is nothing but the page for joining. With one, everything that follows
knows whose it is (`visitor`), and what Streamlit hands to whoever knows its address is bound to whom it belongs: the
files of pages, those that are made when a button is pressed, uploads, and sessions that are taken up again. And nobody
has so much of the server that the others have none: pages, how often these are drawn, uploads at once, and what of
them waits in memory.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs

import psutil
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Signal
from starlette.websockets import WebSocketClose

from core.classroom.guessing import Guesses
from core.classroom.pace import Pace
from core.classroom.page import joining_page, opening_page, page_language, projector_page
from core.classroom.room import ClassRoom, Member
from core.errors import UserError
from core.messages import Message

_JOIN, _LEAVE, _TEACHER, _PROJECTOR = "/join", "/leave", "/teacher", "/projector"
_STREAM = "/_stcore/stream"
_UPLOAD = "/_stcore/upload_file/"
_AGENTS = "/_stcore/agent/"
"""Streamlit's way in for programs: nobody in a class has any need of it."""
_MEDIA = "/media/"
_PROTOCOL = b"sec-websocket-protocol"
_MOST_BYTES = 4096
"""Of what the page for joining sends."""
_WAYS_ON = ("give",)
"""Where a link for joining may lead on to, besides the first page: the page for the phone."""
_MOST_JOINS, _JOINS_SECONDS = 40, 600.0
"""So many join from one address in so many seconds: a class behind one proxy, and no student who fills the class."""
SHOWN = "shown"
"""What the address of a page, or of a file that it fetches, says of whose model is shown."""
_MOST_PAGES = 16
"""So many pages a student has open: a few on each of their devices. Each may keep the server at work."""
_SENT_AT_ONCE = 6
"""Files of one student, as many as a browser sends; more wait for these."""
_SHARE_OF_MEMORY = 0.25
"""So much of this computer's memory what students sent may take until pages have put it on the disk."""
_LARGE = 413
_DAYS = 200
"""So long a device goes on where it was: a school year."""
_POLICY_VIOLATION = 1008
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_SAFE = {
    # With "no-referrer" a browser would also hide from which page a form was sent, and be refused for it.
    "Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}  # fmt: skip

_visitor: ContextVar[Member | None] = ContextVar("visitor", default=None)


def visitor() -> Member | None:
    """Whose request this is; None outside any request, and for one that nobody signed."""
    return _visitor.get()


@dataclass(frozen=True, slots=True)
class Said:
    """What a browser says: which `file` it wants to be made now, if any, and how much `work` it asks for, where to draw
    a page is 1."""

    file: str = ""
    work: float = 0.0


class Websocket(Protocol):
    """How the server of the pages speaks with browsers, and what it holds for them (`pages.shared.websocket`)."""

    def said(self, message: bytes) -> Said | None:
        """What a browser says; None for what no page of ours ever says."""

    def names(self, told: bytes) -> Collection[str]:
        """The files that a browser is told to fetch, or may want to be made."""

    def held(self, sessions: Collection[str] | None = None) -> int:
        """Bytes in memory that browsers sent in these sessions, or in all."""


class AccessControl:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, room: ClassRoom, websocket: Websocket, guesses: Guesses | None = None) -> None:
        self.app = app
        self.room = room
        self.websocket = websocket
        self.guesses = guesses or Guesses()
        self._pace = Pace()
        self._sending: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_SENT_AT_ONCE))
        self._joins = Guesses(per_address=_MOST_JOINS, window=_JOINS_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        cookie = HTTPConnection(scope).cookies.get(self.room.cookie)
        member = self.room.visitor(cookie)
        if scope["type"] == "http" and (answer := await self._own_page(Request(scope, receive), member, cookie)):
            await answer(scope, receive, send)
        elif member is None:
            await self._refuse(scope, receive, send)
        else:
            looks = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")  # nothing is put into what is shown
            shown = Request(scope).query_params.get(SHOWN, "") if looks else ""
            token = _visitor.set(self.room.looking_at(member, shown) or member)
            try:
                await self._let_in(scope, receive, send, member, cookie)
            finally:
                _visitor.reset(token)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A person is led to the page for joining; a program is told no."""
        answer: ASGIApp
        if scope["type"] == "websocket":
            answer = WebSocketClose(_POLICY_VIOLATION)
        elif scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
            answer = RedirectResponse(_JOIN, 303, {"Cache-Control": "no-store"})
        else:
            answer = PlainTextResponse("Forbidden", 403, {"Cache-Control": "no-store"})
        await answer(scope, receive, send)

    # --- whoever belongs to the class ---

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, member: Member, cookie: str | None) -> None:
        if scope["type"] == "http":
            if scope["method"] in ("PUT", "POST"):
                async with self._sending[member.id]:
                    await self._answer(scope, member)(scope, receive, self._private(send))
            else:
                await self._answer(scope, member)(scope, receive, self._private(send))
            return
        presence = self.room.presence
        if scope["path"] != _STREAM or (presence.pages(member.id) >= _MOST_PAGES and not member.is_teacher):
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
            return

        async def hear() -> Signal:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                said = self.websocket.said(message.get("bytes") or b"")
                if said and said.work and not member.is_teacher:
                    await asyncio.sleep(self._pace.wait(member.id, said.work))
                if self.room.visitor(cookie) is None:  # they left, or were taken out
                    await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                    return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
                presence.heard(member.id)
                if said and (not said.file or presence.may_fetch(member.id, said.file)):
                    return message

        async def tell(message: Signal) -> None:
            if message["type"] == "websocket.send":
                if self.room.visitor(cookie) is None:
                    return
                presence.told(member.id, self.websocket.names(message.get("bytes") or b""))
            await send(message)

        presence.heard(member.id)
        presence.opened(member.id)
        try:
            await self.app(self._own_session(scope, member), hear, tell)
        finally:
            presence.opened(member.id, -1)

    def _answer(self, scope: Scope, member: Member) -> ASGIApp:
        """What answers somebody's request: the application, unless it is for what is not theirs, or too much."""
        path, presence = scope["path"], self.room.presence
        session = path.removeprefix(_UPLOAD).partition("/")[0] if path.startswith(_UPLOAD) else None
        file = path.rpartition("/")[2].partition(".")[0] if path.startswith(_MEDIA) else None
        if (
            path.startswith(_AGENTS)
            or (file is not None and not presence.may_fetch(member.id, file))
            or (session is not None and not presence.owns_session(member.id, session))
        ):
            return Response(status_code=404)
        if session is not None and scope["method"] == "PUT" and not member.is_teacher and self._is_full(member):
            return Response(status_code=_LARGE)
        return self.app

    def _is_full(self, member: Member) -> bool:
        """Whether what somebody sent, or all together, and what waits in memory, is as much as may be. All that is
        somebody's has room on the disk, so what is on its way there takes no more."""
        most = self.room.quotas.megabytes * 1e6
        all_of_them = psutil.virtual_memory().total * _SHARE_OF_MEMORY
        sent = self.websocket.held(self.room.presence.sessions(member.id))
        return sent >= most or self.websocket.held() >= all_of_them

    def _own_session(self, scope: Scope, member: Member) -> Scope:
        """Streamlit lets a browser that was cut off name the session that it had, as the third of its protocols. One
        that is somebody else's is not named."""
        headers = []
        for name, value in scope["headers"]:
            if name == _PROTOCOL:
                parts = [part.strip() for part in value.decode("latin-1").split(",")]
                if len(parts) > 2 and not self.room.presence.owns_session(member.id, parts[2]):
                    value = ", ".join(parts[:2]).encode("latin-1")
            headers.append((name, value))
        return {**scope, "headers": headers}

    def _private(self, send: Send) -> Send:
        """What is somebody's own is kept by no cache between here and their browser."""

        async def sent(message: Signal) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                if "cache-control" not in headers:
                    message = {**message, "headers": [*message["headers"], (b"cache-control", b"private")]}
            await send(message)

        return sent

    # --- pages of its own ---

    async def _own_page(self, request: Request, member: Member | None, cookie: str | None) -> Response | None:
        """Joining, leaving, the teacher's link and the projector; None for everything else."""
        path, way = request.url.path, request.method
        if path == _JOIN and way in ("GET", "HEAD"):
            asked = request.query_params
            if member is not None and asked.get("to") in _WAYS_ON:
                return RedirectResponse(f"/{asked['to']}", 303, _SAFE)
            return self._joining(request, member, {"code": asked.get("code", "")[:20], "to": asked.get("to", "")[:20]})
        if path == _JOIN and way == "POST":
            return await self._join(request)
        if path == _LEAVE and way == "POST":
            self.room.leave(cookie or "")
            answer: Response = RedirectResponse(_JOIN, 303, _SAFE)
            answer.delete_cookie(self.room.cookie, httponly=True, samesite="strict")
            return answer
        if path == _LEAVE and way == "GET":
            return RedirectResponse(_JOIN, 303, _SAFE)
        if path == _TEACHER and way == "GET":
            return self._teacher(request)
        if path == _PROJECTOR and way == "GET" and member is not None and member.is_teacher:
            address, language = request.url, page_language(self.room, request)
            return _html(projector_page(self.room, address.scheme, address.port or 80, language))
        return None

    def _joining(
        self, request: Request, member: Member | None, given: Mapping[str, str], error: UserError | None = None,
        status: int = 200, headers: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        language = page_language(self.room, request)
        return _html(joining_page(self.room, member, given, error, language), status, headers)

    async def _join(self, request: Request) -> Response:
        """Somebody wants in. Nothing else than the code is looked at before it is right."""
        address = request.client.host if request.client else ""
        given = await _form(request)
        to = given["to"] if given.get("to") in _WAYS_ON else ""
        if (wait := self.guesses.wait(address)) > 0:
            error = UserError(Message("Too many wrong codes came from this device."),
                              Message("Try again in {time:duration}.", time=wait))  # fmt: skip
            return self._joining(request, None, given, error, 429, {"Retry-After": str(int(wait) + 1)})
        if known := self.room.use_pass(given.get("code", "")):
            return self._with_cookie(request, RedirectResponse(f"/{to}", 303, _SAFE), known)
        if not self.room.is_code(given.get("code", "")):
            self.guesses.miss(address)
            error = UserError(Message("This is not the code of this class."), Message("Look at the screen again."))
            return self._joining(request, None, given, error, 403)
        if (wait := self._joins.wait(address)) > 0:
            error = UserError(Message("Very many have joined from this device."),
                              Message("Try again in {time:duration}.", time=wait))  # fmt: skip
            return self._joining(request, None, given, error, 429, {"Retry-After": str(int(wait) + 1)})
        try:
            member = self.room.join(given.get("name", ""), given.get("animal", ""))
        except UserError as error:
            return self._joining(request, None, given, error, 400)
        self._joins.miss(address)
        return self._with_cookie(request, RedirectResponse(f"/{to}", 303, _SAFE), member)

    def _teacher(self, request: Request) -> Response:
        """The teacher's link. It answers with a page that turns to the board, so that the key stays in no history, and
        so that the browser sends the cookie: a strict one does not come along where another page has led here."""
        address = request.client.host if request.client else ""
        teacher = None if self.guesses.wait(address) > 0 else self.room.teacher(request.query_params.get("key", ""))
        if teacher is None:
            self.guesses.miss(address)
            return PlainTextResponse("Forbidden", 403, _SAFE)
        return self._with_cookie(request, _html(opening_page(self.room, page_language(self.room, request))), teacher)

    def _with_cookie(self, request: Request, answer: Response, member: Member) -> Response:
        answer.set_cookie(
            self.room.cookie, self.room.sign(member), max_age=_DAYS * 86400, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer


def _html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(text, status, {**_SAFE, **(headers or {})})


async def _form(request: Request) -> dict[str, str]:
    """What the page for joining sends: a few short fields; what is longer than these can be is not read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
