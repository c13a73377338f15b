"""Take it with you: a report and a model card, made when they are asked for."""

from __future__ import annotations

import streamlit as st

from core.report.card import card_markdown
from core.report.facts import gather
from core.report.files import card_name, report_name
from core.report.page import report_html
from pages.shared.services import workspace
from pages.shared.words import tr
from pages.understand.seen import Seen


def show_take_away(seen: Seen) -> None:
    """Both downloads, and what is in them. Each is made by the click, from what is known then."""
    left, right = st.columns(2, gap="medium")
    with left.container(border=True):
        st.subheader(tr("A report"))
        st.markdown(
            tr("One page with everything: the score and how sure it is, where it fails, the curves, the data and what "
               "was found in them, a map of the examples, the recipe and what the model cannot do. It opens in any "
               "browser, needs no network and can be printed.")
        )  # fmt: skip
        st.download_button(
            tr("Download the report"), lambda: report_html(gather(seen.run.id, workspace())),
            report_name(seen.run.id), "text/html", key="report", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    with right.container(border=True):
        st.subheader(tr("A model card"))
        st.markdown(
            tr("The same in short, as plain text (Markdown), for whoever wants to use the model: what it is for, how "
               "well it does and what it must not be used for. The Hugging Face Hub reads its head.")
        )  # fmt: skip
        st.download_button(
            tr("Download the model card"), lambda: card_markdown(gather(seen.run.id, workspace())),
            card_name(seen.run.id), "text/markdown", key="card", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    st.caption(tr("The report shows some of your examples: look at it before you pass it on. Nothing in either says "
                  "where your files lie."))  # fmt: skip
