"""Where one begins: what this is, the worked example to try, a sample of each kind of example, one's own datasets."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import describe_dataset
from core.data.intake import tasted
from core.data.samples import SAMPLES, Sample, samples_for
from core.data.versions import latest_versions
from core.messages import Message, sentences
from core.modalities import get_modality
from core.modalities.base import Payload
from core.runs.folder import RunFolder, list_runs
from core.workspace import Workspace
from pages.classroom.collecting import show_own_phone
from pages.prepare.create import make_set
from pages.prepare.importing import drop_zone
from pages.shared.current import choose_dataset
from pages.shared.dialogs import open_dialog
from pages.shared.examples import view_of
from pages.shared.intake import start_intake
from pages.shared.services import classroom, where_it_stays, workspace
from pages.shared.words import escape, plain, problems_shown, session_language, title_of, tr
from pages.studio.tour import show_step, show_way_to_tour, tour_step

_MOST_DATASETS, _ABREAST, _TASTED = 12, 3, 6
_THEN = "studio-then"
"""In the session: the way to train as soon as the worked example was brought in ("" where it is only to be tried), and
the dataset."""


def worked_run() -> RunFolder:
    """The run that is shown before there is anything else: the first of those that come with the program."""
    return list_runs(Workspace.worked())[-1]


def show_beginning() -> None:
    """What this is, for whoever has nothing here yet, and three ways in."""
    name, says, ways = st.columns([3, 9, 5], vertical_alignment="center", gap="small")
    name.title(tr("Finetune Lab"), anchor=False)
    with says:
        if (at := tour_step()) is not None:
            show_step(at)
        else:
            _say_what_this_is()
    with ways.container(horizontal=True, gap="small", horizontal_alignment="right"):
        if st.button(tr("Try the demo"), icon=":material/play_circle:", key="try-demo"):
            bring_worked()
        show_way_for_own()
    show_samples("sample")


def _say_what_this_is() -> None:
    says, way = st.columns([7, 2], vertical_alignment="center", gap="xsmall")
    what = Message(
        "Show a **pretrained** model a few examples of each class, press Train, and see how well it tells them apart: "
        "that is **fine-tuning**."
    )
    says.markdown(tr(sentences(what, where_it_stays())))
    with way:
        show_way_to_tour()


def show_way_for_own() -> None:
    """A button that opens a dialog: files to upload, or examples to create."""
    if st.button(tr("Use my own"), icon=":material/upload_file:"):
        open_dialog(tr("Use my own"), _own, width="large")


def _own() -> None:
    room = classroom()
    names = [tr("Upload"), tr("Create examples"), *([tr("With my phone")] if room else [])]
    upload, create, *phone = st.tabs(names)
    with upload:
        drop_zone()
    with create:
        make_set(None)
    if room:
        with phone[0]:
            show_own_phone(room)


def show_samples(key: str) -> None:
    """A button for each bundled dataset, which opens it; texts in further languages are among the cards."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(tr("Samples:"), width="content")
        for sample in samples_for(session_language().code):
            icon, says = view_of(sample.modality).icon, tr(sample.description)
            if st.button(tr(sample.title), key=f"{key}-{sample.id}", icon=icon, help=says):
                _open_sample(sample)


def show_cards(key: str) -> None:
    """The same with a picture of what is in each."""
    for start in range(0, len(SAMPLES), _ABREAST):
        for place, sample in zip(st.columns(_ABREAST), SAMPLES[start : start + _ABREAST], strict=False):
            with place.container(border=True, height="stretch", gap="xsmall"):
                if st.button(tr(sample.title), key=f"{key}-{sample.id}", icon=view_of(sample.modality).icon):
                    _open_sample(sample)
                view_of(sample.modality).taste(_taste_of(sample.id))
                st.caption(tr(sample.description))


@st.cache_data(max_entries=len(SAMPLES), show_spinner=False)
def _taste_of(sample_id: str) -> list[Payload]:
    return tasted(f"sample:{sample_id}", _TASTED)


def _open_sample(sample: Sample) -> None:
    with problems_shown():
        start_intake(f"sample:{sample.id}")
        st.rerun()


def bring_worked(then: str = "") -> None:
    """Have the worked example here, as if it had been made here: to be asked anything, or (`then`, the name of a way)
    to be trained on anew. Its dataset is imported like any other; only its finished run is copied."""
    run = worked_run()
    with problems_shown():
        if not then:
            run.copied(workspace().runs)
        sample = describe_dataset(run.request["dataset"], Workspace.worked())["sample"]
        start_intake(f"sample:{sample}")
        st.session_state[_THEN] = (then, run.request["dataset"])
        st.rerun()


def then_train(dataset_id: str) -> str:
    """The way to train this dataset that was asked for before it was here; told once, "" where none was."""
    asked: tuple[str, str] = st.session_state.pop(_THEN, ("", ""))
    return asked[0] if asked[1] == dataset_id else ""


def open_another() -> None:
    """A dialog: a sample, or one of the datasets that are here."""
    open_dialog(tr("Open a dataset"), _datasets, width="medium")


def _datasets() -> None:
    """What is here first: whoever has something of their own rarely wants a sample."""
    kept = latest_versions(workspace())[:_MOST_DATASETS]
    for dataset_id, about in kept:
        icon = view_of(about["modality"]).icon
        if st.button(_named(about), key=f"open-{dataset_id}", icon=icon, type="tertiary"):
            choose_dataset(dataset_id)
            st.query_params.pop("run", None)
            st.rerun()
    st.markdown(f"##### {tr('Samples')}")
    show_cards("open-sample")


def _named(about: dict[str, Any]) -> str:
    size = get_modality(about["modality"]).count(sum(about["counts"].values()))
    return escape(plain(Message("{title} ({size})", title=title_of(about["title"]), size=size)))
