"""The form of a study, made from its design: a widget for every option, bounded by what the dataset really has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message
from core.models.card import ModelCard
from core.options import Choice, Option, is_many, options_of
from core.studies.base import Design, Study
from pages.shared.pages import DATA, TRAIN, link
from pages.shared.words import error_text, tr
from pages.train.form import choose_model

_MOST_SEGMENTS = 7
"""More choices stand in a list."""

Widget: TypeAlias = Callable[[Option, Dataset, ModelCard, Mapping[str, Any]], Any]
"""A widget of a study's own: from the option, the dataset, the model and what was chosen before it, to a value."""


def choose_design(
    study: Study[Any, Any], dataset: Dataset, widgets: Mapping[str, Widget], top: DeltaGenerator
) -> Design | None:
    """What the person chose; None, with the reason said at the `top`, when the dataset allows no such study."""
    card = choose_model(dataset, study.design.takes)
    if card is None:
        top.info(
            tr("No pretrained model takes {many} yet, so what pretraining does cannot be seen. Pretrain one: train an "
               "untrained network on another dataset of {many}, and it stands here.", many=dataset.kind.many)
        )  # fmt: skip
        with top:
            link(TRAIN, Message("Train an untrained network"), dataset=dataset.id)
        return None
    values: dict[str, Any] = {"model": card.id}
    options = options_of(study.design)
    try:
        for name, option in options.items():
            if not option.folded:
                _choose(study, name, option, dataset, card, values, widgets)
        with st.expander(tr("More options")):
            for name, option in options.items():
                if option.folded:
                    _choose(study, name, option, dataset, card, values, widgets)
        known = {f.name for f in fields(study.design)}
        return study.design(**{name: value for name, value in values.items() if name in known})
    except UserError as error:
        top.error(error_text(error))
        with top:
            link(DATA)
        return None


def _choose(
    study: Study[Any, Any], name: str, option: Option, dataset: Dataset, card: ModelCard, values: dict[str, Any],
    widgets: Mapping[str, Widget],
) -> None:  # fmt: skip
    """Draw the widget of an option, if it changes anything here, and keep its value."""
    offered = study.design.offered(name, option, dataset, card, values)
    if offered is None:
        return
    if name in widgets:
        values[name] = widgets[name](offered, dataset, card, values)
        return
    key = f"{study.id}-{name}-{dataset.modality if offered.choices else dataset.id}"
    if offered.choices and card.in_context:  # which has fewer of them
        key += "-in-context"
    if offered.choices:
        several = is_many(study.design, name)
        values[name] = _several(offered, key) if several else _one(offered, key)
    elif offered.low is not None:
        values[name] = _number(offered, key)


def _one(option: Option, key: str) -> str:
    names = list(option.choices)
    usual = option.usual if option.usual in names else names[0]
    label, says = tr(option.label), tr(option.help) if option.help else None
    chosen: str
    if len(names) <= _MOST_SEGMENTS:
        chosen = st.segmented_control(
            label, names, default=usual, required=True, format_func=lambda name: tr(option.choices[name].title),
            key=key, persist_state="session", wrap=True, help=says,
        )  # fmt: skip
    else:
        chosen = st.selectbox(
            label, names, index=names.index(usual), format_func=lambda name: tr(option.choices[name].title), key=key,
            persist_state="session", help=says,
        )  # fmt: skip
    if sentence := option.choices[chosen].sentence:
        st.caption(tr(sentence))
    return chosen


def _several(option: Option, key: str) -> tuple[str, ...]:
    if option.toggles:
        st.markdown(tr(option.label))
        return tuple(name for name, choice in option.choices.items() if _toggle(choice, f"{key}-{name}"))
    chosen = st.pills(
        tr(option.label), list(option.choices), selection_mode="multi", default=list(option.usual),
        format_func=lambda name: tr(option.choices[name].title), key=key, persist_state="session", wrap=True,
        help=tr(option.help) if option.help else None,
    )  # fmt: skip
    return tuple(chosen)


def _toggle(choice: Choice, key: str) -> bool:
    return st.toggle(tr(choice.title), value=True, key=key, persist_state="session", help=tr(choice.sentence))


def _number(option: Option, key: str) -> Any:
    """A number within its bounds; where there is only one there is nothing to choose."""
    assert option.low is not None and option.high is not None
    whole = option.whole or option.scale != 1
    low, high = option.low / option.scale, option.high / option.scale
    low, high = (math.ceil(round(low, 9)), math.floor(round(high, 9))) if whole else (low, high)
    step: Any = (max(1, round((option.step or option.scale) / option.scale)) if whole else option.step) or 0.05
    label, says = tr(option.label), tr(option.help) if option.help else None
    if low == high:
        st.markdown(tr("{label}: **{n}**, all that this dataset has", label=option.label, n=low))
        return low
    usual = None if option.optional else option.usual / option.scale
    usual = round(usual) if usual is not None and whole else usual
    if st.session_state.get(key) is not None:  # the bounds move with what stands above
        st.session_state[key] = min(max(st.session_state[key], low), high)
    draw: Any = st.slider if option.slider else st.number_input
    beginning = {} if key in st.session_state else {"value": usual}
    more = {"placeholder": tr(option.empty), "value": None} if option.optional else {}
    shown = draw(label, low, high, step=step, key=key, persist_state="session", help=says, **{**beginning, **more})
    if shown is None or option.scale == 1:
        return shown
    return float(round(shown * option.scale, 6))
