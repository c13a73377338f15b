"""Formats in which a label tool or a chatbot writes all examples into one document: a function a format.

Each makes of a document, and of the name of its file, what they say about examples, or None where it is not written
that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.annotated import SENDER, UNLABELLED, Annotated, list_in, marked, record_in, records_in, text_in
from core.data.readers.names import LABEL_NAMES, plain_name, split_of
from core.messages import Message

_NO_WORDS = Message("It is a note of the program, or a picture or another file without words.")


def _coco(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    images, given = document.get("images"), document.get("annotations")
    if not isinstance(images, list) or not isinstance(given, list):
        return None
    names = {text_in(one.get("id")): text_in(one.get("name")) for one in records_in(document.get("categories"))}
    things: dict[str, list[str]] = {}
    for one in records_in(given):
        category = text_in(one.get("category_id"))
        things.setdefault(text_in(one.get("image_id")), []).append(names.get(category) or category)
    return [
        Annotated(file=text_in(one.get("file_name")), labels=labels, why_not=None if labels["label"] else UNLABELLED)
        for one in records_in(images)
        for labels in [marked(things.get(text_in(one.get("id")), ()))]
    ]


def _fiftyone(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    classes, labels = document.get("classes"), document.get("labels")
    if not isinstance(labels, dict) or not isinstance(classes, list):
        return None

    def names(said: Any) -> Iterator[str]:
        for one in said if isinstance(said, list) else [said]:
            label = text_in(one.get("label")) if isinstance(one, dict) else text_in(one)
            at = int(label) if label.isdecimal() and len(label) < 9 else -1
            yield text_in(classes[at]) if 0 <= at < len(classes) else label

    return [Annotated(file=name, labels=marked(names(said))) for name, said in labels.items()]


def _datumaro(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    items = document.get("items")
    categories = record_in(record_in(document.get("categories")).get("label")).get("labels")
    if not isinstance(items, list) or not isinstance(categories, list):
        return None
    names = [text_in(record_in(one).get("name")) for one in categories]
    known = {str(at): name for at, name in enumerate(names)}
    return [
        Annotated(
            file=text_in(record_in(one.get("image")).get("path")) or text_in(one.get("id")),
            labels=marked(known.get(text_in(thing.get("label_id"))) for thing in records_in(one.get("annotations"))),
            split=split_of(path.stem),
        )
        for one in records_in(items)
    ]


def _via(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    entries = document.get("_via_img_metadata", document)
    records = [one for one in record_in(entries).values() if isinstance(one, dict) and "regions" in one]
    if not records or 2 * len(records) < len(entries):
        return None
    said = []
    for one in records:
        regions = one["regions"].values() if isinstance(one["regions"], dict) else list_in(one["regions"])
        marks = [record_in(record_in(region).get("region_attributes")) for region in regions]
        marks.append(record_in(one.get("file_attributes")))
        labels = [label for mark in marks for value in mark.values() for label in _ticked(value)]
        said.append(Annotated(file=text_in(one.get("filename")), labels=marked(labels)))
    return said


def _ticked(value: Any) -> Iterable[str]:
    """ "cat", or {"cat": true, "dog": false}."""
    return (
        [key for key, ticked in value.items() if ticked in (True, "1")] if isinstance(value, dict) else [text_in(value)]
    )


def _label_me(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    if not isinstance(document.get("shapes"), list) or "imagePath" not in document:
        return None
    labels = [*_ticked(record_in(document.get("flags"))), *(one.get("label") for one in records_in(document["shapes"]))]
    return [Annotated(file=text_in(document["imagePath"]), labels=marked(labels))]


def _supervisely(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    if not isinstance(document.get("objects"), list) or not isinstance(document.get("tags"), list):
        return None
    labels = [one.get("name") for one in records_in(document["tags"])]
    labels += [one.get("classTitle") for one in records_in(document["objects"])]
    return [Annotated(file=path.stem, labels=marked(labels))]


def _v7(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    item = record_in(document.get("item"))
    if not item or not isinstance(document.get("annotations"), list):
        return None
    labels = marked(one.get("name") for one in records_in(document["annotations"]))
    return [Annotated(file=text_in(item.get("name")), labels=labels, why_not=None if labels["label"] else UNLABELLED)]


def _telegram(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    """An export of all chats has a list of them."""
    chats = records_in(record_in(document.get("chats")).get("list")) or [document]
    messages = [one for chat in chats for one in records_in(chat.get("messages"))]
    written_so = sum("from" in one or one.get("type") == "service" for one in messages)
    return [_message(one) for one in messages] if 2 * written_so > len(messages) else None


def _discord(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    """As DiscordChatExporter writes a channel."""
    if not isinstance(document.get("channel"), dict) or not isinstance(document.get("messages"), list):
        return None
    return [_message(one) for one in records_in(document["messages"])]


def _message(one: dict[str, Any]) -> Annotated:
    given = one.get("text", one.get("content"))
    pieces = given if isinstance(given, list) else [given]
    text = "".join(piece if isinstance(piece, str) else str(record_in(piece).get("text") or "") for piece in pieces)
    sender = text_in(one.get("from")) or text_in(record_in(one.get("author")).get("name"))
    why_not = None if text.strip() and sender and one.get("type") != "service" else _NO_WORDS
    return Annotated(text=text.strip(), labels={SENDER: (sender,)} if sender else {}, why_not=why_not)


_PHRASES = (
    "patterns",
    "examples",
    "utterances",
    "trainingphrases",
    "training_phrases",
    "phrases",
    "samples",
    "userSays",
)


def _intents(document: dict[str, Any], path: PurePosixPath) -> list[Annotated] | None:
    """Chatbots: Snips, Watson, Dialogflow CX, and the "intents.json" of many tutorials."""
    intents = document.get("intents")
    named: list[tuple[str, Any]]
    if "intents" not in document:  # a list under a name is only known for one of phrases when they are in pieces
        named = [(name, [one for one in records_in(given) if "data" in one]) for name, given in document.items()]
    elif isinstance(intents, dict):
        named = [(name, one) for name, one in intents.items()]
    else:
        named = [(_called(one), one) for one in records_in(intents)]
    said = [
        Annotated(text=text, labels={"label": (name,)})
        for name, one in named
        if name
        for phrase in _phrases(one)
        if (text := phrase_in(phrase))
    ]
    return said or None


def _called(intent: dict[str, Any]) -> str:
    names = ("tag", "intent", "name", "displayName", "label", *LABEL_NAMES)
    return next((text_in(intent[name]) for name in names if text_in(intent.get(name))), "")


def _phrases(intent: Any) -> list[Any]:
    if isinstance(intent, dict):
        given = next((intent[key] for key in intent if plain_name(key) in _PHRASES), None)
        inner = next((value for value in record_in(given).values() if isinstance(value, list)), None)  # {"en": [...]}
        return list_in(given) or list_in(inner)
    return list_in(intent)


def phrase_in(phrase: Any) -> str:
    """ "hello", {"text": "hello"}, or in pieces of which some are marked."""
    if isinstance(phrase, str):
        return phrase.strip()
    record = record_in(phrase)
    pieces = next((record[key] for key in ("data", "parts") if isinstance(record.get(key), list)), None)
    if pieces is None:
        return text_in(record.get("text"))
    return "".join(str(record_in(piece).get("text") or "") for piece in pieces).strip()


DocumentFormat = Callable[[dict[str, Any], PurePosixPath], list[Annotated] | None]
DOCUMENTS: tuple[tuple[str, DocumentFormat], ...] = (
    ("COCO", _coco),
    ("FiftyOne", _fiftyone),
    ("Datumaro", _datumaro),
    ("LabelMe", _label_me),
    ("Supervisely", _supervisely),
    ("VGG Image Annotator", _via),
    ("V7", _v7),
    ("Discord", _discord),
    ("Telegram", _telegram),
    ("intents.json", _intents),
)
"""Formats of whole documents, the most telling ones first. A new one is listed here."""
