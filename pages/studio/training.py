"""The second column of the Studio: choose one of four ways, press Train, watch."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message
from core.models.catalogue import usual_model
from core.runs.folder import RunFolder, Status
from core.runs.progress import RunProgress, follow
from core.training.spec.plan import Plan, make_plan
from core.training.spec.recipe import model_and_method
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace
from pages.shared.current import is_worked
from pages.shared.dialogs import draw_anew
from pages.shared.live_chart import show_accuracy
from pages.shared.pages import TRAIN, link, turn_to
from pages.shared.services import workspace
from pages.shared.wall import show_wall
from pages.shared.words import error_text, tr
from pages.studio.beginning import bring_worked, then_train
from pages.studio.tour import heading
from pages.studio.ways import Way, ways_to_train
from pages.train.form import says_time, spoken_in, time_model
from pages.train.running import REFRESH_SECONDS, happening, say_how_it_ended, show_controls, start_runs


def show_training(dataset: Dataset, run: RunFolder | None, home: Workspace) -> None:
    """What is trained next and, below, how `run` learns or learnt."""
    ways = ways_to_train(dataset, usual_model(dataset, spoken_in(dataset)), workspace())
    worked = is_worked(home)
    if not worked and (asked := then_train(dataset.id)):  # it was not here when it was asked for
        start_runs(dataset.id, dataset.title, ways[asked].recipe)
    _head(dataset, worked)
    status = run.status() if run else None
    if run and status and status.active:
        _live(run)
        return
    plan = None
    if worked:
        _choose_anew(ways)
    else:
        plan = _choose(dataset, ways)
    if run and status:
        if status.state != "completed":
            say_how_it_ended(status, follow(run.events()))
            link(TRAIN, Message("Look at the run"), icon=":material/arrow_forward:", run=run.id)
        _curves(run, follow(run.events()), home)
    elif plan:
        show_accuracy("preview", RunProgress(), plan.baseline, plan.recipe.epochs or 1)


def _choose_anew(ways: Mapping[str, Way]) -> None:
    """How to train what came with the program: it is brought in first."""
    name = _way(ways)
    card, method = ways[name].card, STRATEGIES[ways[name].recipe.strategy]
    st.caption(tr("**{method}**", method=method.described(card).full_title), help=tr(method.described(card).sentence))
    if _train_pressed():
        bring_worked(name)


def _way(ways: Mapping[str, Way]) -> str:
    chosen: str = st.segmented_control(
        tr("How to train"), list(ways), format_func=lambda name: tr(ways[name].title), default="quick", required=True,
        key="way", bind="query-params", persist_state="session", label_visibility="collapsed", width="stretch",
        wrap=True,
    )  # fmt: skip
    return chosen if chosen in ways else "quick"


def _train_pressed() -> bool:
    return st.button(tr("Train"), type="primary", icon=":material/play_arrow:", width="stretch", key="train")


def _choose(dataset: Dataset, ways: Mapping[str, Way]) -> Plan | None:
    """How to train a dataset, and the plan; None, and why on the page, where there can be none."""
    way = ways[_way(ways)]
    time_model(way.card)
    try:
        plan = make_plan(dataset, way.recipe, workspace())
        plan.require_room(workspace())
    except UserError as error:
        st.error(error_text(error))
        return None
    method = STRATEGIES[plan.recipe.strategy].described(plan.card)
    takes = says_time(plan, dataset, way.card)
    st.caption(tr("**{method}** · {takes}", method=method.full_title, takes=takes), help=tr(method.sentence))
    if _train_pressed():
        start_runs(dataset.id, dataset.title, way.recipe)
    return plan


def _head(dataset: Dataset, worked: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(heading(1, toured=worked), anchor=False, width="stretch")
        if not worked and st.button(tr("Advanced"), icon=":material/tune:", type="tertiary", key="advanced",
                     help=tr("All models, methods and options")):  # fmt: skip
            st.session_state.pop("run", None)
            turn_to(TRAIN, dataset=dataset.id)


@st.fragment(run_every=REFRESH_SECONDS)
def _live(run: RunFolder) -> None:
    status = run.status()
    if not status.active:
        draw_anew()
    progress = follow(run.events())
    _say_what_happens(run, status, progress)
    _curves(run, progress, workspace())


def _say_what_happens(run: RunFolder, status: Status, progress: RunProgress) -> None:
    st.progress(progress.share, happening(run, status, progress))
    show_controls(run, progress)


def _curves(run: RunFolder, progress: RunProgress, home: Workspace) -> None:
    started = progress.started
    if progress.tried and not started:
        tried = progress.tried[-1]
        st.caption(tr("{name}: {share:percent} right on parts of the training examples", name=tried.name,
                      share=tried.accuracy))  # fmt: skip
    if started and progress.searched:
        model, method = model_and_method(started.recipe, home)
        st.caption(tr("**{model} ({method}).** {why}", model=model, method=method, why=started.why))
        link(TRAIN, Message("What was tried"), icon=":material/arrow_forward:", run=run.id)
    epochs = started.epochs if started else run.request["recipe"].get("epochs") or 1
    show_accuracy(run.id, progress, started.baseline if started else None, epochs)
    show_wall(run, progress, home)
