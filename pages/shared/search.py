"""What was tried while the best model and method were looked for: a small board, the best first."""

from __future__ import annotations

import streamlit as st

from core.runs.progress import RunProgress, worth
from pages.shared.words import plain, share_range, tr


def show_search(progress: RunProgress) -> None:
    """A row for each model and method, and, when it is over, why it ended and what the choice is worth."""
    if not progress.tried:
        return
    st.markdown(tr("**What was tried**, on parts of the training examples that were held out in turn"))
    ranked = sorted(progress.tried, key=lambda one: one.loss)
    chosen = progress.searched.recipe if progress.searched else {}
    taken = chosen.get("model"), chosen.get("strategy")
    st.dataframe(
        [
            {
                plain("model and method"): plain(one.name),
                plain("right"): 100 * one.accuracy,
                plain("chosen"): "✓" if (one.model, one.strategy) == taken else "",
                plain("95\u00a0% interval"): share_range(one.interval),
                plain("examples"): one.n,
                plain("loss"): round(one.loss, 3),
                plain("seconds"): round(one.seconds, 1),
            }
            for one in ranked
        ],
        hide_index=True,
        column_config={
            plain("right"): st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%.0f %%", width="small",
            ),
            plain("loss"): st.column_config.NumberColumn(
                help=plain("Cross-entropy: how surprised it was by the true classes. Lower is better; it decides.")
            ),
        },
    )  # fmt: skip
    if progress.searched:
        st.caption(tr(worth(progress.searched)))
