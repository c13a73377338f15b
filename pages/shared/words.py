"""Sentences of the interface, in the language of the person who looks at the page.

`tr` is for whatever Streamlit reads as Markdown (most of it), `plain` for text that is shown as it is: cells of a
dataframe, choices of a selectbox, charts, descriptions of pictures. Both take a message, or an English text and its
values, and only there is anything rendered:

    st.caption(tr("{n} of **{name}**", n=3, name=label))    # `label` comes from outside: never Markdown
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from babel import Locale
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.classroom.sharing import DISK_REFUSES
from core.data.samples import shown_title
from core.errors import StorageError, UserError
from core.messages import ENGLISH, Language, Message, chosen_language, language, languages, preferred_languages

STUDENT = "student"
"""In the session: whether somebody looks at the page whom the computer does not belong to."""
_CHOSEN = "language"
_MARKS = frozenset(r"\`*_{}[]()#+-.!|<>~:$&")
_JOINTS = re.compile(r"(?<=:)(?=//)|(?<=:)(?=[\w+-]+:)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
"""Where what reads Markdown makes an address or an emoji of bare text, escaped or not, since it looks at the text that
is left when escapes are gone (GitHub's autolink literals, `:name:`)."""
_GAP = ":small[]"
"""Nothing at all in small print: it shows nothing, and ends one piece of text, so that none holds a whole address."""

_ROW = re.compile(r"row (\d{1,9})")

STATES = {
    "queued": (Message("Queued"), "hourglass_empty"),
    "running": (Message("Training"), "play_circle"),
    "paused": (Message("Paused"), "pause_circle"),
    "completed": (Message("Finished"), "check_circle"),
    "stopped": (Message("Stopped by hand"), "stop_circle"),
    "failed": (Message("Failed"), "error"),
    "interrupted": (Message("Interrupted"), "power_off"),
    "damaged": (Message("Damaged"), "broken_image"),
}
"""What pages call the states of a run, each with its icon."""


class Markdown(str):
    """Text that is Markdown already; put into a sentence, it is not escaped again."""

    __slots__ = ()


def tr(text: Message | str, /, **values: Any) -> Markdown:
    """As Markdown. Values that are text from outside are escaped, so they never become formatting."""
    return Markdown(session_language().render(_message(text, values), quote=escape))


def plain(text: Message | str, /, **values: Any) -> str:
    """As plain text."""
    return session_language().render(_message(text, values))


def escape(text: Message | str) -> Markdown:
    """A stranger's text inside Markdown: shown as it is, never as formatting, a link, an emoji or a picture."""
    if isinstance(text, Markdown):
        return text
    text = text if isinstance(text, str) else plain(text)
    parts = ("".join(f"\\{char}" if char in _MARKS else char for char in part) for part in _JOINTS.split(text))
    return Markdown(_GAP.join(parts))


def percent(share: float) -> str:
    """ "92 %", which never breaks across lines."""
    return plain("{share:percent}", share=share)


def share_range(interval: tuple[float, float]) -> str:
    """ "74-95 %"."""
    return plain("{interval:percent}", interval=interval)


def duration(seconds: float) -> str:
    """ "a moment", "about 40 seconds", "about 3 minutes"."""
    return plain("{time:duration}", time=seconds)


def title_of(title: str) -> str:
    """The title of a dataset, a run or a study, as it is shown."""
    return plain(shown_title(title))


def example_name(name: str) -> str:
    """What an example is called: its file, as it is; the row of a table in the reader's language."""
    row = _ROW.fullmatch(name)
    return plain("row {n:d}", n=int(row[1])) if row else name


def error_text(error: UserError) -> Markdown:
    """What happened, then what to do next. What the disk refuses is told to a student without its places."""
    if isinstance(error, StorageError) and st.session_state.get(STUDENT):
        return tr(DISK_REFUSES)
    return tr("**{problem}** {advice}", problem=error.problem, advice=error.advice)


@contextmanager
def problems_shown() -> Iterator[None]:
    """What cannot be done in the block is said where it stands, and the page goes on below it."""
    try:
        yield
    except UserError as error:
        st.error(error_text(error))


def _message(text: Message | str, values: dict[str, Any]) -> Message:
    return Message(text, **values) if isinstance(text, str) else text


# --- the language of a session ---


def session_language() -> Language:
    """What `choose_language` chose; English where no page is being drawn."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return st.session_state.get(_CHOSEN, ENGLISH)


def choose_language(usual: str = "") -> None:
    """Choose this session's language: `?lang=`, what was chosen before, the `usual` one here, what the browser prefers,
    English."""
    st.session_state[_CHOSEN] = chosen_language(_asked(usual))


def _asked(usual: str) -> Iterator[str]:
    if "lang" in st.query_params:
        yield st.query_params["lang"]
    if _CHOSEN in st.session_state:
        yield st.session_state[_CHOSEN].code
    if usual:
        yield usual
    yield from preferred_languages(st.context.headers.get("Accept-Language", ""))


def language_switch() -> None:
    """Once there is more than one language: each by the name that its speakers give it."""
    offered, now = languages(), session_language().code
    if len(offered) > 1 and now in offered:
        st.selectbox(
            tr("Language"), offered, index=offered.index(now),
            format_func=lambda code: Locale.parse(code.replace("-", "_")).display_name or code, key="language-switch",
            on_change=_switch,
        )  # fmt: skip


def _switch() -> None:
    st.session_state[_CHOSEN] = language(st.session_state["language-switch"])
    st.query_params.pop("lang", None)
