"""Result: how good a run is and how sure that is; its errors, confidence, learning curves, replay and export."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.messages import Message
from core.modalities import get_modality
from core.results.finished_run import FinishedRun, has_model
from core.results.history import reading
from core.runs.folder import RunFolder, list_runs
from core.runs.progress import RunProgress
from core.studies.comparison.design import comparable_runs, partner_of
from core.training.spec.recipe import options
from pages.shared.current import (
    choose_run,
    dataset_name,
    finished_run,
    open_run,
    run_labels,
    run_name,
    says_lineage,
    show_which_run,
)
from pages.shared.damaged import show_damaged, show_damages
from pages.shared.glossary import explain
from pages.shared.live_chart import load_plotly, show_curves
from pages.shared.pages import COMPARE, START, TRAIN, TRY, show_empty, turn_to
from pages.shared.search import show_search
from pages.shared.services import workspace
from pages.shared.words import error_text, plain, problems_shown, tr
from pages.understand.calibration import show_calibration
from pages.understand.columns import show_columns
from pages.understand.errors import show_failures
from pages.understand.export import show_export
from pages.understand.score import show_score
from pages.understand.time_machine import show_time_machine


def show_way_to_compare(run: RunFolder) -> None:
    """A button, where another run of the same dataset was evaluated; on the same examples, if there is one."""
    others = [other for other in comparable_runs(workspace()) if other.id != run.id]
    same_set = (other for other in others if other.request["dataset"] == run.request["dataset"])
    partner = partner_of(run, others) or next(same_set, None)
    if partner is None:
        return
    says = tr("With {name}; others can be added there.", name=run_name(partner))
    if st.button(tr("Compare"), icon=":material/balance:", help=says):
        turn_to(COMPARE, runs=f"{run.id},{partner.id}")


def show_learning(run: FinishedRun) -> None:
    """The curves, and the settings they follow from."""
    progress, started = run.progress, run.started
    st.subheader(tr("Learning curves"))
    if len(progress.epochs) < 2:
        st.caption(tr("Nothing was trained in steps, so there is no curve."))
    else:
        show_curves(run.id, progress, started.baseline, started.epochs)
        _read(progress)
        _as_table(progress)
        explain("training", "validation", "loss", "epoch", "overfitting")
    if progress.tried:
        with st.expander(tr("How model and method were chosen")):
            show_search(progress)
    with st.expander(tr("Settings (hyperparameters)")):
        if started.why:
            st.markdown(tr(started.why))
        recipe = started.recipe
        st.markdown(tr("Model: {chain}", chain=says_lineage(f"run:{run.id}")))
        st.markdown(tr("Fine-tuning method: {method}", method=run.method.title))
        for name, option in options().items():
            if recipe.get(name) is not None:
                st.markdown(tr("{option}: {value}", option=option.label, value=option.title(recipe[name])))
        st.markdown(tr("Dataset: {name}", name=dataset_name(started.dataset)))
        st.markdown(tr(started.split))
        st.markdown(tr("Training time: {time:duration}", time=run.seconds))


def _read(progress: RunProgress) -> None:
    """What the curves say, in plain words."""
    remarks = reading(progress)
    if remarks:
        st.markdown(tr("**What the curves say**"))
        st.markdown("\n".join(f"- {tr(remark.message)}" for remark in remarks))


def _as_table(progress: RunProgress) -> None:
    with st.expander(tr("Show data")):
        st.dataframe(
            [
                {
                    plain("epoch"): e.epoch,
                    plain("training loss"): e.train_loss,
                    plain("training accuracy"): e.train_accuracy,
                    plain("validation loss"): e.validation_loss,
                    plain("validation accuracy"): e.validation_accuracy,
                }
                for e in progress.epochs
            ],
            hide_index=True,
        )


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


def _opened(folder: RunFolder) -> FinishedRun | None:
    """The run with its dataset; None, and why on the page, where that was deleted."""
    try:
        run = open_run(folder)
        run.dataset  # noqa: B018 (everything below asks for it)
    except UserError as error:
        st.error(error_text(error))
        return None
    return run


PARTS: dict[str, tuple[Message, Callable[[FinishedRun], None]]] = {
    "failures": (Message("Errors"), show_failures),
    "columns": (Message("Columns"), show_columns),
    "sure": (Message("Confidence"), show_calibration),
    "learning": (Message("Learning curves"), show_learning),
    "time": (Message("Training replay"), show_time_machine),
    "report": (Message("Export"), show_export),
}
"""What one can look at, by the name in the address (`?part=`): the words on its button, and what shows it."""


def _show_part(run: FinishedRun) -> None:
    """One part at a time, so that the page stays short; the address keeps which."""
    absent = {"failures": not _has_answers(run), "columns": not get_modality(run.modality).is_row}
    names = [name for name in PARTS if not absent.get(name)]
    asked = st.query_params.get("part")
    part = st.segmented_control(
        tr("Look at"), names, default=asked if asked in names else names[0], required=True,
        format_func=lambda name: tr(PARTS[name][0]), label_visibility="collapsed", key="part",
    )  # fmt: skip
    st.query_params["part"] = part
    with problems_shown():
        PARTS[part][1](run)


def _has_answers(run: FinishedRun) -> bool:
    """False where nothing was held back; what is damaged is said by the part itself."""
    try:
        return bool(run.answers)
    except UserError:
        return True


st.title(tr("Result"))
folder = finished_run()
if folder is None:
    show_empty(Message("When a run has finished, this page shows its accuracy and its errors."), START, TRAIN)
else:
    _choose(folder)
    show_which_run(folder)
    load_plotly()
    show_damages(folder)
    if run := _opened(folder):
        show_score(run)
        _show_part(run)
        with st.container(horizontal=True):
            if st.button(tr("Try it on new examples"), type="primary", icon=":material/arrow_forward:"):
                turn_to(TRY, run=run.id)
            show_way_to_compare(folder)
show_damaged("runs")
