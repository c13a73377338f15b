"""An empty page: what will appear here, and how to get there."""

from __future__ import annotations

import streamlit as st

from pages.shared.words import tr


def show_empty(says: str, *ways: st.Page) -> None:
    """`says` in plain words, then a link to each page that leads on."""
    st.info(tr(says))
    with st.container(horizontal=True):
        for page in ways:
            st.page_link(page)
