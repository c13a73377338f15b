"""Race: several ways to train under the same conditions, a leaderboard that fills, and a recommendation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.events import Event
from core.messages import Message
from core.results.finished_run import has_model
from core.runs.folder import RunFolder, Status
from core.runs.progress import follow, last_progress, share_of, wording
from core.studies.benchmark.candidates import Entrant, checked, name_of
from core.studies.benchmark.cost import MARGIN, costs_of, final_seconds, shared_seconds
from core.studies.benchmark.design import RaceDesign
from core.studies.benchmark.executor import usual_width
from core.studies.benchmark.findings import Recommendation, confirmed, recommend
from core.studies.benchmark.run import line_up
from core.studies.benchmark.table import Standings
from core.studies.benchmark.test_evaluation import HeldBack
from core.studies.said import Said
from core.training.spec.strategies import STRATEGIES
from pages.explore.study import (
    REFRESH_SECONDS,
    asked_study,
    leave_study,
    say_state,
    show_earlier,
    start_study,
)
from pages.shared.current import current_dataset_id, dataset_name, load_dataset
from pages.shared.live_chart import load_plotly
from pages.shared.pages import DATA, RESULT, START, show_empty, turn_to
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, percent, tr
from pages.train.leaderboard import preview_rows, show_leaderboard
from pages.train.race_form import choose_race

KIND = "race"


def _form(dataset: Dataset) -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        design = choose_race(dataset)
    with right:
        if design is None:
            return
        try:
            held, entrants = checked(dataset, design, workspace())
        except UserError as error:
            st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
            return
        if st.button(
            tr("Start the race"), type="primary", icon=":material/flag:", width="stretch", key="start-race"
        ):  # fmt: skip
            request = {"dataset": dataset.id, "held_back": held.dataset.id, "design": design.to_dict()}
            start_study(KIND, dataset.title, request)
        standings = _foreseen(design, held, entrants)
        st.caption(_says_what_will_happen(design, entrants, standings))
        shown = standings or Standings([])
        rows = shown.rows() if standings else preview_rows(entrants)
        show_leaderboard("preview", shown, rows, design.seeds)
        _warn(held.says)
        show_earlier(KIND, dataset.id, _name)


def _foreseen(design: RaceDesign, held: HeldBack, entrants: Sequence[Entrant]) -> Standings | None:
    """Who would be told to hurry, and who does not fit; None before the models were timed here."""
    if costs_of(entrants, design.seeds, held.dataset, workspace()) is None:
        return None
    models = {one.recipe.model for one in entrants}
    shared = shared_seconds(held.dataset, (one.recipe for one in entrants), workspace())
    seconds = (design.budget - shared - final_seconds(held.dataset, held.n, models, workspace())) * MARGIN
    stream = line_up(held.dataset, held, entrants, design.all_seeds, seconds * usual_width(), workspace(), 0.0)
    return Standings(list(stream))


def _says_what_will_happen(design: RaceDesign, entrants: Sequence[Entrant], standings: Standings | None) -> str:
    said = [
        tr("{n} ways race under {seeds} seeds. Under each the same examples teach and judge for everybody.",
           n=len(entrants), seeds=design.seeds)
    ]  # fmt: skip
    if standings is None:
        return " ".join([*said, tr("How long it takes here is being measured.")])
    return " ".join([*said, tr("It ends after {time:duration} at the latest.", time=design.budget)])


def _warn(held_back: Said) -> None:
    """Choosing by a score makes it too kind; and what is done against that."""
    says = escape(tr(held_back.text, **held_back.values))
    st.info(
        tr("**Choosing by a score makes that score too kind.** Of several, the best was also lucky, and the more are "
           "tried, the luckier it was. {says}", says=says)
    )  # fmt: skip


def _name(folder: RunFolder) -> str:
    """What tells one race from another. Plain text."""
    design = RaceDesign.from_dict(folder.request["design"])
    ways = ", ".join(tr(STRATEGIES[name].title) for name in design.strategies)
    return tr("{ways}, {n} seeds", ways=ways, n=design.seeds)


def _show(folder: RunFolder) -> None:
    st.markdown(f"**{escape(folder.title)}** · {escape(_name(folder))}")
    status = folder.status()
    if status.active:
        _live(folder)
        return
    say_state(folder, status)
    standings = Standings(folder.events())
    choice = recommend(standings)
    if standings.judged:
        _say_what_is_recommended(standings, choice)
    with st.container(horizontal=True):
        run = _usable(choice)
        if run is not None and st.button(tr("Use the winner"), type="primary", icon=":material/arrow_forward:"):
            turn_to(RESULT, run=run.id)
        again = "secondary" if run is not None else "primary"
        if st.button(tr("Race again"), icon=":material/replay:", type=again):
            leave_study(KIND)
            st.rerun()
    _show_standings(folder, standings)


def _usable(choice: Recommendation) -> RunFolder | None:
    try:
        run = RunFolder.find(choice.run, workspace()) if choice.run else None
    except UserError:  # it was deleted
        return None
    return run if run is not None and has_model(run) else None


def _say_what_is_recommended(standings: Standings, choice: Recommendation) -> None:
    first, *reasons = choice.said
    with st.container(border=True):
        st.markdown(f"#### {escape(tr(first.text, **first.values))}")
        if reasons:
            st.markdown(escape(" ".join(tr(said.text, **said.values) for said in reasons)))
        if tested := confirmed(standings, choice):
            st.markdown(escape(" ".join(tr(said.text, **said.values) for said in tested)))
        st.caption(
            tr("The rule: of those that lie behind the best by no more than one standard error of that difference, the "
               "simplest is taken. The final test has no say in it.")
        )  # fmt: skip


def _show_standings(folder: RunFolder, standings: Standings) -> None:
    design = RaceDesign.from_dict(folder.request["design"])
    if standings.plan is None:
        st.caption(tr("It had not begun to train yet."))
        return
    active = folder.status().active
    show_leaderboard(folder.id, standings, standings.rows(), design.seeds, live=active)
    _warn(Said(**standings.plan.held_back))
    if standings.judged and not active:
        _list_runs(standings)


def _list_runs(standings: Standings) -> None:
    """Every training of the race, to be opened, and what was searched."""
    everybody = list(standings.entrants.values())
    with st.expander(tr("Every training of this race")):
        st.dataframe(
            [
                {
                    tr("way"): tr(name_of(standings.entrants[number], everybody)),
                    tr("seed"): seed,
                    tr("right"): percent(event.validation.accuracy),
                    tr("of"): event.validation.n,
                    tr("seconds"): round(event.took, 1),
                    tr("result"): f"/{RESULT.path}?run={event.run}",
                }
                for number, own in standings.judged.items()
                for seed, event in sorted(own.items())
            ],
            hide_index=True,
            column_config={tr("result"): st.column_config.LinkColumn(display_text=tr("Open"))},
        )
        st.caption(tr("Each can be opened, tried and compared like any other run. Only those that took the final test "
                      "know what it says."))  # fmt: skip


@st.fragment(run_every=REFRESH_SECONDS)
def _live(folder: RunFolder) -> None:
    status, events = folder.status(), folder.events()
    if not status.active:
        st.rerun()
    standings = Standings(events)
    share, said = _now(folder, events, standings, status)
    st.progress(min(1.0, share), said)
    stopping = folder.stop_requested()
    if st.button(
        tr("Stopping ...") if stopping else tr("Stop and keep what is done"), icon=":material/stop:", key="stop-race",
        disabled=stopping,
    ):  # fmt: skip
        launcher().stop(folder)
        st.rerun()
    _show_standings(folder, standings)


def _now(folder: RunFolder, events: list[Event], standings: Standings, status: Status) -> tuple[float, str]:
    """How far it is (0 to 1), and what is happening in one sentence."""
    if status.state == "queued" and launcher().position(folder) is not None:
        return 0.0, tr("Waiting: something else is training. This starts when it is done.")
    done = last_progress(events, "ways")
    said = [tr(wording(done))] if done else []
    if standings.plan is None:
        last = last_progress(events)
        said.append(tr(wording(last)) if last else tr("Starting"))
    elif final := last_progress(events, "final"):
        return 1.0, tr(wording(final))
    if standings.running:
        said += [_running(standings)]
    began = datetime.fromisoformat(folder.about()["created"]).timestamp()
    left = RaceDesign.from_dict(folder.request["design"]).budget - (time.time() - began)
    said.append(tr("{time:duration} left at most", time=max(0.0, left)))
    return (share_of(done) if done else 0.0), " · ".join(said)


def _running(standings: Standings) -> str:
    """Who trains now, and how far each is."""
    everybody, said = list(standings.entrants.values()), []
    for event in standings.running.values():
        try:
            progress = follow(RunFolder.find(event.run, workspace()).events())
        except UserError:  # it was deleted
            continue
        name = tr(name_of(standings.entrants[event.entrant], everybody))
        said.append(tr("{name}, seed {seed}: {share:percent}", name=name, seed=event.seed, share=progress.share))
    return ", ".join(said)


st.title(tr("Race"))
st.caption(
    tr("Several ways to train learn from the same examples and are judged by the same others, again and again. In the "
       "end one is recommended, and why.")
)  # fmt: skip
load_plotly()
study = asked_study(KIND, _name)
if study is not None:
    _show(study)
else:
    dataset_id = current_dataset_id()
    if dataset_id is None:
        show_empty(
            Message("There is nothing to learn from yet. Take a sample, or read in your own files."), START, DATA
        )
    else:
        dataset = load_dataset(dataset_id)
        size = tr(dataset.kind.count(len(dataset.examples)))
        st.markdown(f"**{escape(dataset_name(dataset_id))}** · {size}, {len(dataset.classes)} {tr('classes')}")
        _form(dataset)
