"""Studio: the whole job on one screen: the examples, the training, the model. The page one lands on."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.messages import counted
from core.results.finished_run import has_model
from core.runs.folder import RunFolder, list_runs
from core.studies.benchmark.candidates import stands_alone
from pages.prepare.importing import ask_how_to_read
from pages.shared.current import (
    asked_run,
    current_dataset_id,
    dataset_name,
    load_dataset,
    method_of,
    model_title,
    same_root,
)
from pages.shared.damaged import show_damaged
from pages.shared.glossary import show_glossary
from pages.shared.intake import watch_intake
from pages.shared.live_chart import load_plotly
from pages.shared.pages import DATA, turn_to
from pages.shared.room import warn_of_room
from pages.shared.services import workspace
from pages.shared.words import escape, plain, tr
from pages.studio.beginning import is_new_here, show_beginning, show_samples
from pages.studio.classes import show_classes
from pages.studio.model import show_model
from pages.studio.recent import show_recent
from pages.studio.training import show_training


def _shown_run(dataset_id: str) -> RunFolder | None:
    """The run that is looked at, else the newest one with a model of this dataset, in whichever version."""
    asked = asked_run()
    if asked and same_root(asked.request["dataset"], dataset_id):
        return asked
    usable = (run for run in list_runs(workspace()) if stands_alone(run, workspace()) and has_model(run))
    return next((run for run in usable if same_root(run.request["dataset"], dataset_id)), None)


def _head(dataset: Dataset, run: RunFolder | None) -> None:
    """Which dataset, model and method this is about; ways to something else."""
    said = [
        plain("{examples}, {classes}", examples=dataset.kind.count(len(dataset.examples)),
              classes=counted("{n} class", "{n} classes", n=len(dataset.classes)))
    ]  # fmt: skip
    if run:
        recipe = run.request["recipe"]
        said += [plain(model_title(recipe["model"])), plain(method_of(recipe))]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(escape(dataset_name(dataset.id)), width="content", anchor=False)
        st.markdown(" ".join(f":gray-badge[{escape(one)}]" for one in said), width="stretch")
        if st.button(tr("Open another"), icon=":material/swap_horiz:"):
            _open()
        if st.button(tr("Use my own"), icon=":material/upload_file:"):
            turn_to(DATA)


@st.dialog(" ", width="large")
def _open() -> None:
    show_samples()
    show_recent()


def _job(dataset: Dataset) -> None:
    run = _shown_run(dataset.id)
    _head(dataset, run)
    examples, training, model = st.columns([3, 4, 3], border=True, gap="small")
    with examples:
        st.markdown(f"##### {tr('1 · Examples')}")
        show_classes(dataset)
    with training:
        show_training(dataset, run)
    with model:
        st.markdown(f"##### {tr('3 · Your model')}")
        if run and has_model(run):
            show_model(run)
        else:
            st.caption(tr("When training is over, this says how good the model is, and you can try it here."))


load_plotly()
warn_of_room()
if not watch_intake():
    ask_how_to_read()
    if is_new_here():
        show_beginning()
    dataset_id = current_dataset_id()
    if dataset_id is not None:
        _job(load_dataset(dataset_id))
    show_recent()
    show_glossary()
    show_damaged("runs", "studies", "datasets")
