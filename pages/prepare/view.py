"""The examples of a dataset: browse and correct them, and see who is in the training, validation and test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.data.dataset import Dataset
from core.data.splits import came_divided, make_split
from core.data.versions import Change
from core.errors import UserError
from core.messages import Message, sentences
from pages.prepare.check import make_change
from pages.shared.examples import view_of
from pages.shared.words import error_text, plain, tr


def show_gallery(dataset: Dataset) -> None:
    """A page of examples with a box to tick below each, and what to do with those that are selected."""
    st.subheader(tr("Browse"))
    left, right = st.columns(2)
    everything = plain("all classes")
    chosen = left.selectbox(tr("Show"), [everything, *dataset.classes], key="gallery-class")
    indices = _in_turn(dataset) if chosen == everything else _of_class(dataset, chosen)
    per_page = view_of(dataset.modality).per_page
    pages = max(1, -(-len(indices) // per_page))
    page = right.number_input(tr("Page (of {n})", n=pages), 1, pages, key=f"gallery-page-{chosen}") if pages > 1 else 1
    shown = indices[(page - 1) * per_page : page * per_page]
    name = f"{dataset.id}-{chosen}-{page}"
    with st.form(f"gallery-{name}", border=False):
        selected = view_of(dataset.modality).browse(dataset, shown, f"tick-{name}")
        _actions(dataset, tuple(dataset.examples[i].key for i in selected))


def show_unlabelled(dataset: Dataset) -> None:
    """The examples that have no class: what they are for, and a page of them to give one."""
    n = len(dataset.unlabelled)
    if not n:
        return
    says = tr("{examples} without a class", examples=dataset.kind.count(n))
    with st.expander(says, icon=":material/help:"):
        st.caption(
            tr(
                "Nobody has said what they are, so they count in no class, no split and no score. Give some of them a "
                "class, and they are examples like the others."
            )
        )
        how = Message(
            "A last layer can learn from them as they are: see self-training, under “More options” on the Train page."
        )
        if dataset.kind.is_row:
            how = sentences(how, Message("So can the column network, which guesses cells that are hidden from it."))
        st.caption(tr(how))
        per_page = view_of(dataset.modality).per_page
        pages = -(-n // per_page)
        page = st.number_input(tr("Page (of {n})", n=pages), 1, pages, key="unlabelled-page") if pages > 1 else 1
        few = dataset.unlabelled[(page - 1) * per_page : page * per_page]
        shown = replace(dataset, examples=tuple(replace(one, label="?") for one in few), kept_as=dataset.id)
        name = f"unlabelled-{dataset.id}-{page}"
        with st.form(name, border=False):
            selected = view_of(dataset.modality).browse(shown, range(len(few)), f"tick-{name}")
            _actions(dataset, tuple(few[i].key for i in selected))


def _actions(dataset: Dataset, ticked: tuple[str, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            tr("Class of the selected ones"),
            dataset.classes,
            index=None,
            placeholder=plain("choose, or type a new class"),
            accept_new_options=True,
            width=260,
        )
        move = st.form_submit_button(tr("Move to this class"), icon=":material/drive_file_move:")
        drop = st.form_submit_button(tr("Skip the selected ones"), icon=":material/block:")
    if not (move or drop):
        return
    if not ticked:
        st.info(tr("Select one or more examples first."))
    elif drop:
        make_change(dataset.id, Change("exclude", examples=ticked))
    elif not label:
        st.info(tr("Choose the class that the selected examples belong to."))
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


# --- training, validation and test set ---

_STRIP = 10
SEED = 0
"""The seed a new run has; the strip shows what it would use."""


def show_division(dataset: Dataset) -> None:
    """The split that training would make, and why it is so."""
    st.subheader(tr("Train / validation split"))
    try:
        split = make_split(dataset, seed=SEED)
    except UserError as error:
        st.info(error_text(error))
        return
    st.markdown(tr(split.reason))
    parts = (
        (Message("Training"), split.train), (Message("Validation"), split.validation), (Message("Test"), split.test),
    )  # fmt: skip
    for name, indices in parts:
        if indices:
            _strip(name, dataset, indices)
    if came_divided(dataset) or any(example.split == "test" for example in dataset.examples):
        return
    with st.popover(tr("Reserve a test set")):
        st.markdown(
            tr(
                "Examples that no training ever sees and no choice is made on: the score on them, at the very end, is "
                "the one to trust. It is worth it from about 20 examples a class on."
            )
        )
        share = st.slider(tr("Share of every class (%)"), 10, 50, 20, 5, key="hold-back")
        if st.button(tr("Reserve them"), icon=":material/lock:"):
            make_change(dataset.id, Change("hold_back", share=share / 100, seed=SEED))


def _strip(name: Message, dataset: Dataset, indices: Sequence[int]) -> None:
    st.caption(tr("**{set}**: {n}", set=name, n=dataset.kind.count(len(indices))))
    step = max(1, len(indices) // _STRIP)
    view_of(dataset.modality).strip(dataset, indices[::step][:_STRIP])
