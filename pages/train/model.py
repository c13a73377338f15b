"""Which pretrained model to start from."""

from __future__ import annotations

import streamlit as st
from pages.shared.background import forget_background, start_background

from core.data.dataset import Dataset
from core.hardware import measured_speed
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.models.catalogue import cards
from core.runs.folder import RunFolder
from pages.shared.current import run_name, says_ancestry
from pages.shared.services import workspace
from pages.shared.words import escape, tr

_OWN = "own"


def choose_model(dataset: Dataset) -> ModelCard:
    """A model that understands this kind of example. It is timed on this machine, if it never was."""
    fitting = {card.id: card for card in cards(workspace()) if card.modality == dataset.modality}
    own = [card for card in fitting.values() if card.id.startswith("run:")]
    others = {card.id: card for card in fitting.values() if card not in own}
    titles = {model_id: card.title for model_id, card in others.items()}
    captions = [_facts(card) for card in others.values()]
    if own:
        titles[_OWN] = tr("One that you trained here")
        captions.append(tr("What it learnt from one set may help with the next."))
    chosen = st.radio(
        tr("Start from this model"),
        list(titles),
        format_func=lambda model_id: escape(titles[model_id]),
        captions=captions,
        key=f"model-{dataset.modality}",
        persist_state="session",
    )
    card = _choose_own(own, dataset.modality) if chosen == _OWN else others[chosen]
    if measured_speed(workspace(), card.id, "probe-full") is None:
        _measure(card)
    return card


def _choose_own(own: list[ModelCard], modality: str) -> ModelCard:
    cards_of = {card.id: card for card in own}
    chosen = st.selectbox(
        tr("Which one"),
        list(cards_of),
        format_func=lambda model_id: run_name(RunFolder.find(model_id.removeprefix("run:"), workspace())),
        key=f"own-model-{modality}",
        persist_state="session",
    )
    st.caption(f"{says_ancestry(chosen)}. {_facts(cards_of[chosen])}")
    return cards_of[chosen]


def _measure(card: ModelCard) -> None:
    """Have the model timed; its card and the expected time show it from then on."""
    asked = f"measure-{card.id}", "measure", card.title, {"model": card.id}
    if start_background(*asked).status().state == "stopped":  # it had made room for a training
        forget_background(asked[0])
        start_background(*asked)


def _facts(card: ModelCard) -> str:
    speed = measured_speed(workspace(), card.id, "embed")
    if speed is None:
        pace = tr("speed not measured yet")
    else:
        pace = tr(Message("{pace} on this computer", pace=get_modality(card.modality).pace(speed)))
    return f"{escape(card.knows)} {card.megabytes:.2g} MB · {pace} · {card.licence}"
