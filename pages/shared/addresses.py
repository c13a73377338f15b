"""Addresses under which there is no page: the first page's own name, and whatever somebody types or a link has wrong.

Streamlit knows the first page by / only, and answers any other unknown address with the first page and a notice in
English. Here both lead to the first page, which says in the reader's language what it does not know.
"""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from core.classroom.access import visitor
from pages.shared.pages import BOARD, PAGES, START
from pages.shared.words import tr

_MISSING = "missing"
"""In the address of the first page: what was asked for in vain."""
_LONGEST = 60
_FIRST = ("start", START.path)
"""Links from before there was a Studio name it /start."""
_SERVED = ("media", "component", "static", "app", "auth", "oauth2callback")
"""Where Streamlit itself answers below, besides what begins with "_" and files."""


class NoPageRoute(Route):
    """Leads from any such address to the first page, whatever is asked of it there."""

    def __init__(self) -> None:
        super().__init__("/{path:path}", _turn)
        self._pages = frozenset(page.path for pages in PAGES.values() for page in pages if not page.default)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or not (names := _names(scope["path"])) or "/".join(names) in self._pages:
            return Match.NONE, {}
        who = visitor()
        if who and who.is_teacher and names == [BOARD.path]:
            return Match.NONE, {}
        served = names[0] in _SERVED or "." in names[-1] or any(name.startswith("_") for name in names)
        return (Match.NONE, {}) if served else super().matches(scope)


def _turn(request: Request) -> Response:
    names = _names(request.url.path)
    asked = request.url.query if names[0] in _FIRST else urlencode({_MISSING: "/".join(names)[:_LONGEST]})
    return RedirectResponse(f"{'../' * (len(names) - 1) or './'}{asked and '?'}{asked}")


def _names(path: str) -> list[str]:
    """The parts of an address below the path that the server is told to answer at; none of the first page's."""
    names, base = path.strip("/").split("/"), st.get_option("server.baseUrlPath").strip("/").split("/")
    below = names if base == [""] else names[len(base) :] if names[: len(base)] == base else []
    return [] if below == [""] else below


def say_missing() -> None:
    """On the first page, once: that there is no page under the address that was asked for."""
    if asked := st.query_params.pop(_MISSING, ""):
        says = tr("There is no page called “{name}”. This is the Studio.", name=asked[:_LONGEST])
        st.toast(says, icon=":material/link_off:", duration="long")
