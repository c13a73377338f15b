"""A word about the room on the disk, where somebody would see it before it is a trouble."""

from __future__ import annotations

import streamlit as st

from core.library.room import budget, usage
from core.messages import Message
from pages.shared.pages import LIBRARY, link
from pages.shared.services import workspace
from pages.shared.words import problems_shown, tr


def warn_of_room() -> None:
    """What is to be said when the disk budget is nearly reached, with the way to where room is made."""
    with problems_shown():
        said = usage(workspace()).warning if budget(workspace()) else None
        if said:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.warning(tr(said), icon=":material/hard_drive:", width="stretch")
                link(LIBRARY, Message("Make room"))
