"""Dialogs, and timers that leave them open: a page that is drawn anew closes the dialog in front of it, with all that
somebody has typed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

_OPEN = "dialog-open"


def open_dialog(
    title: str, show: Callable[..., None], *args: Any, width: Literal["small", "medium", "large"] = "small",
    icon: str | None = None,
) -> None:  # fmt: skip
    """Show `show(*args)` in front of the page, until a person closes it or the page is drawn anew. Closing it draws the
    page, with what ended meanwhile."""
    st.session_state[_OPEN] = True
    st.dialog(title, width=width, icon=icon, on_dismiss="rerun")(show)(*args)


def no_dialog() -> None:
    """To be called where a page begins to be drawn."""
    st.session_state[_OPEN] = False


def draw_anew() -> None:
    """For a timer whose work has ended: draw the page anew, or, while a dialog is open, when that is closed."""
    if not st.session_state.get(_OPEN):
        st.rerun()
