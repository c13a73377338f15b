"""How good a run is: a row of figures and what casts doubt on them; the sentences behind them are one click deeper."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.data.findings import load_findings
from core.evaluation.validity import Caveat, caveats
from core.events import Rival
from core.messages import Message
from core.modalities import get_modality
from core.results.errors import Errors
from core.results.finished_run import FinishedRun
from core.results.score import (
    best_rival,
    evaluated_on,
    headline,
    listed_rivals,
    on_baseline,
    on_classes,
    on_cross_validation,
    on_imbalance,
    on_listed,
    on_near_copies,
    on_rivals,
    rival_title,
)
from pages.shared.glossary import explain
from pages.shared.pages import DATA, link
from pages.shared.projector import wide
from pages.shared.words import percent, plain, problems_shown, share_range, tr

_FIGURE = 160
"""Pixels of a figure at least: as many as there are beside each other on a small laptop, two on a telephone."""


def show_figures(run: FinishedRun) -> None:
    """Accuracy, its interval, what it is to be compared with, and how many warnings there are."""
    if run.score is None:
        st.warning(tr("{why} Add a second example to your classes.", why=headline(run)))
        return
    figures = _figures(run)
    with st.grid(len(figures), min_column_width=wide(_FIGURE), gap="xsmall"):
        for figure in figures:
            _show_figure(*figure)
    with problems_shown():
        for doubt in doubts(run):
            st.warning(tr(doubt))


Figure = tuple[Message, str, Message]
"""What it is, the figure, and in a few words what it means."""


def _figures(run: FinishedRun) -> list[Figure]:
    score, kind = run.score, get_modality(run.modality)
    assert score is not None
    right = Message("{right} of {examples}", right=round(score.accuracy * score.n), examples=kind.count(score.n))
    figures = [
        (Message("Accuracy"), percent(score.accuracy), right),
        (
            Message("95\u00a0% interval"),
            share_range(score.interval),
            Message("for new {many}", many=kind.many),
        ),
    ]  # fmt: skip
    if found := run.ended.cross_validated:
        spread = Message("{interval:percent}", interval=found.interval)
        figures.append((Message("Cross-validation"), percent(found.accuracy), spread))
    always = (
        Message("always “{label}”", label=run.most_frequent) if run.most_frequent else Message("most frequent class")
    )
    figures.append((Message("Baseline"), percent(score.baseline), always))
    if best := best_rival(run.ended.rivals):
        said = Message("Without pretraining") if best.pretrained else Message("Something simpler")
        figures.append((said, percent(best.accuracy), rival_title(best)))
    if found_here := len(doubts(run)) + len(_caveats(run)):
        figures.append((Message("Warnings"), str(found_here), Message("see Statistics")))
    return figures


def _show_figure(label: Message, value: str, says: Message) -> None:
    st.metric(tr(label), value, plain(says), delta_color="off", delta_arrow="off", border=True)


def doubts(run: FinishedRun) -> list[Message]:
    """What the accuracy of a run that has one hides; nothing where the answers are damaged, which the page says."""
    assert run.score is not None
    found = [on_baseline(run.score)]
    with problems_shown():
        found.append(on_classes(Errors(run).by_class))
    return [one for one in found if one]


def _caveats(run: FinishedRun) -> list[Caveat]:
    """What was found in the dataset, as far as it bears on the score."""
    known = load_findings(run.dataset_id, run.workspace)
    return caveats(known.found) if known else []


def show_details(run: FinishedRun) -> None:
    """The sentences behind the figures: what was evaluated, on what, and what that says."""
    if run.score is None:
        return
    found = _caveats(run)
    if found:
        lines = [tr("- **{finding}.** {effect}", finding=caveat.title, effect=caveat.effect) for caveat in found]
        st.markdown(tr("**Before you trust this score**") + "\n" + "\n".join(lines))
        link(DATA, Message("Look at them"), icon=":material/arrow_forward:", dataset=run.dataset_id)
    st.markdown(tr(headline(run)))
    with problems_shown():
        errors = Errors(run)
        st.markdown(tr(evaluated_on(run)))
        if errors.near_copies:
            st.markdown(tr(on_near_copies(errors.near_copies)))
        if errors.imbalanced and errors.balanced:
            st.markdown(tr(on_imbalance(errors.balanced)))
    _show_rivals(run.ended.rivals)
    if run.ended.cross_validated:
        st.markdown(tr(on_cross_validation(run.ended.cross_validated, get_modality(run.modality))))
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
