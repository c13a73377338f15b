"""Where one begins: what this is, in a sentence, and a sample for each kind of example, a click away."""

from __future__ import annotations

import streamlit as st

from core.data.samples import SAMPLES
from core.modalities import get_modality
from core.runs.folder import list_runs
from pages.shared.intake import start_intake
from pages.shared.services import workspace
from pages.shared.words import problems_shown, tr

_ICONS = {"picture": "image", "sound": "graphic_eq", "lines": "chat", "row": "table_chart"}
"""By the view of a kind of example."""


def show_beginning() -> None:
    """What this is and what it can be tried on, for whoever has trained nothing yet."""
    st.markdown(
        tr(
            "Show a **pretrained** model a few examples of each class, press Train, and see how well it tells them "
            "apart: that is **fine-tuning**. Everything stays on this computer."
        )
    )
    show_samples()


def is_new_here() -> bool:
    """Whether nothing has been trained in this workspace."""
    return not list_runs(workspace())


def show_samples() -> None:
    """A button for each bundled dataset, which opens it."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(tr("Samples:"), width="content")
        for sample in SAMPLES:
            icon = _ICONS[get_modality(sample.modality).view]
            if st.button(tr(sample.title), key=f"sample-{sample.id}", icon=f":material/{icon}:",
                         help=tr(sample.description)):  # fmt: skip
                with problems_shown():
                    start_intake(f"sample:{sample.id}")
                    st.rerun()
