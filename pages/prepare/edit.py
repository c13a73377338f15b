"""Changing a set on its page: every change is a new version, saved at once, and each can be undone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.dataset import Dataset
from core.data.versions import Change, change_set, lineage, undo
from core.errors import UserError
from core.messages import Message
from pages.shared.current import choose_dataset
from pages.shared.services import workspace
from pages.shared.words import escape, tr


def make_change(dataset_id: str, change: Change) -> None:
    """Make the change, show the new version, and say so."""
    _go_on(lambda: change_set(dataset_id, [change], workspace()), change.summary)


def show_history(dataset: Dataset) -> None:
    """Which version this is, and what was changed, with a way back from every change."""
    line = lineage(dataset.id, workspace())
    if not line.changes:
        return
    with st.expander(tr("Version {n} · changes so far: {m}", n=line.version, m=len(line.changes))):
        st.caption(
            tr("Each can be undone. What you train on never changes: a run keeps the version it was trained on.")
        )
        for change in reversed(line.changes):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(tr(change.summary), width="stretch")
                if st.button(tr("Undo"), key=f"undo-{change.id}", icon=":material/undo:"):
                    _go_on(
                        lambda change=change: undo(dataset.id, change.id, workspace()),
                        Message("Undone: {change}", change=change.summary),
                    )


def _go_on(make: Callable[[], Dataset], done: Message) -> None:
    try:
        made = make()
    except UserError as error:
        st.error(escape(str(error)))
        return
    choose_dataset(made.id)
    st.session_state["done"] = done
    st.rerun()


def say_what_was_done() -> None:
    """After a change: what it was, once."""
    done = st.session_state.pop("done", None)
    if done:
        st.toast(tr(done), icon=":material/check:")
