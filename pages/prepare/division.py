"""Training, validation and test set: shown as a strip, with the reason, and a way to hold back a fixed test set."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.data.dataset import Dataset
from core.data.splits import came_divided, make_split
from core.data.versions import Change
from core.errors import UserError
from pages.prepare.edit import make_change
from pages.shared.gallery import thumbnail
from pages.shared.words import escape, things, tr

_STRIP = 10
SEED = 0
"""The seed a new run has; the strip shows what it would use."""


def show_division(dataset: Dataset) -> None:
    """The split that training would make, and why it is so."""
    st.subheader(tr("Train / validation split"))
    try:
        split = make_split(dataset, seed=SEED)
    except UserError as error:
        st.info(escape(str(error)))
        return
    st.markdown(tr(split.reason))
    parts = ((tr("Training"), split.train), (tr("Validation"), split.validation), (tr("Test"), split.test))
    for name, indices in parts:
        if indices:
            _strip(name, dataset, indices)
    if came_divided(dataset) or any(example.split == "test" for example in dataset.examples):
        return
    with st.popover(tr("Hold back a test set")):
        st.markdown(
            tr(
                "Examples that no training ever sees and no choice is made on: the score on them, at the very end, is "
                "the one to believe. Worth it once you have some 20 examples or more in every class."
            )
        )
        share = st.slider(tr("Share of every class (%)"), 10, 50, 20, 5, key="hold-back")
        if st.button(tr("Hold them back"), icon=":material/lock:"):
            make_change(dataset.id, Change("hold_back", share=share / 100, seed=SEED))


def _strip(name: str, dataset: Dataset, indices: Sequence[int]) -> None:
    st.caption(f"**{name}**: {tr(things(dataset.modality, len(indices)))}")
    step = max(1, len(indices) // _STRIP)
    some = indices[::step][:_STRIP]
    if dataset.modality == "image":
        with st.container(horizontal=True, gap="small"):
            for i in some:
                st.image(thumbnail(dataset.examples[i].id), width=56, alt=dataset.examples[i].label)
    else:
        lines = (f"{dataset.examples[i].label}: {(dataset.examples[i].text or '')[:90]}" for i in some[:3])
        st.text("\n".join(" ".join(line.split()) for line in lines))
