"""Room in the library: what was done and how it is undone, the bin, what can be cleared, the disk budget."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import UserError
from core.library.bin import KEEP_DAYS, Binned, find_binned, list_bin, restore
from core.library.items import KINDS
from core.library.room import CACHES, Usage, cache_bytes, clear, set_budget
from core.messages import NOTHING, Message, counted, sentences
from pages.shared.jobs import wait_for
from pages.shared.services import workspace
from pages.shared.words import plain, problems_shown, title_of, tr

CHOSEN = "library-chosen"
"""Where a session keeps the ids of what is selected."""
_ASKED = "library-asked"
"""Where a session keeps the ids of what it is asked about before they go for good; none for the whole bin."""
_MOST_BINNED, _MOST_NAMED = 20, 6
_GIGABYTE = 1e9


# --- what was done ----------------------------------------------------------------------------------------------------


def turn() -> int:
    """How often the selection was taken away or another one asked for."""
    found: int = st.session_state.setdefault("library-turn", 0)
    return found


def done(said: Message, entries: Sequence[Binned] = ()) -> None:
    """Say what was done, with a way back where there is one, and draw all anew."""
    st.session_state["library-turn"] = turn() + 1
    st.session_state.pop(CHOSEN, None)
    st.session_state["library-done"] = (said, [entry.id for entry in entries])
    st.query_params.pop("item", None)
    st.rerun()


def say_what_was_done() -> None:
    """The last thing that was done here: in passing, or until the next one where there is a way back."""
    said, entries = st.session_state.get("library-done", (NOTHING, []))
    if not entries:
        if st.session_state.pop("library-done", None):
            st.toast(tr(said), icon=":material/check:")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(tr(said), width="stretch")
        if st.button(tr("Undo"), icon=":material/undo:", key="undo-delete"):
            with problems_shown():
                for entry in entries:
                    restore(find_binned(entry, workspace()), workspace())
                done(Message("Nothing was deleted: all of it is back."))


# --- the bin ----------------------------------------------------------------------------------------------------------


def show_bin() -> None:
    """What was deleted, each with a way back, and a way out."""
    entries = list_bin(workspace())
    with st.expander(tr("Bin: {n}", n=len(entries)), icon=":material/delete:"):
        if not entries:
            st.caption(tr("What is deleted stays here for {n} days and can be restored.", n=KEEP_DAYS))
            return
        for entry in entries[:_MOST_BINNED]:
            _show_binned(entry)
        if len(entries) > _MOST_BINNED:
            st.caption(tr("{n} more, deleted before these", n=len(entries) - _MOST_BINNED))
        _show_all(entries)
    _ask_first(entries)


def _show_all(entries: Sequence[Binned]) -> None:
    """A way back and a way out for all of them."""
    with st.container(horizontal=True):
        if st.button(tr("Restore all"), icon=":material/undo:", key="restore-all"):
            problems = []
            for entry in entries:
                try:
                    restore(entry, workspace())
                except UserError as error:  # the others come back all the same
                    problems.append(error.problem)
            n = len(entries) - len(problems)
            done(sentences(counted("Restored: {n} entry.", "Restored: {n} entries.", n=n), *problems))
        if st.button(tr("Empty the bin"), icon=":material/delete_forever:", key="empty-bin"):
            st.session_state[_ASKED] = []


def _show_binned(entry: Binned) -> None:
    title = title_of(entry.title)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            tr("{kind} **{title}** · deleted on {deleted:date} · {size:bytes} · goes for good on {when:date}",
               kind=KINDS[entry.kind], title=title, deleted=entry.deleted, size=entry.bytes, when=entry.goes),
            width="stretch",
        )  # fmt: skip
        if st.button(tr("Restore"), icon=":material/undo:", key=f"restore-{entry.id}"):
            with problems_shown():
                restore(entry, workspace())
                done(Message("Restored: **{title}**", title=title))
        if st.button(tr("Delete for good"), icon=":material/delete_forever:", key=f"forget-{entry.id}"):
            st.session_state[_ASKED] = [entry.id]


def _ask_first(entries: Sequence[Binned]) -> None:
    """What cannot be undone is asked about in a dialog, which stays until it is answered or closed."""
    asked: list[str] | None = st.session_state.get(_ASKED)
    going = [entry for entry in entries if asked is not None and (entry.id in asked or not asked)]
    if not going:
        _ask_no_more()
        return

    def dialog() -> None:
        with st.container(border=True):
            for entry in going[:_MOST_NAMED]:
                named = {"kind": KINDS[entry.kind], "title": title_of(entry.title), "size": entry.bytes}
                st.markdown(tr("{kind} **{title}** · {size:bytes}", **named))
            if len(going) > _MOST_NAMED:
                st.caption(tr("{n} more", n=len(going) - _MOST_NAMED))
        st.markdown(tr("This cannot be undone."))
        with st.container(horizontal=True):
            if st.button(
                tr("Delete for good"), type="primary", icon=":material/delete_forever:", key="delete-for-good"
            ):
                _empty(asked or [])
            if st.button(tr("Keep"), key="keep-binned"):
                _ask_no_more()
                st.rerun()

    title = counted("Delete {n} entry for good?", "Delete {n} entries for good?", n=len(going))
    st.dialog(plain(title), icon=":material/delete_forever:", on_dismiss=_ask_no_more)(dialog)()


def _ask_no_more() -> None:
    st.session_state.pop(_ASKED, None)


def _empty(entries: list[str]) -> None:
    """Delete some of the bin for good, or all of it where none is named."""
    _ask_no_more()
    made = wait_for("empty_bin", "bin", {"entries": entries}, Message("Making room"))
    if made:
        done(Message("{size:bytes} were freed.", size=made[1]["bytes"]))


# --- room -------------------------------------------------------------------------------------------------------------


def show_room(found: Usage) -> None:
    """What takes the room, what of it can be cleared, and how much there may be."""
    with st.expander(tr("Room on the disk"), icon=":material/hard_drive:"):
        st.markdown("\n".join(f"- {tr(name)}: {tr('{n:bytes}', n=size)}" for _, name, size in found.named() if size))
        for name, cache in CACHES.items():
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                size = cache_bytes(name, workspace())
                st.markdown(
                    tr("**{title}** · {size:bytes}. {cost}", title=cache.title, size=size, cost=cache.cost),
                    width="stretch",
                )
                if st.button(tr("Clear"), key=f"clear-{name}", disabled=not size):
                    with problems_shown():
                        clear(name, workspace())
                        done(Message("Cleared: {size:bytes}", size=size - cache_bytes(name, workspace())))
        _choose_budget(found.budget)


def _choose_budget(now: int | None) -> None:
    with st.form("budget", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        size = st.number_input(
            tr("Disk budget (GB)"), 0.0, 100_000.0, (now or 0) / _GIGABYTE, 1.0, key="budget-size",
            help=tr("Before everything together takes so much, the Studio says so. 0: it never does."),
        )  # fmt: skip
        if st.form_submit_button(tr("Keep")):
            with problems_shown():
                set_budget(round(size * _GIGABYTE) or None, workspace())
                done(Message("The disk budget is kept.") if size else Message("There is no disk budget now."))
