"""The options of a way to train, made from their one declaration; only those that change something here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.data.splits import came_divided
from core.hardware import known_devices
from core.models.card import ModelCard
from core.training.spec.recipe import Option, applicable_choices, applicable_options, default_options
from pages.shared.services import workspace
from pages.shared.words import tr

MOST_REPEATS = 10


def choose_options(strategy: str, dataset: Dataset, card: ModelCard) -> dict[str, Any]:
    """The values a person chose, by the name of the recipe's field; None where it was left to the program."""
    usable = applicable_options(strategy, dataset.modality)
    defaults = default_options(strategy, card)
    if came_divided(dataset):
        usable.pop("validation_share")
    if known_devices(workspace()) == ["cpu"]:
        usable.pop("device")
    if st.session_state.get(option_key("time_budget", strategy, card)) is not None:
        usable.pop("epochs", None)
    open_ones = {name: option for name, option in usable.items() if not option.folded}
    values = {name: _widget(name, option, strategy, card, defaults) for name, option in open_ones.items()}
    with st.expander(tr("More options")):
        shots = _widget("shots", usable["shots"], strategy, card, defaults)
        if shots is not None:
            usable.pop("validation_share", None)
        for name, option in usable.items():
            if option.folded and name != "shots":
                values[name] = _widget(name, option, strategy, card, defaults)
            if name == "augmentation":
                _show_variations(dataset, values[name])
    return {**values, "shots": shots}


def option_key(name: str, strategy: str, card: ModelCard) -> str:
    """The key of an option's widget: what was chosen for one way and model is not carried over to another."""
    return f"option-{strategy}-{card.id}-{name}"


def choose_repeats() -> int:
    """How many times to train, each time with the next seed."""
    return st.number_input(
        tr("Train several times"), 1, MOST_REPEATS, value=1, key="repeats", persist_state="session",
        help=tr("Each time other examples teach and other examples judge. How far the scores lie apart shows how much "
                "is luck."),
    )  # fmt: skip


def _widget(name: str, option: Option, strategy: str, card: ModelCard, defaults: dict[str, Any]) -> Any:
    default = defaults.get(name)
    label, key, says = tr(option.label), option_key(name, strategy, card), tr(option.help)
    if option.choices:
        return st.segmented_control(
            label, applicable_choices(name, card.modality), default=default, required=True, format_func=tr, key=key,
            help=says, persist_state="session",
        )  # fmt: skip
    if option.optional:
        return _field_that_may_stay_empty(option, label, key, says)
    if isinstance(option.step, int):
        most = card.stages - 1 if name == "layers" and card.stages else int(option.high)
        return st.number_input(
            label, int(option.low), most, value=default, step=option.step, key=key, help=says, persist_state="session"
        )
    if option.step:
        return st.slider(
            label, option.low, option.high, value=float(default), step=option.step, key=key, help=says,
            persist_state="session",
        )  # fmt: skip
    return st.number_input(
        label, option.low, option.high, value=float(default), format="%g", key=key, help=says, step=default / 2,
        persist_state="session",
    )  # fmt: skip


def _field_that_may_stay_empty(option: Option, label: str, key: str, says: str) -> Any:
    whole = isinstance(option.step, int)
    low, high = (int(option.low), int(option.high)) if whole else (option.low, option.high)
    return st.number_input(
        label, low, high, value=None, step=option.step or 0.1, key=key, help=says, placeholder=tr(option.empty),
        format=None if whole else "%g", persist_state="session",
    )  # fmt: skip


_SHOWN = 5


def _show_variations(dataset: Dataset, level: str) -> None:
    """One example, and what training would see of it in its first epochs."""
    if level == "none":
        return
    import numpy as np

    kind, payload = dataset.kind, dataset.payload(0)
    varied = [kind.augment(payload, level, np.random.default_rng([0, epoch, 0])) for epoch in range(1, _SHOWN + 1)]
    if dataset.modality == "text":
        st.caption(tr("For example, this message becomes:"))
        st.table({tr("as it is, then varied"): [payload, *varied]})
        return
    st.caption(tr("For example, this picture (first) becomes:"))
    st.image([_thumbnail(picture) for picture in (payload, *varied)], width=88)


def _thumbnail(picture: Any) -> Any:
    small = picture.resize((88, 88)) if picture.width != picture.height else picture.copy()
    small.thumbnail((176, 176))
    return small
