"""Result: how good it is and how sure one can be, and in parts: where it fails, how it learnt."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.runs.folder import RunFolder, ending, list_runs
from core.training.answers import read_answers
from pages.shared.current import choose_run, finished_run, has_model, load_dataset, run_labels
from pages.shared.empty import show_empty
from pages.shared.live_chart import load_plotly
from pages.shared.pages import START, TRAIN, TRY
from pages.shared.services import workspace
from pages.shared.words import escape, tr
from pages.understand.calibration import show_calibration
from pages.understand.failures import show_failures
from pages.understand.learning import show_learning
from pages.understand.score import show_score
from pages.understand.seen import Seen
from pages.understand.take_away import show_take_away
from pages.understand.time_machine import show_time_machine
from pages.understand.to_compare import show_way_to_compare

PARTS: dict[str, tuple[str, Callable[[Seen], None]]] = {
    "failures": ("Where it fails", show_failures),
    "sure": ("How sure it is", show_calibration),
    "learning": ("How it learnt", show_learning),
    "time": ("Time machine", show_time_machine),
    "report": ("Take it with you", show_take_away),
}
"""What one can look at, by the name in the address (`?part=`): the words on its button, and what shows it."""


def _choose(current: RunFolder) -> RunFolder:
    finished = {folder.id: folder for folder in list_runs(workspace()) if has_model(folder)}
    if len(finished) < 2:
        return current
    ids, labels = list(finished), run_labels(finished.values())
    chosen = st.selectbox(tr("Run"), ids, index=ids.index(current.id), format_func=labels.__getitem__)
    if chosen != current.id:
        choose_run(finished[chosen])
        st.rerun()
    return current


def _seen(run: RunFolder) -> Seen | None:
    ended = ending(run.events())
    try:
        dataset = load_dataset(run.request["dataset"])
    except UserError as error:
        st.error(escape(str(error)))
        return None
    return Seen(run, dataset, ended, tuple(read_answers(run.path))) if ended else None


def _show_part(seen: Seen) -> None:
    """One part at a time, so that the page stays short; the address keeps which."""
    names = [name for name in PARTS if seen.answers or name != "failures"]
    asked = st.query_params.get("part")
    part = st.segmented_control(
        tr("Look at"), names, default=asked if asked in names else names[0], required=True,
        format_func=lambda name: tr(PARTS[name][0]), label_visibility="collapsed", key="part",
    )  # fmt: skip
    st.query_params["part"] = part
    PARTS[part][1](seen)


st.title(tr("Result"))
run = finished_run()
if run is None:
    show_empty("When a run has finished, this page says how good it is and where it fails.", START, TRAIN)
else:
    _choose(run)
    load_plotly()
    seen = _seen(run)
    if seen:
        show_score(seen)
        _show_part(seen)
        with st.container(horizontal=True):
            if st.button(tr("Try it on something new"), type="primary", icon=":material/arrow_forward:"):
                st.switch_page(TRY, query_params={"run": run.id})
            show_way_to_compare(run)
