"""Few-shot lab: how well a model tells classes apart from a handful of examples, over many episodes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.results.cells import share_of
from core.runs.folder import RunFolder
from core.studies.few_shot import FEW_SHOT
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.preview import answered_at_once
from core.studies.few_shot.shown import read_shown
from core.training.spec.recipe import model_title
from pages.shared.services import workspace
from pages.shared.words import plain, tr
from pages.studies.episode import say_how_often, show_episode, show_map, show_numbers
from pages.studies.study import Shown, View, show_study, studies_of

MOST_TRIED = 20


def _shelves(shown: Shown) -> None:
    """An episode to look at; there are others. Below it how often it was right over all of them."""
    dataset, episodes = shown.dataset, read_shown(shown.folder.path)
    if dataset is None or not episodes:
        return
    number = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(episodes) > 1:
            number = st.number_input(
                tr("Episode (1 to {n})", n=len(episodes)), 1, len(episodes), key=f"episode-{shown.key}", width=140,
                label_visibility="collapsed",
            )  # fmt: skip
        say_how_often(episodes[number - 1], number, len(episodes))
    show_episode(episodes[number - 1], dataset)


def _behind_it(shown: Shown) -> None:
    """The map of the episode that is looked at, and the numbers behind the answers."""
    dataset, episodes = shown.dataset, read_shown(shown.folder.path)
    if dataset is None or not episodes:
        return
    number = st.session_state.get(f"episode-{shown.key}", 1)
    episode, key = episodes[number - 1], f"{shown.key}-{number}"
    left, right = st.columns(2, gap="large")
    with left:
        show_map(episode, dataset, key)
    with right:
        show_numbers(episode, dataset, shown.table.design.measure, key)


def _at_once(dataset: Dataset, design: FewShotDesign) -> bool:
    """The first episode with its answers, where all that it needs is known already; else False."""
    episode = answered_at_once(dataset, design, workspace())
    if episode is None:
        return False
    say_how_often(episode, 1, 1)
    show_episode(episode, dataset)
    st.caption(tr("This is one episode. Start shows how often it is right over all of them."))
    return True


def _tried(dataset: Dataset) -> None:
    """Every finished bench on this dataset side by side, newest first; one seed and size mean the same episodes."""
    finished = [pair for pair in studies_of(FEW_SHOT, dataset.id) if pair[0].status().state == "completed"]
    rows = [_row(folder, design) for folder, design in finished[:MOST_TRIED] if isinstance(design, FewShotDesign)]
    if len(rows) < 2:
        return
    st.subheader(tr("Tried on this dataset so far"))
    st.dataframe(rows, hide_index=True)
    st.caption(
        tr("In brackets: the 95\u00a0% confidence interval over episodes. Rows with the same classes, examples, "
           "queries and seed had the very same episodes, so they can be compared.")
    )  # fmt: skip


def _row(folder: RunFolder, design: FewShotDesign) -> dict[str, Any]:
    result = folder.about()["result"]
    accuracy = plain(share_of(result["accuracy"], result["n"]))
    if result["interval"]:
        low, high = (share_of(end, result["n"]) for end in result["interval"])
        accuracy = plain("{share} ({low} to {high})", share=accuracy, low=low, high=high)
    return {
        plain("accuracy"): accuracy,
        plain("model"): plain(model_title(design.model, workspace())),
        plain("method"): plain(design.method_title),
        plain("classes"): design.ways,
        plain("examples"): design.shots,
        plain("queries"): design.queries,
        plain("episodes"): design.episodes,
        plain("seed"): design.seed,
    }


show_study(
    FEW_SHOT,
    View(
        chart=_shelves, after=_behind_it, beside=_tried, preview=_at_once,
        terms=("episode", "shots", "embedding", "interval"),
    ),
)  # fmt: skip
