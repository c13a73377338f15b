"""The demo: five minutes before an audience, a scene at a time, one key to go on."""

from __future__ import annotations

import streamlit as st

from pages.lessons.scenes import SCENES
from pages.shared.live_chart import load_plotly
from pages.shared.words import tr


def _at() -> int:
    """The scene of the address, so that a reload stays there; the first one for anything else."""
    asked = st.query_params.get("scene", "")
    return int(asked) - 1 if asked.isdecimal() and 1 <= int(asked) <= len(SCENES) else 0


def _turn(by: int) -> None:
    st.query_params["scene"] = str(_at() + by + 1)


def _show(at: int) -> None:
    scene = SCENES[at]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(tr(scene.title), width="stretch", anchor=False)
        st.button(
            tr("Back"), icon=":material/arrow_back:", on_click=_turn, args=(-1,), shortcut="Left", disabled=not at
        )
        st.button(
            tr("Next step"), icon=":material/arrow_forward:", type="primary", on_click=_turn, args=(1,),
            shortcut="Right", disabled=at == len(SCENES) - 1,
        )  # fmt: skip
    with st.container(key=f"scene-{at}"):
        scene.show()
    with st.container(border=True):
        left = sum(one.seconds for one in SCENES[at:])
        st.caption(tr("Scene {at} of {n} · {left:duration} to the end", at=at + 1, n=len(SCENES), left=left))
        if st.toggle(tr("What to say"), True, key="say", bind="query-params"):
            st.markdown(tr(scene.say))


load_plotly()
_show(_at())
