"""Looking through the examples, and putting right what stands in the wrong class."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.data.versions import Change
from pages.prepare.edit import make_change
from pages.shared.gallery import thumbnail
from pages.shared.words import escape, tr

PER_PAGE = 24


def show_gallery(dataset: Dataset) -> None:
    """A page of examples with a box to tick below each, and what to do with those that are ticked."""
    st.subheader(tr("Look through them"))
    left, right = st.columns(2)
    everything = tr("all classes")
    chosen = left.selectbox(tr("Show"), [everything, *dataset.classes], key="gallery-class")
    indices = _in_turn(dataset) if chosen == everything else _of_class(dataset, chosen)
    pages = max(1, -(-len(indices) // PER_PAGE))
    page = right.number_input(tr("Page (of {n})", n=pages), 1, pages, key=f"gallery-page-{chosen}") if pages > 1 else 1
    shown = indices[(page - 1) * PER_PAGE : page * PER_PAGE]
    with st.form(f"gallery-{dataset.id}-{chosen}-{page}", border=False):
        ticked = _boxes(dataset, shown)
        _actions(dataset, ticked)


def _boxes(dataset: Dataset, shown: list[int]) -> tuple[str, ...]:
    """Keys of the examples whose box is ticked when a button of the form is pressed."""
    pictures = dataset.modality == "image"
    row = st.container(horizontal=pictures, gap="small")
    ticked = []
    for i in shown:
        example = dataset.examples[i]
        with row.container(width=110 if pictures else "stretch", gap=None):
            if pictures:
                st.image(thumbnail(example.id), width=96, alt=f"{example.label}: {example.name}")
            says = example.label if pictures else f"{example.label}: {(example.text or '')[:400]}"
            if st.checkbox(escape(says), key=f"tick-{dataset.id}-{i}"):
                ticked.append(example.key)
    return tuple(ticked)


def _actions(dataset: Dataset, ticked: tuple[str, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            tr("Class of the ticked ones"),
            dataset.classes,
            index=None,
            placeholder=tr("choose, or type a new class"),
            accept_new_options=True,
            width=260,
        )
        move = st.form_submit_button(tr("Move to this class"), icon=":material/drive_file_move:")
        drop = st.form_submit_button(tr("Leave the ticked ones out"), icon=":material/block:")
    if not (move or drop):
        return
    if not ticked:
        st.info(tr("Tick the box below one or more examples first."))
    elif drop:
        make_change(dataset.id, Change("exclude", examples=ticked))
    elif not label:
        st.info(tr("Choose the class that the ticked examples belong to."))
    else:
        make_change(dataset.id, Change("relabel", examples=ticked, label=label))


def _of_class(dataset: Dataset, label: str) -> list[int]:
    return [i for i, example in enumerate(dataset.examples) if example.label == label]


def _in_turn(dataset: Dataset) -> list[int]:
    """A few of every class, not the first class only."""
    by_class: dict[str, list[int]] = {}
    for i, example in enumerate(dataset.examples):
        by_class.setdefault(example.label, []).append(i)
    rows = max(map(len, by_class.values()))
    return [group[k] for k in range(rows) for group in by_class.values() if k < len(group)]
