"""What all sessions of this server share: the launcher, the class if it is for one, and whose workspace is whose.

Pages and routes ask `workspace()`, and nobody else decides. In a class it is that of whoever signed in with the browser
that asks, so what is somebody else's is not found, whatever an address names.
"""

from __future__ import annotations

import atexit
import gc
import os
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st
from starlette.responses import Response
from starlette.routing import Route
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.classroom import access
from core.classroom.addresses import own_addresses
from core.classroom.room import HOME, ClassRoom, Member
from core.classroom.sharing import class_rules, go_on
from core.errors import UserError, print_details
from core.jobs.cluster.launcher import CLUSTER, RayLauncher
from core.library.bin import tidy_bin
from core.library.items import is_export
from core.messages import Message
from core.runs.folder import forget_checkpoints
from core.runs.local import LocalLauncher, Rules
from core.serve.allowed_hosts import THIS_COMPUTER
from core.storage import refusal
from core.workspace import Workspace, tidy
from pages.shared.words import error_text, tr


def workspace() -> Workspace:
    """Where everything of this person lies: of whoever looks at the page that is drawn, or makes the request that is
    answered. UserError for somebody who is not in the class any more, and where nobody asks."""
    room = classroom()
    return room.workspace_of(visitor()) if room else Workspace.default()


def classroom() -> ClassRoom | None:
    """The class that this server is for; None where it is one person's own."""
    folder = os.environ.get(HOME)
    return _opened(folder) if folder else None


@lru_cache(1)
def _opened(folder: str) -> ClassRoom:
    return ClassRoom(Path(folder))


def visitor() -> Member:
    """Who in the class it is: who has signed in, or the teacher as an onlooker where a page shows a student's model.
    Looked at anew each time, since a page may outlive that somebody left, or took back what they allowed."""
    room = classroom()
    assert room is not None, "nobody is asked who they are where there is no class"
    if get_script_run_ctx(suppress_warning=True) is None:
        member = access.visitor()
        if member is None:
            raise UserError(Message("You are not in this class any more."), Message("Reload the page to join again."))
        return member
    member = room.looking_at(signed_in(room), shown())
    if member is None:
        raise UserError(Message("This student does not let their model be shown, or not any more."),
                        Message("Close this window, and ask again on the board."))  # fmt: skip
    return member


def signed_in(room: ClassRoom) -> Member:
    """Whose cookie the browser has that shows the page which is drawn. UserError for nobody's."""
    member = room.visitor(st.context.cookies.get(room.cookie))
    if member is None:
        raise UserError(Message("You are not in this class any more."), Message("Reload the page to join again."))
    return member


def shown() -> str:
    """The id of the student whose model this page's session shows; nothing in any other."""
    return str(st.session_state.get(access.SHOWN, ""))


def own_address(path: str) -> str:
    """The address of a file of this page's workspace, which its browser fetches."""
    return f"{path}?{access.SHOWN}={quote(shown())}" if shown() else path


def addresses() -> list[str]:
    """Where others in the same networks find this server; the likeliest first."""
    port = st.get_option("server.port")
    return [f"{scheme()}://{address}:{port}" for address in own_addresses()]


def scheme() -> str:
    """Whether this server speaks https (see the verb `class`)."""
    return "https" if st.get_option("server.sslCertFile") else "http"


def gives_devices() -> bool:
    """Whether the browser lets this page use a camera and a microphone: on the computer of the server, or over https
    (W3C, Secure Contexts, section 3.1)."""
    address = urlsplit(st.context.url or "")
    return address.scheme != "http" or address.hostname in THIS_COMPUTER


def is_student() -> bool:
    """Whether somebody sits here whom the computer does not belong to."""
    return classroom() is not None and not visitor().is_teacher


def refresh(seconds: float) -> float:
    """Seconds between two drawings of a live part: more in a class, since one process draws those of thirty pages."""
    return seconds * _SLOWER if os.environ.get(HOME) else seconds


_SLOWER = 4


def where_it_stays() -> Message:
    """Whose computer keeps what is brought here."""
    if is_student():
        return Message("Everything stays on the teacher's computer.")
    return Message("Everything stays on this computer.")


@st.cache_resource(show_spinner=False)
def launcher() -> LocalLauncher:
    """The one launcher of this server, with a worker warming up."""
    room, address = classroom(), os.environ.get(CLUSTER)
    home, rules = (Workspace(room.folder), class_rules(room)) if room else (Workspace.default(), Rules())
    made = RayLauncher(home, address, rules) if address else LocalLauncher(home, rules=rules)
    made.warm_up()
    atexit.register(made.close)
    return made


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """From the start of the server to its end: a worker warms up before the first visitor, and none is left behind."""
    room, address = classroom(), f"{scheme()}://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
    with room.serving(address) if room else nullcontext():
        launcher()
        if room:
            go_on(room, launcher())
        threading.Thread(target=_import_ahead, daemon=True).start()
        if not st.get_option("server.headless"):
            first = f"{address}/teacher?key={room.teacher_key}" if room else address
            threading.Timer(1.0, webbrowser.open, [first]).start()
        yield
        launcher().close()


def _import_ahead() -> None:
    """What the first visit to a page would wait for, and a little housekeeping."""
    room = classroom()
    for home in room.workspaces if room else [Workspace.default()]:
        tidy(home, is_export)
        tidy_bin(home)
        forget_checkpoints(home)
    import pandas  # noqa: F401
    import plotly.graph_objects as go

    _plotly()
    go.Figure(go.Bar(x=[1], y=[1])).to_json()
    # What was imported never becomes garbage: a search that leaves it out takes a tenth of the time.
    gc.collect()
    gc.freeze()


def plotly_route() -> Route:
    """Where browsers fetch plotly.js, which they may keep: the address changes with the version."""
    # As it is: compressing it for each browser would take longer than sending it.
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Encoding": "identity"}
    return Route(plotly_address(), lambda _: Response(_plotly(), media_type="text/javascript", headers=headers))


def plotly_address() -> str:
    """The path of plotly.js on this server."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{base and '/'}{base}/plotly-{version('plotly')}.js"


@cache
def _plotly() -> bytes:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs().encode()


def on_script_error(error: Exception) -> bool:
    """Whatever a page did not foresee: said in plain words; the details are in the server's log."""
    if known := error if isinstance(error, UserError) else refusal(error, Workspace.default().root):
        st.error(error_text(known))
        return True
    print_details(error)
    st.error(
        tr(
            "**Something went wrong on this page.** Your data and runs are safe. Reload the page. If it happens "
            "again, the text in the window where the program was started may tell why ({kind}).",
            kind=type(error).__name__,
        )
    )
    return True
