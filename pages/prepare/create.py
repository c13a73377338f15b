"""Creating examples by hand: with the camera, from files of one class, typed or pasted.

Whatever is made becomes a file or folder among the uploads, and is then read like any other.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.readers.reading import ReadOptions
from core.errors import StorageError
from core.messages import Message
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Modality
from core.modalities.sound.clips import clips
from core.modalities.sound.decoding import RATE, as_wav, decode
from core.modalities.sound.spectrogram import as_picture
from core.storage import write
from core.workspace import is_safe_id, new_id
from pages.shared import intake
from pages.shared.camera import capture
from pages.shared.current import about_dataset
from pages.shared.examples import PLAYER
from pages.shared.services import workspace
from pages.shared.uploads import keep_file, keep_folder
from pages.shared.words import escape, plain, problems_shown, tr

MOST_SHOWN = 30
"""Typed messages and known classes that are listed."""
_MOST_CLIPS_SHOWN = 8
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class _Target:
    """Where examples of a `kind` go: into a dataset or a new one called `title`, and to which class ("" when not said
    yet).

    `is_busy` while others are being imported.
    """

    kind: Modality[Any, Any]
    into: str | None
    title: str | None
    label: str
    is_busy: bool


def make_set(dataset_id: str | None, *, busy: bool = False) -> None:
    """Draw the ways to add examples by hand to the dataset `dataset_id`, or to a new one.

    Draw it with `busy` while examples are being imported: then the camera stays on, and the class stays written.
    """
    about = about_dataset(dataset_id) if dataset_id else None
    ways: dict[str, tuple[Modality[Any, Any], _Way]] = {}
    for kind in (get_modality(about["modality"]),) if about else MODALITIES.values():
        for name in kind.ways_in:
            if about or not _WAYS[name].wants_dataset:
                ways[name if name not in ways else f"{name}-{kind.name}"] = kind, _WAYS[name]
    if st.session_state.get("make-way") not in ways:
        st.session_state["make-way"] = next(iter(ways))
    chosen = st.segmented_control(
        tr("How do you want to add examples?"),
        list(ways),
        format_func=lambda name: f":material/{ways[name][1].icon}: {tr(ways[name][1].title(ways[name][0]))}",
        required=True,
        key="make-way",
    )
    kind, way = ways[chosen or next(iter(ways))]
    about_set, about_class = st.columns(2) if about is None else (None, st.container())
    title = _title_field(kind, about_set) if about_set else None
    with about_class:
        label = _class_field(tuple(about["counts"]) if about else ()) if way.wants_class else ""
    way.draw(_Target(kind, dataset_id, title, label, busy))


def keep_pictures(pictures: Iterable[tuple[bytes | memoryview, str]]) -> Path:
    """Keep (bytes, suffix) of each in a folder among the uploads, under names of ours; return the folder."""
    return keep_folder((raw, f"{number:04}{suffix}") for number, (raw, suffix) in enumerate(pictures, start=1))


_BURST = "make-burst"
"""In the session: pictures that the camera handed over, and their class, until they are on disk."""


def _with_camera(target: _Target) -> None:
    blocked = "" if target.label else plain(_NO_CLASS_YET)
    with problems_shown():
        pictures = capture("make-camera", target.label, disabled=target.is_busy, blocked=blocked)
        if pictures and target.label:
            st.session_state[_BURST] = pictures, target.label
        if _BURST in st.session_state and not target.is_busy:
            pictures, label = st.session_state[_BURST]
            _hand_over(keep_pictures((raw, ".jpg") for raw in pictures), target, label=label, burst=True)
            del st.session_state[_BURST]
            st.rerun()


def _with_microphone(target: _Target) -> None:
    """One recording, as one example or cut at its pauses: "clap ... clap ... clap" are three."""
    key = st.session_state.setdefault("make-recorder", 0)
    recorded = st.audio_input(tr("Make a recording"), sample_rate=RATE, key=f"make-recording-{key}")
    cutting = st.toggle(
        tr("Cut it at the pauses"), value=True, key="make-cutting",
        help=tr("Say or make the sound several times, with half a second of quiet between: each becomes an example."),
    )  # fmt: skip
    if recorded is None:
        return
    with problems_shown():
        sound = decode(recorded.getvalue())
        found = clips(sound) if cutting else [sound]
        if not found:
            st.warning(tr("Nothing is heard in this recording. Is the right microphone chosen, and switched on?"))
            return
        row = st.container(horizontal=True)
        for clip in found[:_MOST_CLIPS_SHOWN]:
            place = row.container(width=PLAYER, gap=None)
            place.image(as_picture(clip), width="stretch")
            place.audio(as_wav(clip), format="audio/wav")
        if len(found) > _MOST_CLIPS_SHOWN:
            st.caption(tr("and {n} more", n=len(found) - _MOST_CLIPS_SHOWN))
        if not target.label:
            st.caption(tr(_NO_CLASS_YET))
        says = tr("Add {examples}", examples=target.kind.count(len(found)))
        if st.button(says, type="primary", disabled=target.is_busy or not target.label, key="make-add-recording"):
            folder = keep_pictures((as_wav(clip), ".wav") for clip in found)
            _hand_over(folder, target, label=target.label, burst=len(found) > 1)
            st.session_state["make-recorder"] = key + 1
            st.rerun()


def _from_files(target: _Target) -> None:
    # A new key releases the uploaded bytes from memory once they are on disk.
    key = st.session_state.setdefault("make-uploader", 0)
    uploads = st.file_uploader(
        tr("Drop {many} of this class here", many=target.kind.many),
        type=sorted(suffix.removeprefix(".") for suffix in target.kind.suffixes),
        accept_multiple_files=True,
        key=f"make-uploader-{key}",
    )
    if not uploads:
        return
    if not target.label:
        st.caption(tr(_NO_CLASS_YET))
    says = tr("Add {examples}", examples=target.kind.count(len(uploads)))
    if st.button(says, type="primary", disabled=target.is_busy or not target.label, key="make-add-files"):
        suffixes = (PurePath(upload.name).suffix.casefold() for upload in uploads)
        known = (suffix if suffix in target.kind.suffixes else "" for suffix in suffixes)
        with problems_shown():
            folder = keep_pictures(zip((upload.getbuffer() for upload in uploads), known, strict=True))
            _hand_over(folder, target, label=target.label)
            st.session_state["make-uploader"] = key + 1
            st.rerun()


def _typed(target: _Target) -> None:
    with st.form("make-typing", border=False):
        st.text_input(tr("Message"), key="make-message", placeholder=plain("Type a message"))
        st.form_submit_button(tr("Add"), icon=":material/add:", on_click=_take_typed)
    if problem := st.session_state.pop("make-problem", None):
        st.warning(tr(problem))
    draft = current_draft()
    messages = draft.messages()
    if not messages:
        return
    counts = Counter(label for _, label in messages)
    st.markdown(" · ".join(f"**{escape(label)}** {count}" for label, count in counts.items()))
    _list_messages(draft, messages)
    if target.into is None and len(counts) < 2:
        st.caption(tr("Now write some of a second class: with only one there is nothing to tell apart."))
    says = tr("Continue with {examples}", examples=target.kind.count(len(messages)))
    too_few = target.into is None and len(counts) < 2
    if st.button(says, type="primary", disabled=target.is_busy or too_few, key="make-add-typed"):
        with problems_shown():
            _hand_over(draft.path, target)
            leave_draft()
            st.rerun()


def _take_typed() -> None:
    """Runs before the page is drawn again, so that it may empty the field."""
    text, label = (st.session_state.get(key, "").strip() for key in ("make-message", "make-class"))
    if text and label:
        try:
            add_to_draft(text, label)
            st.session_state["make-message"] = ""
        except StorageError as error:
            st.session_state["make-problem"] = error.message
    elif text:
        st.session_state["make-problem"] = Message(
            "Which class does this message belong to? Write it above, then press Add."
        )


def _take_back(draft: Draft, index: int) -> None:
    try:
        draft.remove(index)
    except StorageError as error:
        st.session_state["make-problem"] = error.message


def _list_messages(draft: Draft, messages: list[tuple[str, str]]) -> None:
    with st.container(border=True, gap="xxsmall"):
        for index in range(len(messages) - 1, max(-1, len(messages) - 1 - MOST_SHOWN), -1):
            text, label = messages[index]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    tr("Remove"),
                    icon=":material/close:",
                    type="tertiary",
                    key=f"make-remove-{index}-{hash((text, label))}",  # pressed twice in haste, it removes one
                    on_click=_take_back,
                    args=(draft, index),
                )
                with st.container(gap=None):
                    st.text(text)
                    st.caption(escape(label))
        if len(messages) > MOST_SHOWN:
            st.caption(tr("and {n} before these", n=len(messages) - MOST_SHOWN))


def _more_rows(target: _Target) -> None:
    """Rows for a table that there is: a file with its columns, or what was copied out of one."""
    key = _empty_when_read(target)
    upload = st.file_uploader(tr("A table with the same columns"), key=f"make-rows-{key}")
    text = st.text_area(
        tr("Or paste rows from a spreadsheet"), key=f"make-pasted-{key}", height=140,
        placeholder=plain("species\tmass\twing\nAdelie\t3750\t181"),
    )  # fmt: skip
    st.caption(
        tr(
            "The first row is the header row: it names the columns, in any order, and one of them must be the "
            "class. Without it, the columns must be those of the table, in the same order."
        )
    )
    if st.button(tr("Add these rows"), type="primary", disabled=target.is_busy, key="make-read-rows"):
        if upload is None and not text.strip():
            st.warning(tr("There is nothing to import yet. Choose a file, or copy some rows and paste them above."))
            return
        with problems_shown():
            path = keep_file(upload) if upload is not None else _kept_as_text(text)
            _hand_over(path, target)
            st.session_state["make-handed"] = str(path)
            st.rerun()


def _empty_when_read(target: _Target) -> int:
    """A number for the names of fields, which is another one once what they held was read: then they are empty."""
    key = st.session_state.setdefault("make-pasting", 0)
    if (
        not target.is_busy
        and (handed := st.session_state.pop("make-handed", None))
        and handed != intake.failed_source()
    ):
        key = st.session_state["make-pasting"] = key + 1
    return key


def _kept_as_text(text: str) -> Path:
    name = f"{plain('pasted rows')}.txt"
    return keep_folder([(text.encode("utf-8", errors="replace"), name)]) / name


def _pasted(target: _Target) -> None:
    key = _empty_when_read(target)
    text = st.text_area(
        tr("Paste rows from a spreadsheet"),
        key=f"make-pasted-{key}",
        height=220,
        placeholder=plain("My bus is late\ttransport\nNo nuts please\tmeals\n\nor\n\ntransport: My bus is late"),
    )
    st.caption(
        tr(
            "One message a row, and its class: in two columns as a spreadsheet copies them, with commas or semicolons "
            "between, or as “class: message”."
        )
    )
    if st.button(tr("Import these rows"), type="primary", disabled=target.is_busy, key="make-read-pasted"):
        if not text.strip():
            st.warning(tr("There is nothing to import yet. Copy some rows and paste them above."))
            return
        with problems_shown():
            path = _kept_as_text(text)
            if target.into is None:
                intake.start_intake(str(path), ReadOptions(title=target.title))
            else:
                _hand_over(path, target)
            st.session_state["make-handed"] = str(path)
            st.rerun()


def _title_field(kind: Modality[Any, Any], place: DeltaGenerator) -> str:
    default = plain(kind.first_title)
    title = place.text_input(
        tr("Name of the new dataset"), key="make-title", placeholder=default, max_chars=_LONGEST_NAME
    )
    return title.strip() or default


def _class_field(classes: tuple[str, ...]) -> str:
    """The class that the next examples belong to; the classes there are already are one press away."""
    label = st.text_input(
        tr("Class of the next examples"),
        key="make-class",
        placeholder=plain("What it is, such as “apple”"),
        max_chars=_LONGEST_NAME,
    ).strip()
    if classes:
        st.pills(
            tr("Classes of this dataset"),
            classes[:MOST_SHOWN],
            format_func=escape,
            key="make-known-class",
            label_visibility="collapsed",
            on_change=_take_known_class,
        )
    return label


def _take_known_class() -> None:
    chosen = st.session_state.get("make-known-class")
    if chosen is not None:
        st.session_state["make-class"] = chosen
        st.session_state["make-known-class"] = None


_NO_CLASS_YET = Message("First write above which class they belong to.")


def _hand_over(source: Path, target: _Target, *, label: str | None = None, burst: bool = False) -> None:
    intake.start_adding(str(source), label=label, into=target.into, title=target.title, burst=burst)


@dataclass(frozen=True, slots=True)
class _Way:
    title: Callable[[Modality[Any, Any]], Message]
    icon: str
    draw: Callable[[_Target], None]
    wants_class: bool = True
    wants_dataset: bool = False


_WAYS = {
    "microphone": _Way(lambda kind: Message("Microphone"), "mic", _with_microphone),
    "camera": _Way(lambda kind: Message("Camera"), "photo_camera", _with_camera),
    "files": _Way(lambda kind: Message("Files ({many})", many=kind.many), "upload_file", _from_files),
    "type": _Way(lambda kind: Message("Type {many}", many=kind.many), "keyboard", _typed),
    "paste": _Way(lambda kind: Message("Paste rows"), "content_paste", _pasted, wants_class=False),
    "rows": _Way(lambda kind: Message("More rows"), "table_rows", _more_rows, wants_class=False, wants_dataset=True),
}
"""By the names in `Modality.ways_in`."""


# --- what is typed, kept on disk until it is handed over: a reload or a closed tab loses none of it ---


@dataclass(frozen=True, slots=True)
class Draft:
    """A table with the columns "text" and "label": the file that is handed over is the draft itself."""

    path: Path

    def messages(self) -> list[tuple[str, str]]:
        """(text, label) of each, in the order in which they were typed."""
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8", newline="") as file:
            return [(text, label) for text, label in list(csv.reader(file))[1:]]

    def add(self, text: str, label: str) -> None:
        self._write([*self.messages(), (text, label)])

    def remove(self, index: int) -> None:
        messages = self.messages()
        del messages[index : index + 1]
        self._write(messages)

    def _write(self, messages: list[tuple[str, str]]) -> None:
        table = io.StringIO()
        # With everything in quotes no comma or semicolon of a message can be taken for the end of a column.
        csv.writer(table, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *messages])
        write(self.path, table.getvalue().encode())


def current_draft() -> Draft:
    """The draft of `?draft=`, else of this session, else a new one; a bad value is passed over."""
    for draft_id in (st.query_params.get("draft"), st.session_state.get("draft")):
        if draft_id and is_safe_id(draft_id) and _file(draft_id).exists():
            return _choose(draft_id)
    return Draft(_file(st.session_state.setdefault("new-draft", new_id())))


def add_to_draft(text: str, label: str) -> None:
    draft = current_draft()
    draft.add(text, label)
    _choose(draft.path.stem.removeprefix("typed-"))


def leave_draft() -> None:
    """Begin anew; what was handed over stays where it is."""
    for name in ("draft", "new-draft"):
        st.session_state.pop(name, None)
    st.query_params.pop("draft", None)


def _choose(draft_id: str) -> Draft:
    st.session_state["draft"] = st.query_params["draft"] = draft_id
    return Draft(_file(draft_id))


def _file(draft_id: str) -> Path:
    return workspace().uploads / f"typed-{draft_id}.csv"
