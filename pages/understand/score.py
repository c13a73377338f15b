"""How good it is, how certain that is, and what casts doubt on it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.validity import caveats
from core.events import Rival
from core.messages import Message, sentences
from core.modalities import get_modality
from core.results.errors import Errors
from core.results.finished_run import FinishedRun
from core.results.score import (
    evaluated_on,
    headline,
    listed_rivals,
    on_baseline,
    on_cross_validation,
    on_imbalance,
    on_listed,
    on_missed,
    on_near_copies,
    on_rivals,
)
from pages.shared.glossary import explain
from pages.shared.jobs import watch_doctor
from pages.shared.pages import DATA, link
from pages.shared.words import problems_shown, tr


def show_score(run: FinishedRun) -> None:
    """The score as a sentence, and what there is to be said against it: what hides behind it stands before it."""
    if run.score is None:
        st.warning(tr("{why} Add a second example to your classes.", why=headline(run)))
        return
    errors = Errors(run)
    hidden = None
    with problems_shown():
        hidden = sentences(on_baseline(run.score), on_missed(errors.by_class))
        if hidden:
            st.warning(tr(hidden))
    st.markdown(tr(headline(run)) if hidden else f"#### {tr(headline(run))}")
    with problems_shown():
        st.caption(tr(evaluated_on(run)))
        if errors.near_copies:
            st.caption(tr(on_near_copies(errors.near_copies)))
        if errors.imbalanced and errors.balanced:
            st.markdown(tr(on_imbalance(errors.balanced)))
    _show_rivals(run.ended.rivals)
    if run.ended.cross_validated:
        st.markdown(tr(on_cross_validation(run.ended.cross_validated, get_modality(run.modality))))
    _caveats(run)
    explain("accuracy", "interval", "baseline", "validation", "cross_validation")


def _show_rivals(rivals: Sequence[Rival]) -> None:
    """What has learnt nothing before gets on the same examples, where the kind has any."""
    if listed := listed_rivals(rivals):
        values = {"listed": on_listed(listed), "found": on_rivals(rivals)}
        if len(listed) > 1:
            st.markdown(tr("**Would something simpler do?** {listed} {found}", **values))
        else:
            st.markdown(tr("**Would another method do better?** {listed} {found}", **values))
    elif rivals and rivals[0].pretrained:
        st.markdown(tr("**What did pretraining give?** {found}", found=on_rivals(rivals)))
    elif rivals:
        st.markdown(tr("**Would something simpler do?** {found}", found=on_rivals(rivals)))


def _caveats(run: FinishedRun) -> None:
    """What was found in the dataset, as far as it bears on the score."""
    known = watch_doctor(run.dataset_id)
    found = caveats(known.found) if known else []
    if not found:
        return
    lines = [tr("- **{finding}.** {effect}", finding=caveat.title, effect=caveat.effect) for caveat in found]
    with st.container(border=True):
        st.markdown(tr("**Before you trust this score**") + "\n" + "\n".join(lines))
        link(DATA, Message("Look at them"), icon=":material/arrow_forward:", dataset=run.dataset_id)
