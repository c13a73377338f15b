"""Adding a class to a finished model from one example or a few (one-shot), and taking it back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import streamlit as st
from PIL import Image

from core.evaluation.intervals import wilson
from core.messages import Message, counted, sentences
from core.modalities.base import Modality
from core.models.added import Addition, damaged_additions, undo_addition
from core.runs.folder import RunFolder
from core.storage import Damaged, read_sealed
from pages.shared.jobs import wait_for
from pages.shared.words import plain, problems_shown, tr

_MOST_SHOWN = 4


def teach(
    run: RunFolder, answers: Sequence[dict[str, Any]], names: Sequence[str], likely: Sequence[bool], lesson: int
) -> None:
    """The form: which of the given are examples of the new class, and what it is called.

    `likely` says which of them to propose: those that are "none of these". Each `lesson` begins with an empty form.
    """
    readable = [i for i, answer in enumerate(answers) if "error" not in answer]
    if not readable:
        st.caption(tr("Give it an example of a new class above. Then say here what it is."))
        return
    proposed = readable if len(readable) == 1 else [i for i in readable if likely[i]]
    with st.form(f"teach-{run.id}-{lesson}", border=False):
        if len(readable) > 1:
            chosen = st.multiselect(
                tr("Examples of it"), readable, proposed, format_func=lambda i: f"{i + 1}: {names[i]}",
                placeholder=plain("Choose one or a few"),
            )  # fmt: skip
        else:
            chosen = readable
        label = st.text_input(tr("What is it?"), placeholder=plain("a name, such as: turtle"), max_chars=200)
        if not st.form_submit_button(tr("Add the class"), icon=":material/school:"):
            return
    st.session_state.pop("last-added", None)  # what is said from now on is about this one
    request = {
        "run": run.id, "label": label, "inputs": [answers[i]["input"] for i in chosen],
        "names": [names[i] for i in chosen],
    }  # fmt: skip
    added = wait_for("teach", run.title, request, Message("Adding the class"))
    if added is not None:
        st.session_state["last-added"] = added[1]
        st.rerun()


def show_last_added(additions: Sequence[Addition], kind: Modality[Any, Any]) -> None:
    """What the last addition did, as long as it is not taken back."""
    result = st.session_state.get("last-added")
    if result is None or result["addition"] not in [addition.id for addition in additions]:
        return
    label = result["label"]
    given, known = result["examples"], result["recognised"]
    said = [Message("It now knows **{label}**, without any training.", label=label)]
    if known < given:
        said.append(
            Message("{unknown} of the {n} examples are so similar to another class that they are still predicted as "
                    "that one. More examples help.", unknown=given - known, n=given)
        )  # fmt: skip
    if result["judged"]:
        n, after = result["judged"], result["after"]
        said.append(
            Message(
                "What it knew before: {after} of {examples} for validation are right ({share:percent}, "
                "{interval:percent}); before, {before} were. {now}",
                after=after, examples=kind.count(n), share=after / n, interval=wilson(after, n),
                before=result["before"],
                now=counted("{n} of them is now predicted as {label}.", "{n} of them are now predicted as {label}.",
                            n=result["taken"], label=label),
            )
        )  # fmt: skip
    (st.success if known == given else st.warning)(tr(sentences(*said)))


def show_added(run: RunFolder, additions: Sequence[Addition], kind: Modality[Any, Any]) -> None:
    """Everything that was added, each with a way back."""
    for addition in reversed(additions):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            for number in range(min(len(addition.names), _MOST_SHOWN)):
                picture = read_sealed(addition.picture(number))
                if not isinstance(picture, Damaged):
                    st.image(square(picture), width=48, alt=addition.names[number])
            known = {"label": addition.label, "n": kind.count(len(addition.names))}
            if kind.is_text or kind.is_row:  # the names are the texts themselves
                examples = "; ".join(addition.names[:_MOST_SHOWN])
                st.markdown(tr("**{label}**, from {n}: {examples}", examples=examples, **known))
            else:
                st.markdown(tr("**{label}**, from {n}", **known))
            if st.button(
                tr("Undo"), key=f"undo-{addition.id}", icon=":material/undo:",
                help=tr("Forget “{label}” as it was added here", label=addition.label),
            ):  # fmt: skip
                with problems_shown():
                    undo_addition(run.path, addition.id)
                    st.rerun()


def show_damaged_additions(run: RunFolder) -> None:
    """What was added and cannot be read any more, each with a way to be rid of it."""
    for damaged in damaged_additions(run.path):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(tr(damaged.message), width="stretch")
            if st.button(tr("Remove"), key=f"undo-{damaged.path.stem}", icon=":material/delete:"):
                undo_addition(run.path, damaged.path.stem)
                st.rerun()


def square(picture: bytes) -> bytes:
    """As a square, so that a row of them stands level."""
    with Image.open(io.BytesIO(picture)) as opened:
        side = min(opened.size)
        left, top = (opened.width - side) // 2, (opened.height - side) // 2
        square = opened.crop((left, top, left + side, top + side))
    buffer = io.BytesIO()
    square.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
