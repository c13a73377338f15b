"""A model of the Hugging Face Hub: from a short list, by its name, or found by words. Nothing is fetched before it is
chosen, and its weights only when it trains."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import UserError
from core.messages import NOTHING, Message, sentences
from core.models.catalogue import get_card
from core.models.hub import PREFIX
from core.models.hub_search import HubModel, is_here, look_for, suggested
from pages.shared.services import workspace
from pages.shared.words import error_text, plain, problems_shown, tr

_FEW = 6
"""More languages are not listed."""


def choose_from_hub(modality: str, languages: Sequence[str]) -> str:
    """The id of a model of the Hub that can be used here. Where what was chosen cannot, this is said, and ends the
    page."""
    found: list[HubModel] = st.session_state.setdefault(f"hub-found-{modality}", [])
    offered = {model.name: model for model in (*suggested(modality, languages), *found)}
    name = st.selectbox(
        tr("Model"), list(offered), format_func=lambda name: _line(name, offered), accept_new_options=True,
        key=f"hub-model-{modality}", persist_state="session",
        help=tr("From the list, or any other: write its name on the Hub, such as {example}.",
                example="owner/name"),
    )  # fmt: skip
    if model := offered.get(name):
        _about(model)
    _search(modality, found)
    try:
        card = get_card(PREFIX + name, workspace())
    except UserError as error:
        st.error(error_text(error))
        st.stop()
    if not is_here(card.id):
        st.caption(tr("{size:bytes} will be fetched from the Hub when it trains.", size=card.megabytes * 1e6))
    return card.id


def _line(name: str, offered: dict[str, HubModel]) -> str:
    model = offered.get(name)
    if model is None or not model.megabytes:
        return name
    return plain("{name} ({size:bytes})", name=name, size=model.megabytes * 1e6)


def _about(model: HubModel) -> None:
    few = 0 < len(model.languages) < _FEW
    languages = Message("Languages: {codes:languages}.", codes=model.languages) if few else NOTHING
    licence = Message("Licence: {licence}.", licence=model.licence or Message("see its page on the Hub"))
    st.caption(tr(sentences(model.good_for, languages, licence)))


def _search(modality: str, found: list[HubModel]) -> None:
    """Words to ask the Hub for; what it finds joins the list."""
    with st.popover(tr("Search the Hub"), icon=":material/search:"):
        with st.form(f"hub-search-{modality}", border=False):
            words = st.text_input(tr("Words"), placeholder=plain("such as a language or what it is good for"))
            asked = st.form_submit_button(tr("Search"))
        if asked and words.strip():
            with problems_shown():
                new = look_for(words.strip(), [modality])
                found[:] = new
                if not new:
                    st.caption(tr("The Hub has nothing for these words that can be used here."))
                else:
                    st.rerun()
