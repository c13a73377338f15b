"""How many examples? Accuracy against examples per class, and what it would take to get further."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.forecast import Forecast
from core.messages import Message
from core.runs.folder import RunFolder
from core.studies.cost import curve_seconds
from core.studies.learning_curve.run import CurveDesign, checked_curve, curve_strategies
from core.studies.learning_curve.table import CurveTable, foretell, usual_target
from core.studies.splits import MOST_JUDGES
from core.training.spec.strategies import STRATEGIES
from pages.explore.curve_chart import show_points
from pages.explore.design_form import choose_draws, choose_seed
from pages.explore.study import (
    REFRESH_SECONDS,
    asked_study,
    leave_study,
    say_state,
    show_earlier,
    show_progress,
    start_study,
)
from pages.shared.current import current_dataset_id, dataset_name, load_dataset
from pages.shared.live_chart import load_plotly
from pages.shared.pages import DATA, START, show_empty
from pages.shared.services import workspace
from pages.shared.words import escape, tr
from pages.train.form import choose_model

KIND = "curve"


def _form(dataset: Dataset) -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        card = choose_model(dataset)
        strategies = st.pills(
            tr("Which ways to learn?"), curve_strategies(), selection_mode="multi", default=["nearest", "head"],
            format_func=lambda name: tr(STRATEGIES[name].title), key="curve-strategies", persist_state="session",
            wrap=True,
        )  # fmt: skip
        draws = choose_draws("curve")
        with st.expander(tr("More options")):
            most = st.number_input(
                tr("Most examples of each class"), 1, 10_000, value=None, key="curve-most", persist_state="session",
                placeholder=tr("as far as the set goes"), help=tr("A shorter curve is faster."),
            )  # fmt: skip
            seed = choose_seed("curve")
    with right:
        try:
            design = CurveDesign(card.id, tuple(strategies), draws, seed, most)
            checked, splits = checked_curve(dataset, design, workspace())
        except UserError as error:
            st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
            return
        seconds = curve_seconds(dataset, design, checked, splits, workspace())
        if st.button(tr("Find out"), type="primary", icon=":material/play_arrow:", width="stretch", key="start-curve"):
            start_study(KIND, dataset.title, {"dataset": dataset.id, "design": design.to_dict(), "expected": seconds})
        sizes, judges = list(splits[0]), len(next(iter(splits[0].values())).validation)
        takes = tr("Takes {time:duration} here.", time=seconds) if seconds else tr("Its time here is being measured.")
        st.caption(
            tr("Learns from {sizes} examples of each class, {draws} times over. In each draw the fewer are among the "
               "more, and the same {n} others judge.", sizes=", ".join(map(str, sizes)), draws=draws, n=judges)
            + (" " + tr("There are more; {n} are enough.", n=MOST_JUDGES) if judges == MOST_JUDGES else "")
            + f" {takes}"
        )  # fmt: skip
        show_points("preview", CurveTable([]), sizes)
        show_earlier(KIND, dataset.id, _name)


def _name(folder: RunFolder) -> str:
    """What tells one curve from another. Plain text."""
    design = CurveDesign.from_dict(folder.request["design"])
    ways = ", ".join(tr(STRATEGIES[name].title) for name in design.strategies)
    return tr("{ways}, {draws} draws", ways=ways, draws=design.draws)


def _show(folder: RunFolder) -> None:
    st.markdown(f"**{escape(folder.title)}** · {_name(folder)}")
    if folder.status().active:
        _live(folder)
        return
    say_state(folder, folder.status())
    table = CurveTable(folder.events())
    forecasts = {name: forecast for name in table.right if (forecast := table.forecast(name))}
    show_points(folder.id, table, [], forecasts)
    if forecasts:
        _how_many_more(table, forecasts)
    if st.button(tr("Measure something else"), icon=":material/replay:", type="primary"):
        leave_study(KIND)
        st.rerun()


@st.fragment(run_every=REFRESH_SECONDS)
def _live(folder: RunFolder) -> None:
    status, events = folder.status(), folder.events()
    if not status.active:
        st.rerun()
    show_progress(folder, events, status)
    show_points(folder.id, CurveTable(events), folder.request.get("sizes", []))


def _how_many_more(table: CurveTable, forecasts: dict[str, Forecast]) -> None:
    st.subheader(tr("How many more examples?"))
    wanted = round(100 * max(usual_target(table.points(strategy)) for strategy in forecasts))
    if not all(forecast.refusal for forecast in forecasts.values()):
        wanted = st.slider(tr("What you want to get to (% right)"), 10, 99, value=wanted, key="curve-target")
    for strategy, forecast in forecasts.items():
        said = foretell(forecast, forecast.needed(wanted / 100))
        words = " ".join(tr(one.text, **one.values) for one in said)
        st.markdown(f"**{tr(STRATEGIES[strategy].title)}.** {escape(words)}")
    st.caption(
        tr("A smooth curve (error = a + b / n^c) is laid through the points, again and again with other draws and "
           "other judges, and drawn on. It holds for more examples of the same kind, not for others.")
    )  # fmt: skip


st.title(tr("How many examples?"))
st.caption(tr("What each further example brings, and whether more of them are worth collecting."))
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
