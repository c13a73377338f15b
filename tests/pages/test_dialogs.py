"""A timer whose work has ended draws the page anew, unless that would close a dialog."""

from __future__ import annotations

import streamlit as st

from pages.shared.dialogs import draw_anew, no_dialog, open_dialog
from tests.pages.conftest import visit


def test_a_page_is_drawn_anew_unless_a_dialog_is_open(monkeypatch):
    drawn, shown = [], []
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "rerun", lambda: drawn.append(True))
    monkeypatch.setattr(st, "dialog", lambda title, **options: lambda show: show)
    draw_anew()
    assert len(drawn) == 1
    open_dialog("A class", shown.append, "apples")
    draw_anew()
    assert shown == ["apples"] and len(drawn) == 1
    no_dialog()
    draw_anew()
    assert len(drawn) == 2


def test_whoever_opens_a_page_has_no_dialog_before_them(app):
    app.session_state["dialog-open"] = True  # by the one before
    assert not visit(app, "prepare/data.py").session_state["dialog-open"]
