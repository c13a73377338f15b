"""Where it fails: which classes, which examples, what kinds of them, and which are too much like those that taught."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.shared.words import tr
from pages.understand.confusions import show_classes
from pages.understand.hard_examples import show_hard_examples
from pages.understand.kinds import show_kinds, show_twins
from pages.understand.seen import Seen

_VIEWS: dict[str, tuple[str, Callable[[Seen], None]]] = {
    "classes": ("Which classes", show_classes),
    "examples": ("Which examples", show_hard_examples),
    "kinds": ("What kinds", show_kinds),
    "twins": ("Too alike?", show_twins),
}


def show_failures(seen: Seen) -> None:
    """One view at a time, so that the page stays short."""
    view = st.segmented_control(
        tr("Which failures"), list(_VIEWS), default="classes", required=True, label_visibility="collapsed",
        format_func=lambda name: tr(_VIEWS[name][0]), key="failures-view",
    )  # fmt: skip
    _VIEWS[view][1](seen)
