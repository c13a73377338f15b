"""Your data: drop files in, see what was read and what was not, go on to training."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import PurePath
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset, kept_datasets
from core.data.intake import TABLE_SUFFIXES, ReadOptions
from core.data.samples import SAMPLES
from core.workspace import is_safe_id
from pages.shared.current import about_dataset, choose_dataset, current_dataset_id, load_dataset
from pages.shared.gallery import show_examples
from pages.shared.intake import start_intake, watch_intake
from pages.shared.pages import TRAIN
from pages.shared.palette import class_colours
from pages.shared.services import workspace
from pages.shared.words import escape, things, tr

PER_PAGE = 24
_CHUNK = 1024 * 1024


def _drop_zone() -> None:
    # A new key releases the uploaded bytes from memory once they are on disk.
    key = st.session_state.setdefault("uploader", 0)
    upload = st.file_uploader(
        tr("Drop a zip of pictures or a table of messages here"),
        type=["zip", *(suffix.removeprefix(".") for suffix in TABLE_SUFFIXES)],
        key=f"uploader-{key}",
    )
    if upload is not None:
        path = _kept_upload(upload)
        st.session_state["uploader"] = key + 1
        st.session_state["source"], st.session_state["source_title"] = path, PurePath(upload.name).stem
        start_intake(path, ReadOptions(title=PurePath(upload.name).stem))
        st.rerun()
    with st.expander(tr("What it can read"), expanded=not kept_datasets(workspace())):
        pictures, messages = st.columns(2)
        pictures.markdown(tr("**Pictures**: a zip with one folder for each class"))
        pictures.code("pets.zip\n  cat/  tom.jpg  felix.png ...\n  dog/  rex.jpg  bello.JPG ...", language=None)
        messages.markdown(tr("**Messages**: a CSV or TSV table with a text and a label"))
        messages.code("text,label\nMy bus is late,transport\nNo nuts please,meals", language=None)


def _kept_upload(upload: Any) -> str:
    """Copy an upload to disk under its digest; its own name is only ever data."""
    digest = hashlib.sha256(upload.getbuffer()).hexdigest()[:24]
    suffix = PurePath(upload.name).suffix.casefold()
    path = workspace().uploads / f"{digest}{suffix if suffix in ('.zip', *TABLE_SUFFIXES) else ''}"
    if not path.exists():
        with path.open("wb") as file:
            upload.seek(0)
            while chunk := upload.read(_CHUNK):
                file.write(chunk)
    return str(path)


def _choose_set(current: str) -> None:
    kept = {dataset_id: about for dataset_id, about in kept_datasets(workspace())}
    if len(kept) > 1:
        ids = list(kept)
        chosen = st.selectbox(
            tr("Data set"),
            ids,
            index=ids.index(current),
            format_func=lambda i: (
                f"{kept[i]['title']} ({things(kept[i]['modality'], sum(kept[i]['counts'].values()))})"
            ),
        )
        if chosen != current:
            choose_dataset(chosen)
            st.rerun()


def _report(dataset: Dataset, report: dict[str, Any]) -> None:
    given = report["used"] + len(report["skipped"])
    st.subheader(escape(dataset.title))
    st.markdown(
        tr(
            "I read **{used} of {given}** {kind}: **{n} classes**.",
            used=f"{report['used']:,}",
            given=f"{given:,}",
            kind=tr("files") if dataset.modality == "image" else tr("rows"),
            n=len(dataset.classes),
        )
    )
    if report["skipped"]:
        with st.expander(tr("{n} left out, and why", n=len(report["skipped"]))):
            st.dataframe(
                report["skipped"], hide_index=True, column_config={"file": tr("File or row"), "reason": tr("Reason")}
            )
            st.download_button(tr("Download this list"), _as_csv(report["skipped"]), "left_out.csv", "text/csv")
    if dataset.modality == "text" and "columns" in report["proposal"]:
        _columns(report["proposal"])


def _columns(proposal: dict[str, Any]) -> None:
    """What was taken for the text and what for the label; another choice reads the file again."""
    source = st.session_state.get("source")
    st.caption(
        tr(
            "The text is in column “{text}”, the label in column “{label}”.",
            text=escape(proposal["text_column"]),
            label=escape(proposal["label_column"]),
        )
    )
    if not source:
        return
    with st.expander(tr("Use other columns")), st.form("columns"):
        names = proposal["columns"]
        text = st.selectbox(tr("Column with the text"), names, index=names.index(proposal["text_column"]))
        label = st.selectbox(tr("Column with the label"), names, index=names.index(proposal["label_column"]))
        if st.form_submit_button(tr("Read again")):
            if text == label:
                st.error(tr("Text and label must be two different columns."))
            else:
                start_intake(source, ReadOptions(text, label, st.session_state.get("source_title")))
                st.rerun()


def _as_csv(rows: list[dict[str, str]]) -> str:
    """A spreadsheet must not run a cell that begins like a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "reason"])
    for row in rows:
        writer.writerow([("'" + v if v[:1] in "=+-@\t\r" else v) for v in (row["file"], row["reason"])])
    return out.getvalue()


def _counts(dataset: Dataset) -> None:
    colours = class_colours(dataset.classes)
    names = list(reversed(dataset.classes))
    figure = go.Figure(
        go.Bar(
            x=[dataset.counts[name] for name in names],
            y=names,
            orientation="h",
            marker_color=[colours[name] for name in names],
            text=[dataset.counts[name] for name in names],
            hovertemplate="%{y}: %{x}<extra></extra>",
        )
    )
    figure.update_layout(
        title=tr("Examples in each class"),
        height=90 + 26 * len(names),
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        xaxis={"visible": False},
        yaxis={"type": "category", "automargin": True},
    )
    says = ", ".join(f"{name}: {count}" for name, count in dataset.counts.items())
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=says, key="counts")


def _gallery(dataset: Dataset) -> None:
    left, right = st.columns(2)
    chosen = left.selectbox(tr("Show"), [tr("all classes"), *dataset.classes], key="gallery-class")
    indices = [i for i, e in enumerate(dataset.examples) if chosen == tr("all classes") or e.label == chosen]
    if chosen == tr("all classes"):
        # A few of every class, not the first class only.
        by_class: dict[str, list[int]] = {}
        for i in indices:
            by_class.setdefault(dataset.examples[i].label, []).append(i)
        rows = max(map(len, by_class.values()))
        indices = [group[k] for k in range(rows) for group in by_class.values() if k < len(group)]
    pages = max(1, -(-len(indices) // PER_PAGE))
    page = right.number_input(tr("Page (of {n})", n=pages), 1, pages, key=f"gallery-page-{chosen}") if pages > 1 else 1
    show_examples(dataset, indices[(page - 1) * PER_PAGE : page * PER_PAGE])


st.title(tr("Your data"))
reading = watch_intake()
if not reading:
    _drop_zone()
    dataset_id = current_dataset_id()
    if dataset_id is None or not is_safe_id(dataset_id):
        st.info(tr("Nothing has been read yet. Drop your files above, or take a sample:"))
        with st.container(horizontal=True):
            for sample in SAMPLES:
                if st.button(tr(sample.title), key=f"sample-{sample.id}"):
                    start_intake(f"sample:{sample.id}")
                    st.rerun()
    else:
        _choose_set(dataset_id)
        dataset = load_dataset(dataset_id)
        about = about_dataset(dataset_id)
        if "report" in about:
            _report(dataset, about["report"])
        _counts(dataset)
        _gallery(dataset)
        if st.button(tr("Choose a model and train"), type="primary", icon=":material/arrow_forward:"):
            st.session_state.pop("run", None)
            st.switch_page(TRAIN, query_params={"dataset": dataset_id})
