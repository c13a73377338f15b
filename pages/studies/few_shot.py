"""Few-shot lab: how well a model tells classes apart from a handful of examples, over many episodes."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.runs.folder import RunFolder
from core.studies.few_shot import FEW_SHOT
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.shown import read_shown
from core.studies.few_shot.table import FewShotTable
from pages.shared.current import load_dataset, model_title
from pages.shared.words import plain, tr
from pages.studies.episode import show_episode, show_map, show_numbers
from pages.studies.study import View, show_study, studies_of

MOST_TRIED = 20


def _one_episode(folder: RunFolder, table: FewShotTable) -> None:
    """An episode to look at: its examples, its map, and the numbers behind the answers."""
    shown, dataset = read_shown(folder.path), load_dataset(folder.request["dataset"])
    if not shown:
        return
    st.subheader(tr("One episode"))
    number = 1
    if len(shown) > 1:
        number = st.number_input(
            tr("Episode (1 to {n})", n=len(shown)), 1, len(shown), key=f"episode-{folder.id}", width=200
        )
    episode, key = shown[number - 1], f"{folder.id}-{number}"
    show_episode(episode, dataset)
    left, right = st.columns(2, gap="large")
    with left:
        show_map(episode, dataset, key)
    with right:
        show_numbers(episode, dataset, table.design.measure, key)


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
    accuracy = plain("{share:percent1}", share=result["accuracy"])
    if result["interval"]:
        accuracy = plain("{share:percent1} ({interval:percent1})", share=result["accuracy"],
                         interval=tuple(result["interval"]))  # fmt: skip
    return {
        plain("accuracy"): accuracy,
        plain("model"): plain(model_title(design.model)),
        plain("method"): plain(design.method_title),
        plain("classes"): design.ways,
        plain("examples"): design.shots,
        plain("queries"): design.queries,
        plain("episodes"): design.episodes,
        plain("seed"): design.seed,
    }


show_study(
    FEW_SHOT,
    View(after=_one_episode, beside=_tried, keeps_form=True, terms=("episode", "shots", "embedding", "interval")),
)
