"""The second column of the Studio: choose one of four ways, press Train, watch."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message
from core.models.catalogue import usual_model
from core.runs.folder import RunFolder, Status
from core.runs.progress import RunProgress, follow
from core.training.spec.plan import Plan, make_plan
from core.training.spec.strategies import STRATEGIES
from pages.shared.live_chart import show_accuracy
from pages.shared.pages import TRAIN, link, turn_to
from pages.shared.services import workspace
from pages.shared.words import error_text, tr
from pages.studio.ways import ways_to_train
from pages.train.form import says_time, spoken_in, time_model
from pages.train.running import REFRESH_SECONDS, happening, say_how_it_ended, show_controls, start_runs


def show_training(dataset: Dataset, run: RunFolder | None) -> None:
    """What is trained next and, below, how `run` learns or learnt."""
    _head(dataset)
    status = run.status() if run else None
    if run and status and status.active:
        _live(run)
        return
    plan = _choose(dataset)
    if run and status:
        if status.state != "completed":
            say_how_it_ended(run, status)
            link(TRAIN, Message("Look at the run"), icon=":material/arrow_forward:", run=run.id)
        _curves(run, follow(run.events()))
    elif plan:
        show_accuracy("preview", RunProgress(), plan.baseline, plan.recipe.epochs or 1)


def _choose(dataset: Dataset) -> Plan | None:
    ways = ways_to_train(dataset, usual_model(dataset, spoken_in(dataset)), workspace())
    chosen = st.segmented_control(
        tr("How to train"), list(ways), format_func=lambda name: tr(ways[name].title), default="quick", required=True,
        key="studio-way", persist_state="session", label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    way = ways[chosen if chosen in ways else "quick"]
    time_model(way.card)
    try:
        plan = make_plan(dataset, way.recipe, workspace())
        plan.require_room(workspace())
    except UserError as error:
        st.error(error_text(error))
        return None
    method = STRATEGIES[plan.recipe.strategy].described(plan.card)
    takes = says_time(plan, dataset, way.card)
    st.caption(tr("**{method}.** {takes}", method=method.full_title, takes=takes), help=tr(method.sentence))
    if st.button(tr("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="train"):
        start_runs(dataset.id, dataset.title, way.recipe)
    return plan


def _head(dataset: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {tr('2 · Training')}", width="stretch")
        if st.button(tr("Advanced"), icon=":material/tune:", type="tertiary", key="advanced",
                     help=tr("All models, methods and options")):  # fmt: skip
            st.session_state.pop("run", None)
            turn_to(TRAIN, dataset=dataset.id)


@st.fragment(run_every=REFRESH_SECONDS)
def _live(run: RunFolder) -> None:
    status = run.status()
    if not status.active:
        st.rerun()
    progress = follow(run.events())
    _say_what_happens(run, status, progress)
    _curves(run, progress)


def _say_what_happens(run: RunFolder, status: Status, progress: RunProgress) -> None:
    st.progress(progress.share, happening(run, status, progress))
    show_controls(run)


def _curves(run: RunFolder, progress: RunProgress) -> None:
    started = progress.started
    epochs = started.epochs if started else run.request["recipe"].get("epochs") or 1
    show_accuracy(run.id, progress, started.baseline if started else None, epochs)
