"""Try it with many examples at once: start, watch, stop; the answers page by page, and as files to take away."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import PurePath, PurePosixPath
from typing import Any

import streamlit as st

from core.data.readers.propose import read_options
from core.data.readers.reading import ReadOptions
from core.data.unlabelled import TABLE_OPTIONS, holds_many
from core.errors import UserError
from core.events import Progress
from core.file_names import file_name
from core.messages import Language, Message, counted
from core.modalities import get_modality
from core.modalities.base import PICTURED, Modality
from core.models.catalogue import about_model
from core.options import Option
from core.results.batch import NONE, BatchAnswers, BatchRow, Counts
from core.runs.folder import RunFolder
from core.runs.progress import last_progress, share_of, wording
from core.spreadsheets import csv_lines, write_workbook
from core.workspace import KEEP_UPLOADS_DAYS, is_safe_id
from pages.shared.dialogs import draw_anew
from pages.shared.downloads import download_address
from pages.shared.jobs import known_background, make_room, says_place, show_asked, start_asked
from pages.shared.rows import as_numbers
from pages.shared.services import launcher, refresh, workspace
from pages.shared.uploads import Upload, keep_as_zip, keep_file, keep_folder
from pages.shared.words import error_text, plain, problems_shown, session_language, tr
from pages.use.none_of_these import choose_threshold, show_effect

CARDS = 12
"""So many examples are shown as cards, each with its bars; more are a table."""
_PAGE = 50
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- before: what was given, and the job about it --------------------------------------------------------------------


def are_many(uploads: Sequence[Upload], kind: Modality[Any, Any]) -> bool:
    """True for more than fit on cards, and for what holds many in one file."""
    return len(uploads) > CARDS or any(holds_many(PurePosixPath(upload.name), kind) for upload in uploads)


def start_uploads(run: RunFolder, uploads: Sequence[Upload]) -> None:
    """Predict all of them; the page that is drawn next shows how far it is."""
    with problems_shown():
        if len(uploads) == 1:
            path, title = keep_file(uploads[0]), PurePath(uploads[0].name).name
        else:
            title = plain(counted("{n} file", "{n} files", n=len(uploads)))
            path = keep_as_zip(uploads, f"{title}.zip")
        _start(run, str(path), title, ReadOptions())


def start_pasted(run: RunFolder, text: str, title: str) -> None:
    """Predict the rows of a table that was pasted; the page that is drawn next shows how far it is."""
    with problems_shown():
        name = f"{title}.tsv"
        _start(run, str(keep_folder([(text.encode(errors="replace"), name)]) / name), title, ReadOptions())


def _start(run: RunFolder, path: str, title: str, options: ReadOptions) -> None:
    make_room()
    request = {"run": run.id, "paths": [path], "names": [""], "options": asdict(options), "title": title}
    job = RunFolder.create(workspace().jobs, "batch", run.title, request)
    launcher().start(job)
    st.query_params["batch"] = st.session_state["batch"] = job.id
    st.session_state["try-uploader"] = st.session_state.get("try-uploader", 0) + 1  # releases what was uploaded
    st.rerun()


def asked_batch(run: RunFolder) -> RunFolder | None:
    """The batch of `?batch=`, else of this session, if it is about this run and still there."""
    job_id = st.query_params.get("batch") or st.session_state.get("batch")
    job = RunFolder(workspace().jobs / job_id) if job_id and is_safe_id(job_id) else None
    if job is None or not job.readable or job.request.get("run") != run.id:
        if "batch" in st.query_params:
            st.warning(tr("The batch prediction that the link names is not here any more."))
        forget_batch()
        return None
    st.query_params["batch"] = st.session_state["batch"] = job.id
    return job


def forget_batch() -> None:
    st.query_params.pop("batch", None)
    st.session_state.pop("batch", None)


# --- while it works --------------------------------------------------------------------------------------------------


def show_batch(run: RunFolder, job: RunFolder) -> None:
    """The whole of it: how far it is, then the answers."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(tr("{title}", title=job.request["title"]), anchor=False)
        leaves = st.button(tr("Try something else"), icon=":material/undo:")
    if leaves:
        launcher().stop(job)
        forget_batch()
        st.rerun()
    status = job.status()
    if status.active:
        _watch(job)
        return
    try:
        answers = BatchAnswers(job.path)
    except UserError as error:  # it did not even begin
        st.error(tr(status.reason) if status.reason else error_text(error))
        return
    if status.state != "completed":
        st.warning(tr("Only {n} of {total} were predicted.", n=answers.rows, total=answers.total))
        if status.reason:
            st.caption(tr(status.reason))
    for said in answers.notes:
        st.caption(tr(said))
    _show_settings(run, job, answers)
    if answers.rows:
        _show_answers(run, job, answers)
        st.caption(tr("The address of this page brings these answers back, for {n} days.", n=KEEP_UPLOADS_DAYS))


@st.fragment(run_every=refresh(0.5))
def _watch(job: RunFolder) -> None:
    status = job.status()
    if not status.active:
        draw_anew()
    stage = last_progress(job.events())
    waiting = says_place(job) or Message("Getting the model ready")
    left, right = st.columns([5, 1], vertical_alignment="center")
    said = wording(stage) if stage else waiting
    if stage and (seconds := _seconds_left(job, stage)) is not None:
        said = Message("{said}, {time:duration} left", said=said, time=seconds)
    left.progress(share_of(stage) if stage else 0.0, tr(said))
    if right.button(tr("Stop"), icon=":material/stop:", key="stop-batch", width="stretch"):
        launcher().stop(job)


def _seconds_left(job: RunFolder, stage: Progress) -> float | None:
    """As fast as it went since this session looked first; None until it went on."""
    began, before = st.session_state.setdefault(f"since-{job.id}", (time.monotonic(), stage.done))
    gained = stage.done - before
    return (time.monotonic() - began) / gained * (stage.total - stage.done) if gained else None


def _show_settings(run: RunFolder, job: RunFolder, answers: BatchAnswers) -> None:
    """How a table was understood; another choice predicts it anew."""
    choices = {name: answers.proposal.get("choices", {}).get(name, ()) for name in TABLE_OPTIONS}
    open_to_choice = [name for name in TABLE_OPTIONS if len(choices[name]) > 1]
    if not open_to_choice:
        return
    column = answers.proposal.get("text_column")
    says = Message("Import settings: the text is in the column “{column}”", column=column)
    with st.expander(tr(says if column else Message("Import settings"))):
        for name in reversed(open_to_choice):
            option, current, values = read_options()[name], answers.proposal.get(name), list(choices[name])
            values = values if current in values else [current, *values]
            chosen = st.selectbox(
                tr(option.label), values, values.index(current), help=tr(option.help),
                format_func=_title_of(option), key=f"batch-{job.id}-{name}",
            )  # fmt: skip
            if chosen != current:
                said = replace(ReadOptions(**job.request["options"]), **{name: chosen})
                with problems_shown():
                    _start(run, job.request["paths"][0], job.request["title"], said)


def _title_of(option: Option) -> Callable[[Any], str]:
    return lambda value: plain(option.title(value))


# --- the answers -----------------------------------------------------------------------------------------------------


def _show_answers(run: RunFolder, job: RunFolder, answers: BatchAnswers) -> None:
    kind = get_modality(about_model(run.id, workspace())["card"]["modality"])
    actions = st.container(horizontal=True)
    left, right = st.columns([3, 5], gap="small")
    with st.container(border=True):
        threshold = choose_threshold(answers.refusal, run.id)
        show_effect(answers.refusal, threshold, ())
    counts = answers.counts(threshold)
    with left:
        _show_counts(answers, counts)
    with actions:
        _offer_tables(job, answers, threshold)
        if not kind.many_in_tables:
            _offer_sorted(run, job, answers, threshold)
    with right:
        _show_rows(answers, counts, threshold, kind)


def _show_counts(answers: BatchAnswers, counts: Counts) -> None:
    given = counted("{n} prediction", "{n} predictions", n=answers.rows - counts.errors)
    st.markdown(tr("**{given}**: {none} “none of these”, {errors} could not be read.", given=given, none=counts.none,
                   errors=counts.errors))  # fmt: skip
    named = [*counts.classes.items(), *([(plain(NONE), counts.none)] if counts.none else [])]
    rows = [{"answer": label, "n": n} for label, n in named]
    st.dataframe(
        rows, hide_index=True,
        column_config={
            "answer": plain("Answer"),
            "n": st.column_config.ProgressColumn(
                plain("How many"), format="%d", min_value=0, max_value=max(1, answers.rows)
            ),
        },
    )  # fmt: skip


def _offer_tables(job: RunFolder, answers: BatchAnswers, threshold: float) -> None:
    """Made by the click, from what is set then."""
    language = session_language()  # a click is answered where no page is being drawn
    st.download_button(
        tr("Download as CSV"), lambda: b"".join(csv_lines(answers.table(threshold, language))),
        _called(job, "answers.csv"), "text/csv", key="batch-csv", on_click="ignore", type="primary",
        icon=":material/download:",
    )  # fmt: skip
    st.download_button(
        tr("Download for Excel"), lambda: _workbook(job, answers, threshold, language), _called(job, "answers.xlsx"),
        _EXCEL, key="batch-excel", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _called(job: RunFolder, what: str) -> str:
    """The name of a download about a batch: after what was given, so that several are told apart."""
    return file_name(f"{PurePath(job.request['title']).stem} {what}")


def _workbook(job: RunFolder, answers: BatchAnswers, threshold: float, language: Language) -> bytes:
    path = job.path / "answers.xlsx"
    write_workbook(path, answers.table(threshold, language))
    return path.read_bytes()


def _offer_sorted(run: RunFolder, job: RunFolder, answers: BatchAnswers, threshold: float) -> None:
    """The files in a folder for each answer: a worker makes the zip, and the browser fetches it as a file."""
    key = f"sort-{job.id}-{threshold}-{session_language().code}"
    sorting = known_background(key)
    if sorting is None:
        if st.button(tr("Sort the files into folders"), icon=":material/folder_zip:", key="batch-sort"):
            request = {"batch": job.id, "none_below": threshold, "language": session_language().code,
                       "called": _called(job, "sorted.zip")}  # fmt: skip
            with problems_shown():
                start_asked(key, "sort", run.title, request)
                st.rerun()
        return
    show_asked(key, sorting, _show_sorted, waits=Message("Opening the files"), again=Message("Sort them again"))


def _show_sorted(job: RunFolder, made: dict[str, Any]) -> None:
    st.link_button(
        tr("Download the sorted files ({size:bytes})", size=made["bytes"]), download_address(job.id, made["file"]),
        icon=":material/folder_zip:",
    )  # fmt: skip


# --- row by row ------------------------------------------------------------------------------------------------------


def _show_rows(answers: BatchAnswers, counts: Counts, threshold: float, kind: Modality[Any, Any]) -> None:
    by = answers.refusal.by
    shown: dict[str, tuple[Message, int, Callable[[BatchRow], bool] | None]] = {
        "all": (Message("All of them"), answers.rows, None),
        **{
            f"class {label}": (Message("Only “{label}”", label=label), n, _says(label, by, threshold))
            for label, n in counts.classes.items()
        },
        "none": (Message("Only “none of these”"), counts.none, lambda row: row.is_none(by, threshold)),
        "errors": (Message("Only those that could not be read"), counts.errors, lambda row: bool(row.error)),
    }
    offered = [name for name, (_, n, _) in shown.items() if n]
    chosen = st.selectbox(
        tr("Show"), offered, format_func=lambda name: plain("{which} ({n})", which=shown[name][0], n=shown[name][1]),
        key="batch-filter",
    )  # fmt: skip
    _, n, wanted = shown[chosen if chosen in offered else "all"]
    pages = -(-n // _PAGE)
    place = st.container()
    number = st.pagination(pages, key=f"batch-page-{chosen}-{n}") if pages > 1 else 1
    rows = answers.page((number - 1) * _PAGE, _PAGE, wanted)
    text = answers.proposal.get("text_column")
    at = answers.columns.index(text) if text in answers.columns else None
    said = [_cells(row, at, by, threshold) for row in rows]
    cells: dict[str, Sequence[Any]] = {
        name: [one.get(name) for one in said] for name in dict.fromkeys(name for one in said for name in one)
    }
    own = {f"{_OWN}{name}": name for name in answers.columns} if kind.is_row else {}
    for number, name in enumerate(own):
        cells[name] = as_numbers([row.cells[number] if number < len(row.cells) else "" for row in rows])
    place.dataframe(
        cells, hide_index=True, column_config={**_titles(), **own},
        column_order=_PROBLEMS if chosen == "errors" else _order(kind, at is not None, by, tuple(own)),
        row_height=56 if kind.view in PICTURED else None, placeholder=plain("(missing)") if own else "",
    )  # fmt: skip


def _says(label: str, by: str, threshold: float) -> Callable[[BatchRow], bool]:
    return lambda row: row.label == label and not row.is_none(by, threshold)


def _cells(row: BatchRow, text_at: int | None, by: str, threshold: float) -> dict[str, Any]:
    text = row.cells[text_at] if text_at is not None and row.cells else ""
    if row.error:
        return {"name": row.name, "text": text, "problem": plain(row.error)}
    return {
        "picture": row.thumbnail or None, "name": row.name, "text": text,
        "answer": plain(NONE) if row.is_none(by, threshold) else row.label, "likely": row.label,
        "confidence": _hundredths(row.confidence), "second": row.second,
        "second_confidence": _hundredths(row.second_confidence), "likeness": _hundredths(row.likeness),
    }  # fmt: skip


def _hundredths(share: float | None) -> int | None:
    return None if share is None else round(share * 100)


_OWN = "\u200b"
"""Before the names of the columns of a table that was given."""
_PROBLEMS = ("name", "text", "problem")


def _order(kind: Modality[Any, Any], has_text: bool, by: str, own: Sequence[str]) -> list[str]:
    """The answer stands where a narrow screen shows it, and `own` columns of a table beside it."""
    absent = {"picture": kind.view not in PICTURED, "text": not has_text, "likeness": by != "likeness"}
    columns = (
        "picture", "answer", "confidence", "text", *own, "name", "second", "second_confidence", "likeness", "likely",
        "problem",
    )  # fmt: skip
    return [column for column in columns if not absent.get(column)]


def _titles() -> dict[str, Any]:
    def share(title: Message) -> Any:
        return st.column_config.NumberColumn(plain(title), format="%d %%")

    return {
        "picture": st.column_config.ImageColumn(plain("Picture")),
        "name": plain("File or row"),
        "text": st.column_config.TextColumn(plain("Text"), width="large"),
        "answer": plain("Answer"),
        "likely": plain("Most likely class"),
        "confidence": share(Message("Confidence")),
        "second": plain("Second class"),
        "second_confidence": share(Message("Confidence in it")),
        "likeness": share(Message("Similarity")),
        "problem": plain("Problem"),
    }
