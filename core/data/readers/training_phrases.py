"""Training phrases of chatbots as Rasa and Snips write them for people to read: YAML, and Markdown of an older kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from core.data.readers.annotated import list_in, record_in, records_in, text_in
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile
from core.limits import Limits
from core.messages import Message

_INTENT = re.compile(r"^##\s*intent:\s*(.+?)\s*$", re.MULTILINE)
_MARKED = re.compile(r"\[([^\[\]]+)\](\([^()]*\)|\{[^{}]*\})")
"""A marked part of a phrase: "[Berlin](city)", "[Berlin]{"entity": "city"}"."""
_LARGEST = 5 * 1024**2
"""Bytes. YAML takes a second for each of them."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TrainingPhrases:
    """The format."""

    suffixes = frozenset({".yml", ".yaml"})
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if file.suffix in self.suffixes:
            return True
        return file.suffix == ".md" and bool(_INTENT.search(file.text))

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        nothing = Message("No training phrases were found in it, each below its intent.")
        if len(file.raw) > _LARGEST:
            return nothing
        phrases = _in_markdown(file.text) if file.suffix == ".md" else _in_yaml(file.text)
        rows: list[Row] = [(_MARKED.sub(r"\1", phrase).strip(), intent) for intent, phrase in phrases]
        limits.check_rows(file.name, len(rows))
        names = [f"phrase {number}" for number in range(1, len(rows) + 1)]
        how = {"structure": "table", "tool": "Rasa"}
        return Table(("text", "label"), rows, names, how, {}) if rows else nothing


def _in_markdown(text: str) -> Iterator[tuple[str, str]]:
    intents = list(_INTENT.finditer(text))
    for intent, following in zip(intents, [*intents[1:], None], strict=True):
        part = text[intent.end() : following.start() if following else len(text)]
        for line in part.splitlines():
            if line.startswith("#"):  # synonyms and lists of another kind
                break
            if phrase := re.match(r"\s*[-*+]\s+(.+)", line):
                yield intent[1], phrase[1]


def _in_yaml(text: str) -> Iterator[tuple[str, str]]:
    try:
        documents = [record_in(one) for one in yaml.load_all(text, Loader=_LOADER)]
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    for document in documents:
        for one in records_in(document.get("nlu")):
            given = one.get("examples")
            lines = given.splitlines() if isinstance(given, str) else [_said(example) for example in list_in(given)]
            intent = text_in(one.get("intent"))
            yield from ((intent, re.sub(r"^\s*-\s*", "", line)) for line in lines if intent and line.strip(" -"))
        if document.get("type") == "intent":
            name = text_in(document.get("name"))
            yield from ((name, said) for one in list_in(document.get("utterances")) if name and (said := _said(one)))


def _said(example: Any) -> str:
    return text_in(example) or text_in(record_in(example).get("text"))
