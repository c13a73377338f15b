"""The tour of the Studio: three steps, a column each, for whoever is here for the first time; later when asked for."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.errors import StorageError
from core.messages import Message
from core.storage import write_json
from pages.shared.services import workspace
from pages.shared.words import Markdown, tr

STEPS = (
    Message("**Left: examples.** A model learns from a few examples of each class. These are six kinds of clip art."),
    Message("**Middle: training.** Train shows a **pretrained** model these examples: that is **fine-tuning**."),
    Message("**Right: the model.** It answers about pictures that it did not learn from. Now try it with your own."),
)
HEADINGS = (Message("1 · Examples"), Message("2 · Training"), Message("3 · Model"))
_AT = "tour"
"""In the session: the step, from 0; len(STEPS) when it is over."""


def tour_step() -> int | None:
    """The step of the tour that is to be shown; None when it is over, or was seen before."""
    if _AT not in st.session_state:
        st.session_state[_AT] = len(STEPS) if _seen().exists() else 0
    at: int = st.session_state[_AT]
    return at if at < len(STEPS) else None


def show_step(at: int) -> None:
    """What a step says, with the ways on and out."""
    last = at == len(STEPS) - 1
    says, ways = st.columns([7, 3], vertical_alignment="center", gap="xsmall")
    says.markdown(tr("{n} of {total} · {says}", n=at + 1, total=len(STEPS), says=STEPS[at]))
    with ways.container(horizontal=True, gap="xsmall"):
        if st.button(tr("Done") if last else tr("Next step"), key="tour-next"):
            _go(at + 1)
        if not last and st.button(tr("Skip"), key="tour-skip", type="tertiary", help=tr("End the tour")):
            _go(len(STEPS))


def heading(column: int, *, toured: bool) -> Markdown:
    """What stands above a column; marked where the tour is just there."""
    said = tr(HEADINGS[column])
    return Markdown(f":primary-background[{said}]" if toured and tour_step() == column else said)


def show_way_to_tour() -> None:
    """A button that begins it again."""
    if st.button(tr("Show me around"), type="tertiary", key="tour-again"):
        _go(0)


def _go(to: int) -> None:
    st.session_state[_AT] = to
    if to >= len(STEPS):
        with suppress(StorageError):  # then it is shown once more
            write_json(_seen(), {"seen": True})
    st.rerun()


def _seen() -> Path:
    return workspace().root / "tour.json"
