"""What the terms on a page mean, a click away from where they are first met."""

from __future__ import annotations

import streamlit as st

from core.glossary import terms
from pages.shared.words import tr


def explain(*keys: str) -> None:
    """A small button beside a heading. It opens what these terms mean, and where on the page they are met."""
    with st.popover(tr("Terms"), icon=":material/menu_book:", type="tertiary", key=f"terms-{'-'.join(keys)}"):
        _list(*keys)


def show_glossary() -> None:
    """All terms, folded away."""
    with st.expander(tr("Glossary"), icon=":material/menu_book:"):
        _list()


def _list(*keys: str) -> None:
    for term in terms(*keys):
        st.markdown(tr("**{name}**: {meaning} :gray[{where}]", name=term.name, meaning=term.meaning, where=term.where))
