"""How wide the window is, as far as it changes what stands where: Streamlit puts columns below each other in a narrow
one, in the order in which they were drawn, and only the browser knows whether it is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

_NARROW = "narrow"
_WIDTH_JS = """
// Told once at the beginning, if it is narrow, and whenever that changes; never while the page is being drawn: what
// is told then cuts that off, and pictures that were on their way are lost.
export default function ({ data, setStateValue }) {
  const root = document.documentElement;
  const narrow = window.matchMedia(data.query);
  let timer = 0;
  const tell = () => {
    clearTimeout(timer);
    if (narrow.matches === (root.toldNarrow ?? false)) return;
    const app = document.querySelector("[data-test-script-state]");
    if (app && app.dataset.testScriptState !== "notRunning") {
      timer = setTimeout(tell, 100);
      return;
    }
    root.toldNarrow = narrow.matches;
    setStateValue("narrow", narrow.matches);
  };
  tell();
  narrow.addEventListener("change", tell);
  return () => { clearTimeout(timer); narrow.removeEventListener("change", tell); };
}
"""


def is_narrow() -> bool:
    """Whether columns stand below each other in this browser, as on a phone."""
    return bool(st.session_state.get(_NARROW))


def watch_window() -> None:
    """To be drawn on every page, where it takes no room."""
    told = _watching()(key="window", data={"query": "(max-width: 640px)"}, on_narrow_change=lambda: None).narrow
    st.session_state[_NARROW] = bool(told)


@cache
def _watching() -> Any:
    return st.components.v2.component("finetune_lab.window", js=_WIDTH_JS)
