"""The first column of the Studio: the classes with some of their examples, ways to add more, and the data check."""

from __future__ import annotations

from itertools import islice

import streamlit as st

from core.data.dataset import Dataset
from core.data.versions import Change
from core.messages import Message, counted, quoted
from core.workspace import Workspace
from pages.prepare.check import make_change, open_findings
from pages.prepare.create import make_set
from pages.shared.current import about_dataset, is_worked
from pages.shared.dialogs import open_dialog
from pages.shared.examples import view_of
from pages.shared.jobs import watch_doctor
from pages.shared.pages import DATA, link
from pages.shared.window import is_narrow
from pages.shared.words import Markdown, escape, title_of, tr
from pages.studio.tour import heading

_MOST_ROWS = 6
"""So many classes are seen at once; the others are in the dialogs and on the Data page."""
_FIRST = 12
"""So many examples of a class are shown where it is edited."""
_LONGEST_NAME = 100


def show_classes(dataset: Dataset, home: Workspace) -> None:
    """How to add examples, a row for each class and, below, what the data check found. What came with the program can
    only be looked at. In a narrow window the rows are folded: the way to the button for training is short."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(heading(0, toured=is_worked(home)), anchor=False, width="stretch")
        if not is_worked(home) and st.button(
            tr("Add examples"), icon=":material/add_a_photo:", type="tertiary", key="studio-add"
        ):
            title = tr("Add examples to “{title}”", title=title_of(dataset.title))
            open_dialog(title, make_set, dataset.id, width="medium")
    rows = st.expander(_names(dataset)) if is_narrow() else st.container(gap="xsmall")
    with rows:
        for label in dataset.classes[:_MOST_ROWS]:
            _row(dataset, label, is_worked(home))
    if is_worked(home):
        return
    if (more := len(dataset.classes) - _MOST_ROWS) > 0:
        link(DATA, counted("and {n} more class", "and {n} more classes", n=more), dataset=dataset.id)
    _say_what_was_found(dataset)
    if skipped := len((about_dataset(dataset.id).get("report") or {}).get("skipped", ())):
        link(DATA, Message("{n} skipped, and why", n=skipped), icon=":material/block:", dataset=dataset.id)


def _names(dataset: Dataset) -> Markdown:
    return tr("{labels:list}", labels=[quoted(label) for label in dataset.classes[:_MOST_ROWS]])


def _row(dataset: Dataset, label: str, worked: bool) -> None:
    """The name above the examples: beside them there is no room for one of several words."""
    says = tr("{label} :gray[{n}]", label=label, n=dataset.counts[label])
    with st.container(gap=None):
        if worked:
            st.markdown(says, wrap=False)
        elif st.button(
            says, type="tertiary", wrap=False, key=f"class-{dataset.id}-{label}",
            help=tr("Look at “{label}”, give it another name", label=label),
        ):  # fmt: skip
            open_dialog(escape(label), _edit, dataset, label, width="medium")
        view_of(dataset.modality).glimpse(dataset, [i for i, one in enumerate(dataset.examples) if one.label == label])


def _of_class(dataset: Dataset, label: str) -> list[int]:
    """The first examples of a class."""
    return list(islice((i for i, example in enumerate(dataset.examples) if example.label == label), _FIRST))


def _say_what_was_found(dataset: Dataset) -> None:
    findings = watch_doctor(dataset.id)
    if findings is None:
        return
    warnings = sum(finding.severity != "note" for finding in open_findings(findings, dataset.id))
    says = counted("Data check: {n} warning", "Data check: {n} warnings", n=warnings)
    icon = ":material/warning:" if warnings else ":material/check_circle:"
    link(DATA, says if warnings else Message("Data check: no warnings"), icon=icon, dataset=dataset.id)


def _edit(dataset: Dataset, label: str) -> None:
    """Some examples of a class, and its name. The name of another class joins the two."""
    view_of(dataset.modality).lines(dataset, _of_class(dataset, label))
    with st.form(f"rename-{dataset.id}-{label}", border=False):
        name = st.text_input(tr("Name of the class"), label, max_chars=_LONGEST_NAME).strip()
        if name != label and name in dataset.classes:
            st.info(tr("There is a class of that name already: the two become one."))
        pressed = st.form_submit_button(tr("Rename"), type="primary", icon=":material/edit:")
    if pressed and name and name != label:
        make_change(dataset.id, Change("merge", labels=(label,), label=name))
    link(DATA, Message("All examples"), icon=":material/arrow_forward:", dataset=dataset.id)
