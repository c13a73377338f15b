"""What is to race: ways to train and models, how long, and what is searched."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.models.card import ModelCard
from core.models.catalogue import cards
from core.studies.benchmark.candidates import checked
from core.studies.benchmark.cost import costs_of
from core.studies.benchmark.design import (
    FEWEST_SEEDS,
    MOST_TRIALS,
    NOT_SEARCHED,
    RACING,
    USUAL_BUDGET,
    USUAL_HOLD_BACK,
    USUAL_SEEDS,
    RaceDesign,
)
from core.training.spec.recipe import Option, applicable_choices, applicable_options, default_options, options
from core.training.spec.strategies import STRATEGIES, strategies_for
from pages.shared.services import workspace
from pages.shared.words import duration, escape, plain, tr
from pages.train.form import choose_model

_USUAL = ("nearest", "head", "partial")
_LONGEST_MINUTES = 1440
_MOST_SEEDS = 10
"""More can be asked for on the command line."""


def choose_race(dataset: Dataset) -> RaceDesign | None:
    """What the person chose; None, with the reason said, where that is no race."""
    card = choose_model(dataset)
    strategies = _choose_strategies(dataset, card)
    minutes = st.number_input(
        tr("Time for all of it (minutes)"), 1, _LONGEST_MINUTES, value=int(USUAL_BUDGET / 60), key="race-minutes",
        persist_state="session",
        help=tr("Ways that take long are told to train for a shorter time each, so that all of them fit."),
    )  # fmt: skip
    seeds = st.slider(
        tr("Seeds"), FEWEST_SEEDS, _MOST_SEEDS, value=USUAL_SEEDS, key="race-seeds", persist_state="session",
        help=tr("Each seed has other examples teach and judge, the same for everybody. More seeds take longer and make "
                "the answer surer."),
    )  # fmt: skip
    with st.expander(tr("More options")):
        models = _choose_models(card)
        hold_back = st.slider(
            tr("Held back for the final test (% of every class)"), 5, 50, value=round(100 * USUAL_HOLD_BACK), step=5,
            key="race-hold-back", persist_state="session",
            help=tr("Nobody learns from these and nobody is chosen by them. A part that was held back before is kept."),
        )  # fmt: skip
        seed = st.number_input(tr("First seed"), 0, 1_000_000, value=0, key="race-seed", persist_state="session")
        search = _choose_search(strategies, card)
        trials = _choose_trials() if search else None
    try:
        return RaceDesign(
            models, strategies, seeds, 60.0 * minutes, seed, hold_back / 100, search=search, trials=trials
        )
    except UserError as error:
        st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
        return None


def _choose_strategies(dataset: Dataset, card: ModelCard) -> tuple[str, ...]:
    possible = [name for name in RACING if name in strategies_for(card)]
    takes = _times(dataset, card, possible)

    def label(name: str) -> str:
        said = tr(STRATEGIES[name].title)
        return f"{said} · {duration(takes[name])}" if name in takes else said

    chosen = st.pills(
        tr("Which ways to train race?"), possible, selection_mode="multi",
        default=[name for name in _USUAL if name in possible] or possible, format_func=label,
        key=f"race-strategies-{'blank' if card.blank else dataset.modality}", persist_state="session", wrap=True,
    )  # fmt: skip
    if takes:
        st.caption(tr("Beside each: how long one training of it takes here."))
    return tuple(chosen)


def _times(dataset: Dataset, card: ModelCard, strategies: list[str]) -> dict[str, float]:
    """Seconds that one run of each takes here, as far as that is known."""
    found = {}
    for name in strategies:
        try:
            held, entrants = checked(dataset, RaceDesign((card.id,), (name,)), workspace())
        except UserError:  # this set cannot be learnt from in this way; said when it is chosen
            continue
        costs = costs_of(entrants, USUAL_SEEDS, held.dataset, workspace())
        if costs:
            found[name] = costs[0].whole
    return found


def _choose_models(card: ModelCard) -> tuple[str, ...]:
    others = {
        other.id: plain(other.title) for other in cards(workspace())
        if other.modality == card.modality and other.id != card.id and not other.id.startswith("run:")
    }  # fmt: skip
    more = st.multiselect(
        tr("These models too"), list(others), format_func=lambda model_id: others[model_id],
        key=f"race-models-{card.modality}", persist_state="session", placeholder=tr("only the one above"),
        help=tr("Every way then races with every model that it can use."),
    )  # fmt: skip
    return (card.id, *(model for model in more if model != card.id))


# --- what is searched ---


def _choose_search(strategies: tuple[str, ...], card: ModelCard) -> dict[str, tuple[Any, ...]]:
    """Options by name, with the values that are tried besides what a way takes by itself."""
    usable: dict[str, tuple[str, Option]] = {}
    for strategy in strategies:
        for name, option in applicable_options(strategy, card.modality).items():
            if name not in NOT_SEARCHED:
                usable.setdefault(name, (strategy, option))
    chosen = st.multiselect(
        tr("Try other values of"), list(usable), format_func=lambda name: tr(usable[name][1].label),
        key="race-search", persist_state="session", placeholder=tr("nothing: each way as it is"),
        help=tr("Each way also races with other values of what you choose here, as far as it has that option."),
    )  # fmt: skip
    return {name: _choose_values(name, *usable[name], card) for name in chosen if name in usable}


def _choose_values(name: str, strategy: str, option: Option, card: ModelCard) -> tuple[Any, ...]:
    key, usual = f"race-values-{name}", default_options(strategy, card).get(name)
    if option.choices:
        choices = applicable_choices(name, card.modality)
        chosen = st.pills(
            tr(option.label), choices, selection_mode="multi", default=list(choices), format_func=tr, key=key,
            persist_state="session", wrap=True,
        )  # fmt: skip
        return tuple(chosen)
    text = st.text_input(
        tr(option.label), value=" ".join(f"{value:g}" for value in _suggested(option, usual)), key=key,
        persist_state="session", help=tr("Numbers with a space between them. {help}", help=tr(option.help)),
    )  # fmt: skip
    return tuple(_number(name, word) for word in text.replace(",", " ").replace(";", " ").split())


def _suggested(option: Option, usual: Any) -> list[float]:
    """A value below the usual one and one above, where both make sense."""
    middle = usual if usual else math.sqrt(max(option.low or 0.0, 1e-3) * (option.high or 1.0))
    if isinstance(option.step, int):
        near = [max(option.step, round(middle * f / option.step) * option.step) for f in (0.5, 2)]
    else:
        near = [float(f"{middle * f:.1g}") for f in (1 / 3, 3)]
    return [min(max(value, option.low or value), option.high or value) for value in dict.fromkeys(near)]


def _number(name: str, word: str) -> Any:
    """A number of the kind that the option takes; what is none is left for the design to refuse."""
    try:
        return options()[name].kind(word)
    except ValueError:
        return word


def _choose_trials() -> int | None:
    return st.number_input(
        tr("How many combinations"), 1, MOST_TRIALS, value=None, key="race-trials", persist_state="session",
        placeholder=tr("all of them"), help=tr("Fewer are drawn at random. After each seed the better half goes on."),
    )  # fmt: skip
