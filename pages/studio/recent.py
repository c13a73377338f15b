"""What was done last: recent runs with their data, method, score and date, each with a name that can be changed."""

from __future__ import annotations

import streamlit as st

from core.events import Score
from core.library.bin import KEEP_DAYS, delete
from core.library.remarks import LONGEST_TITLE, rename
from core.messages import Message
from core.runs.folder import RunFolder, list_runs, unreadable_runs
from core.studies.benchmark.candidates import benchmark_of, stands_alone
from core.training.spec.recipe import model_and_method
from core.workspace import is_safe_id
from pages.shared.current import began
from pages.shared.pages import LIBRARY, RACE, RESULT, TRAIN, link
from pages.shared.services import workspace
from pages.shared.words import STATES, Markdown, escape, problems_shown, title_of, tr

_RECENT = 6


def show_recent() -> None:
    """The latest runs, and the benchmarks that others belong to."""
    runs = list_runs(workspace())
    alone = [run for run in runs if stands_alone(run, workspace())]
    if alone:
        st.subheader(tr("Recent runs"))
        for run in alone[:_RECENT]:
            _run(run)
        if len(alone) > _RECENT:
            link(LIBRARY, Message("All of them"), icon=":material/inventory_2:")
    if earlier := unreadable_runs(workspace()):
        st.caption(tr(earlier))
    races = dict.fromkeys(race_id for run in runs if (race_id := benchmark_of(run)))
    if races:
        with st.expander(tr("Benchmarks"), icon=":material/flag:"):
            for race_id in list(races)[:_RECENT]:
                _race(race_id)


def _run(folder: RunFolder) -> None:
    about, status = folder.about(), folder.status()
    word, icon = STATES[status.state]
    result = about.get("result") or {}
    found = result.get("test") or result.get("validation")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        model, method = model_and_method(about["request"]["recipe"], workspace())
        st.markdown(
            tr("**{title}** · {model} · {method} · {icon} {state} · {when}", title=title_of(about["title"]),
               model=model, method=method, icon=Markdown(f":material/{icon}:"), state=word, when=began(folder)),
            width="stretch",
        )  # fmt: skip
        if found:
            score = Score.from_dict(found)
            values = {"share": score.accuracy, "interval": score.interval, "n": score.n}
            st.markdown(tr("{share:percent} ({interval:percent}, n={n})", **values))
        page = RESULT if status.state in ("completed", "stopped") and found else TRAIN
        link(page, Message("Open"), run=folder.id)
        _edit(folder, about["title"])


def _edit(folder: RunFolder, title: str) -> None:
    """Another name, or the bin."""
    with st.popover(tr("Edit"), icon=":material/edit:", type="tertiary", key=f"edit-{folder.id}"):
        name = st.text_input(tr("Name"), title, max_chars=LONGEST_TITLE, key=f"recent-title-{folder.id}")
        with st.container(horizontal=True):
            if st.button(tr("Rename"), type="primary", key=f"recent-rename-{folder.id}"):
                with problems_shown():
                    rename(folder.path, name, workspace())
                    st.rerun()
            if st.button(tr("Delete"), icon=":material/delete:", key=f"recent-delete-{folder.id}"):
                with problems_shown():
                    delete([folder.id], workspace())
                    if st.session_state.get("run") == folder.id:
                        del st.session_state["run"]
                        st.query_params.pop("run", None)
                    st.toast(tr("**Deleted.** It stays in the bin for {days} days.", days=KEEP_DAYS))
                    st.rerun()


def _race(race_id: str) -> None:
    """One benchmark, in place of the many trainings it was made of."""
    folder = RunFolder(workspace().studies / race_id)
    if not is_safe_id(race_id) or not folder.readable:  # it was deleted, its runs were not
        return
    word, icon = STATES[folder.status().state]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(title_of(folder.title))}** · :material/{icon}: {tr(word)}", width="stretch")
        link(RACE, Message("Open"), study=race_id)
