"""Runs that were judged on different examples: why that is no comparison, and two ways to one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.modalities import get_modality
from core.runs.folder import RunFolder
from core.runs.progress import last_progress, share_of, wording
from core.studies.comparison.run import KIND, find_rescored
from core.studies.comparison.table import FEWEST_SHARED, Compared, common_sets
from core.workspace import is_safe_id
from pages.shared.current import about_dataset, dataset_name
from pages.shared.jobs import make_room
from pages.shared.pages import DATA, link
from pages.shared.services import launcher, workspace
from pages.shared.words import STATES, escape, plain, tr

SHARED = "shared"
_REFRESH_SECONDS = 1.0


def asked_study(runs: Sequence[str]) -> RunFolder | None:
    """The study of `?on=` if it judges these runs; a bad value is passed over."""
    asked = st.query_params.get("on", "")
    folder = RunFolder(workspace().studies / asked)
    if not is_safe_id(asked) or not folder.readable:
        return None
    about = folder.about()
    return folder if about["kind"] == KIND and set(runs) <= set(about["request"]["runs"]) else None


def offer(found: Compared) -> None:
    """The ways to a comparison: the examples that judged all, and another set."""
    st.markdown(f"**{tr('How to compare them after all')}**")
    if found.shared >= FEWEST_SHARED:
        st.markdown(
            tr("{n} examples judged all of them, and taught none. On those alone they can be compared at once.",
               n=found.shared)
        )  # fmt: skip
        if st.button(tr("Compare on these {n}", n=found.shared), type="primary", icon=":material/join_inner:"):
            _turn_to(SHARED)
    else:
        st.markdown(
            tr("Only {n} examples judged all of them: too few to compare on.", n=found.shared)
            if found.shared
            else tr("No example judged all of them.")
        )
    _another_set(found)
    again = find_rescored([run.run for run in found.runs], workspace())
    newest = {folder.request["dataset"]: folder for folder in reversed(again)}
    for folder in newest.values():
        said = tr("Judged again before, on {name}", name=folder.title)
        if st.button(escape(said), key=f"again-{folder.id}", icon=":material/history:"):
            _turn_to(folder.id)


def _another_set(found: Compared) -> None:
    sets = dict(common_sets(found.runs, workspace()))
    if not sets:
        st.markdown(
            tr("Or read in other examples of the same classes, which neither has seen: then they can be judged again "
               "on those.")
        )  # fmt: skip
        link(DATA)
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        tr("Or let all of them answer another set"), list(sets), format_func=_size_of,
        help=tr("Of its examples, those that taught one of the runs are left out, and their copies and near-copies."),
    )  # fmt: skip
    usual = "secondary" if found.shared >= FEWEST_SHARED else "primary"  # one primary button a page
    if right.button(tr("Judge them again"), type=usual, icon=":material/balance:", key="judge-again"):
        make_room()
        request = {"runs": [run.run for run in found.runs], "dataset": chosen}
        folder = RunFolder.create(workspace().studies, KIND, sets[chosen], request)
        launcher().start(folder)
        _turn_to(folder.id)


def _size_of(dataset_id: str) -> str:
    about = about_dataset(dataset_id)
    return f"{dataset_name(dataset_id)} · {plain(get_modality(about['modality']).count(sum(about['counts'].values())))}"


def is_ready(study: RunFolder) -> bool:
    """True when all have answered; else the page shows how far it is, or why it came to nothing."""
    status = study.status()
    if status.state == "completed":
        return True
    if status.active:
        _watch(study)
        return False
    st.error(f"**{tr(STATES[status.state][0])}.** {tr(status.reason)}")
    if st.button(tr("Back to their own scores"), icon=":material/undo:", type="primary"):
        _turn_to("")
    return False


@st.fragment(run_every=_REFRESH_SECONDS)
def _watch(study: RunFolder) -> None:
    if not study.status().active:
        st.rerun()
    last = last_progress(study.events())
    if last is None:
        waits = launcher().position(study) is not None
        st.progress(0.0, tr("Waiting: something else is training.") if waits else tr("Starting"))
    else:
        st.progress(share_of(last), tr(wording(last)))
    stopping = study.stop_requested()
    if st.button(tr("Stopping ...") if stopping else tr("Stop"), icon=":material/stop:", disabled=stopping):
        launcher().stop(study)
        st.rerun()


def say_judges(found: Compared) -> None:
    """On what they were judged, where that is not what each was judged on at first."""
    if found.judged_on == "own":
        return
    if found.judged_on == SHARED:
        st.caption(tr("Only the {n} examples that judged all of them count here.", n=found.shared))
    else:
        st.caption(
            tr("Judged again on {name}: {n} of its examples. Left out, because a run has learnt from them: {taught}; "
               "because they are nearly copies of such: {near}.", name=dataset_name(found.judged_on),
               n=found.runs[0].score.n, taught=found.left_out["taught"], near=found.left_out["near_copies"])
        )  # fmt: skip
    if st.button(tr("Back to their own scores"), icon=":material/undo:"):
        _turn_to("")


def _turn_to(on: str) -> None:
    st.query_params["on"] = on
    if not on:
        st.query_params.pop("on")
    st.rerun()
