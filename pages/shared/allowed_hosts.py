"""Who may talk to the server: whoever calls it by a name that it was started for, and from a page of its own.

By default only this computer reaches the server. But the browser on it shows pages from anywhere, and these reach
127.0.0.1 too: straight (the Origin of such a request is foreign), or by having their own name point to 127.0.0.1 (DNS
rebinding: Host and Origin agree, and both are foreign). Streamlit looks at a websocket only, and at its Host only if
told to; at a foreign Origin it even asks the internet for this computer's address. So all requests pass here first.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from core.messages import Message, chosen_language
from pages.shared.words import preferred_languages

_NOT_OURS = Message(
    "This program does not answer under this address. Open it as http://127.0.0.1, or have whoever started it allow "
    "the name in the address: --server.allowedHosts NAME"
)
_NOT_FROM_US = Message("A page of another address may not use this program. Open it in a window of its own.")
_THIS_COMPUTER = ("127.0.0.1", "localhost")
_POLICY_VIOLATION = 1008
_CLOSED = "/_stcore/metrics"
"""Streamlit's numbers for an operator: sessions, and what is held in memory. Nobody here asks for them."""


class AllowedHosts:
    """ASGI middleware that lets nobody else in.

    `server.allowedHosts` names the hosts (`*.school.example` stands for all below it), 127.0.0.1 and localhost if it
    names none; `server.corsAllowedOrigins` the origins besides the host itself, where a proxy answers under another
    name. Both are options of Streamlit, so they are given as `--server.allowedHosts lab.school.example`, as
    `STREAMLIT_SERVER_ALLOWED_HOSTS` or in `.streamlit/config.toml`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._hosts: Sequence[str] = [
            host.strip().lower() for host in st.get_option("server.allowedHosts") or _THIS_COMPUTER
        ]
        self._origins: Sequence[str] = [origin.strip() for origin in st.get_option("server.corsAllowedOrigins")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self._app
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            if refused := self._refuses(headers.get("host", ""), headers.get("origin")):
                answer = _refusal(scope, headers, refused)
            elif scope["path"].endswith(_CLOSED):
                answer = PlainTextResponse("Not Found", 404)
            elif scope["type"] == "websocket" and headers.get("origin") in self._origins:
                # It has been looked at. Streamlit would ask the internet before it looks at the same list.
                scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
        await answer(scope, receive, send)

    def _refuses(self, host: str, origin: str | None) -> Message | None:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            name = ""
        if not any(fnmatchcase(name, pattern) for pattern in self._hosts):
            return _NOT_OURS
        # A browser says it of every websocket, and whenever a page of another origin would write, or read the answer.
        if origin is None or origin.partition("//")[2] == host or origin in self._origins:
            return None
        return _NOT_FROM_US


def _refusal(scope: Scope, headers: Headers, says: Message) -> ASGIApp:
    if scope["type"] == "websocket":
        return WebSocketClose(_POLICY_VIOLATION)
    language = chosen_language(preferred_languages(headers.get("accept-language", "")))
    return PlainTextResponse(language.render(says), 403)
