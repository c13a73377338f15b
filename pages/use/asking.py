"""Asking a finished model: the ways to give it something new, its answers, and how each is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from core.data.samples import held_back
from core.data.unlabelled import batch_suffixes
from core.errors import UserError
from core.evaluation.rejection import Rejection
from core.export.page import no_live_page
from core.messages import Message, counted
from core.modalities.base import Modality
from core.modalities.sound.decoding import RATE
from core.models.added import Addition
from core.runs.folder import RunFolder
from core.storage import Damaged, read_sealed
from pages.shared.current import about_dataset
from pages.shared.figures import show_probabilities
from pages.shared.jobs import wait_for
from pages.shared.live_model import show_live
from pages.shared.projector import wide
from pages.shared.services import gives_devices, workspace
from pages.shared.uploads import Upload, keep_file
from pages.shared.why import show_why
from pages.shared.words import Markdown, escape, plain, problems_shown, tr
from pages.use.many import are_many, start_pasted, start_uploads
from pages.use.none_of_these import is_none
from pages.use.teaching import square
from pages.use.what_if import what_if

Kind = Modality[Any, Any]
Given = tuple[list[str], list[str]]
"""Inputs as their kind takes them, and what each is called."""
_NOTHING: Given = ([], [])


def ways_to_give(kind: Kind, sample: str | None) -> dict[str, Message]:
    """The ways to give something to a model for this kind of example, the usual one first. `sample` is the id of the
    bundled dataset that the model was trained on, if it was."""
    if kind.is_row:
        return {
            "form": Message("What if …"), "rows": Message("Paste rows"), "tables": Message("Many at once, from files"),
        }  # fmt: skip
    if kind.is_text:
        return {"type": Message("Type it"), "messages": Message("Many at once, from files")}
    ways = {"sample": Message("Examples it was not trained on")} if sample and held_back(sample) else {}
    ways["file"] = Message("From files")
    if not gives_devices():
        return ways
    if no_live_page(kind) is None:
        ways["live"] = Message("Live camera") if "camera" in kind.ways_in else Message("Live microphone")
    if "camera" in kind.ways_in:
        ways["camera"] = Message("Take a picture")
    if "microphone" in kind.ways_in:
        ways["microphone"] = Message("Make a recording")
    return ways


def give(way: str, run: RunFolder, kind: Kind, sample: str | None) -> Given:
    """What the person gave in this way, if anything. Of many at once a batch is begun, and the page is drawn anew."""
    return _WAYS[way](run, kind, sample)


def _samples(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    paths = list(held_back(sample or ""))
    return paths, [Path(path).stem for path in paths]


def _live(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    if show_live(run, kind):
        return _NOTHING
    single = "camera" if "camera" in kind.ways_in else "microphone"  # which this computer is asked
    return _WAYS[single](run, kind, sample)


def _camera(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    shot = st.camera_input(tr("Take a picture"))
    return (_kept([shot]), [plain("your picture")]) if shot else _NOTHING


def _microphone(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    sound = st.audio_input(tr("Make a recording"), sample_rate=RATE)
    return (_kept([sound]), [plain("your recording")]) if sound else _NOTHING


def _files(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    if "camera" in kind.ways_in and not gives_devices():
        st.caption(tr("At this address the browser gives a page no camera. On a phone, the button below offers it."))
    uploads = _drop_zone(kind, tr("Drop {many} here, or a zip with thousands of them", many=kind.many))
    if are_many(uploads, kind):
        start_uploads(run, uploads)
        return _NOTHING
    return _kept(uploads), [PurePath(upload.name).name for upload in uploads]


def _drop_zone(kind: Kind, label: str) -> Sequence[Upload]:
    folder = st.toggle(tr("Choose a whole folder instead of files"), key="try-folder")
    return st.file_uploader(
        label, type=batch_suffixes(kind), accept_multiple_files="directory" if folder else True,
        key=f"try-files-{st.session_state.setdefault('try-uploader', 0)}-{folder}",
    )  # fmt: skip


def _kept(uploads: Sequence[Upload]) -> list[str]:
    """Where they lie now; none, and why on the page, where they cannot be kept."""
    with problems_shown():
        return [str(keep_file(upload)) for upload in uploads]
    return []


def _row(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    rows = what_if(run)
    return rows, [kind.line(row) for row in rows]


def _pasted_rows(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    """Begin a batch with rows that were copied out of a spreadsheet."""
    text = st.text_area(
        tr("Paste rows from a spreadsheet"), key="try-pasted", height=160,
        help=tr("The first row is the header row: the names of the columns as in training, in any order. The class "
                "is not needed."),
    )  # fmt: skip
    if st.button(tr("Classify"), type="primary", icon=":material/send:", key="try-paste"):
        if len(text.strip().splitlines()) < 2:
            st.warning(tr("Paste the row with the names of the columns, and at least one row below it."))
        else:
            start_pasted(run, text, plain("pasted rows"))
    return _NOTHING


def _tables(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    uploads = _drop_zone(kind, tr("Drop a table here, with the same columns and a row for each input"))
    if uploads:
        start_uploads(run, uploads)
    return _NOTHING


def _messages(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    uploads = _drop_zone(kind, tr("Drop a table here, a text file with one message in each line, or a zip"))
    if uploads:
        start_uploads(run, uploads)
    return _NOTHING


def _typed(run: RunFolder, kind: Kind, sample: str | None) -> Given:
    examples = list(held_back(sample)) if sample else []
    if examples:
        chosen = st.selectbox(
            tr("Messages it was not trained on"), examples, index=None, key="try-sample",
            placeholder=tr("Choose one, or type below"),
        )  # fmt: skip
        if chosen and st.session_state.get("try-last") != chosen:
            st.session_state["try-last"] = st.session_state["try-text"] = chosen
    text = st.text_area(tr("Type a message"), key="try-text", placeholder=plain("Write something and press Classify"))
    st.button(tr("Classify"), type="primary", icon=":material/send:")
    typed = [text.strip()] if text.strip() else []
    return typed, typed


_WAYS: dict[str, Callable[[RunFolder, Kind, str | None], Given]] = {
    "sample": _samples, "file": _files, "live": _live, "camera": _camera, "microphone": _microphone,
    "form": _row, "rows": _pasted_rows, "tables": _tables, "type": _typed, "messages": _messages,
}  # fmt: skip


def ask(run: RunFolder, inputs: list[str], additions: list[Addition]) -> tuple[list[dict[str, Any]], Rejection | None]:
    """The answers to these inputs, asked for once, and when "none of these" is a better one."""
    asked = (run.id, tuple(inputs), tuple(addition.id for addition in additions))
    if st.session_state.get("tried") != asked:
        says = counted("Classifying {n} input", "Classifying {n} inputs", n=len(inputs))
        said = wait_for("predict", run.title, {"run": run.id, "inputs": inputs}, says)
        if said is None:
            return [], None
        job, result = said
        answers = [{**answer, "job": job.id, "number": i} for i, answer in enumerate(result["answers"])]
        st.session_state["answers"] = (answers, result["refusal"])
        st.session_state["tried"] = asked
    answers, refusal = st.session_state["answers"]
    return answers, Rejection.from_dict(refusal)


CHOSEN_ABOVE = ("sample",)
"""The ways in which nothing is given but by a choice on the board."""
_SHORT = 18
"""Letters of a class that are shown there: two lines."""
_TILE = 85
"""Pixels of an answer on the board: twelve beside each other on a small laptop."""


def choose_answer(
    answers: Sequence[dict[str, Any]], names: Sequence[str], truths: Mapping[str, str], refusal: Rejection,
    threshold: float,
) -> int:  # fmt: skip
    """Which of the answers to look at. Of several, each is shown small: what was given, what it truly is where that is
    known (`truths`, by input), and a button with the answer; all in one line, which can be moved on a narrow screen."""
    if len(answers) == 1:
        return 0
    key = f"try-chosen-{answers[0]['job']}"
    chosen = min(st.session_state.get(key, 0), len(answers) - 1)
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        for number, answer in enumerate(answers):
            with st.container(width=wide(_TILE), gap="xxsmall"):
                picture, _ = _given_back(answer)
                if not isinstance(picture, Damaged):
                    st.image(square(picture), width=wide(_TILE), alt=names[number])
                truth = truths.get(answer["input"], "")
                st.caption(tr("actual **{truth}**", truth=truth) if truth else escape(names[number]))
                st.button(
                    _in_short(answer, truth, refusal, threshold), key=f"{key}-{number}", width="stretch",
                    type="primary" if number == chosen else "secondary", on_click=_choose, args=(key, number),
                )  # fmt: skip
    return chosen


def _choose(key: str, number: int) -> None:
    st.session_state[key] = number


def _in_short(answer: dict[str, Any], truth: str, refusal: Rejection, threshold: float) -> Markdown:
    if "error" in answer:
        return tr("cannot be read")
    if is_none(answer, refusal, threshold):
        return tr("none of these")
    mark, label = "" if not truth else "✓ " if truth == answer["label"] else "✗ ", answer["label"]
    return Markdown(mark + escape(label if len(label) <= _SHORT else f"{label[: _SHORT - 1]}…"))


def _given_back(answer: dict[str, Any]) -> tuple[bytes | Damaged, bytes | Damaged]:
    """The picture of what was given, and its sound, as far as there are."""
    shown = workspace().jobs / answer["job"] / f"input-{answer['number']}.jpg"
    return read_sealed(shown), read_sealed(shown.with_suffix(".wav"))


def show_answer(
    run: RunFolder, answer: dict[str, Any], name: str, classes: Sequence[str], refusal: Rejection, threshold: float,
    *, slim: bool = False,
) -> None:  # fmt: skip
    """A card: what was given, the answer of `run`, how likely each class is if it must be one and, if asked, why.
    `slim`: in a narrow column, beside what was put together there."""
    key = f"{answer['job']}-{answer['number']}"
    with st.container(border=not slim, gap="xsmall" if slim else "small"):
        if "error" in answer:
            st.text(name)
            st.warning(tr("{error}", error=answer["error"]))
            return
        picture, sound = _given_back(answer)
        if not isinstance(picture, Damaged):
            left, right = st.columns([1, 3], vertical_alignment="center")
            left.image(picture, width=128 if isinstance(sound, Damaged) else 200, alt=name)
            if not isinstance(sound, Damaged):
                left.audio(sound, format="audio/wav")
                left.caption(tr("{file}", file=name))
        else:
            right = st.container()
            if not slim:
                right.text(name)
        with right:
            _say(answer, refusal, threshold)
            if "note" in answer:
                st.caption(tr("{note}", note=answer["note"]))
            show_probabilities(answer["probabilities"], f"probabilities-{key}", classes, slim=slim)
        show_why(run, {"input": answer["input"]}, answer["label"], classes, key)


def _say(answer: dict[str, Any], refusal: Rejection, threshold: float) -> None:
    """The class with its confidence, the one percentage that is said; or that it is none, and which is nearest."""
    label, share = answer["label"], answer["probabilities"][answer["label"]]
    if is_none(answer, refusal, threshold):
        st.markdown(f"#### {tr('None of these')}")
        st.caption(
            tr("It is too unlike the training examples. The nearest class is {label}.", label=label)
            if refusal.by == "likeness"
            else tr("It is not confident enough. The nearest class is {label}.", label=label)
        )
    else:
        st.markdown(f"#### {tr('{label}, confidence {p:percent}', label=label, p=share)}")


def sample_of(run: RunFolder) -> str | None:
    """The bundled dataset that the run was trained on, if it was: there are examples of it that it has not seen."""
    try:
        return about_dataset(run.request["dataset"]).get("sample")
    except UserError:
        return None
