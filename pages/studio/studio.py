"""Studio: the whole job on one screen: the examples, the training, the model. The page one lands on."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset, describe_dataset
from core.errors import UserError
from core.messages import counted
from core.results.finished_run import has_model
from core.runs.folder import RunFolder, list_runs
from core.studies.benchmark.candidates import stands_alone
from core.training.spec.recipe import model_and_method
from core.workspace import Workspace
from pages.prepare.importing import ask_how_to_read
from pages.shared.current import (
    asked_id,
    asked_run,
    badges,
    current_dataset_id,
    dataset_name,
    load_dataset,
    same_root,
)
from pages.shared.damaged import show_damaged
from pages.shared.glossary import show_glossary
from pages.shared.intake import watch_intake
from pages.shared.live_chart import load_plotly
from pages.shared.room import warn_of_room
from pages.shared.services import workspace
from pages.shared.words import escape, tr
from pages.studio.beginning import open_another, show_beginning, show_cards, show_way_for_own, worked_run
from pages.studio.classes import show_classes
from pages.studio.model import show_model
from pages.studio.recent import show_recent
from pages.studio.training import show_training


def _is_lost() -> bool:
    """Whether what is asked for cannot be shown: it is gone or damaged, or it never was."""
    run_id, dataset_id = asked_id("run"), asked_id("dataset")
    try:
        if run_id:
            RunFolder.find(run_id, workspace())
        if dataset_id:
            describe_dataset(dataset_id, workspace())
    except UserError:
        return True
    return False


def _newest_run(dataset_id: str) -> RunFolder | None:
    """The newest run with a model of this dataset, in whichever version."""
    usable = (run for run in list_runs(workspace()) if stands_alone(run, workspace()) and has_model(run))
    return next((run for run in usable if same_root(run.request["dataset"], dataset_id)), None)


def _head(dataset: Dataset, run: RunFolder | None) -> None:
    """Which dataset, model and method this is about; ways to something else."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(escape(dataset_name(dataset.id)), width="content", anchor=False)
        classes = counted("{n} class", "{n} classes", n=len(dataset.classes))
        said = [dataset.kind.count(len(dataset.examples)), classes]
        if run:
            said += model_and_method(run.request["recipe"], workspace())
        st.markdown(badges(said), width="stretch")
        if st.button(tr("Open another"), icon=":material/swap_horiz:"):
            open_another()
        show_way_for_own()


def _columns(dataset: Dataset, run: RunFolder | None, home: Workspace) -> None:
    examples, training, model = st.columns([3, 4, 3], border=True, gap="small")
    with examples, st.container(gap="xsmall"):
        show_classes(dataset, home)
    with training, st.container(gap="xsmall"):
        show_training(dataset, run, home)
    with model, st.container(gap="xsmall"):
        show_model(run, home)


warn_of_room()
if not watch_intake():
    ask_how_to_read()
    if _is_lost():
        st.title(tr("Finetune Lab"), anchor=False)  # what follows says so, and ends the page
    asked, dataset_id = asked_run(), current_dataset_id()
    if dataset_id is None:
        show_beginning()
        came_with = worked_run()
        _columns(load_dataset(came_with.request["dataset"], Workspace.worked()), came_with, Workspace.worked())
    else:
        of_this = asked is not None and same_root(asked.request["dataset"], dataset_id)
        if not of_this:  # another dataset was opened since
            st.query_params.pop("run", None)
        shown = asked if of_this else _newest_run(dataset_id)
        _head(load_dataset(dataset_id), shown)
        _columns(load_dataset(dataset_id), shown, workspace())
    load_plotly()
    show_recent()
    st.subheader(tr("Samples"))
    show_cards("card")
    show_damaged("runs", "studies", "datasets")
    show_glossary()
