"""How other programs ask a finished model: the command that serves it, and lines to copy."""

from __future__ import annotations

import streamlit as st

from core.modalities import get_modality
from core.models.catalogue import about_model
from core.runs.folder import RunFolder
from core.serve.asking import ADDRESS, serve_command, ways_to_ask
from pages.shared.services import workspace
from pages.shared.words import tr


def show_serving(run: RunFolder) -> None:
    """Closed until somebody wants it: command, curl and Python."""
    kind = get_modality(about_model(run.id, workspace())["card"]["modality"])
    ways = ways_to_ask(kind)
    with st.expander(tr("Use it from other programs (serving)"), icon=":material/api:"):
        st.markdown(
            tr("Type this command in a terminal. It loads the model once and then answers other programs on this "
               "computer, until Ctrl+C ends it. Several requests at the same time are answered together.")
        )  # fmt: skip
        st.code(serve_command(run.id), language="bash")
        st.markdown(tr("Then, in another terminal:"))
        st.code(f"{ways.curl}\n{ways.curl_many}", language="bash")
        st.markdown(tr("Or in Python, without any package:"))
        st.code(ways.python, language="python")
        st.caption(tr("Its page at {address} shows all requests and answers (OpenAPI), and lets you try it.",
                      address=ADDRESS))  # fmt: skip
