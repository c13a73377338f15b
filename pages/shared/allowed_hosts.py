"""Who may talk to the pages' server: `core.serve.allowed_hosts` with the options of Streamlit.

Streamlit itself looks at a websocket only, and at its Host only if told to; at a foreign Origin it even asks the
internet for this computer's address.
"""

from __future__ import annotations

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.classroom.addresses import own_names
from core.serve import allowed_hosts
from pages.shared.services import classroom

_CLOSED = "/_stcore/metrics"
"""Streamlit's numbers for an operator: sessions, and what is held in memory. Nobody here asks for them."""


class AllowedHosts:
    """ASGI middleware that lets nobody else in.

    `server.allowedHosts` names the hosts; if it names none, these are 127.0.0.1 and localhost, and for a class whatever
    this computer is called in its networks. `server.corsAllowedOrigins` are the origins besides the host itself. Both
    are options of Streamlit, so they are given as `--server.allowedHosts lab.school.example`, as
    `STREAMLIT_SERVER_ALLOWED_HOSTS` or in `.streamlit/config.toml`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        usual = own_names if classroom() else allowed_hosts.THIS_COMPUTER
        hosts = st.get_option("server.allowedHosts") or usual
        origins = st.get_option("server.corsAllowedOrigins")
        self._guard = allowed_hosts.AllowedHosts(self._let_in, hosts, origins, "--server.allowedHosts")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._guard(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self._app
        if scope["type"] in ("http", "websocket") and scope["path"].endswith(_CLOSED):
            answer = PlainTextResponse("Not Found", 404)
        elif scope["type"] == "websocket" and Headers(scope=scope).get("origin") in self._guard.origins:
            # It has been looked at. Streamlit would ask the internet before it looks at the same list.
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
        await answer(scope, receive, send)
