"""Finding a learning rate: a short test on a copy of the model, its curve, and one click to take what it suggests."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.events import JobEnded, PhaseProgress
from core.models.card import ModelCard
from core.runs.folder import RunFolder
from core.training.spec.recipe import Recipe, applicable_options
from pages.shared.palette import BASELINE, TRAINING
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, tr
from pages.train.options import option_key

REFRESH_SECONDS = 0.5


def show_rate_finder(dataset: Dataset, recipe: Recipe, card: ModelCard) -> None:
    """A button, then progress, then the curve with its suggestion."""
    if "learning_rate" not in applicable_options(recipe.strategy, dataset.modality):
        return
    about = f"{dataset.id}-{recipe.strategy}-{card.id}"
    key = f"rate-{about}"
    job = _job(st.session_state.get(key))
    with st.expander(tr("Find a learning rate"), expanded=job is not None):
        if job is not None and job.status().active:
            _waiting(job)
            return
        if job is not None:
            _show(job, option_key("learning_rate", recipe.strategy, card))
        else:
            st.caption(
                tr("Tries ever bigger corrections on a copy of the model and looks where learning turns into damage.")
            )
        if st.button(tr("Try again") if job else tr("Find one"), icon=":material/troubleshoot:", key="find-rate"):
            st.session_state[key] = _start(dataset, recipe).id
            st.rerun()


def _start(dataset: Dataset, recipe: Recipe) -> RunFolder:
    request = {"dataset": dataset.id, "recipe": recipe.to_dict()}
    job = RunFolder.create(workspace().jobs, "find_rate", dataset.title, request)
    launcher().start(job)
    return job


def _job(job_id: str | None) -> RunFolder | None:
    folder = RunFolder(workspace().jobs / job_id) if job_id else None
    return folder if folder and (folder.path / "run.json").exists() else None


@st.fragment(run_every=REFRESH_SECONDS)
def _waiting(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    last = next((e for e in reversed(job.events()) if isinstance(e, PhaseProgress)), None)
    if last is None or last.phase != "rate":
        st.progress(0.0, tr("Getting the model ready"))
    else:
        st.progress(last.done / last.total, tr("Trying learning rates: {n} of {total}", n=last.done, total=last.total))


def _show(job: RunFolder, field: str) -> None:
    ended = next((e for e in reversed(job.events()) if isinstance(e, JobEnded)), None)
    if ended is None or ended.reason != "completed":
        st.warning(escape(ended.message if ended else job.status().reason))
        return
    import plotly.graph_objects as go

    rates, losses, best = (ended.result[name] for name in ("rates", "losses", "suggestion"))
    figure = go.Figure(go.Scatter(x=rates, y=losses, mode="lines", line={"color": TRAINING}, name=tr("training")))
    figure.add_vline(best, line={"color": BASELINE, "dash": "dot"})
    figure.update_layout(
        height=260, margin={"l": 8, "r": 8, "t": 36, "b": 8}, showlegend=False,
        title=tr("Learns well up to about {rate}", rate=f"{best * 10:g}"),
        xaxis={"type": "log", "title": tr("Learning rate"), "exponentformat": "power"},
        yaxis={"title": tr("Loss (lower is better)"), "range": [0, 1.5 * max(losses[0], min(losses))]},
    )  # fmt: skip
    st.plotly_chart(figure, key="rate-curve", config={"displayModeBar": False})
    st.caption(
        tr("To the right of the dotted line there is a reserve of ten: training has to go well many times over.")
    )
    st.button(
        tr("Use {rate}", rate=f"{best:g}"), icon=":material/check:", key="use-rate", on_click=_use, args=(field, best)
    )


def _use(field: str, rate: float) -> None:
    st.session_state[field] = rate
