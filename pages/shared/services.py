"""What all sessions of this server share: the workspace and the launcher. Read-only for pages."""

from __future__ import annotations

import atexit

import streamlit as st

from core.runs.launcher import Launcher
from core.workspace import Workspace


def workspace() -> Workspace:
    return Workspace.default()


@st.cache_resource(show_spinner=False)
def launcher() -> Launcher:
    """The one launcher of this server, with a worker warming up."""
    made = Launcher(workspace())
    made.warm_up()
    atexit.register(made.close)
    return made
