"""Try it: classify something new, see how confident the model is and why, and add classes it does not know."""

from __future__ import annotations

import streamlit as st

from core.messages import Message
from core.modalities import get_modality
from core.models.added import added_classes, list_added
from core.models.catalogue import about_model
from core.runs.folder import RunFolder
from pages.shared.current import finished_run, show_which_run
from pages.shared.damaged import show_damaged, show_damages
from pages.shared.pages import START, TRAIN, show_empty
from pages.shared.services import workspace
from pages.shared.words import tr
from pages.use.asking import ask, give, sample_of, show_answer, ways_to_give
from pages.use.many import asked_batch, show_batch
from pages.use.none_of_these import choose_threshold, is_none, show_effect
from pages.use.serving import show_serving
from pages.use.teaching import show_added, show_damaged_additions, show_taught, teach


def _try(run: RunFolder) -> None:
    show_damages(run)
    model = about_model(run.id, workspace())
    kind = get_modality(model["card"]["modality"])
    additions = list_added(run.path)
    classes = (*model["classes"], *added_classes(additions))
    show_which_run(run)
    st.caption(tr("Classes: {classes:list}", classes=classes))
    if job := asked_batch(run):
        show_batch(run, job)
        return
    sample = sample_of(run)
    ways = ways_to_give(kind, sample)
    way = st.segmented_control(
        tr("Give it {one}", one=kind.one), list(ways), format_func=lambda name: tr(ways[name]), required=True,
        default=next(iter(ways)),
    )  # fmt: skip
    # Where what was given is put together on the page, the answer stands beside it.
    giving, beside = st.columns([3, 2], gap="medium") if way == "form" else (st.container(), None)
    with giving:
        given, names = give(way, run, kind, sample)
    answers, refusal = ask(run, given, additions) if given else ([], None)
    threshold = 0.0
    if refusal:
        cards = st.container()
        with st.container(border=True):
            threshold = choose_threshold(refusal, run.id)
            show_effect(refusal, threshold, answers)
        for answer, name in zip(answers, names, strict=True):
            with cards:
                show_answer(run, answer, name, classes, refusal, threshold, beside)
        st.caption(
            tr(
                "The bars are its confidence if it had to choose one of its classes; they always add up to 100\u00a0%. "
                "Only “none of these” tells you that something is unlike all it knows (out of distribution)."
            )
        )
    st.subheader(tr("Add a class (one-shot)"))
    st.markdown(
        tr("One example is enough, and nothing is trained: from now on whatever is most similar to it gets its name.")
    )
    show_taught(additions, kind)
    show_damaged_additions(run)
    likely = [refusal is not None and is_none(answer, refusal, threshold) for answer in answers]
    teach(run, answers, names, likely, len(additions))
    show_added(run, additions, kind)
    show_serving(run)


st.title(tr("Try it"))
chosen = finished_run()
if chosen is None:
    show_empty(
        Message("When a model is trained you can try it here on your own pictures, recordings, messages or rows."),
        START,
        TRAIN,
    )
else:
    _try(chosen)
show_damaged("runs")
