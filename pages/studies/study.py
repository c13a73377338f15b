"""The page of a study: its form, then the study that was begun, found again, watched, stopped, and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.data.samples import Sample
from core.errors import UserError
from core.events import Event, Warned
from core.messages import Message, sentences
from core.runs.folder import RunFolder, Status, list_jobs
from core.runs.progress import last_progress, share_of, wording
from core.studies.base import Cell, Design, Sheet, Study
from core.studies.events import EpisodesDone, GiverAnswered, MethodEvaluated
from core.training.spec.recipe import model_title
from core.workspace import Workspace, is_safe_id
from pages.shared.current import (
    WORKED,
    about_dataset,
    badges,
    began,
    choose_dataset,
    current_dataset_id,
    dataset_badges,
    is_worked,
    load_dataset,
    lost,
)
from pages.shared.damaged import show_damaged, show_damages
from pages.shared.dialogs import draw_anew
from pages.shared.examples import view_of
from pages.shared.glossary import explain
from pages.shared.intake import start_intake, watch_intake
from pages.shared.jobs import make_room, says_place
from pages.shared.live_chart import load_plotly
from pages.shared.pages import DATA, START, show_worked
from pages.shared.services import launcher, refresh, workspace
from pages.shared.words import STATES, Markdown, duration, error_text, escape, plain, problems_shown, title_of, tr
from pages.studies.form import Widget, choose_design

REFRESH_SECONDS = refresh(1.0)
MOST_EARLIER = 5
_LONG = 30
"""A table with more rows can be scrolled."""


def _nothing(*_: Any) -> None:
    return None


@dataclass(frozen=True)
class Shown:
    """A study as a page shows it: its folder, what it was asked, its events folded, and the workspace that it lies in.
    `live`: it is under way."""

    folder: RunFolder
    design: Design
    table: Any
    home: Workspace
    live: bool = False

    @property
    def key(self) -> str:
        return self.folder.id

    @property
    def dataset(self) -> Dataset | None:
        """What it is about; None where that was deleted."""
        try:
            return load_dataset(self.folder.request["dataset"], self.home)
        except UserError:
            return None


@dataclass(frozen=True)
class View:
    """What the page of one study has besides the tables and findings of all.

    `chart(shown)` is the large picture that stands first. `planned(table)` stands below the form, `after(shown)` below
    all that was found, `beside(dataset)` at the end of the page. `preview(dataset, design)` draws at once what it can
    before anything is started, and says whether that is anything. `widgets` are its own, by the name of the option.
    `now(folder, table)` says what is going on besides; `buttons(table)` draws what can be done with what was found.
    `terms` are the words of the field that somebody meets there first. Where most datasets do not have what it
    `needs`, that is said before there is any, and `sample` is the bundled one to try it on.
    """

    chart: Callable[[Shown], None] = _nothing
    after: Callable[[Shown], None] = _nothing
    beside: Callable[[Dataset], None] = _nothing
    planned: Callable[[Any], None] = _nothing
    preview: Callable[[Dataset, Any], bool] = lambda dataset, design: False
    buttons: Callable[[Any], object] = _nothing
    now: Callable[[RunFolder, Any], Sequence[str]] = lambda folder, table: ()
    widgets: Mapping[str, Widget] = field(default_factory=dict)
    terms: Sequence[str] = ()
    needs: Message | None = None
    sample: Sample | None = None


def show_study(study: Study[Any, Any], view: View) -> None:
    """The whole page: what to start, and below it the study that was asked for, else the newest of this dataset, else
    an example that came with the program."""
    _show_page(study, view)
    show_damaged("studies", "datasets")


def _show_page(study: Study[Any, Any], view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(tr(study.title), width="content")
        data = st.container(width="content")
        if view.terms:
            explain(*view.terms)
    st.caption(tr(study.question))
    load_plotly()
    if watch_intake():
        return
    linked = bool(st.query_params.get("study"))
    asked = asked_study(study)
    if asked is not None and not _is_known(asked[0].request["dataset"]):
        _show(study, view, *asked, workspace())
        if st.button(tr("Start another"), icon=":material/replay:", key="start-another"):
            _leave_study(study)
            st.rerun()
        return
    if asked is not None and linked and not st.query_params.get("dataset"):
        choose_dataset(asked[0].request["dataset"])
    dataset_id = current_dataset_id()
    if dataset_id is None:
        says = Message("There is nothing to learn from yet. Take a sample, or upload your own files.")
        show_worked(view.needs or says, START, DATA)
        _offer_sample(view)
        _show_worked(study, view)
        return
    if asked is not None and dataset_id not in _datasets(asked[0]):
        _leave_study(study)
    dataset = load_dataset(dataset_id)
    data.markdown(dataset_badges(dataset))
    own = studies_of(study, dataset_id)
    mine = next((one for one in own if asked and one[0].id == asked[0].id), None) or next(iter(own), None)
    design = None if mine and mine[0].status().active else _ask(study, view, dataset)
    if mine is not None:
        _show(study, view, *mine, workspace())
    elif design is None or not view.preview(dataset, design):
        if design is None:
            _offer_sample(view)
        _show_worked(study, view)
    _show_earlier(study, [one for one in own if one is not mine])
    view.beside(dataset)


def _is_known(dataset_id: str) -> bool:
    """Whether a dataset is still here."""
    try:
        about_dataset(dataset_id)
    except UserError:
        return False
    return True


def worked_study(study: Study[Any, Any]) -> Shown | None:
    """The example of such a study that came with the program."""
    home = Workspace.worked()
    known = ((folder, _design_of(study, folder)) for folder in list_jobs(home.studies))
    found = next(((folder, design) for folder, design in known if design), None)
    return found and Shown(*found, study.table(found[1], found[0].events()), home)


def _show_worked(study: Study[Any, Any], view: View) -> None:
    if shown := worked_study(study):
        _show(study, view, shown.folder, shown.design, shown.home)


# --- before it begins ---


def _offer_sample(view: View) -> None:
    """A button that opens the bundled dataset for this."""
    if (sample := view.sample) and st.button(
        tr("Open “{title}”", title=sample.title), icon=view_of(sample.modality).icon, help=tr(sample.description),
        key="open-sample",
    ):  # fmt: skip
        with problems_shown():
            start_intake(f"sample:{sample.id}")
            st.rerun()


def _ask(study: Study[Any, Any], view: View, dataset: Dataset) -> Design | None:
    """The button that starts it, with what would happen, and the settings behind it. The design, where it can be."""
    top = st.container()
    with top.container(horizontal=True):
        button = st.container(width="content")
        with st.expander(tr("Settings"), icon=":material/tune:"):
            design = choose_design(study, dataset, view.widgets, top)
            if design is None:
                return None
            try:
                plan = study.plan(design, dataset, workspace())
            except UserError as error:
                (top.info if view.needs else top.error)(error_text(error))
                return None
            table = study.table(design, plan.foreseen)
            for sheet in table.sheets() if plan.foreseen else ():
                show_sheet(sheet)
            view.planned(table)
    takes = Message("Its time here is being measured.")
    if plan.seconds:
        takes = Message("Takes {time:duration} here.", time=plan.seconds)
    top.caption(tr(sentences(takes, plan.summary)))
    if button.button(tr("Start"), type="primary", icon=":material/play_arrow:", key="start-study"):
        start_study(study, design, dataset.title, dataset=dataset, expected=plan.seconds)
    return design


def start_study(
    study: Study[Any, Any], design: Design, title: str, *, dataset: Dataset | None = None, expected: float | None = None
) -> None:
    """Have a worker do it; the page that is drawn next shows how far it is."""
    request = {"study": study.id, "design": design.to_dict(), "dataset": dataset and dataset.id, "expected": expected}
    with problems_shown():
        make_room()
        folder = RunFolder.create(workspace().studies, "study", title, request)
        launcher().start(folder)
        choose_study(study, folder)
        st.rerun()


def asked_study(study: Study[Any, Any]) -> tuple[RunFolder, Design] | None:
    """The study of `?study=`, else of this session, with its design. One that is gone, is of another kind, or was made
    by another version of the program is said, and ends the page."""
    study_id = st.query_params.get("study") or st.session_state.get(f"study-{study.id}")
    if not study_id:
        return None
    folder = RunFolder(workspace().studies / study_id)
    design = _design_of(study, folder) if is_safe_id(study_id) else None
    if design is None:
        lost(f"study-{study.id}", Message("It was deleted, or another version of the program made it."))
    choose_study(study, folder)
    return folder, design


def choose_study(study: Study[Any, Any], folder: RunFolder) -> None:
    st.session_state[f"study-{study.id}"] = st.query_params["study"] = folder.id


def _leave_study(study: Study[Any, Any]) -> None:
    st.session_state.pop(f"study-{study.id}", None)
    st.query_params.pop("study", None)


def studies_of(study: Study[Any, Any], dataset_id: str) -> list[tuple[RunFolder, Design]]:
    """Those of a dataset, newest first."""
    known = ((folder, _design_of(study, folder)) for folder in list_jobs(workspace().studies))
    return [(folder, design) for folder, design in known if design and dataset_id in _datasets(folder)]


def _datasets(folder: RunFolder) -> tuple[str | None, str | None]:
    """What a study is about, and the version of it that it made (a benchmark reserves a test set)."""
    about = folder.about()
    return about["request"].get("dataset"), (about.get("result") or {}).get("dataset")


def _design_of(study: Study[Any, Any], folder: RunFolder) -> Design | None:
    """The design of a study of this kind; None for any other, and for one that another version made otherwise."""
    if not folder.readable or folder.request.get("study") != study.id:
        return None
    try:
        design: Design = study.design.from_dict(folder.request["design"])
    except UserError:
        return None
    return design


def _show_earlier(study: Study[Any, Any], earlier: Sequence[tuple[RunFolder, Design]]) -> None:
    """A button for each of the last other studies of the dataset, by its title and time."""
    if not earlier:
        return
    with st.expander(tr("Earlier ones ({n})", n=len(earlier))):
        for folder, design in earlier[:MOST_EARLIER]:
            state, icon = STATES[folder.status().state]
            models = [model_title(model, workspace()) for model in design.model_ids()]
            said = tr("{when:date} · {models:list} · {title}", models=models, title=design.title(),
                      when=folder.about()["created"])  # fmt: skip
            if st.button(said, help=tr(state), key=f"earlier-{folder.id}", icon=f":material/{icon}:"):
                choose_study(study, folder)
                st.rerun()


# --- while it runs ---


def _show(study: Study[Any, Any], view: View, folder: RunFolder, design: Design, home: Workspace) -> None:
    """A study, whatever its state: which it is, then its large picture, what it found, and every number."""
    if folder.status().active:
        _live(study, view, folder, design)
        return
    events = folder.events()
    _say_which(folder, design, home)
    say_state(folder.status())
    if show_damages(folder):
        return
    for event in events:
        if isinstance(event, Warned):
            st.warning(tr(event.message))
    shown = Shown(folder, design, study.table(design, events), home)
    _result(study, view, shown)
    view.after(shown)


def _say_which(folder: RunFolder, design: Design, home: Workspace) -> None:
    """Data, model, settings and when, as badges."""
    said: list[Message | str] = [title_of(folder.title)]
    if is_worked(home):
        said.insert(0, WORKED)
    said += [model_title(model, home) for model in design.model_ids()]
    if title := design.title():
        said.append(title)
    said.append(began(folder))
    st.markdown(badges(said))


@st.fragment(run_every=REFRESH_SECONDS)
def _live(study: Study[Any, Any], view: View, folder: RunFolder, design: Design) -> None:
    status, events = folder.status(), folder.events()
    if not status.active:
        draw_anew()
    table = study.table(design, events)
    show_progress(folder, events, status, view.now(folder, table))
    _say_which(folder, design, workspace())
    _result(study, view, Shown(folder, design, table, workspace(), live=True))


def show_progress(folder: RunFolder, events: list[Event], status: Status, more: Sequence[str] = ()) -> None:
    """A bar, what happens now, the time left, and a button to stop."""
    share, said = _now(folder, events, status)
    st.progress(min(1.0, share), " · ".join([*said, *more]) or tr("Starting"))
    stopping = folder.stop_requested()
    if st.button(
        tr("Stopping ...") if stopping else tr("Stop and keep what is done"), icon=":material/stop:", key="stop-study",
        disabled=stopping,
    ):  # fmt: skip
        with problems_shown():
            launcher().stop(folder)
            st.rerun()


def _now(folder: RunFolder, events: list[Event], status: Status) -> tuple[float, list[str]]:
    """How far it is (0 to 1), and what is happening."""
    if status.state == "queued" and (place := says_place(folder)):
        return 0.0, [tr(place)]
    done, last = last_progress(events, "ways"), last_progress(events)
    episodes = next((event for event in reversed(events) if isinstance(event, EpisodesDone)), None)
    if episodes is not None:
        so_far = tr("Episode {n} of {total} · {share:percent} right so far", n=episodes.done, total=episodes.total,
                    share=episodes.accuracy)  # fmt: skip
        return episodes.done / episodes.total, [so_far]
    said: list[str] = [tr(wording(done))] if done else []
    if done and (seconds := _spent(events)):
        said.append(tr("{time} left", time=duration(seconds / done.done * (done.total - done.done))))
    elif expected := folder.request.get("expected"):
        said.append(tr("Takes {time:duration} in all", time=expected))
    if last and last.stage != "ways":
        said.append(tr(wording(last)))
    return (share_of(done) if done else 0.0 if last is None else share_of(last) / 10), said


def _spent(events: Sequence[Event]) -> float:
    """Seconds up to the last training that is done; 0 while it was among the first, which take longer."""
    for event in reversed(events):
        match event:
            case MethodEvaluated():
                return event.seconds if event.split > 0 else 0.0
            case GiverAnswered():
                return event.seconds if event.learnt else 0.0
    return 0.0


# --- what it found ---


def say_state(status: Status) -> None:
    """How it ended, where that is not as planned."""
    if status.state in ("failed", "interrupted"):
        st.error(tr("**{state}.** {reason}", state=STATES[status.state][0], reason=status.reason))
    elif status.state == "stopped":
        st.info(tr("It was stopped. What was done before counts."))


def _result(study: Study[Any, Any], view: View, shown: Shown) -> None:
    """The large picture, what was found, what can be done with it, and every number."""
    view.chart(shown)
    if found := study.findings(shown.table):
        show_findings(found)
    if not shown.live and not is_worked(shown.home):
        view.buttons(shown.table)
    if sheets := [sheet for sheet in shown.table.sheets() if sheet.rows]:
        with st.expander(tr("Show data")):
            for sheet in sheets:
                show_sheet(sheet)


def show_findings(found: Sequence[Message]) -> None:
    """In a box."""
    with st.container(border=True):
        for message in found:
            st.markdown(tr(message))


def show_sheet(sheet: Sheet) -> None:
    """A table of a study: its title, its cells, and how to read it. A long one can be scrolled."""
    if sheet.title:
        st.subheader(tr(sheet.title))
    if len(sheet.rows) > _LONG:
        st.dataframe([dict(zip(map(plain, sheet.columns), map(_plain, row), strict=True)) for row in sheet.rows],
                     hide_index=True)  # fmt: skip
    elif sheet.rows:
        cells = [[_cell(cell, first=not number) for number, cell in enumerate(row)] for row in sheet.rows]
        st.table({tr(column): list(column_cells)
                  for column, column_cells in zip(sheet.columns, zip(*cells, strict=True), strict=True)})  # fmt: skip
    if sheet.caption:
        st.caption(tr(sheet.caption))


def _cell(cell: Cell, *, first: bool) -> str:
    said = escape(_plain(cell))
    return Markdown(f"**{said}**") if first else said


def _plain(cell: Cell) -> str:
    if cell is None:
        return "…"
    return plain(cell) if isinstance(cell, Message) else plain(Message("{value}", value=cell))
