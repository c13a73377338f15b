"""Result: how good a run is, in figures; then one question a tab: mistakes, confidence, learning, replay, export."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import UserError
from core.messages import Message
from core.modalities import get_modality
from core.results.finished_run import FinishedRun, has_model
from core.results.history import reading
from core.runs.folder import RunFolder, list_runs
from core.runs.progress import RunProgress
from core.studies.comparison.design import comparable_runs, partner_of
from core.training.spec.recipe import options
from core.workspace import Workspace
from pages.shared.current import (
    choose_run,
    dataset_name,
    finished_run,
    is_worked,
    open_run,
    run_labels,
    run_name,
    says_lineage,
    show_head_with_acts,
    show_which_run,
)
from pages.shared.damaged import show_damaged, show_damages
from pages.shared.glossary import explain
from pages.shared.jobs import watch_doctor
from pages.shared.live_chart import load_plotly, show_curves
from pages.shared.pages import COMPARE, RESULT, START, TRAIN, TRY, show_worked, turn_to
from pages.shared.search import show_search
from pages.shared.services import workspace
from pages.shared.words import error_text, plain, problems_shown, tr
from pages.understand.calibration import show_calibration
from pages.understand.columns import show_columns
from pages.understand.errors import show_classes, show_kinds, show_mistakes, show_twins
from pages.understand.export import show_export
from pages.understand.score import show_details, show_figures
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
    """Another run to look at, where there is one."""
    finished = {folder.id: folder for folder in list_runs(workspace()) if has_model(folder)}
    if len(finished) < 2:
        return current
    ids, labels = list(finished), run_labels(finished.values())
    with st.popover(tr("Another run"), icon=":material/swap_horiz:"):
        chosen = st.selectbox(tr("Run"), ids, index=ids.index(current.id), format_func=labels.__getitem__)
    if chosen != current.id:
        choose_run(finished[chosen])
        st.rerun()
    return current


def _opened(folder: RunFolder, home: Workspace) -> FinishedRun | None:
    """The run with its dataset; None, and why on the page, where that was deleted."""
    try:
        run = open_run(folder, home)
        run.dataset  # noqa: B018 (everything below asks for it)
    except UserError as error:
        st.error(error_text(error))
        return None
    return run


def show_subgroups(run: FinishedRun) -> None:
    """Whether some groups fail more, and whether training and evaluated examples are too alike."""
    show_kinds(run)
    st.subheader(tr("Near-duplicates (leakage)"))
    show_twins(run)


PARTS: dict[str, tuple[Message, Callable[[FinishedRun], None]]] = {
    "failures": (Message("Mistakes"), show_mistakes),
    "classes": (Message("Confusion matrix"), show_classes),
    "sure": (Message("Confidence"), show_calibration),
    "columns": (Message("Columns"), show_columns),
    "learning": (Message("Learning curves"), show_learning),
    "time": (Message("Training replay"), show_time_machine),
    "kinds": (Message("Subgroups"), show_subgroups),
    "report": (Message("Export"), show_export),
}
"""What one can look at, by the name in the address (`?part=`): the words on its button, and what shows it."""


def _show_part(run: FinishedRun) -> None:
    """One question at a time; the address keeps which. Beside them what the figures mean, for who wants to know."""
    answered, own = _has_answers(run), not is_worked(run.workspace)
    there = {
        "failures": answered, "classes": answered, "kinds": answered and own, "report": own,
        "columns": get_modality(run.modality).is_row,
    }  # fmt: skip
    names = [name for name in PARTS if there.get(name, True)]
    asked = st.query_params.get("part")
    with st.container(horizontal=True, vertical_alignment="center"):
        part = st.segmented_control(
            tr("Look at"), names, default=asked if asked in names else names[0], required=True,
            format_func=lambda name: tr(PARTS[name][0]), label_visibility="collapsed", key="part", wrap=True,
        )  # fmt: skip
        with st.popover(tr("Statistics"), icon=":material/query_stats:"):
            show_details(run)
    if asked or part != names[0]:  # each change of the address is a page more that "back" goes through
        st.query_params["part"] = part
    with problems_shown():
        PARTS[part][1](run)


def _has_answers(run: FinishedRun) -> bool:
    """False where nothing was held back; what is damaged is said by the part itself."""
    try:
        return bool(run.answers)
    except UserError:
        return True


def _show(folder: RunFolder, home: Workspace, beside: DeltaGenerator, acts: DeltaGenerator) -> None:
    """The whole page about a run: which one it is (`beside` the title) and what can be done with it (`acts`), the
    figures, and one question."""
    worked = is_worked(home)
    with beside:
        show_which_run(folder, home)
    if not worked:
        with acts:
            _choose(folder)
            show_way_to_compare(folder)
            if st.button(tr("Try it"), type="primary", icon=":material/arrow_forward:"):
                turn_to(TRY, run=folder.id)
    load_plotly()
    show_damages(folder)
    run = _opened(folder, home)
    if run is None:
        return
    show_figures(run)
    _show_part(run)
    if not worked and run.score is not None:
        watch_doctor(run.dataset_id)


places = show_head_with_acts(RESULT.title)  # first: whatever is said below is said about this page
folder = finished_run()
if folder is None:
    show_worked(Message("When a run has finished, this page shows its accuracy and its errors."), START, TRAIN)
    _show(list_runs(Workspace.worked())[-1], Workspace.worked(), *places)
else:
    _show(folder, workspace(), *places)
show_damaged("runs")
