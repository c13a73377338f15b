"""What a session is looking at: one dataset, one run. The address bar says it, so links and reloads work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from core.data.dataset import Dataset, describe_dataset, kept_datasets
from core.errors import UserError
from core.messages import Message, counted
from core.modalities import get_modality
from core.models.lineage import model_lineage
from core.results.finished_run import FinishedRun, has_model
from core.runs.folder import RunFolder, list_runs
from core.runs.progress import some_examples
from core.studies.benchmark.candidates import stands_alone
from core.training.spec.strategies import STRATEGIES
from pages.shared.services import workspace
from pages.shared.words import Markdown, plain, tr


def current_dataset_id() -> str | None:
    """The dataset of `?dataset=`, else of this session, else the newest; a bad value is passed over."""
    asked = [st.query_params.get("dataset"), st.session_state.get("dataset")]
    for dataset_id in asked:
        if dataset_id and _exists(dataset_id):
            return choose_dataset(dataset_id)
    newest = kept_datasets(workspace())
    return choose_dataset(newest[0][0]) if newest else None


def choose_dataset(dataset_id: str) -> str:
    st.session_state["dataset"] = dataset_id
    st.query_params["dataset"] = dataset_id
    return dataset_id


def asked_run() -> RunFolder | None:
    """The run of `?run=`, else of this session; a bad value is passed over."""
    for run_id in (st.query_params.get("run"), st.session_state.get("run")):
        try:
            folder = RunFolder.find(run_id, workspace()) if run_id else None
        except UserError:
            continue
        if folder:
            return choose_run(folder)
    return None


def finished_run() -> RunFolder | None:
    """The run asked for, if it has a model, else the newest that has."""
    asked = asked_run()
    if asked and has_model(asked):
        return asked
    own = (folder for folder in list_runs(workspace()) if stands_alone(folder, workspace()))
    newest = next((folder for folder in own if has_model(folder)), None)
    return choose_run(newest) if newest else None


def choose_run(folder: RunFolder) -> RunFolder:
    st.session_state["run"] = folder.id
    st.query_params["run"] = folder.id
    return folder


def run_name(folder: RunFolder) -> str:
    """What tells one run from another: dataset, method and time. Plain text."""
    about = folder.about()
    method = plain(STRATEGIES[about["request"]["recipe"]["strategy"]].title)
    return f"{about['title']} · {method} · {about['created'][:16].replace('T', ' ')}"


def run_labels(runs: Iterable[RunFolder]) -> dict[str, str]:
    """A name for each run by its id, no two the same: Streamlit tells choices from each other by what they show."""
    named = {run.id: run_name(run) for run in runs}
    times = Counter(named.values())
    return {run_id: name if times[name] == 1 else f"{name} ({run_id[-8:]})" for run_id, name in named.items()}


def says_lineage(model_id: str) -> Markdown:
    """Where a model comes from, step by step: Markdown."""
    chain = model_lineage(model_id, workspace())
    steps = [tr("{title} ({method})", title=one.title, method=STRATEGIES[one.strategy].title) for one in chain.runs]
    origin = tr(chain.origin or Message("a run that was deleted"))
    return Markdown(" → ".join([f"**{origin}**", *steps]))


@st.cache_data(max_entries=8, show_spinner=False)
def _load(dataset_id: str, root: str) -> Dataset:
    return Dataset.load(dataset_id, workspace())


def load_dataset(dataset_id: str) -> Dataset:
    """The dataset itself; datasets never change, so it is read once."""
    return _load(dataset_id, str(workspace().root))


def open_run(folder: RunFolder) -> FinishedRun:
    """A finished run, its dataset read once. RunError when it has no model."""
    return FinishedRun.open(folder, workspace(), lambda dataset_id, _: load_dataset(dataset_id))


def noun_of(dataset_id: str) -> Callable[[int], Message]:
    """What counts the examples of a dataset ("3 pictures"), also of one that was deleted meanwhile."""
    try:
        return get_modality(describe_dataset(dataset_id, workspace())["modality"]).count
    except UserError:
        return some_examples


def about_dataset(dataset_id: str) -> dict[str, Any]:
    return describe_dataset(dataset_id, workspace())


def dataset_name(dataset_id: str) -> str:
    """The dataset's title, and which version of it this is once there are several. Plain text."""
    about = about_dataset(dataset_id)
    version = about.get("lineage", {}).get("version", 1)
    return about["title"] if version == 1 else plain("{title}, version {n}", title=about["title"], n=version)


def dataset_line(dataset: Dataset) -> str:
    """Which dataset this is, and how big: Markdown."""
    return tr(
        "**{name}** · {examples}, {classes}", name=dataset_name(dataset.id),
        examples=dataset.kind.count(len(dataset.examples)),
        classes=counted("{n} class", "{n} classes", n=len(dataset.classes)),
    )  # fmt: skip


def _exists(dataset_id: str) -> bool:
    try:
        describe_dataset(dataset_id, workspace())
    except UserError:
        return False
    return True
