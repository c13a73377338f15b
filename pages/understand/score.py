"""How good it is, and how sure one can be of that."""

from __future__ import annotations

import streamlit as st

from core.evaluation.score import majority_label
from pages.shared.words import escape, score_sentence, tr
from pages.understand.seen import Seen


def show_score(seen: Seen) -> None:
    """The score as a sentence, and what there is to be said against it."""
    ended, found = seen.ended, seen.score
    if found is None:
        st.warning(tr("Nothing was held back, so how good it is cannot be told. Add a second example to your classes."))
        return
    labels = [seen.dataset.examples[i].label for i in seen.taught]
    guess = escape(majority_label(labels)) if labels else None
    st.markdown(f"#### {score_sentence(found, seen.dataset.modality, guess)}")
    if ended.chosen and not ended.test:
        when = tr("It was stopped, and the") if ended.reason == "stopped" else tr("The")
        st.caption(
            tr(
                "{when} best moment (epoch {n}) was picked by looking at these very examples: "
                "the score is a little too kind.",
                when=when,
                n=ended.epoch,
            )
        )
    elif not ended.test:
        st.caption(
            tr(
                "These examples were held back: the model never learnt from them, "
                "and no choice was made by looking at them."
            )
        )
