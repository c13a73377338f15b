"""How it learnt."""

from __future__ import annotations

import streamlit as st

from core.insight.reading import reading
from core.runs.progress import Progress, follow
from core.training.spec.recipe import options
from core.training.spec.strategies import STRATEGIES
from pages.shared.current import dataset_name, says_ancestry
from pages.shared.live_chart import show_curves
from pages.shared.words import escape, tr
from pages.understand.seen import Seen


def show_learning(seen: Seen) -> None:
    """The curves, and the recipe they follow from."""
    folder, ended = seen.run, seen.ended
    progress = follow(folder.events())
    started = progress.started
    st.subheader(tr("How it learnt"))
    if started is None:
        return
    if len(progress.epochs) < 2:
        st.caption(tr("Nothing was trained in steps, so there is no curve."))
    else:
        show_curves(folder.id, progress, started.baseline, started.epochs)
        _read(progress)
        _as_table(progress)
    with st.expander(tr("The recipe")):
        if started.why:
            st.markdown(escape(started.why))
        recipe = started.recipe
        st.markdown(tr("From: {chain}", chain=says_ancestry(f"run:{folder.id}")))
        st.markdown(tr("What learnt: {what}", what=tr(STRATEGIES[recipe["strategy"]].title)))
        for name, option in options().items():
            if recipe.get(name) is not None:
                st.markdown(f"{tr(option.label)}: {escape(str(recipe[name]))}")
        st.markdown(tr("Data: {name}", name=dataset_name(started.dataset)))
        st.markdown(tr(started.split))
        st.markdown(tr("It took {time:duration}.", time=ended.seconds))


def _read(progress: Progress) -> None:
    """What the curves say, in plain words."""
    remarks = reading(progress)
    if remarks:
        st.markdown(tr("**What the curves say**"))
        st.markdown("\n".join(f"- {escape(remark.said)}" for remark in remarks))


def _as_table(progress: Progress) -> None:
    with st.expander(tr("The same as a table")):
        st.dataframe(
            [
                {
                    tr("epoch"): e.epoch,
                    tr("training loss"): e.train_loss,
                    tr("training accuracy"): e.train_accuracy,
                    tr("validation loss"): e.validation_loss,
                    tr("validation accuracy"): e.validation_accuracy,
                }
                for e in progress.epochs
            ],
            hide_index=True,
        )
