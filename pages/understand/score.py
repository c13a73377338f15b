"""How good it is, how sure one can be of that, and what casts doubt on it."""

from __future__ import annotations

import streamlit as st

from core.evaluation.validity import caveats
from core.events import CrossValidated
from core.modalities import get_modality
from core.results.errors import Errors
from core.results.finished_run import FinishedRun
from pages.shared.jobs import watch_doctor
from pages.shared.pages import DATA
from pages.shared.words import escape, score_sentence, tr


def show_score(run: FinishedRun) -> None:
    """The score as a sentence, and what there is to be said against it."""
    found = run.score
    if found is None:
        st.warning(tr("Nothing was held back, so how good it is cannot be told. Add a second example to your classes."))
        return
    guess = escape(run.most_frequent) if run.most_frequent else None
    st.markdown(f"#### {score_sentence(found, run.modality, guess)}")
    _who_judged(run)
    if run.ended.cross_validated:
        _other_divisions(run.ended.cross_validated, run.modality)
    _uneven(run)
    _doubts(run)


def _who_judged(run: FinishedRun) -> None:
    ended = run.ended
    if run.chosen:
        when = tr("It was stopped, and the") if ended.reason == "stopped" else tr("The")
        st.caption(
            tr(
                "{when} best moment (epoch {n}) was picked by looking at these very examples: "
                "the score is a little too kind.",
                when=when,
                n=ended.epoch,
            )
        )
    elif not ended.test:
        st.caption(
            tr(
                "These examples were held back: the model never learnt from them, "
                "and no choice was made by looking at them."
            )
        )
    many = Errors(run).near_copies
    if many:
        said = (
            "One of them is a copy or near-copy of another one that judges. The two are right or wrong together, so "
            "the true range is a little wider."
            if many == 1
            else "{n} of them are copies or near-copies of others that judge. They are right or wrong together, so the "
            "true range is somewhat wider."
        )
        st.caption(tr(said, n=many))


def _other_divisions(found: CrossValidated, modality: str) -> None:
    """What the same recipe gets when others judge, and which of the two scores to go by."""
    times = tr("once") if found.repeats == 1 else tr("{n} times", n=found.repeats)
    st.markdown(
        tr(
            "**Was it luck who judged?** All {things} were divided into {folds} parts, {times}, and each part judged "
            "a model that learnt from the others: right on **{share:percent}** on average, between {low:percent} and "
            "{high:percent} (95\u00a0% sure). For how well this way of training does on your examples, trust this "
            "figure more: it rests on all of them. The one above is of the very model you have.",
            things=get_modality(modality).count(found.n),
            folds=found.folds,
            times=times,
            share=found.accuracy,
            low=found.interval[0],
            high=found.interval[1],
        )
    )


def _uneven(run: FinishedRun) -> None:
    """Where some classes are much commoner than others, a score in which all count the same."""
    errors = Errors(run)
    if not errors.imbalanced or (even := errors.balanced) is None:
        return
    st.markdown(
        tr(
            "**Your classes are uneven.** If every class counted the same, it would be right on **{share:percent}** "
            "({range:percent}): the balanced accuracy. Macro F1, which also counts false alarms: {f1:percent} "
            "({f1_range:percent}).",
            share=even.balanced_accuracy,
            range=even.balanced_interval,
            f1=even.macro_f1,
            f1_range=even.macro_f1_interval,
        )
    )


def _doubts(run: FinishedRun) -> None:
    """What was found about the set, as far as it bears on the score."""
    known = watch_doctor(run.dataset_id)
    found = caveats(known.found) if known else []
    if not found:
        return
    lines = [f"- **{tr(doubt.title)}.** {tr(doubt.effect)}" for doubt in found]
    with st.container(border=True):
        st.markdown(tr("**Before you trust this score**") + "\n" + "\n".join(lines))
        st.page_link(
            DATA, label=tr("Look at them"), icon=":material/arrow_forward:", query_params={"dataset": run.dataset_id}
        )
