"""What is damaged: one entry that says so, what is still known of it, and a way to remove it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.dataset import damaged_datasets
from core.library.bin import KEEP_DAYS, delete
from core.messages import Message
from core.runs.folder import RunFolder, damaged_jobs
from core.storage import DamagedFolder
from core.workspace import Workspace
from pages.shared.services import workspace
from pages.shared.words import problems_shown, tr

_KINDS: dict[str, Callable[[Workspace], list[DamagedFolder]]] = {
    "runs": lambda workspace: damaged_jobs(workspace.runs),
    "studies": lambda workspace: damaged_jobs(workspace.studies),
    "datasets": damaged_datasets,
}


def show_damaged(*kinds: str) -> None:
    """An entry for each of the "runs", "studies" and "datasets" that cannot be read; nothing where all can be."""
    found = [entry for kind in kinds for entry in _KINDS[kind](workspace())]
    if not found:
        return
    with st.expander(tr("Damaged: {n}", n=len(found)), icon=":material/error:"):
        st.caption(tr("Everything else still works. What is damaged stays as it is until you remove it."))
        for entry in found:
            _show(entry)


def show_damages(folder: RunFolder) -> bool:
    """What is damaged of a run or a study that is shown all the same, and a way to remove all of it; whether anything
    is."""
    damages = folder.damages()
    for damage in damages:
        st.error(tr(damage.message))
    if damages:
        _offer_to_remove(DamagedFolder(folder.path, damages[0].why))
    return bool(damages)


def _show(entry: DamagedFolder) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        name = Message("{title} ({id})", title=entry.title, id=entry.id) if entry.title else entry.id
        st.markdown(tr("**{name}** · {damaged}", name=name, damaged=entry.message), width="stretch")
        _offer_to_remove(entry)


def _offer_to_remove(entry: DamagedFolder) -> None:
    """A button that asks before it removes."""
    with st.popover(tr("Remove"), icon=":material/delete:"):
        st.markdown(
            tr("It goes into the bin with all that is still in it, and can be restored for {n} days.", n=KEEP_DAYS)
        )
        if st.button(tr("Remove it"), type="primary", key=f"remove-{entry.id}"):
            with problems_shown():
                delete([entry.id], workspace())
                st.rerun()
