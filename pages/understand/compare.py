"""Compare: which of some runs is better, and whether anybody can tell."""

from __future__ import annotations

import streamlit as st

from core.errors import UserError
from core.messages import Message
from core.results.finished_run import Judged
from core.runs.folder import RunFolder
from core.studies.comparison.partners import comparable_runs, is_judged, usual_pair
from core.studies.comparison.table import MOST_RUNS, Compared, compare_runs
from pages.shared.current import run_labels
from pages.shared.pages import RACE, START, TRAIN, TRY, show_empty, turn_to
from pages.shared.services import workspace
from pages.shared.words import duration, escape, percent, share_range, tr
from pages.understand.compare_charts import show_intervals, show_overlaid
from pages.understand.compare_split import show_split
from pages.understand.judge_again import SHARED, asked_study, is_ready, offer, say_judges

_KEY = "compare-runs"


def _choose(runs: list[RunFolder]) -> list[str]:
    """The runs of `?runs=`, else two that belong together; what is chosen goes into the address."""
    asked = [run for run_id in st.query_params.get("runs", "").split(",") if (run := _find(run_id))]
    listed = run_labels([*runs, *(run for run in asked if run.id not in {one.id for one in runs})])
    if _KEY not in st.session_state:
        st.session_state[_KEY] = [run.id for run in (asked if len(asked) > 1 else usual_pair(runs))][:MOST_RUNS]
    chosen = st.multiselect(
        tr("Runs"), list(listed), format_func=listed.__getitem__, key=_KEY,
        max_selections=MOST_RUNS, placeholder=tr("Choose two or more"),
    )  # fmt: skip
    if ",".join(chosen) != st.query_params.get("runs"):
        st.query_params["runs"] = ",".join(chosen)
        st.query_params.pop("on", None)
    return chosen


def _find(run_id: str) -> RunFolder | None:
    try:
        folder = RunFolder.find(run_id, workspace())
    except UserError:
        return None
    return folder if is_judged(folder) else None


def _compared(chosen: list[str]) -> Compared | None:
    study = asked_study(chosen)
    if study is not None and not is_ready(study):
        return None
    try:
        return compare_runs(chosen, workspace(), shared=st.query_params.get("on") == SHARED, study=study)
    except UserError as error:
        st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
        return None


def _verdict(found: Compared) -> None:
    with st.container(border=True):
        first, *others = [escape(tr(said.text, **said.values)) for said in found.said]
        st.markdown(f"#### {first}")
        for said in others:
            st.markdown(said)
        if not found.same_examples:
            offer(found)
        say_judges(found)


def _table(found: Compared) -> None:
    apart = not found.same_examples
    st.table(
        {
            " ": [f"**{escape(name)}**" for name in found.names],
            tr("right"): [
                f"**{percent(run.score.accuracy)}** ({share_range(run.score.interval)})" for run in found.runs
            ],
            tr("judged by"): [f"{run.score.n:,}" + (f" ({_set(found, run)})" if apart else "") for run in found.runs],
            tr("guessing"): [percent(run.score.baseline) for run in found.runs],
            tr("took"): [duration(run.seconds) for run in found.runs],
            tr("size"): [f"{run.megabytes:,.1f}\u00a0MB" for run in found.runs],
            tr("parameters"): [f"{run.parameters:,}" for run in found.runs],
        }
    )


def _set(found: Compared, run: Judged) -> str:
    """ "set A", "set B": who judged whom, where it was not the same for all."""
    kinds = [one.judges for one in found.runs]
    own = next(one.judges for one in found.runs if one is run)
    letters = [kind for i, kind in enumerate(kinds) if kind not in kinds[:i]]
    return tr("set {letter}", letter="ABCDEFGH"[letters.index(own)])


def _recipes(found: Compared) -> None:
    st.subheader(tr("What differs in their recipes"))
    if not found.differences:
        st.markdown(tr("Nothing: they are the same recipe on the same data."))
        return
    rows = {name: [one.values[i] or "-" for one in found.differences] for i, name in enumerate(found.names)}
    st.table(
        {
            " ": [tr(one.label) for one in found.differences],
            **{escape(k): list(map(escape, v)) for k, v in rows.items()},
        }
    )
    st.caption(tr("All that is not listed is the same for all. “-”: it does not apply there."))


def _next_step(found: Compared) -> None:
    """The one thing to do next."""
    if not found.same_examples:
        return  # the way to a comparison is the next step
    if found.clear:
        if st.button(tr("Try the better one"), type="primary", icon=":material/arrow_forward:"):
            turn_to(TRY, run=found.runs[0].run)
        return
    if st.button(tr("Let ways to train race"), type="primary", icon=":material/flag:"):
        turn_to(RACE, dataset=found.runs[0].dataset)
    st.caption(tr("A race repeats each way under several seeds, so that luck has less of a say."))


def _show(found: Compared) -> None:
    _verdict(found)
    _table(found)
    show_intervals(found)
    st.caption(
        tr("This compares these very models. Under another seed the same recipes may come out in another order.")
    )
    show_overlaid(found)
    _recipes(found)
    if found.same_examples:
        show_split(found)
    _next_step(found)


st.title(tr("Compare"))
runs = comparable_runs(workspace())
if len(runs) < 2:
    show_empty(
        Message("When two runs have finished, this page says which is better, by how much, and whether that may be "
                "luck."), START, TRAIN,
    )  # fmt: skip
else:
    chosen = _choose(runs)
    if len(chosen) < 2:
        st.info(tr("Choose one more run to compare with."))
    elif (found := _compared(chosen)) is not None:
        _show(found)
