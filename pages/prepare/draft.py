"""Messages typed one by one, kept on disk until they are handed over: a reload or a closed tab loses none of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.workspace import is_safe_id, new_id, write_atomically
from pages.shared.services import workspace


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
        write_atomically(self.path, table.getvalue().encode())


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
