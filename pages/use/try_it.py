"""Try it: give the model something new, see what it says and how sure it is, and teach it what it does not know."""

from __future__ import annotations

import streamlit as st

from core.errors import UserError
from core.models.added import added_classes, list_added
from core.models.catalog import about_model
from core.runs.folder import RunFolder
from pages.shared.current import about_dataset, finished_run
from pages.shared.empty import show_empty
from pages.shared.pages import START, TRAIN
from pages.shared.services import workspace
from pages.shared.words import tr
from pages.use.answer import is_none, show_answer
from pages.use.asking import ask
from pages.use.giving import give_message, give_pictures
from pages.use.none_of_these import choose_threshold, show_effect
from pages.use.teaching import show_added, show_taught, teach


def _sample(run: RunFolder) -> str | None:
    """The bundled set that the run learnt from, if it did: there are pictures of it that it has not seen."""
    try:
        return about_dataset(run.request["dataset"]).get("sample")
    except UserError:
        return None


def _try(run: RunFolder) -> None:
    model = about_model(run.id, workspace())
    modality = model["card"]["modality"]
    additions = list_added(run.path)
    classes = (*model["classes"], *added_classes(additions))
    st.markdown(tr("**{title}** tells apart: {classes}", title=run.title, classes=", ".join(classes)))
    if modality == "image":
        given, names = give_pictures(_sample(run))
    else:
        given = names = give_message(_sample(run))
    answers, refusal = ask(run, given, additions) if given else ([], None)
    threshold = 0.0
    if refusal:
        with st.container(border=True):
            threshold = choose_threshold(refusal, run.id)
            show_effect(refusal, threshold, answers)
        for answer, name in zip(answers, names, strict=True):
            show_answer(run, answer, name, classes, refusal, threshold)
        st.caption(
            tr(
                "The bars say how sure it would be if it had to choose one of its classes; they always add up to "
                "100\u00a0%. Only “none of these” tells you that something is unlike all it knows."
            )
        )
    st.subheader(tr("Teach it something new"))
    st.markdown(
        tr("One example is enough, and nothing is trained: from now on whatever looks most like it gets its name.")
        if modality == "image"
        else tr("One example is enough, and nothing is trained: from now on whatever reads most like it gets its name.")
    )
    show_taught(additions, modality)
    likely = [refusal is not None and is_none(answer, refusal, threshold) for answer in answers]
    teach(run, answers, names, likely, len(additions))
    show_added(run, additions, modality)


st.title(tr("Try it"))
chosen = finished_run()
if chosen is None:
    show_empty("When a model is trained you can try it here on your own pictures or messages.", START, TRAIN)
else:
    _try(chosen)
