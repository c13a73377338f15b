"""Try it: classify something new, see how confident the model is and why, and add classes it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.samples import held_back
from core.evaluation.rejection import Rejection
from core.messages import Message
from core.modalities import get_modality
from core.models.added import Addition, added_classes, list_added
from core.models.catalogue import about_model
from core.runs.folder import RunFolder
from pages.shared.current import finished_run, show_head, show_which_run
from pages.shared.damaged import show_damaged, show_damages
from pages.shared.pages import START, TRAIN, TRY, show_empty
from pages.shared.services import workspace
from pages.shared.words import tr
from pages.use.asking import CHOSEN_ABOVE, Kind, ask, choose_answer, give, sample_of, show_answer, ways_to_give
from pages.use.many import asked_batch, show_batch
from pages.use.none_of_these import choose_threshold, is_none, show_effect
from pages.use.serving import show_serving
from pages.use.teaching import show_added, show_damaged_additions, show_last_added, teach


def _try(run: RunFolder) -> None:
    """On the left what it is given, on the right what it answers and what can be done about it. What is there to choose
    from stands above both, so that on a telephone, too, the answer is seen with what it is about."""
    model = about_model(run.id, workspace())
    kind = get_modality(model["card"]["modality"])
    additions = list_added(run.path)
    classes = (*model["classes"], *added_classes(additions))
    show_damages(run)
    if job := asked_batch(run):
        show_batch(run, job)
        return
    sample = sample_of(run)
    ways = ways_to_give(kind, sample)
    way = st.segmented_control(
        tr("Give it {one}", one=kind.one), list(ways), format_func=lambda name: tr(ways[name]), required=True,
        default=next(iter(ways)), wrap=True,
    )  # fmt: skip
    board = st.container()
    left, right = st.columns([6, 5] if way in CHOSEN_ABOVE else [5, 6], gap="large")
    with left:
        given, names = give(way, run, kind, sample)
        answers, refusal = ask(run, given, additions) if given else ([], None)
    truths = held_back(sample) if sample else {}
    answer = left if way in CHOSEN_ABOVE else right
    _answered(run, kind, classes, additions, answers, names, refusal, board, answer, right, truths, waits=way != "live")
    right.caption(tr("Classes: {classes:list}", classes=classes))


def _answered(
    run: RunFolder, kind: Kind, classes: Sequence[str], additions: list[Addition], answers: list[dict[str, Any]],
    names: Sequence[str], refusal: Rejection | None, board: DeltaGenerator, place: DeltaGenerator,
    more: DeltaGenerator, truths: Mapping[str, str], *, waits: bool,
) -> None:  # fmt: skip
    """One answer in its `place`, and in `more` what else one may want: a class that is missing, and when it is "none of
    these". Where there are several, the `board` shows all of them, and lets one choose. `waits`: this is where one
    will appear."""
    answer, below, likely = place.container(), more.container(), [False] * len(answers)
    if refusal is not None:
        with more.expander(tr("When is it “none of these”?"), icon=":material/block:"):
            threshold = choose_threshold(refusal, run.id)
            similarity = st.container()
            show_effect(refusal, threshold, answers)
            st.caption(
                tr("The bars are its confidence if it had to choose one of its classes; they always add up to "
                   "100\u00a0%. Only “none of these” tells you that something is unlike all it knows (out of "
                   "distribution).")
            )  # fmt: skip
        with board:
            chosen = choose_answer(answers, names, truths, refusal, threshold)
        with answer:
            show_answer(run, answers[chosen], names[chosen], classes, refusal, threshold)
        if refusal.by == "likeness" and "error" not in answers[chosen]:
            similarity.caption(
                tr("Similarity of this one to the training examples: {p:percent}.", p=answers[chosen]["likeness"])
            )
        likely = [is_none(one, refusal, threshold) for one in answers]
    elif waits and not answers:
        answer.info(tr("The answer appears here."), icon=":material/chat_bubble:")
    unknown = any(likely) or bool(additions)
    asked = st.query_params.get("add") == "class"  # a link led here for that
    with below.expander(tr("Add a class (one-shot)"), icon=":material/school:", expanded=unknown or asked):
        st.caption(
            tr("One example is enough, and nothing is trained: from now on whatever is most similar to it gets its "
               "name.")
        )  # fmt: skip
        last = st.container()
        show_damaged_additions(run)
        teach(run, answers, names, likely, len(additions))
        with last:  # filled when it is known whether something else was tried since
            show_last_added(additions, kind)
        show_added(run, additions, kind)


beside = show_head(TRY.title)  # first: whatever is said below is said about this page
chosen = finished_run()
if chosen is None:
    show_empty(
        Message("When a model is trained you can try it here on your own pictures, recordings, messages or rows."),
        START,
        TRAIN,
    )
else:
    with beside:
        show_which_run(chosen)
    _try(chosen)
    show_serving(chosen)
show_damaged("runs")
