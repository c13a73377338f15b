"""Library: all datasets, runs, studies and exports with their sizes; name, note, pin and delete them; make room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import pandas as pd
import streamlit as st

from core.library.bin import KEEP_DAYS, to_bin, what_goes, why_not
from core.library.items import KINDS, Item, list_items
from core.library.remarks import LONGEST_NOTE, LONGEST_TITLE, rename, write_remark
from core.library.room import Usage, sizes_of, usage
from core.messages import Message, counted, sentences
from core.results.finished_run import has_model
from core.runs.folder import RunFolder
from pages.keep.room import CHOSEN, done, say_what_was_done, show_bin, show_room, turn
from pages.shared.pages import (
    COMPARE,
    CURVE,
    DATA,
    EXPERIMENT,
    FEW_SHOT,
    POOLED,
    PROJECT,
    RACE,
    RESULT,
    START,
    TRAIN,
    Page,
    show_empty,
    turn_to,
)
from pages.shared.services import workspace
from pages.shared.words import STATES, Markdown, plain, problems_shown, title_of, tr

PATIENCE = 0.4
"""Seconds after which sizes that are not known yet wait for the next time the page is drawn."""
_TABLE_HEIGHT = 400
"""Pixels, so that what is below is seen, too."""
_STUDIES: dict[str, Page] = {
    "few_shot": FEW_SHOT, "transfer": EXPERIMENT, "learning_curve": CURVE, "pooled": POOLED,
    "benchmark": RACE,
}  # fmt: skip
_STATES = {**{state: word for state, (word, _) in STATES.items()}, "earlier": Message("Of an earlier version")}
_FILTERS: dict[str, Message] = {
    "all": Message("Everything"), "dataset": Message("Datasets"), "run": Message("Runs"),
    "study": Message("Studies"), "export": Message("Exports"),
}  # fmt: skip


# --- what there is ----------------------------------------------------------------------------------------------------


def _table(items: Sequence[Item], sizes: dict[str, int | None]) -> list[Item]:
    """All of them in a table that sorts by each of its columns; those that are selected."""
    rows = pd.DataFrame(
        {
            "pinned": [plain("pinned") if item.remark.pinned else "" for item in items],
            "kind": [plain(KINDS[item.kind]) for item in items],
            "name": [title_of(item.title) or item.id for item in items],
            "detail": [plain(item.detail) for item in items],
            "state": [plain(_STATES[item.state]) if item.kind != "dataset" or item.why else "" for item in items],
            "date": [datetime.fromtimestamp(item.created) for item in items],
            "size": [None if (size := sizes[item.id]) is None else size / 1e6 for item in items],
            "note": [item.remark.note or _origin(item) for item in items],
        }
    )
    column, before = st.column_config, _chosen_before()
    places = [number for number, item in enumerate(items) if item.id in before]
    found = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="multi-row", key=_key(items),
        selection_default={"selection": {"rows": places}} if places else None, column_order=_columns(items),
        height=min(_TABLE_HEIGHT, 38 + 35 * len(items)),
        column_config={
            "pinned": column.TextColumn("", width=70),
            "kind": column.TextColumn(plain("Kind"), width="small"),
            "name": column.TextColumn(plain("Name"), width="medium"),
            "detail": column.TextColumn(plain("What"), width=270),
            "state": column.TextColumn(plain("State"), width="small"),
            "date": column.DatetimeColumn(plain("Date"), format="YYYY-MM-DD HH:mm", width=140),
            "size": column.NumberColumn(plain("Size"), format="%.2f MB", width="small"),
            "note": column.TextColumn(plain("Note")),
        },
    )  # fmt: skip
    chosen = [items[row] for row in found.selection.rows if row < len(items)]
    st.session_state[CHOSEN] = [item.id for item in chosen]
    if len(chosen) == 1:
        st.query_params["item"] = chosen[0].id
    else:
        st.query_params.pop("item", None)
    return chosen


def _columns(items: Sequence[Item]) -> list[str]:
    """Those in which something stands."""
    said = {
        "pinned": any(item.remark.pinned for item in items),
        "note": any(item.remark.note or item.remark.origin for item in items),
    }
    order = ("pinned", "kind", "name", "detail", "size", "date", "state", "note")
    return [name for name in order if said.get(name, True)]


def _key(items: Sequence[Item]) -> str:
    """A selection goes by the numbers of rows, so other rows are another table: what somebody else deletes meanwhile
    must not make mine a selection of its neighbour."""
    shown = " ".join([str(turn()), *(item.id for item in items)])
    return f"library-{sha256(shown.encode()).hexdigest()[:16]}"


def _chosen_before() -> list[str]:
    """The ids that are selected, or that a link asks for."""
    asked, before = st.query_params.get("item"), st.session_state.get(CHOSEN, [])
    if asked and asked not in before:
        st.session_state[CHOSEN], st.session_state["library-turn"] = [asked], turn() + 1
    found: list[str] = st.session_state.get(CHOSEN, [])
    return found


def _origin(item: Item) -> str:
    return plain("from {project}", project=item.remark.origin) if item.remark.origin else ""


# --- what can be done with it -----------------------------------------------------------------------------------------


def _act(chosen: Sequence[Item], reasons: Sequence[Message]) -> None:
    """What can be done with the selected ones. The buttons are always the same, so that the table below stays where it
    is: a second click on it must not meet another row."""
    one = chosen[0] if len(chosen) == 1 else None
    st.markdown(_selected(chosen))
    whole = [item for item in chosen if not item.why]
    with st.container(horizontal=True):
        _open(one if whole else None)
        _name_and_note(one if whole and one and one.kind != "export" else None)
        _pin(whole)
        if st.button(tr("Save as a project file"), icon=":material/folder_zip:", disabled=not whole):
            turn_to(PROJECT, items=",".join(item.id for item in whole))
        if st.button(tr("Delete"), icon=":material/delete:", disabled=not chosen or bool(reasons), key="delete"):
            with problems_shown():
                entries = to_bin(chosen, workspace())
                said = counted(
                    "**Deleted.** It stays in the bin for {days} days.",
                    "**Deleted: {n}.** They stay in the bin for {days} days.", n=len(chosen), days=KEEP_DAYS,
                )  # fmt: skip
                done(said, entries)


def _selected(chosen: Sequence[Item]) -> Markdown:
    """One line, also on a telephone."""
    if not chosen:
        return tr("Select rows to open or delete them.")
    return tr(counted("**{n} selected**", "**{n} selected**", n=len(chosen)))


def _tell(chosen: Sequence[Item], items: Sequence[Item], reasons: Sequence[Message]) -> None:
    """What is to be known of the selected ones."""
    one = chosen[0] if len(chosen) == 1 else None
    if one:
        st.markdown(tr("**{title}** · {detail}", title=title_of(one.title) or one.id, detail=one.detail))
    if one and one.kind == "export" and one.remark.origin:
        st.warning(
            tr("It came in the project {name}. Run nothing from it unless you trust whoever made that.",
               name=one.remark.origin), icon=":material/warning:",
        )  # fmt: skip
    if reasons:
        st.info(tr(sentences(*reasons)))
    elif goes := what_goes(chosen, items):
        st.caption(tr(goes))
    if one and one.remark.note:
        st.text(one.remark.note)


def _open(item: Item | None) -> None:
    """The page that shows it; an export can be downloaded."""
    if item and item.kind == "export":
        file = item.path / str((item.about.get("result") or {}).get("file", ""))
        st.download_button(
            tr("Download"), file.read_bytes() if file.is_file() else b"", f"finetune-lab-{item.id}{file.suffix}",
            key="download-export", on_click="ignore", icon=":material/download:", disabled=not file.is_file(),
        )  # fmt: skip
        return
    if st.button(tr("Open"), icon=":material/arrow_forward:", key="open", disabled=item is None) and item:
        if item.kind == "dataset":
            turn_to(DATA, dataset=item.id)
        if item.kind == "run":
            turn_to(RESULT if has_model(RunFolder(item.path)) else TRAIN, run=item.id)
        request = item.about["request"]
        if request["study"] in _STUDIES:
            turn_to(_STUDIES[request["study"]], study=item.id)
        turn_to(COMPARE, runs=",".join(request["design"]["runs"]), on=item.id)


def _name_and_note(item: Item | None) -> None:
    # Each has a key that changes with everything done here, which closes it.
    renaming, noting = f"renaming-{turn()}", f"noting-{turn()}"
    with st.popover(tr("Rename"), icon=":material/edit:", disabled=item is None, key=renaming):
        if item:
            with st.form(f"rename-{item.id}", border=False):  # so that Enter does it, too
                title = st.text_input(tr("Name"), item.title, max_chars=LONGEST_TITLE, key=f"title-{item.id}")
                asked = st.form_submit_button(tr("Rename it"), type="primary", key="rename")
            if asked:
                with problems_shown():
                    kept = rename(item.path, title, workspace())
                    done(Message("Renamed: **{title}**", title=kept))
    with st.popover(tr("Note"), icon=":material/sticky_note_2:", disabled=item is None, key=noting):
        if item:
            note = st.text_area(tr("Note"), item.remark.note, max_chars=LONGEST_NOTE, key=f"note-{item.id}")
            if st.button(tr("Keep the note"), type="primary", key="keep-note"):
                with problems_shown():
                    write_remark(item.path, replace(item.remark, note=note.strip()))
                    done(Message("The note is kept."))


def _pin(chosen: Sequence[Item]) -> None:
    pinned = bool(chosen) and all(item.remark.pinned for item in chosen)
    says = tr("Unpin") if pinned else tr("Pin")
    helps = tr("What is pinned stands at the top, and is not deleted until it is unpinned.")
    if st.button(says, icon=":material/keep:", help=helps, key="pin", disabled=not chosen):
        with problems_shown():
            for item in chosen:
                write_remark(item.path, replace(item.remark, pinned=not pinned))
            done(Message("Unpinned.") if pinned else Message("Pinned."))


def _words_of(item: Item) -> str:
    """What a search looks at: all that the reader sees of it, and what its maker wrote."""
    said = (title_of(item.title), item.title, plain(item.detail), item.remark.note, item.id)
    return " ".join(said).casefold()


# --- the page ---------------------------------------------------------------------------------------------------------


def _head(count: int, found: Usage) -> None:
    """How much there is, in one line, and what is to be said about it."""
    known = {"n": count, "total": found.total, "free": found.free}
    all_of_it = Message("{total:bytes} in all", **known)
    if found.budget is not None:
        all_of_it = Message("{total:bytes} in all, where {budget:bytes} are meant for it", budget=found.budget, **known)
    says = counted("{n} entry, {size}. {free:bytes} are free on the disk.",
                   "{n} entries, {size}. {free:bytes} are free on the disk.",
                   size=all_of_it, **known)  # fmt: skip
    st.caption(tr(says))
    if found.warning:
        st.warning(tr(found.warning), icon=":material/hard_drive:")


st.title(tr("Library"))
say_what_was_done()
items, room = list_items(workspace()), usage(workspace())
if items:
    _head(len(items), room)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = st.segmented_control(
            tr("Show"), list(_FILTERS), default="all", required=True, format_func=lambda kind: tr(_FILTERS[kind]),
            key="library-kind", label_visibility="collapsed", wrap=True,
        )  # fmt: skip
        wanted = st.text_input(tr("Search"), key="library-search", placeholder=plain("Search"),
                               label_visibility="collapsed")  # fmt: skip
    rows = [
        item for item in items
        if shown in ("all", item.kind) and wanted.casefold() in _words_of(item)
    ]  # fmt: skip
    if gone := set(_chosen_before()) - {item.id for item in items}:
        st.warning(
            tr(
                counted(
                    "{n} selected entry is not here any more: it was deleted meanwhile.",
                    "{n} selected entries are not here any more: they were deleted meanwhile.",
                    n=len(gone),
                )
            )
        )
    sizes = sizes_of(rows, workspace(), PATIENCE)
    if rows:
        above = st.container()  # what can be done with the selected ones stands where it is seen
        chosen = _table(rows, sizes)
        reasons = why_not(chosen, items, workspace()) if chosen else []
        with above:
            _act(chosen, reasons)
        if chosen:
            _tell(chosen, items, reasons)
        else:
            st.caption(tr("A click on a column's head sorts."))
    else:
        st.info(tr("Nothing matches."))
else:
    show_empty(Message("Datasets, runs, studies and exports stand here, with their sizes, once there are any."), START,
               DATA)  # fmt: skip
show_bin()
show_room(room)
if items and None in sizes.values():
    st.rerun()
