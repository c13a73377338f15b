"""Every page by name, so that links name a page and not a file; how to turn to one; what an empty page shows."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

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
    in_menu: bool = True

    def made(self, *, in_menu: bool = True) -> st.Page:
        """For Streamlit, in the language of whoever looks at it; only while a page is being drawn."""
        icon = f":material/{self.icon}:"
        return st.Page(_HERE / self.script, title=tr(self.title), icon=icon, url_path=self.path, default=self.default,
                       visibility="visible" if self.in_menu and in_menu else "hidden")  # fmt: skip


START = Page("studio/studio.py", Message("Studio"), "space_dashboard", "studio", default=True)
"""The page one lands on."""
DATA = Page("prepare/data.py", Message("Data"), "folder_open", "data")
TRAIN = Page("train/train.py", Message("Train"), "model_training", "train")
RACE = Page("studies/benchmark.py", Message("Benchmark"), "flag", "race")
FEW_SHOT = Page("studies/few_shot.py", Message("Few-shot lab"), "looks_5", "few-shot")
EXPERIMENT = Page("studies/transfer.py", Message("What made the difference?"), "science", "what-did-the-work")
CURVE = Page("studies/learning_curve.py", Message("How many examples?"), "trending_up", "how-many")
RESULT = Page("understand/result.py", Message("Result"), "insights", "result")
POOLED = Page("studies/pooled.py", Message("Alone or together?"), "diversity_3", "alone-or-together")
COMPARE = Page("studies/comparison.py", Message("Compare"), "balance", "compare")
TRY = Page("use/try_it.py", Message("Try it"), "photo_camera", "try")
LESSONS = Page("lessons/lessons.py", Message("Lessons"), "school", "lessons")
DEMO = Page("lessons/demo.py", Message("Five-minute demo"), "slideshow", "demo", in_menu=False)
LIBRARY = Page("keep/library.py", Message("Library"), "inventory_2", "library")
PROJECT = Page("keep/project.py", Message("Project file"), "folder_zip", "project")
BOARD = Page("classroom/board.py", Message("Classroom"), "groups", "board")
"""The teacher's, in a class; nobody else has it among their pages."""

PAGES: dict[Message | None, tuple[Page, ...]] = {
    None: (START, DATA, TRAIN, RESULT, COMPARE, TRY, LESSONS, DEMO),
    Message("Labs"): (FEW_SHOT, EXPERIMENT, CURVE, POOLED, RACE),
    Message("Library"): (LIBRARY, PROJECT),
}
"""The stages of the journey, each a click away at the top of every page, then the menus."""


def navigation(more: Sequence[Page] = (), only: Collection[Page] | None = None) -> st.Page:
    """All pages at the top, or in the sidebar of a narrow window, those of this person alone first, or `only` some; the
    one that is asked for."""
    menus = {
        tr(menu) if menu else "": [page.made(in_menu=only is None or page in only) for page in pages]
        for menu, pages in PAGES.items()
    }
    menus[""][:0] = [page.made() for page in more]
    return st.navigation(menus, position="top")


def link(page: Page, label: Message | None = None, *, icon: str | None = None, **address: str) -> None:
    """A link to a page, with what its address says, such as `run=...`."""
    st.page_link(page.made(), label=tr(label) if label else None, icon=icon, query_params=address or None)


def show_empty(says: Message, *ways: Page) -> None:
    """What will appear here, then a link to each page that leads on."""
    st.info(tr(says))
    with st.container(horizontal=True):
        for page in ways:
            link(page)


def show_worked(says: Message, *ways: Page) -> None:
    """What will appear here and links to the pages that lead on, in a line; below it the caller shows an example of it
    that came with the program."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(tr("{says} Below is an example that came with the program.", says=says))
        for page in ways:
            link(page)


# --- turning to another page ---

_ANSWER_JS = """
let answered;
export default function ({ data, setStateValue }) {
  if (answered === data.question) return;
  answered = data.question;
  setStateValue("answer", data.question);
}
"""


def turn_to(page: Page, **address: str) -> NoReturn:
    """Turn to a page, as soon as the browser has stopped the timers of this one.

    A fragment with `run_every` is run by a timer in the browser, and each of its messages names the page that the
    browser shows. One that was sent before the browser heard of `st.switch_page` is worked off when the new page has
    been drawn; the browser is told that a run of the old page begins, clears the new one, and nobody draws it again.
    So first a run is made that draws no fragment, at which the browser stops every timer, and asks the browser to
    answer. Messages keep their order: when the answer is here, no timer's message can come any more.
    """
    question = secrets.token_hex(4)
    left = st.session_state["page"]
    st.session_state["turning"] = {"from": left, "to": page.path, "address": address, "question": question}
    st.rerun()


def is_turning() -> bool:
    """Whether no timer may be drawn, since the session is on its way to another page."""
    return "turning" in st.session_state


def draw(chosen: st.Page) -> None:
    """The page that the navigation chose or, on the way to another one, only the question to the browser."""
    turning = st.session_state.get("turning")
    if turning is None or turning["from"] != chosen.url_path:  # another page was chosen by hand meanwhile
        st.session_state.pop("turning", None)
        st.session_state["page"] = chosen.url_path
        chosen.run()
        return
    page = next(page for pages in PAGES.values() for page in pages if page.path == turning["to"])
    link(page, Message("Opening {page} ...", page=page.title), **turning["address"])
    if answer_of_the_browser(turning["question"]) == turning["question"]:
        del st.session_state["turning"]
        st.switch_page(page.made(), query_params=turning["address"] or None)


def answer_of_the_browser(question: str) -> str | None:
    """The last question that it answered. It keeps its answer: a click at the same moment does not lose it."""
    answer: str | None = _answering()(
        key="turning-answer", data={"question": question}, on_answer_change=_nothing
    ).answer
    return answer


def _nothing() -> None:
    """Streamlit hands over only what has a callback."""


@cache
def _answering() -> Any:
    return st.components.v2.component("finetune_lab.turning", js=_ANSWER_JS)
