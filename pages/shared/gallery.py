"""Examples on a page: pictures as thumbnails, messages as lines."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.data.dataset import Dataset
from core.report.pictures import thumbnail as small_picture
from pages.shared.services import workspace
from pages.shared.words import escape


@st.cache_data(max_entries=2000, show_spinner=False)
def _thumbnail(example_id: str, root: str, side: int) -> str:
    return small_picture(example_id, workspace().examples, side)


def thumbnail(example_id: str, side: int = 96) -> str:
    """A kept picture as a small square data URI."""
    return _thumbnail(example_id, str(workspace().root), side)


def show_examples(dataset: Dataset, indices: Sequence[int], captions: Sequence[str] | None = None) -> None:
    """Some examples side by side (pictures) or one a line (messages), with a plain-text caption each."""
    captions = captions or [dataset.examples[i].label for i in indices]
    if dataset.modality == "image":
        # A caption is Markdown to Streamlit; the text that says what it shows is plain.
        row = st.container(horizontal=True, gap="small")
        for i, caption in zip(indices, captions, strict=True):
            with row.container(width=104, gap=None):
                st.image(thumbnail(dataset.examples[i].id), width=96, alt=caption)
                st.text(caption)
        return
    for i, caption in zip(indices, captions, strict=True):
        with st.container(border=True, gap=None):
            st.text(dataset.examples[i].text or "")
            st.caption(escape(caption))
