"""What an experiment is asked: which model, how few examples, and which ways to use them harder."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.modalities.base import Ability
from core.models.card import ModelCard
from core.studies.splits import most_shots
from core.studies.transfer.design import (
    FEWEST_DRAWS,
    MOST_DRAWS,
    PARTS,
    USUAL_DRAWS,
    Design,
    scratch_size,
    transfer_strategies,
    usual_strategy,
)
from core.training.spec.strategies import STRATEGIES
from pages.shared.words import escape, tr
from pages.train.form import choose_model

MOST_SHOTS = 100
"""More can be asked for on the command line; a handful is what this is about."""


def choose_design(dataset: Dataset) -> Design | None:
    """What the person chose; None, with the reason said, when the set allows no experiment."""
    card = choose_model(dataset)
    strategy = _choose_strategy(dataset.modality)
    try:
        most = most_shots(dataset)
    except UserError as error:
        st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
        return None
    shots = st.number_input(
        tr("Examples of each class"), 1, min(most, MOST_SHOTS), value=min(5, most), key=f"study-shots-{dataset.id}",
        persist_state="session",
        help=tr("So many of each class teach; the others judge. Your smallest class allows {n}.", n=most),
    )  # fmt: skip
    draws = choose_draws("experiment")
    parts = _choose_parts()
    with st.expander(tr("More options")):
        level, views, epochs, size, seed = _more(dataset, card)
    try:
        return Design(
            card.id, strategy, shots, draws, seed, parts, level, views, scratch_epochs=epochs, scratch_size=size
        )
    except UserError as error:
        st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
        return None


def choose_draws(page: str) -> int:
    """How many draws."""
    return st.slider(
        tr("Draws"), FEWEST_DRAWS, MOST_DRAWS, value=USUAL_DRAWS, key=f"study-draws-{page}", persist_state="session",
        help=tr("Each time other examples teach. More draws take longer and make the answer surer."),
    )  # fmt: skip


def choose_seed(page: str) -> int:
    return st.number_input(
        tr("Seed"), 0, 1_000_000, value=0, key=f"study-seed-{page}", persist_state="session",
        help=tr("The same seed gives the same draws and the same result again."),
    )  # fmt: skip


def _choose_strategy(modality: str) -> str:
    chosen = st.segmented_control(
        tr("How does the pretrained model learn your classes?"), transfer_strategies(),
        format_func=lambda name: tr(STRATEGIES[name].title), default=usual_strategy(modality), required=True,
        key=f"study-strategy-{modality}", persist_state="session", wrap=True,
    )  # fmt: skip
    st.caption(tr(STRATEGIES[chosen].sentence))
    return chosen


def _choose_parts() -> tuple[str, ...]:
    st.markdown(tr("Use the same examples harder"))
    chosen = []
    for name, part in PARTS.items():
        says = f"{tr(part.sentence)} {tr('After {source}', source=part.source)}."
        if st.toggle(tr(part.title), value=True, key=f"study-part-{name}", persist_state="session", help=says):
            chosen.append(name)
    return tuple(chosen)


def _more(dataset: Dataset, card: ModelCard) -> tuple[str, int, int, int | None, int]:
    usual = Design(card.id)
    levels = [level for level in dataset.kind.augmentations if level != "none"]
    level = st.segmented_control(
        tr("How much examples are varied"), levels, default=usual.level, required=True, format_func=tr,
        key=f"study-level-{dataset.modality}", persist_state="session",
    )  # fmt: skip
    views = st.slider(
        tr("Variations of each example"), 2, 16, value=usual.views, key="study-views", persist_state="session",
        help=tr("With the example as it is. More take longer."),
    )  # fmt: skip
    epochs = st.number_input(
        tr("Epochs from scratch"), 1, 500, value=usual.scratch_epochs, key="study-epochs", persist_state="session",
        help=tr("How many times the network that begins with nothing goes through its examples."),
    )  # fmt: skip
    size = None
    if Ability.RESIZE in dataset.kind.abilities:
        size = st.number_input(
            tr("Picture size from scratch"), 32, 512, value=scratch_size(usual, card), step=32,
            key=f"study-size-{card.id}", persist_state="session",
            help=tr("Pixels a side. Few examples teach nothing that needs more, and small pictures are fast. The "
                    "pretrained model looks at {n}.", n=card.input_size),
        )  # fmt: skip
    return level, views, epochs, size, choose_seed("experiment")
