"""What all sessions of this server share: the workspace and the launcher. Read-only for pages."""

from __future__ import annotations

import atexit
import gc
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

import streamlit as st
from starlette.responses import Response
from starlette.routing import Route

from core.errors import UserError, print_details
from core.library.bin import tidy_bin
from core.library.items import is_export
from core.runs.folder import forget_checkpoints
from core.runs.launcher import Launcher
from core.runs.local import LocalLauncher
from core.storage import refusal
from core.workspace import Workspace, tidy
from pages.shared.words import error_text, tr


def workspace() -> Workspace:
    return Workspace.default()


@st.cache_resource(show_spinner=False)
def launcher() -> Launcher:
    """The one launcher of this server, with a worker warming up."""
    made = LocalLauncher(workspace())
    made.warm_up()
    atexit.register(made.close)
    return made


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """From the start of the server to its end: a worker warms up before the first visitor, and none is left behind."""
    launcher()
    threading.Thread(target=_import_ahead, daemon=True).start()
    if not st.get_option("server.headless"):
        address = f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
        threading.Timer(1.0, webbrowser.open, [address]).start()
    yield
    launcher().close()


def _import_ahead() -> None:
    """What the first visit to a page would wait for, and a little housekeeping."""
    tidy(workspace(), is_export)
    tidy_bin(workspace())
    forget_checkpoints(workspace())
    import pandas  # noqa: F401
    import plotly.graph_objects as go

    _plotly()
    go.Figure(go.Bar(x=[1], y=[1])).to_json()
    # Streamlit collects all garbage after every script run, a live chart's twice a second too. What was imported
    # never becomes garbage; without looking through it each time, that takes a tenth.
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
    if known := error if isinstance(error, UserError) else refusal(error, workspace().root):
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
