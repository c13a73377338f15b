"""The data check: what was found about a dataset and what can be done about it, change by change, each undoable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.data.dataset import Dataset
from core.data.findings import SEVERITIES, Exhibit, Finding, Findings, Remedy
from core.data.versions import Change, change_set, lineage, undo
from core.errors import UserError
from core.messages import Message
from pages.shared.current import choose_dataset
from pages.shared.examples import view_of
from pages.shared.jobs import watch_doctor
from pages.shared.services import workspace
from pages.shared.words import error_text, plain, tr


def make_change(dataset_id: str, change: Change) -> None:
    """Make the change, show the new version, and say so."""
    _go_on(lambda: change_set(dataset_id, [change], workspace()), change.summary)


def show_history(dataset: Dataset) -> None:
    """Which version this is, and what was changed, with a way back from every change."""
    line = lineage(dataset.id, workspace())
    if not line.changes:
        return
    with st.expander(tr("Version {n} · changes so far: {changes}", n=line.version, changes=len(line.changes))):
        st.caption(
            tr("Each can be undone. What you train on never changes: a run keeps the version it was trained on.")
        )
        for change in reversed(line.changes):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(tr(change.summary), width="stretch")
                if st.button(tr("Undo"), key=f"undo-{change.id}", icon=":material/undo:"):
                    _go_on(
                        partial(undo, dataset.id, change.id, workspace()),
                        Message("Undone: {change}", change=change.summary),
                    )


def _go_on(make: Callable[[], Dataset], done: Message) -> None:
    try:
        made = make()
    except UserError as error:
        st.error(error_text(error))
        return
    choose_dataset(made.id)
    st.session_state["done"] = done
    st.rerun()


def say_what_was_done() -> None:
    """After a change: what it was, once."""
    done = st.session_state.pop("done", None)
    if done:
        st.toast(tr(done), icon=":material/check:")


# --- findings ---

_ICONS = {"serious": ":material/error:", "look": ":material/search:", "note": ":material/info:"}
_SHOWN = 6
_LISTED_ABOVE = "unreadable"
"""What was skipped is at the top of the page already, with every reason."""


def open_findings(findings: Findings, dataset_id: str) -> list[Finding]:
    """Those that nobody said are fine, save what the page lists elsewhere."""
    fine = {change.finding for change in lineage(dataset_id, workspace()).changes if change.kind == "keep"}
    return [one for one in findings.found if one.id not in fine and one.kind != _LISTED_ABOVE]


def show_findings(dataset: Dataset) -> None:
    """Everything found about the dataset, save what the person said is fine."""
    findings = watch_doctor(dataset.id)
    if findings is None:
        return
    left = open_findings(findings, dataset.id)
    if not left:
        if findings.complete:
            st.success(
                tr(
                    "Nothing was found that looks wrong. Looked for: copies, near-copies, odd examples, doubtful "
                    "labels, and whatever gives the class away."
                )
            )
        return
    st.subheader(tr("Data check"))
    notes = [finding for finding in left if finding.severity == "note"]
    for finding in left:
        if finding not in notes:
            _card(finding, dataset)
    if notes:
        alone = len(notes) == len(left)
        says = Message("Good to know: {n}", n=len(notes)) if alone else Message("Good to know: {n} more", n=len(notes))
        with st.expander(tr(says), expanded=alone):
            for finding in notes:
                _card(finding, dataset)


def _card(finding: Finding, dataset: Dataset) -> None:
    with st.container(border=True):
        st.markdown(f"{_ICONS[finding.severity]} **{tr(finding.title)}** · {tr(SEVERITIES[finding.severity])}")
        st.markdown(tr(finding.explanation))
        _exhibits(finding, dataset)
        with st.container(horizontal=True):
            for number, remedy in enumerate(finding.remedies):
                if not _for_one(remedy, finding):
                    _button(remedy, f"{finding.id}-{number}", dataset)
            if st.button(tr("Ignore"), key=f"keep-{finding.id}", type="tertiary"):
                make_change(dataset.id, Change("keep", finding=finding.id))


def _exhibits(finding: Finding, dataset: Dataset) -> None:
    at = {example.key: i for i, example in enumerate(dataset.examples)}
    known = [exhibit for exhibit in finding.exhibits if exhibit.key in at]
    if not known:
        names = "\n".join(f"{exhibit.name}  {plain(exhibit.detail)}".rstrip() for exhibit in finding.exhibits)
        if names:
            st.text(names)
        return
    first, rest = known[:_SHOWN], known[_SHOWN:]
    _row(first, at, finding, dataset)
    if rest:
        with st.expander(tr("{n} more", n=len(rest))):
            _row(rest, at, finding, dataset)


def _row(exhibits: list[Exhibit], at: dict[str, int], finding: Finding, dataset: Dataset) -> None:
    def act(place: int, name: str) -> None:
        for number, remedy in enumerate(finding.remedies):
            if _for_one(remedy, finding) and remedy.examples == (exhibits[place].key,):
                _button(remedy, f"{finding.id}-{number}", dataset, name)

    indices, details = [at[exhibit.key] for exhibit in exhibits], [exhibit.detail for exhibit in exhibits]
    view_of(dataset.modality).exhibits(dataset, indices, details, act)


def _for_one(remedy: Remedy, finding: Finding) -> bool:
    """True for a remedy of one exhibit among several: its button stands below that exhibit."""
    return len(remedy.examples) == 1 and len(finding.exhibits) > 1


def _button(remedy: Remedy, key: str, dataset: Dataset, name: str = "") -> None:
    title = tr("{name}: {remedy}", name=name, remedy=remedy.title) if name else tr(remedy.title)
    if st.button(title, key=f"remedy-{key}"):
        make_change(dataset.id, Change.of(remedy))
