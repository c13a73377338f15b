"""What a JSON file says about examples that a label tool, a chatbot or a service exported: the format that fits best.

`tool_records.RECORDS` and `tool_documents.DOCUMENTS` are the tables of formats. A number that stands for a class
becomes its name wherever the file says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.annotated import Annotated, records_in
from core.data.readers.tool_documents import DOCUMENTS, phrase_in
from core.data.readers.tool_records import RECORDS
from core.messages import Message

_SAMPLE = 200
"""So many records, from all over the file, say in which format it is written."""
_ODD = Message("It is not written as the other entries are.")


@dataclass(frozen=True)
class Export:
    """What a file of the format `tool` says."""

    tool: str
    examples: tuple[Annotated, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """What was asked, the question with the most answers first."""
        asked = Counter(question for example in self.examples for question, said in example.labels.items() if said)
        return tuple(question for question, _ in asked.most_common())


def export_of(document: Any, path: PurePosixPath) -> Export | None:
    """What a JSON document, or the list of the lines of JSON Lines, says about examples; None where no tool is known
    that writes so. `path` is the file's: some tools write the class into its name."""
    if isinstance(document, dict):
        for tool, read_document in DOCUMENTS:
            found = read_document(document, path)
            if found:
                return Export(tool, tuple(found))
        for key in ("data", "samples", "records", "items", "images", "examples"):
            inner = document.get(key)
            if isinstance(inner, list) and (export := _by_records(inner)):
                return export
        return None
    return (_by_records(document) or _phrases_of_a_file(document, path)) if isinstance(document, list) else None


def _by_records(values: Sequence[Any]) -> Export | None:
    sample = [value for value in values[:: max(1, len(values) // _SAMPLE)] if isinstance(value, dict)]
    scores = [sum(read(record) is not None for record in sample) for _, read in RECORDS]
    best = max(range(len(RECORDS)), key=lambda at: scores[at])
    if not sample or 2 * scores[best] <= len(sample):
        return None
    tool, read = RECORDS[best]
    read_all = ((read(value) if isinstance(value, dict) else None) for value in values)
    return Export(tool, tuple(one or Annotated(why_not=_ODD) for one in read_all))


def _phrases_of_a_file(values: list[Any], path: PurePosixPath) -> Export | None:
    """Dialogflow writes the phrases of each intent into a file of their own: "order_usersays_en.json"."""
    name = re.fullmatch(r"(.+)_usersays_\w{2,3}([-_]\w+)?", path.stem)
    phrases = [phrase_in(one) for one in records_in(values)]
    if not name or not any(phrases):
        return None
    return Export("Dialogflow", tuple(Annotated(text=text, labels={"label": (name[1],)}) for text in phrases))
