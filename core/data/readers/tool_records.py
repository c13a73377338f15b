"""Formats in which a label tool, a service or a chat writes each example as a record of its own: a function a format.

Each makes of a record what it says about its example, or None where it is not written that way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from core.data.readers.annotated import (
    SENDER,
    UNLABELLED,
    Annotated,
    Labels,
    about,
    agreed,
    content_of,
    list_in,
    marked,
    record_in,
    records_in,
    text_in,
    texts_in,
)
from core.data.readers.names import split_of
from core.messages import Message

_DEEPEST = 8
_NOT_SAID = Message("It is a note of the program, and no message.")


def _prodigy(record: dict[str, Any]) -> Annotated | None:
    answer = record.get("answer")
    if answer not in ("accept", "reject", "ignore") or not (record.keys() & {"label", "accept", "spans", "options"}):
        return None
    options = {text_in(one.get("id")): text_in(one.get("text")) for one in records_in(record.get("options"))}
    chosen = [options.get(one, one) if one.isdecimal() else one for one in texts_in(record.get("accept"))]
    labels = (
        chosen
        or texts_in(record.get("label"))
        or [text_in(span.get("label")) for span in records_in(record.get("spans"))]
    )
    reasons = {
        "reject": Message("It was rejected in Prodigy: it is not of this class."),
        "ignore": Message("It was ignored in Prodigy."),
    }
    said = about({**record, "label": None, "answer": None}, marked(labels), reasons.get(answer))
    return replace(said, file=text_in(record.get("path")) or said.file)


def _label_studio(record: dict[str, Any]) -> Annotated | None:
    data, given = record.get("data"), record.get("annotations", record.get("completions"))
    if not isinstance(data, dict) or not isinstance(given, list):
        return None
    kept = [one for one in records_in(given) if not one.get("was_cancelled")]
    labels, why_not = agreed([_results(one.get("result")) for one in kept])
    if given and not kept:
        why_not = Message("It was skipped in Label Studio.")
    return about(data, labels, why_not)


def _results(results: Any) -> Labels:
    said: dict[str, list[str]] = {}
    for result in records_in(results):
        for kind, value in record_in(result.get("value")).items():
            if kind == "choices" or kind.endswith("labels"):
                said.setdefault(text_in(result.get("from_name")) or "label", []).extend(texts_in(value))
            elif kind == "taxonomy":
                paths = ["/".join(texts_in(path)) for path in list_in(value)]
                said.setdefault(text_in(result.get("from_name")) or "label", []).extend(paths)
    return {question: tuple(dict.fromkeys(labels)) for question, labels in said.items()}


_LABEL_STUDIO_NOTES = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"}
)


def _label_studio_short(record: dict[str, Any]) -> Annotated | None:
    if not {"annotator", "annotation_id"} <= record.keys():
        return None
    text, file = content_of({key: value for key, value in record.items() if key not in _LABEL_STUDIO_NOTES})
    asked = {key: texts_in(value) for key, value in record.items() if key not in _LABEL_STUDIO_NOTES}
    labels = {key: said for key, said in asked.items() if said and not {text, file} & set(said)}
    return Annotated(text, file, labels, why_not=None if labels else UNLABELLED)


def _argilla(record: dict[str, Any]) -> Annotated | None:
    fields, responses = record.get("fields"), record.get("responses")
    if not isinstance(fields, dict) or not isinstance(responses, dict):
        return None
    answers: list[Labels] = [
        {question: texts_in(one.get("value"))}
        for question, given in responses.items()
        for one in (records_in(given) if isinstance(given, list) else [record_in(given)])
        if one.get("status") != "discarded"
    ]
    labels, why_not = agreed(answers)
    discarded = Message("It was discarded in Argilla.")
    return about(fields, labels, discarded if record.get("status") == "discarded" else why_not)


def _argilla_1(record: dict[str, Any]) -> Annotated | None:
    inputs = record.get("inputs")
    if not isinstance(inputs, dict) or "annotation" not in record:
        return None
    labels = texts_in(record["annotation"])
    discarded = Message("It was discarded in Argilla.")
    why_not = discarded if record.get("status") == "Discarded" else None if labels else UNLABELLED
    return about(inputs, {"label": labels}, why_not)


def _doccano(record: dict[str, Any]) -> Annotated | None:
    given = record.get("annotations")
    if not isinstance(given, list) or not text_in(record.get("text")) or "data" in record:
        return None
    labels = marked(one.get("label") for one in records_in(given))
    return Annotated(text=text_in(record["text"]), labels=labels, why_not=None if labels["label"] else UNLABELLED)


def _spacy(record: dict[str, Any]) -> Annotated | None:
    cats = record.get("cats")
    if not isinstance(cats, dict) or not cats:
        return None
    return about({**record, "cats": None}, marked(label for label, value in cats.items() if _is_yes(value)))


def _is_yes(value: Any) -> bool:
    """True for true, 1, and a probability of more than a half."""
    return value is True or bool(re.fullmatch(r"1(\.0*)?|0?\.([6-9]|5\d*[1-9])\d*", text_in(value)))


def _dataturks(record: dict[str, Any]) -> Annotated | None:
    content, annotation = text_in(record.get("content")), record.get("annotation")
    if not content or not isinstance(annotation, dict | list) or "extras" not in record:
        return None
    labels = (
        texts_in(record_in(annotation).get("labels"))
        or marked(label for one in records_in(annotation) for label in texts_in(one.get("label")))["label"]
    )
    return Annotated(content, content, {"label": labels}, why_not=None if labels else UNLABELLED)


def _create_ml(record: dict[str, Any]) -> Annotated | None:
    given = record.get("annotations", record.get("annotation"))
    file = next(
        (text_in(record[name]) for name in ("image", "imagefilename", "filename") if text_in(record.get(name))), ""
    )
    if not file or "data" in record or not isinstance(given, list | str):
        return None
    labels = [given] if isinstance(given, str) else [text_in(one.get("label")) for one in records_in(given)]
    return Annotated(content_of(record)[0], file, marked(labels), why_not=None if any(labels) else UNLABELLED)


def _manifest(record: dict[str, Any]) -> Annotated | None:
    """Of SageMaker Ground Truth and Rekognition: a job's answer, and beside it what the answer means."""
    jobs = [key.removesuffix("-metadata") for key in record if key.endswith("-metadata")]
    if not jobs or not (record.keys() & {"source-ref", "source"}):
        return None
    labels = {}
    for job in jobs:
        about = record_in(record[f"{job}-metadata"])
        names, answer = record_in(about.get("class-map")), record.get(job)
        if isinstance(answer, dict):
            answer = [text_in(box.get("class_id")) for box in records_in(answer.get("annotations"))]
        said = texts_in(about.get("class-name")) or texts_in(answer)
        labels[job] = tuple(dict.fromkeys(text_in(names.get(one)) or one for one in said))
    text, file = text_in(record.get("source")), text_in(record.get("source-ref"))
    return Annotated(text, file, labels, why_not=None if any(labels.values()) else UNLABELLED)


def _vertex(record: dict[str, Any]) -> Annotated | None:
    given = [value for key, value in record.items() if re.search("(classification|boundingBox)Annotation", key)]
    file = next((text_in(value) for key, value in record.items() if key.endswith("GcsUri")), "")
    text = text_in(record.get("textContent"))
    if not given or not (text or file):
        return None
    things = [one for value in given for one in (value if isinstance(value, list) else [value])]
    notes = record_in(record.get("dataItemResourceLabels"))
    split = next((split_of(text_in(value)) for key, value in notes.items() if key.endswith("ml_use")), None)
    return Annotated(text, file, marked(record_in(one).get("displayName") for one in things), split)


def _labelbox(record: dict[str, Any]) -> Annotated | None:
    row = record.get("data_row")
    if isinstance(row, dict) and isinstance(record.get("projects"), dict):
        given, name = record["projects"], text_in(row.get("external_id")) or text_in(row.get("row_data"))
    elif isinstance(record.get("Label"), dict) and "Labeled Data" in record:
        given, name = record["Label"], text_in(record.get("External ID")) or text_in(record["Labeled Data"])
    else:
        return None
    labels = marked(_answers_within(given))
    return Annotated(name, name, labels, why_not=None if labels["label"] else UNLABELLED)


def _answers_within(value: Any, depth: int = 0) -> Iterator[str]:
    """Names of objects and of answers, however deep they lie."""
    if depth > _DEEPEST:
        return
    for key, inner in value.items() if isinstance(value, dict) else ():
        answered = records_in(inner) if isinstance(inner, list) else [record_in(inner)]
        if key in ("radio_answer", "answer", "checklist_answers", "answers", "objects"):
            yield from (text_in(one.get("name")) or text_in(one.get("title")) for one in answered)
        else:
            for one in answered:
                yield from _answers_within(one, depth + 1)


def _fiftyone_samples(record: dict[str, Any]) -> Annotated | None:
    given = {key: value for key, value in record.items() if isinstance(value, dict) and "_cls" in value}
    if not given or not text_in(record.get("filepath")):
        return None
    labels = {}
    for key, value in given.items():
        things = [one for inner in value.values() for one in records_in(inner)]
        labels[key] = texts_in(value.get("label")) or marked(one.get("label") for one in things)["label"]
    return Annotated(file=text_in(record["filepath"]), labels=labels)


def _chat(record: dict[str, Any]) -> Annotated | None:
    """What was said before is the text, the last answer its class. Standing orders are no part of it."""
    turns = [(speaker, said) for speaker, said in _turns(record) if speaker not in ("system", "developer", "tool")]
    if len(turns) < 2 or turns[-1][0] not in ("assistant", "gpt", "model", "bot", "chatgpt"):
        return None
    return Annotated(text="\n".join(said for _, said in turns[:-1]), labels={"label": texts_in(turns[-1][1])})


def _turns(record: dict[str, Any]) -> list[tuple[str, str]]:
    given = next(
        (record[key] for key in ("messages", "conversations", "conversation", "contents") if key in record), None
    )
    turns = []
    for one in records_in(given):
        said = next((one[key] for key in ("content", "value", "parts", "text") if key in one), None)
        if isinstance(said, list):
            said = "\n".join(text_in(record_in(part).get("text")) or text_in(part) for part in said)
        turns.append((text_in(one.get("role", one.get("from"))).casefold(), text_in(said)))
    return turns


def _instruction(record: dict[str, Any]) -> Annotated | None:
    for asked, answered in (("instruction", "output"), ("prompt", "completion"), ("instruction", "response")):
        if text_in(record.get(asked)) and isinstance(record.get(answered), str):
            text = text_in(record.get("input")) or text_in(record.get("context")) or text_in(record[asked])
            return Annotated(text=text, labels={"label": texts_in(record[answered])})
    return None


def _slack(record: dict[str, Any]) -> Annotated | None:
    if record.get("type") != "message" or "ts" not in record or "text" not in record:
        return None
    why_not = _NOT_SAID if record.get("subtype") or not text_in(record["text"]) else None
    return Annotated(text_in(record["text"]), labels={SENDER: texts_in(record.get("user"))}, why_not=why_not)


def _tweet(record: dict[str, Any]) -> Annotated | None:
    tweet = record_in(record.get("tweet"))
    return Annotated(text_in(tweet["full_text"])) if "full_text" in tweet else None


def _lighttag(record: dict[str, Any]) -> Annotated | None:
    given = record.get("classifications")
    if not isinstance(given, list) or "content" not in record:
        return None
    labels = marked(one.get("classname") for one in records_in(given) if one.get("correct") is not False)
    return Annotated(text_in(record["content"]), labels=labels, why_not=None if labels["label"] else UNLABELLED)


RecordFormat = Callable[[dict[str, Any]], Annotated | None]
RECORDS: tuple[tuple[str, RecordFormat], ...] = (
    ("Prodigy", _prodigy),
    ("Label Studio", _label_studio),
    ("Label Studio", _label_studio_short),
    ("Argilla", _argilla),
    ("Argilla", _argilla_1),
    ("Create ML", _create_ml),
    ("doccano", _doccano),
    ("spaCy", _spacy),
    ("Dataturks", _dataturks),
    ("SageMaker, Rekognition", _manifest),
    ("Vertex AI", _vertex),
    ("Labelbox", _labelbox),
    ("FiftyOne", _fiftyone_samples),
    ("LightTag", _lighttag),
    ("Slack", _slack),
    ("Twitter", _tweet),
    ("chat-JSONL", _chat),
    ("prompt-JSONL", _instruction),
)
"""Formats of records; of two that fit as well the first is taken. A new one is listed here."""
