"""What a session is looking at: one dataset, one run. The address bar says it, so links and reloads work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import ABOUT, Dataset, describe_dataset, kept_datasets
from core.errors import UserError
from core.messages import Message, counted, sentences
from core.modalities import get_modality
from core.models.catalogue import RUN
from core.models.lineage import model_lineage
from core.results.finished_run import FinishedRun, has_model
from core.runs.folder import RunFolder, list_runs
from core.runs.progress import some_examples
from core.studies.benchmark.candidates import stands_alone
from core.training.spec.recipe import model_and_method
from core.training.spec.strategies import method_title
from core.workspace import Workspace
from pages.shared.damaged import show_damaged
from pages.shared.pages import LIBRARY, START, TRAIN, link
from pages.shared.services import workspace
from pages.shared.words import Markdown, escape, plain, title_of, tr


def current_dataset_id() -> str | None:
    """The dataset of `?dataset=`, else of this session, else the newest. If that is gone or damaged, this is said and
    ends the page."""
    dataset_id = asked_id("dataset")
    if dataset_id is None:
        newest = kept_datasets(workspace())
        return choose_dataset(newest[0][0]) if newest else None
    try:
        describe_dataset(dataset_id, workspace())
    except UserError as error:
        lost("dataset", error.problem)
    return choose_dataset(dataset_id)


def class_heading(dataset_id: str) -> Message:
    """What stands above the classes of a dataset: the name of the column that says them, where there is one."""
    try:
        column = ((about_dataset(dataset_id).get("report") or {}).get("proposal") or {}).get("label_column")
    except UserError:  # it was deleted
        column = None
    return Message("Class (“{column}”)", column=column) if column else Message("Class")


def choose_dataset(dataset_id: str) -> str:
    """Open a dataset. The run of another one, or of another version of it, is no longer looked at."""
    if st.session_state.get("dataset", dataset_id) != dataset_id:
        st.session_state.pop("run", None)
    st.session_state["dataset"] = dataset_id
    st.query_params["dataset"] = dataset_id
    return dataset_id


def asked_run() -> RunFolder | None:
    """The run of `?run=`, else of this session. If that is gone or damaged, this is said and ends the page."""
    run_id = asked_id("run")
    if run_id is None:
        return None
    try:
        return choose_run(RunFolder.find(run_id, workspace()))
    except UserError as error:
        lost("run", error.problem)


def finished_run() -> RunFolder | None:
    """The run asked for, else the newest one with a model of the dataset that is open, else the newest of all, which is
    then said. If a link leads to a run without one, this is said and ends the page."""
    in_address = bool(st.query_params.get("run"))
    asked = asked_run()
    if asked and has_model(asked):
        return asked
    if asked and in_address:
        st.info(tr("This run has no model: it is not finished, or it ended before it had learned anything."))
        link(TRAIN, Message("Look at the run"), run=asked.id)
        st.stop()
    usable = [run for run in list_runs(workspace()) if stands_alone(run, workspace()) and has_model(run)]
    opened = _opened()
    own = next((run for run in usable if opened and same_root(run.request["dataset"], opened)), None)
    newest = own or next(iter(usable), None)
    if newest and opened and not own:
        name = dataset_name(opened)
        st.info(
            tr("No model has been trained on “{name}” yet, the dataset that is open. Here is the newest model of all.",
               name=name)
        )  # fmt: skip
        link(TRAIN, Message("Train one on “{name}”", name=name), dataset=opened)
        return newest
    return choose_run(newest) if newest else None


def _opened() -> str | None:
    """The dataset that this session looked at last, if it is still there."""
    dataset_id = st.session_state.get("dataset")
    return dataset_id if dataset_id and _root(dataset_id) else None


def same_root(one: str, other: str) -> bool:
    """Whether two datasets are versions of one."""
    return one == other or _root(one) == _root(other) != ""


def _root(dataset_id: str) -> str:
    """The id of what was imported, of which this is a version; "" where it was deleted."""
    try:
        root: str = about_dataset(dataset_id).get("lineage", {}).get("root", dataset_id)
    except UserError:
        return ""
    return root


def lost(key: str, why: Message) -> NoReturn:
    """Say why there is nothing to show, and end the page: what somebody else did is never shown in its place."""
    st.session_state.pop(key, None)
    st.warning(tr(sentences(Message("What this page was asked for cannot be shown."), why)))
    with st.container(horizontal=True):
        link(START)
        link(LIBRARY)
    show_damaged("runs", "studies", "datasets")
    st.stop()


def asked_id(kind: str) -> str | None:
    """What the address asks for, else what this session last looked at; it may be gone, and it may be anything."""
    return st.query_params.get(kind) or st.session_state.get(kind)


def choose_run(folder: RunFolder) -> RunFolder:
    """Look at a run; its dataset is open from then on, unless another version of it is."""
    st.session_state["run"] = folder.id
    st.query_params["run"] = folder.id
    dataset_id, opened = folder.request["dataset"], st.session_state.get("dataset")
    if _root(dataset_id) and not (opened and same_root(dataset_id, opened)):
        st.session_state["dataset"] = dataset_id
    return folder


def run_name(folder: RunFolder) -> str:
    """What tells one run from another: dataset, model, method and time. Plain text."""
    model, method = model_and_method(folder.request["recipe"], workspace())
    return plain(
        "{title} · {model} · {method} · {when}", title=title_of(folder.title), model=model, method=method,
        when=began(folder),
    )  # fmt: skip


def show_head(title: Message) -> DeltaGenerator:
    """The title of a page, and the place beside it for what the page is about, where that is broken if it is long."""
    beside = st.container(horizontal=True, wrap=False, vertical_alignment="center")
    beside.title(tr(title), width="content")
    return beside


def show_head_with_acts(title: Message) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The same, and a place at the right for what can be done: nothing moves a button of it to a line of its own."""
    left, right = st.columns([3, 2], vertical_alignment="center")
    with left:
        beside = show_head(title)
    return beside, right.container(horizontal=True, horizontal_alignment="right", gap="xsmall")


def show_which_run(folder: RunFolder, home: Workspace | None = None) -> None:
    """Which run the page is about, as badges: its data, model and method, when and how long it trained, its size."""
    home, said = home or workspace(), list[Message | str]()
    try:
        about = describe_dataset(folder.request["dataset"], home)
        data = _named(about)
        said.append(Message("{data}, {size}", data=data, size=_size_of(about)))
    except UserError:  # it was deleted
        data = title_of(folder.title)
        said.append(data)
    if title_of(folder.title) != data:
        said.insert(0, folder.title)
    said += [*model_and_method(folder.request["recipe"], home), began(folder)]
    with suppress(UserError):  # it has no model yet
        run = open_run(folder, home)
        said += [Message("{time:duration}", time=run.seconds), Message("{size:bytes}", size=run.megabytes * 1e6)]
    if is_worked(home):
        said.insert(0, WORKED)
    st.markdown(badges(said), width="stretch")  # in a row, what stands beside them stays there


def badges(said: Iterable[Message | str]) -> Markdown:
    """Facts in few words, one beside the other: Markdown."""
    return Markdown(" ".join(f":gray-badge[{escape(one) if isinstance(one, str) else tr(one)}]" for one in said))


WORKED = Message("An example that came with the program")
"""Stands wherever what is shown is none of the person's own."""


def is_worked(home: Workspace) -> bool:
    """Whether what lies there came with the program, to be looked at only."""
    return home == Workspace.worked()


def began(folder: RunFolder) -> Message:
    """The minute in which it began, by the clock of this computer."""
    return Message("{when:date}", when=folder.about()["created"])


def run_labels(runs: Iterable[RunFolder]) -> dict[str, str]:
    """A name for each run by its id, no two the same: Streamlit tells choices from each other by what they show."""
    named = {run.id: run_name(run) for run in runs}
    times = Counter(named.values())
    return {run_id: name if times[name] == 1 else f"{name} ({run_id[-8:]})" for run_id, name in named.items()}


def says_lineage(model_id: str) -> Markdown:
    """Where a model comes from, step by step: Markdown."""
    chain = model_lineage(model_id, workspace())
    steps = [
        tr("{title} ({method})", title=one.title,
           method=method_title(one.strategy, f"{RUN}{one.run}", workspace()))
        for one in chain.runs
    ]  # fmt: skip
    origin = tr(chain.origin or Message("a run that was deleted"))
    return Markdown(" → ".join([f"**{origin}**", *steps]))


# One for all who look at it: `cache_data` would make a copy in every run, and a session keeps what its fragments were
# given. Of 100,000 messages that is 70 MB a session. A large set takes 90 MB here, and a small one is quickly read.
@st.cache_resource(max_entries=4, show_spinner=False)
def _load(dataset_id: str, root: Path, written: tuple[int, ...]) -> Dataset:
    return Dataset.load(dataset_id, Workspace(root))


def load_dataset(dataset_id: str, home: Workspace | None = None) -> Dataset:
    """The dataset itself, read once and shared: its examples never change. Read again when it has another title, or the
    originals of its examples have come."""
    home = home or workspace()
    try:
        file = (home.datasets / dataset_id / ABOUT).stat()
    except OSError:
        return Dataset.load(dataset_id, home)  # which says why
    return _load(dataset_id, home.root, (file.st_ino, file.st_size, file.st_ctime_ns))


def open_run(folder: RunFolder, home: Workspace | None = None) -> FinishedRun:
    """A finished run, its dataset read once. RunError when it has no model."""
    return FinishedRun.open(folder, home or workspace(), load_dataset)


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
    return _named(about_dataset(dataset_id))


def _named(about: dict[str, Any]) -> str:
    version, title = about.get("lineage", {}).get("version", 1), title_of(about["title"])
    return title if version == 1 else plain("{title}, version {n}", title=title, n=version)


def _size_of(about: dict[str, Any]) -> Message:
    return get_modality(about["modality"]).count(sum(about["counts"].values()))


def dataset_badges(dataset: Dataset) -> Markdown:
    """Which dataset this is, and how big, as badges."""
    size, classes = dataset.kind.count(len(dataset.examples)), len(dataset.classes)
    return badges([dataset_name(dataset.id), size, counted("{n} class", "{n} classes", n=classes)])


def dataset_line(dataset: Dataset) -> str:
    """Which dataset this is, and how big: Markdown."""
    return tr(
        "**{name}** · {examples}, {classes}", name=dataset_name(dataset.id),
        examples=dataset.kind.count(len(dataset.examples)),
        classes=counted("{n} class", "{n} classes", n=len(dataset.classes)),
    )  # fmt: skip
