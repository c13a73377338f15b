"""Every page by name, so that links name a page and not a file, and what an empty page shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st

from core.messages import Message
from pages.shared.words import tr

_HERE = Path(__file__).resolve().parents[1]
ICON = str(_HERE / "shared" / "icon.png")
"""A picture of our own: Streamlit would fetch a symbol or an emoji for the browser tab from the network."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its script below `pages`, its title, and its name in the address."""

    script: str
    title: Message
    icon: str
    path: str
    default: bool = False

    def made(self) -> st.Page:
        """For Streamlit, in the language of whoever looks at it; only while a page is being drawn."""
        icon = f":material/{self.icon}:"
        return st.Page(_HERE / self.script, title=tr(self.title), icon=icon, url_path=self.path, default=self.default)


START = Page("start/home.py", Message("Start"), "home", "start", default=True)
DATA = Page("prepare/data.py", Message("Your data"), "folder_open", "data")
TRAIN = Page("train/train.py", Message("Train"), "model_training", "train")
RACE = Page("studies/benchmark.py", Message("Benchmark"), "flag", "race")
FEW_SHOT = Page("studies/few_shot.py", Message("Few-shot lab"), "looks_5", "few-shot")
EXPERIMENT = Page("studies/transfer.py", Message("What made the difference?"), "science", "what-did-the-work")
CURVE = Page("studies/learning_curve.py", Message("How many examples?"), "trending_up", "how-many")
RESULT = Page("understand/result.py", Message("Result"), "insights", "result")
COMPARE = Page("studies/comparison.py", Message("Compare"), "balance", "compare")
TRY = Page("use/try_it.py", Message("Try it"), "photo_camera", "try")

PAGES: dict[Message, tuple[Page, ...]] = {
    Message("Begin"): (START,),
    Message("Prepare"): (DATA,),
    Message("Train"): (TRAIN, RACE),
    Message("Understand"): (RESULT, COMPARE),
    Message("Explore"): (FEW_SHOT, EXPERIMENT, CURVE),
    Message("Use"): (TRY,),
}
"""Those of each stage of the journey, as the navigation shows them."""


def link(page: Page, label: Message | None = None, *, icon: str | None = None, **address: str) -> None:
    """A link to a page, with what its address says, such as `run=...`."""
    st.page_link(page.made(), label=tr(label) if label else None, icon=icon, query_params=address or None)


def turn_to(page: Page, **address: str) -> NoReturn:
    """Turn to a page."""
    st.switch_page(page.made(), query_params=address or None)


def show_empty(says: Message, *ways: Page) -> None:
    """What will appear here, then a link to each page that leads on."""
    st.info(tr(says))
    with st.container(horizontal=True):
        for page in ways:
            link(page)
