"""Data: upload files, see what was imported and what was skipped, put it right, go on to training."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset
from core.data.samples import SAMPLES
from core.data.versions import latest_versions
from core.errors import UserError
from core.messages import Message
from core.modalities import get_modality
from core.report.charts import class_colours
from pages.prepare.check import say_what_was_done, show_findings, show_history
from pages.prepare.create import make_set
from pages.prepare.importing import ask_how_to_read, drop_zone, show_report, show_understanding
from pages.prepare.view import show_division, show_gallery, show_unlabelled
from pages.shared.columns import show_by_class
from pages.shared.current import about_dataset, asked_id, choose_dataset, current_dataset_id, load_dataset
from pages.shared.damaged import show_damaged
from pages.shared.figures import show_chart, verbatim
from pages.shared.intake import (
    about_to_go,
    failed_import,
    forget_failure,
    start_intake,
    watch_intake,
)
from pages.shared.pages import TRAIN, turn_to
from pages.shared.services import workspace
from pages.shared.words import error_text, escape, plain, problems_shown, title_of, tr

MOST_BARS = 40


def _choose_dataset(current: str) -> None:
    kept = dict(latest_versions(workspace()))
    kept.setdefault(current, about_dataset(current))  # an older version, from a link
    if len(kept) > 1:
        ids = list(kept)
        chosen = st.selectbox(
            tr("Dataset"), ids, index=ids.index(current), format_func=lambda dataset_id: _named(kept[dataset_id])
        )
        if chosen != current:
            choose_dataset(chosen)
            st.rerun()


def _named(about: dict[str, Any]) -> str:
    size = get_modality(about["modality"]).count(sum(about["counts"].values()))
    return plain("{title} ({size})", title=title_of(about["title"]), size=size)


def _counts(dataset: Dataset) -> None:
    colours = class_colours(dataset.classes)
    names = list(reversed(dataset.classes[:MOST_BARS]))
    figure = go.Figure(
        go.Bar(
            x=[dataset.counts[name] for name in names],
            y=[verbatim(name) for name in names],
            orientation="h",
            marker_color=[colours[name] for name in names],
            text=[dataset.counts[name] for name in names],
            hovertemplate="%{y}: %{x}<extra></extra>",
        )
    )
    figure.update_layout(
        title=plain("Examples in each class"),
        height=90 + 26 * len(names),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"visible": False},
        yaxis={"type": "category", "automargin": True},
    )
    says = ", ".join(f"{name}: {count}" for name, count in dataset.counts.items())
    show_chart(figure, alt=says, key="counts")
    if len(dataset.classes) > MOST_BARS:
        with st.expander(tr("All {n} classes", n=len(dataset.classes))):
            st.dataframe(
                [{plain("class"): k, plain("examples"): v} for k, v in dataset.counts.items()], hide_index=True
            )


def _bring(dataset_id: str | None, reading: bool) -> None:
    """Ways to bring examples: out of the way once there are some."""
    nothing_yet = dataset_id is None and not reading
    with st.expander(tr("Upload"), icon=":material/upload_file:", expanded=nothing_yet):
        if not reading:
            drop_zone()
    is_rows = dataset_id is not None and get_modality(about_dataset(dataset_id)["modality"]).is_row
    says = Message("Add rows") if is_rows else Message("Create examples: camera, microphone, typing, pasting")
    with st.expander(tr(says), icon=":material/table_rows:" if is_rows else ":material/photo_camera:"):
        into = dataset_id
        if dataset_id is not None:
            anew = tr("New dataset")
            ways = [tr("Add to “{title}”", title=title_of(about_dataset(dataset_id)["title"])), anew]
            chosen = st.segmented_control(
                tr("Save to"), ways, default=ways[0], required=True, key=f"make-into-{dataset_id}"
            )
            into = None if chosen == anew else dataset_id
        make_set(into, busy=reading)


def _nothing_yet() -> None:
    st.info(tr("Nothing has been imported yet. Upload your files above, or take a sample:"))
    with st.container(horizontal=True):
        for sample in SAMPLES:
            if st.button(tr(sample.title), key=f"sample-{sample.id}"):
                with problems_shown():
                    start_intake(f"sample:{sample.id}")
                    st.rerun()


def _show(dataset_id: str) -> None:
    _choose_dataset(dataset_id)
    dataset, about = load_dataset(dataset_id), about_dataset(dataset_id)
    st.subheader(escape(title_of(about["title"])))
    try:
        dataset.require_originals()
    except UserError as error:
        st.info(error_text(error))
    if about.get("report"):
        show_report(dataset, about["report"])
        if about.get("source") and not about.get("sample"):
            show_understanding(about["report"]["proposal"], about["source"], dataset)
    if about.get("addition"):
        show_understanding(about["addition"]["proposal"], about["addition"]["source"], dataset)
    show_history(dataset)
    _counts(dataset)
    show_findings(dataset)
    if dataset.kind.is_row:
        show_by_class(dataset, [], dataset_id)
    show_gallery(dataset)
    show_unlabelled(dataset)
    if len(dataset.classes) < 2:
        st.info(tr("There is only one class. A model needs at least two to tell apart: add another above."))
    else:
        show_division(dataset)


def _go_on(dataset_id: str) -> None:
    """The next step, beside the title: the page below it is long."""
    classes = len(about_dataset(dataset_id)["counts"])
    if classes > 1 and st.button(tr("Choose a model and train"), type="primary", icon=":material/arrow_forward:"):
        st.session_state.pop("run", None)
        turn_to(TRAIN, dataset=dataset_id)


head = st.container(horizontal=True, vertical_alignment="center")
head.title(tr("Data"), width="stretch")
say_what_was_done()
# What is below stays where it is while something is read, so that a camera stays on.
with st.container():
    under_way = watch_intake()
    asked = not under_way and ask_how_to_read()
going = about_to_go()
usable = current_dataset_id() if going is None or going != asked_id("dataset") else None
_bring(usable, under_way)
if not under_way:
    if usable is None:
        _nothing_yet()
    elif not asked and not failed_import():
        with head:
            _go_on(usable)
        _show(usable)
    elif st.button(
        tr("Go back to “{title}”", title=title_of(about_dataset(usable)["title"])), icon=":material/arrow_back:"
    ):
        forget_failure()
        st.rerun()
    show_damaged("datasets")
