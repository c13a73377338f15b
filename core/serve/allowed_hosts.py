"""Who may talk to a server: whoever calls it by a name that it was started for, and from a page of its own.

By default only this computer reaches a server of ours. But the browser on it shows pages from anywhere, and these reach
127.0.0.1 too: straight (the Origin of such a request is foreign), by having their own name point to 127.0.0.1 (DNS
rebinding: Host and Origin agree, and both are foreign), or by having a person press our buttons, in a frame under a
picture of theirs. So all requests pass here first, those for the pages (`pages.shared.allowed_hosts`) and those of
other programs (`core.serve.app`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Signal
from starlette.websockets import WebSocketClose

from core.messages import Message, chosen_language, preferred_languages

THIS_COMPUTER = ("127.0.0.1", "localhost")
_NOT_OURS = Message(
    "This program does not answer under this address. Open it as http://127.0.0.1, or have whoever started it allow "
    "the name in the address: {flag} NAME"
)
_NOT_FROM_US = Message("A page of another address may not use this program. Open it in a window of its own.")
_POLICY_VIOLATION = 1008


class AllowedHosts:
    """ASGI middleware that lets nobody else in.

    `hosts` are the names that the server is called by (`*.school.example` stands for all below it), `origins` those of
    pages besides the host itself, where a proxy answers under another name. `flag` is how a host is added. Where the
    names may change while the server runs, `hosts` is what says them.
    """

    def __init__(
        self, app: ASGIApp, hosts: Sequence[str] | Callable[[], Iterable[str]], origins: Sequence[str], flag: str
    ) -> None:
        self.app = app
        self.origins = [origin.strip() for origin in origins]
        self._hosts = hosts if callable(hosts) else lambda: hosts
        self._flag = flag
        self._framed_by = " ".join(["frame-ancestors 'self'", *self.origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            if refused := self._refuses(headers.get("host", ""), headers.get("origin")):
                answer = _refusal(scope, headers, refused)
        await answer(scope, receive, self._framed(send))

    def _framed(self, send: Send) -> Send:
        """In a frame an answer is shown by pages of ours alone, unless it has a stricter policy of its own."""

        async def sent(message: Signal) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", self._framed_by)
            await send(message)

        return sent

    def _refuses(self, host: str, origin: str | None) -> Message | None:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            name = ""
        if not any(fnmatchcase(name, pattern.strip().lower()) for pattern in self._hosts()):
            return _NOT_OURS.having(flag=self._flag)
        # A browser says it of every websocket, and whenever a page of another origin would write, or read the answer.
        if origin is None or origin.partition("//")[2] == host or origin in self.origins:
            return None
        return _NOT_FROM_US


def _refusal(scope: Scope, headers: Headers, says: Message) -> ASGIApp:
    if scope["type"] == "websocket":
        return WebSocketClose(_POLICY_VIOLATION)
    language = chosen_language(preferred_languages(headers.get("accept-language", "")))
    return PlainTextResponse(language.render(says), 403)
