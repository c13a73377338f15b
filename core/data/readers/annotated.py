"""What label tools say about examples, in one form, and how to take it out of JSON that may be anything.

Numbers are the texts they are written as (see `json_records`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.names import TEXT_NAMES, looks_like_file, plain_name
from core.messages import Message

_FILE_NAMES = (
    "image", "img", "picture", "photo", "file_name", "filename", "file", "filepath", "path", "imagefilename",
    "image_path", "audio", "sound", "url", "uri", "image_url", "external_id", "external id",
)  # fmt: skip

SENDER = "sender"
"""The question who wrote a message of a chat. Its answer is a class only if a person says so."""
UNLABELLED = Message("Nobody has labelled it yet.")

Labels = Mapping[str, tuple[str, ...]]
"""For each question that was asked about an example, the answers: mostly one question, and one answer."""


@dataclass(frozen=True, slots=True)
class Annotated:
    """What is said about one example: its text or the name of its file, its labels and part, or why it is none."""

    text: str = ""
    file: str = ""
    labels: Labels = field(default_factory=dict)
    split: str | None = None
    why_not: Message | None = None


def record_in(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_in(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def records_in(value: Any) -> list[dict[str, Any]]:
    return [one for one in list_in(value) if isinstance(one, dict)]


def text_in(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def texts_in(value: Any) -> tuple[str, ...]:
    """ "cat", ["cat", "dog"] or {"choices": ["cat"]}, each once."""
    if isinstance(value, dict):
        value = next((one for one in value.values() if isinstance(one, list)), None)
    found = [text_in(one) for one in (value if isinstance(value, list) else [value])]
    return tuple(dict.fromkeys(filter(None, found)))


def content_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """The text and the name of the file in a record; "" for what is not there."""
    values = {plain_name(key): value.strip() for key, value in record.items() if isinstance(value, str)}
    files = [values[name] for name in _FILE_NAMES if values.get(name)]
    file = next(iter(files), "") or next((value for value in values.values() if looks_like_file(value)), "")
    named = next((values[name] for name in TEXT_NAMES if values.get(name)), "")
    return named or ("" if file else max(values.values(), key=len, default="")), file


def about(record: Mapping[str, Any], labels: Labels, why_not: Message | None = None) -> Annotated:
    text, file = content_of(record)
    return Annotated(text, file, labels, why_not=why_not)


def agreed(answers: Sequence[Labels]) -> tuple[Labels, Message | None]:
    """What most of those say who labelled an example, or why that cannot be told."""
    agreed: dict[str, tuple[str, ...]] = {}
    for question in dict.fromkeys(question for answer in answers for question in answer):
        counts = Counter(answer[question] for answer in answers if answer.get(question))
        (first, most), *others = counts.most_common() or [((), 0)]
        if others and others[0][1] == most:
            said = tuple(dict.fromkeys(label for labels in counts for label in labels))
            return {}, Message("Those who labelled it disagree: {labels:list}.", labels=said)
        agreed[question] = first
    return agreed, None if any(agreed.values()) else UNLABELLED


def marked(things: Iterable[Any]) -> Labels:
    return {"label": tuple(dict.fromkeys(filter(None, map(text_in, things))))}
