"""Finetune Lab: `streamlit run app.py`. Page setup and navigation, nothing else."""

import streamlit as st

from pages.shared.pages import ICON, PAGES
from pages.shared.services import launcher
from pages.shared.words import tr

st.set_page_config(page_title="Finetune Lab", page_icon=ICON, layout="wide")
launcher()
st.navigation({tr(group): list(pages) for group, pages in PAGES.items()}).run()
