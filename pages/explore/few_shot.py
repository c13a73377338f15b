"""Few-shot lab: how well a model tells classes apart from a handful of examples, over many little exams."""

from __future__ import annotations

import streamlit as st

from core.errors import UserError
from core.messages import Message
from core.studies.few_shot.episodes import Pool, fitting
from pages.explore.bench_form import choose_bench, start_bench
from pages.explore.bench_result import show_bench, show_tried
from pages.shared.current import current_dataset_id, dataset_name, load_dataset
from pages.shared.pages import DATA, START, link, show_empty
from pages.shared.words import escape, tr


def _lab(dataset_id: str) -> None:
    dataset = load_dataset(dataset_id)
    size = tr(dataset.kind.count(len(dataset.examples)))
    st.markdown(f"**{escape(dataset_name(dataset_id))}** · {size}, {len(dataset.classes)} {tr('classes')}")
    st.markdown(
        tr(
            "An **episode** is a little exam: a few classes are drawn, the model is shown a few examples of each, and "
            "is then asked about others. Nothing is trained beforehand. Many episodes show what it can do on average."
        )
    )
    pool = Pool.of(dataset)
    try:
        usual = fitting(pool)
    except UserError as error:
        st.warning(f"**{escape(error.problem)}** {escape(error.advice)}")
        link(DATA)
        return
    bench = choose_bench(dataset, pool, usual)
    if bench is not None and st.button(
        tr("Run"), type="primary", icon=":material/play_arrow:", width="stretch", key="run-bench"
    ):
        start_bench(dataset, bench)
    show_bench(dataset)
    show_tried(dataset)


st.title(tr("Few-shot lab"))
chosen = current_dataset_id()
if chosen is None:
    show_empty(
        Message(
            "There is nothing to draw from yet. Take a sample from the Start page, or read in your own files; here you "
            "will see how well a model recognises them after a handful of examples."
        ),
        START,
        DATA,
    )
else:
    _lab(chosen)
