"""Every page by name, so that links name a page and not a file."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.shared.words import tr

_HERE = Path(__file__).resolve().parents[1]
ICON = str(_HERE / "shared" / "icon.png")
"""A picture of our own: Streamlit would fetch a symbol or an emoji for the browser tab from the network."""


def _page(script: str, title: str, icon: str, path: str, *, default: bool = False) -> st.Page:
    return st.Page(_HERE / script, title=tr(title), icon=f":material/{icon}:", url_path=path, default=default)


START = _page("start/home.py", "Start", "home", "start", default=True)
DATA = _page("prepare/data.py", "Your data", "folder_open", "data")
TRAIN = _page("train/train.py", "Train", "model_training", "train")
RACE = _page("train/race.py", "Race", "flag", "race")
FEW_SHOT = _page("explore/few_shot.py", "Few-shot lab", "looks_5", "few-shot")
EXPERIMENT = _page("explore/experiment.py", "What did the work?", "science", "what-did-the-work")
CURVE = _page("explore/curve.py", "How many examples?", "trending_up", "how-many")
RESULT = _page("understand/result.py", "Result", "insights", "result")
COMPARE = _page("understand/compare.py", "Compare", "balance", "compare")
TRY = _page("use/try_it.py", "Try it", "photo_camera", "try")

PAGES: dict[str, tuple[st.Page, ...]] = {
    "Begin": (START,),
    "Prepare": (DATA,),
    "Train": (TRAIN, RACE),
    "Understand": (RESULT, COMPARE),
    "Explore": (FEW_SHOT, EXPERIMENT, CURVE),
    "Use": (TRY,),
}


# An empty page: what will appear here, and how to get there.


def show_empty(says: str, *ways: st.Page) -> None:
    """`says` in plain words, then a link to each page that leads on."""
    st.info(tr(says))
    with st.container(horizontal=True):
        for page in ways:
            st.page_link(page)
