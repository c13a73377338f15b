"""From one run to its comparison with another."""

from __future__ import annotations

import streamlit as st

from core.runs.folder import RunFolder
from core.studies.comparison.partners import comparable_runs, partner_of
from pages.shared.current import run_name
from pages.shared.pages import COMPARE
from pages.shared.services import workspace
from pages.shared.words import tr


def show_way_to_compare(run: RunFolder) -> None:
    """A button, where another run of the same set was judged, if there is one on the same examples."""
    others = [other for other in comparable_runs(workspace()) if other.id != run.id]
    same_set = (other for other in others if other.request["dataset"] == run.request["dataset"])
    partner = partner_of(run, others) or next(same_set, None)
    if partner is None:
        return
    says = tr("With {name}; others can be added there.", name=run_name(partner))
    if st.button(tr("Compare"), icon=":material/balance:", help=says):
        st.switch_page(COMPARE, query_params={"runs": f"{run.id},{partner.id}"})
