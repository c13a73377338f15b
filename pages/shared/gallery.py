"""Examples on a page: pictures as thumbnails, messages as lines."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import streamlit as st
from PIL import Image

from core.data.dataset import Dataset
from core.modalities.image import stored_picture
from pages.shared.services import workspace
from pages.shared.words import escape


@st.cache_data(max_entries=2000, show_spinner=False)
def _thumbnail(example_id: str, root: str, side: int) -> str:
    with Image.open(stored_picture(example_id, workspace().examples)) as picture:
        small = picture.convert("RGB")
    small.thumbnail((side, side))
    canvas = Image.new("RGB", (side, side), (255, 255, 255))
    canvas.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


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
