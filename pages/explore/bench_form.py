"""What the few-shot bench is asked: model, method, and how big an exam; bounded by what the set really has."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.models.card import ModelCard
from core.models.catalogue import cards
from core.runs.folder import RunFolder
from core.studies.few_shot.episodes import Pool, Shape
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.run import MOST_QUESTIONS, USUAL_EPISODES, Bench
from pages.shared.current import run_name
from pages.shared.jobs import make_room
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, plain, tr

MOST_WAYS, MOST_SHOTS, MOST_QUERIES = 20, 20, 50
"""More than that can be asked for on the command line; a page could not show it."""
EPISODES = (20, 50, 100, 200, 500, 1000, 2000)


def choose_bench(dataset: Dataset, pool: Pool, usual: Shape) -> Bench | None:
    """What the person chose; None, with the reason said, when that cannot be."""
    left, right = st.columns([6, 5], gap="large")
    with left:
        model, method = _choose_model(dataset.modality), _choose_method()
    with right:
        shape = _choose_shape(dataset, pool, usual)
        asked = shape.ways * shape.queries
        episodes = st.select_slider(
            tr("Episodes"), [n for n in EPISODES if n * asked <= MOST_QUESTIONS], value=USUAL_EPISODES,
            key="bench-episodes", persist_state="session",
            help=tr("More of them make the average surer, and take longer."),
        )  # fmt: skip
        with st.expander(tr("More options")):
            seed = st.number_input(
                tr("Seed"), 0, 2**31, value=0, key="bench-seed", persist_state="session",
                help=tr("Which episodes are drawn. The same seed draws the same ones, so that models and methods are "
                        "compared on the same exams."),
            )  # fmt: skip
    bench = Bench(model, method, shape.ways, shape.shots, shape.queries, episodes, int(seed))
    try:
        bench.check(dataset, pool, workspace())
    except UserError as error:
        st.error(f"**{escape(error.problem)}** {escape(error.advice)}")
        return None
    return bench


def start_bench(dataset: Dataset, bench: Bench) -> None:
    """Have a worker run it; the page that is drawn next shows how far it is."""
    make_room()
    job = RunFolder.create(workspace().jobs, "fewshot", dataset.title, {"dataset": dataset.id, "bench": asdict(bench)})
    launcher().start(job)
    st.session_state["bench"] = st.query_params["bench"] = job.id
    st.rerun()


def model_title(card: ModelCard) -> str:
    """What tells a model from the others in a list. Plain text."""
    if card.id.startswith("run:"):
        return tr("Your own: {name}", name=run_name(RunFolder.find(card.id.removeprefix("run:"), workspace())))
    return plain(card.title)


def _choose_model(modality: str) -> str:
    fitting = {card.id: card for card in cards(workspace()) if card.modality == modality}
    chosen = st.selectbox(
        tr("Model"),
        list(fitting),
        format_func=lambda model_id: model_title(fitting[model_id]),
        key=f"bench-model-{modality}",
        persist_state="session",
    )
    st.caption(escape(fitting[chosen].knows))
    return chosen


def _choose_method() -> str:
    chosen = st.selectbox(
        tr("How it answers"),
        list(METHODS),
        format_func=lambda name: tr(METHODS[name].title),
        key="bench-method",
        persist_state="session",
    )
    st.caption(tr(METHODS[chosen].sentence), help=tr("After {source}", source=METHODS[chosen].source))
    return chosen


def _choose_shape(dataset: Dataset, pool: Pool, usual: Shape) -> Shape:
    ways = _slider(
        "ways", tr("Classes in an episode"), 2, min(MOST_WAYS, pool.most_ways), usual.ways, dataset,
        tr("Experts say “ways”. More classes are harder to tell apart."),
    )  # fmt: skip
    room = pool.room(ways)
    shots = _slider(
        "shots", tr("Examples of each to learn from"), 1, min(MOST_SHOTS, room - 1), min(usual.shots, room - 1),
        dataset, tr("Experts say “shots”. With one, this is one-shot learning."),
    )  # fmt: skip
    queries = _slider(
        "queries", tr("Questions about each"), 1, min(MOST_QUERIES, room - shots), min(usual.queries, room - shots),
        dataset, tr("How many other examples of each class it is asked about."),
    )  # fmt: skip
    st.caption(
        tr(
            "With {ways} classes this set has room for {n} different examples of each in an episode, those to learn "
            "from and those to be asked about together. Copies count once.",
            ways=ways,
            n=room,
        )
    )
    return Shape(ways, shots, queries)


def _slider(name: str, label: str, low: int, high: int, usual: int, dataset: Dataset, says: str) -> int:
    """A whole number from `low` to `high`; where there is only one there is nothing to slide."""
    key = f"bench-{name}-{dataset.id}"
    if low == high:
        st.markdown(tr("{label}: **{n}**, all that this set has", label=label, n=low))
        return low
    if key in st.session_state:  # the bounds move with the sliders above it
        st.session_state[key] = min(max(st.session_state[key], low), high)
        return st.slider(label, low, high, key=key, help=says, persist_state="session")
    return st.slider(label, low, high, value=usual, key=key, help=says, persist_state="session")
