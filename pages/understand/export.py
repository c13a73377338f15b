"""Export: the model as a folder that runs elsewhere, with its proof; a report; a model card."""

from __future__ import annotations

from math import ceil
from typing import Any

import streamlit as st

from core.export.page import expected_bytes, no_page
from core.messages import Message
from core.models.added import list_added
from core.report.render import card_name, render_card, render_report, report_name
from core.report.reproduce import notebook, script
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from pages.shared.jobs import made_before, show_asked, start_asked
from pages.shared.words import problems_shown, session_language, tr

_FLOAT32, _INT8 = "model.onnx", "model.int8.onnx"


def show_export(run: FinishedRun) -> None:
    """The model first. Report and card are made by the click, from what is known then."""
    with st.container(border=True):
        st.subheader(tr("The model, to use elsewhere"))
        st.markdown(
            tr("It needs neither this program nor a network. Take **one file** that the browser of any computer "
               "opens with a double click. Or take a **folder** for programmers: the model as ONNX, a script that "
               "uses it, samples and the model card. Before you get it, a separate process classifies the "
               "validation examples and compares its answers with those of the model here.")
        )  # fmt: skip
        if run.card.holds_examples:
            st.warning(tr(run.card.holds_examples), icon=":material/table_rows:")
        _show_model(run)
    language = session_language()  # a click is answered where no page is being drawn
    if run.folder.damages():
        render_report(run, language)  # what a click would meet is said now
    left, middle, right = st.columns(3, gap="medium")
    with left.container(border=True):
        st.subheader(tr("A report"))
        st.markdown(
            tr("One page with everything: accuracy, confidence, errors and learning curves; the dataset and what "
               "its data check found; an embedding map, settings and limits. It opens in any browser, needs no "
               "network and can be printed.")
        )  # fmt: skip
        st.download_button(
            tr("Download the report"), lambda: render_report(run, language),
            report_name(run.id), "text/html", key="report", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    with middle.container(border=True):
        st.subheader(tr("A model card"))
        st.markdown(
            tr("The same in short, as plain text (Markdown), for whoever wants to use the model. It says what it "
               "is for, how accurate it is and what it must not be used for. Hub-compatible: the Hugging Face Hub "
               "reads it.")
        )  # fmt: skip
        st.download_button(
            tr("Download the model card"), lambda: render_card(run, language),
            card_name(run.id), "text/markdown", key="card", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    with right.container(border=True):
        st.subheader(tr("The training"))
        st.markdown(
            tr("A script or a notebook that trains this model again with the same settings. It uses Finetune Lab "
               "as a library. On the same computer it gives the same weights, to the last bit.")
        )  # fmt: skip
        st.download_button(
            tr("Download the script"), lambda: script(run, language), f"finetune-lab-reproduce-{run.id}.py",
            "text/x-python", key="script", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            tr("Download the notebook"), lambda: notebook(run, language), f"finetune-lab-reproduce-{run.id}.ipynb",
            "application/x-ipynb+json", key="notebook", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    st.caption(tr("Model and report hold some of your examples, the report also the names of their files: look at "
                  "them before you pass them on. Nothing in them says where your files lie."))  # fmt: skip


def _show_model(run: FinishedRun) -> None:
    # A class that was added since makes another model of it.
    language, added = session_language().code, [one.id for one in list_added(run.folder.path)]
    key, request = "-".join(["export", run.id, language, *added]), {"run": run.id, "language": language, "added": added}
    job = made_before(key, "export", request)
    if job is None:
        missing, size = no_page(run.dataset.kind, run.card), expected_bytes(run.card)
        st.caption(tr(missing or Message("The file will have about {size:bytes}.", size=size)))
        if st.button(tr("Make it"), type="primary", icon=":material/package_2:", key="make-export"):
            with problems_shown():
                start_asked(key, "export", run.title, request)
                st.rerun()
        return
    show_asked(
        key, job, lambda job, made: _show_made(run, job, made), waits=Message("Getting the model ready"),
        again=Message("Make it again"),
    )  # fmt: skip


def _show_made(run: FinishedRun, job: RunFolder, made: dict[str, Any]) -> None:
    page, exact, small = made["page"], made["proofs"][_FLOAT32], made["proofs"].get(_INT8)
    left, right = st.columns(2, gap="medium")
    with left:
        if "missing" in page:
            st.info(tr(page["missing"]))
        else:
            st.download_button(
                tr("Download as one file ({size:bytes})", size=page["bytes"]), (job.path / page["file"]).read_bytes,
                f"finetune-lab-model-{run.id}.html", "text/html", key="model-page", on_click="ignore", type="primary",
                icon=":material/html:",
            )  # fmt: skip
            st.caption(
                tr("Keep it on a memory stick, send it, open it with a double click. The network in it is a smaller "
                   "copy, and **not quite exact**: {proof}", proof=_compared(page["proof"], exact))
            )  # fmt: skip
    with right:
        st.download_button(
            tr("Download the folder ({size:bytes})", size=made["bytes"]), (job.path / made["file"]).read_bytes,
            f"finetune-lab-model-{run.id}.zip", "application/zip", key="model", on_click="ignore",
            icon=":material/folder_zip:",
        )  # fmt: skip
        largest = (
            max(ceil(exact["largest"] * 1e6), 1) / 1e6
        )  # rounded up: a difference of 0.000000 tells nobody anything
        st.success(
            tr("**Proven: the same class on {same} of {n} examples**, and no probability differs by more than "
               "{largest:.6f}.", same=exact["same"], n=exact["n"], largest=largest)
        )  # fmt: skip
        if small is not None:
            st.caption(
                tr("Also inside: a smaller network ({size:bytes} instead of {whole:bytes}): {proof}",
                   size=small["bytes"], whole=exact["bytes"], proof=_compared(small, exact))
            )  # fmt: skip


def _compared(smaller: dict[str, Any], exact: dict[str, Any]) -> Message:
    return Message(
        "the same class on {same} of {n} examples; probabilities differ by at most {largest:percent}; accuracy "
        "{accuracy:percent}, before {before:percent}.",
        same=smaller["same"], n=smaller["n"], largest=ceil(100 * smaller["largest"]) / 100,
        accuracy=smaller["accuracy"],
        before=exact["accuracy"],
    )  # fmt: skip
