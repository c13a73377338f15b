"""How good it is, how certain that is, and what casts doubt on it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.evaluation.validity import caveats
from core.events import Rival
from core.messages import Message
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
    on_near_copies,
    on_rival,
    on_rivals,
)
from pages.shared.jobs import watch_doctor
from pages.shared.pages import DATA, link
from pages.shared.words import problems_shown, tr


def show_score(run: FinishedRun) -> None:
    """The score as a sentence, and what there is to be said against it."""
    if run.score is None:
        st.warning(tr("{why} Add a second example to your classes.", why=headline(run)))
        return
    st.markdown(f"#### {tr(headline(run))}")
    with problems_shown():
        st.caption(tr(evaluated_on(run)))
        errors = Errors(run)
        if errors.near_copies:
            st.caption(tr(on_near_copies(errors.near_copies)))
        if errors.imbalanced and errors.balanced:
            st.markdown(tr(on_imbalance(errors.balanced)))
    _show_rivals(run.ended.rivals)
    if run.ended.cross_validated:
        st.markdown(tr(on_cross_validation(run.ended.cross_validated, get_modality(run.modality))))
    _caveats(run)


def _show_rivals(rivals: Sequence[Rival]) -> None:
    """What has learnt nothing before gets on the same examples, where the kind has any."""
    if listed := listed_rivals(rivals):
        st.markdown(tr("**Would something simpler do?** These learnt from the same rows, prepared alike:"))
        st.markdown("\n".join(f"- {tr(on_rival(rival))}" for rival in listed))
        st.markdown(tr(on_rivals(rivals)))
    elif rivals and rivals[0].pretrained:
        st.markdown(tr("**What did pretraining give?** {found}", found=on_rivals(rivals)))
    elif rivals:
        st.markdown(tr("**Would something simpler do?** {found}", found=on_rivals(rivals)))


def _caveats(run: FinishedRun) -> None:
    """What was found in the dataset, as far as it bears on the score."""
    known = watch_doctor(run.dataset_id)
    found = caveats(known.found) if known else []
    assert run.score is not None  # else nobody asks what bears on it
    doubt = on_baseline(run.score)
    if not found and not doubt:
        return
    lines = [tr("- {doubt}", doubt=doubt)] if doubt else []
    lines += [tr("- **{finding}.** {effect}", finding=caveat.title, effect=caveat.effect) for caveat in found]
    with st.container(border=True):
        st.markdown(tr("**Before you trust this score**") + "\n" + "\n".join(lines))
        if found:
            link(DATA, Message("Look at them"), icon=":material/arrow_forward:", dataset=run.dataset_id)
