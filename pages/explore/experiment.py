"""What did the work? The pretraining, or the way the data were used: from the same draws, with intervals."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message, quoted
from core.models.catalogue import get_card
from core.runs.folder import RunFolder
from core.studies.cost import experiment_seconds
from core.studies.splits import MOST_JUDGES, make_draws
from core.studies.transfer.design import Design, checked
from core.studies.transfer.findings import sentences
from core.studies.transfer.table import Table
from core.training.spec.strategies import STRATEGIES
from pages.explore.design_form import choose_design
from pages.explore.effects import show_parts, table_of
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
from pages.shared.pages import DATA, START, show_empty
from pages.shared.services import workspace
from pages.shared.words import escape, tr

KIND = "experiment"


def _form(dataset: Dataset) -> None:
    left, right = st.columns([5, 7], gap="large")
    with left:
        design = choose_design(dataset)
    with right:
        if design is None:
            return
        try:
            filled, card = checked(dataset, design, workspace())
            splits = make_draws(dataset, design.shots, design.draws, design.seed)
        except UserError as error:
            st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
            return
        seconds = experiment_seconds(dataset, filled, card, splits, workspace())
        if st.button(
            tr("Find out"), type="primary", icon=":material/play_arrow:", width="stretch", key="start-experiment"
        ):
            request = {"dataset": dataset.id, "classes": len(dataset.classes), "design": filled.to_dict()}
            request |= {"expected": seconds}
            start_study(KIND, dataset.title, request)
        takes = tr("Takes {time:duration} here.", time=seconds) if seconds else tr("Its time here is being measured.")
        many = len(splits[0].validation)
        st.caption(
            tr("In each of {draws} draws {shots} of each class teach, the same for every way, and {n} others judge.",
               draws=design.draws, shots=design.shots, n=many)
            + (" " + tr("There are more; {n} are enough.", n=MOST_JUDGES) if many == MOST_JUDGES else "")
            + f" {takes}"
        )  # fmt: skip
        st.table(table_of(Table([]), filled))
        show_earlier(KIND, dataset.id, _name)


def _name(folder: RunFolder) -> str:
    """What tells one experiment from another. Plain text."""
    design = Design.from_dict(folder.request["design"])
    return tr(
        "{way}, {n} of each class, {draws} draws", way=tr(STRATEGIES[design.strategy].title), n=design.shots,
        draws=design.draws,
    )  # fmt: skip


def _show(folder: RunFolder) -> None:
    design = Design.from_dict(folder.request["design"])
    try:
        model = get_card(design.model, workspace()).title
    except UserError:  # the run it began with was deleted
        model = quoted(design.model)
    st.markdown(f"**{escape(folder.title)}** · {tr(model)} · {_name(folder)}")
    if folder.status().active:
        _live(folder, design)
        return
    say_state(folder, folder.status())
    table = Table(folder.events())
    _fill(folder, table, design)
    if (transfer := table.effects()["transfer"]) and transfer.sign < 0:
        st.info(
            tr("**Negative transfer.** What a network learnt before can be a worse start than knowing nothing: when it "
               "has seen things that look unlike yours, or when what told its old classes apart is the same in all of "
               "yours. A model that has seen things like yours may help, or letting more of it learn.")
        )  # fmt: skip
    if table.right:
        show_parts(table, design)
    if st.button(tr("Compare something else"), icon=":material/replay:", type="primary"):
        leave_study(KIND)
        st.rerun()


@st.fragment(run_every=REFRESH_SECONDS)
def _live(folder: RunFolder, design: Design) -> None:
    status, events = folder.status(), folder.events()
    if not status.active:
        st.rerun()
    show_progress(folder, events, status)
    _fill(folder, Table(events), design)


def _fill(folder: RunFolder, table: Table, design: Design) -> None:
    """The table, how to read it, and what it says so far."""
    if table.right:
        with st.container(border=True):
            for said in sentences(table):
                st.markdown(escape(tr(said.text, **said.values)))
    st.table(table_of(table, design))
    st.caption(_how_to_read(folder, table))


def _how_to_read(folder: RunFolder, table: Table) -> str:
    judged = max((found.tested for way in table.right if (found := table.score(way))), default=0)
    said = [
        tr("Share of judging examples that are answered rightly, on average over the draws. In brackets: where that "
           "may really lie (95\u00a0% sure), had other examples taught and other examples judged."),
    ]  # fmt: skip
    if judged:
        said.append(tr("{n} different examples judged.", n=judged))
    if classes := folder.request.get("classes"):
        said.append(tr("Guessing would get about {share:percent}.", share=1 / classes))
    return " ".join(said)


st.title(tr("What did the work?"))
st.caption(
    tr("The same network learns your classes twice, from scratch and from what it had learnt before, and each time "
       "plainly and with the same few examples used harder. So one sees which of the two helped, and how much.")
)  # fmt: skip
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
