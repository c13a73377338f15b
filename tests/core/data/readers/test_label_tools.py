"""Exports of label tools, chatbots and services: what each says of messages and of pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.label_tools import export_of
from core.data.readers.propose import propose
from core.data.readers.reading import Item
from core.errors import DataError
from tests.core.data.readers.making import pairs, skips
from tests.helpers import png
from tests.reading import outcome, read_with, source_of

PAIRS = [
    ("the soup was cold", "food"), ("the bus is late", "transport"), ("more pudding please", "food"),
    ("no seat on the tram", "transport"), ("a salad for me", "food"), ("the train was full", "transport"),
]  # fmt: skip
PICTURES = {f"img/{label}{n}.jpg": png((n, 2, 3)) for n in range(3) for label in ("a", "b")}
LABELS = {name: {"a": "cat", "b": "dog"}[name[4]] for name in PICTURES}
NAMES = ["cat", "dog"]
TOPICS = ("food", "transport")


def named(path: str) -> str:
    return path.removeprefix("img/")


def lines(record: Callable[[str, str], Any]) -> str:
    return "\n".join(json.dumps(record(text, label)) for text, label in PAIRS)


def listed(record: Callable[[str, str], Any]) -> str:
    return json.dumps([record(text, label) for text, label in PAIRS])


def label_studio(text: str, *choices: str, **more: object) -> dict[str, Any]:
    result = [{"from_name": "q", "type": "choices", "value": {"choices": list(choices)}}] if choices else []
    made = {"completed_by": 1, "result": result, "was_cancelled": False, **more}
    return {"id": 1, "data": {"text": text, "number": 3}, "annotations": [made], "predictions": [], "total": 1}


def argilla(text: str, label: str) -> dict[str, Any]:
    responses = {"topic": [{"value": label, "user_id": "u"}, {"value": "no", "status": "discarded"}]}
    return {"id": text, "fields": {"text": text}, "responses": responses, "suggestions": {}, "metadata": {"a": "b"}}


def manifest(source: str, where: str, label: str) -> dict[str, Any]:
    about = {"class-name": label, "confidence": 0.9, "type": "groundtruth/classification", "human-annotated": "yes"}
    return {where: source, "job": NAMES.index(label) if label in NAMES else 7, "job-metadata": about}


def labelbox(text: str, label: str) -> dict[str, Any]:
    answered = {"annotations": {"classifications": [{"name": "q", "radio_answer": {"name": label}}]}}
    return {"data_row": {"id": "x", "row_data": text}, "projects": {"p": {"labels": [answered]}}}


def chat(text: str, label: str) -> dict[str, Any]:
    turns = [("system", "Sort."), ("user", text), ("assistant", label)]
    return {"messages": [{"role": role, "content": said} for role, said in turns]}


def phrases(label: str) -> list[str]:
    return [text for text, said in PAIRS if said == label]


def snips(text: str) -> dict[str, Any]:
    return {"data": [{"text": text[:5]}, {"text": text[5:], "entity": "e"}]}


TEXTS = {
    "prodigy": lines(lambda t, y: {"text": t, "label": y, "answer": "accept", "_task_hash": 7}),
    "prodigy choices": lines(lambda t, y: {"text": t, "options": [{"id": y, "text": y.upper()}, {"id": "x"}],
                                           "accept": [y], "answer": "accept"}),
    "prodigy numbers": lines(lambda t, y: {"text": t, "options": [{"id": 4, "text": y}, {"id": 5, "text": "X"}],
                                           "accept": [4], "answer": "accept"}),
    "label studio": listed(label_studio),
    "label studio, old": listed(lambda t, y: {"data": {"text": t}, "completions": label_studio(t, y)["annotations"]}),
    "label studio, short": listed(lambda t, y: {"id": 3, "text": t, "mood": y, "annotator": 1, "annotation_id": 2}),
    "argilla": listed(argilla),
    "argilla, old": listed(lambda t, y: {"inputs": {"text": t}, "annotation": y, "status": "Validated"}),
    "doccano": lines(lambda t, y: {"id": 1, "text": t, "label": [y]}),
    "doccano, data": lines(lambda t, y: {"id": 1, "data": t, "label": [y]}),
    "doccano, annotations": lines(lambda t, y: {"id": 1, "text": t, "annotations": [{"label": y, "user": 1}]}),
    "dataturks": lines(lambda t, y: {"content": t, "annotation": {"labels": [y]}, "extras": None}),
    "manifest": lines(lambda t, y: manifest(t, "source", y)),
    "vertex": lines(lambda t, y: {"textContent": t, "classificationAnnotation": {"displayName": y}}),
    "labelbox": lines(labelbox),
    "chat": lines(chat),
    "chat in pieces": lines(lambda t, y: {"messages": [{"role": "user", "content": [{"type": "text", "text": t}]},
                                                       {"role": "assistant", "content": y}]}),
    "shared chat": listed(lambda t, y: {"conversations": [{"from": "human", "value": t}, {"from": "gpt", "value": y}]}),
    "gemini": lines(lambda t, y: {"contents": [{"role": "user", "parts": [{"text": t}]},
                                               {"role": "model", "parts": [{"text": y}]}]}),
    "prompts": lines(lambda t, y: {"prompt": t, "completion": f" {y}"}),
    "instructions": listed(lambda t, y: {"instruction": "Sort this.", "input": t, "output": y}),
    "spacy": lines(lambda t, y: {"text": t, "cats": {topic: float(topic == y) for topic in TOPICS}}),
    "rasa": json.dumps({"rasa_nlu_data": {"common_examples": [{"text": t, "intent": y, "entities": []}
                                                              for t, y in PAIRS], "regex_features": []}}),
    "luis": json.dumps({"intents": [{"name": y} for y in TOPICS], "entities": [],
                        "utterances": [{"text": t, "intent": y, "entities": []} for t, y in PAIRS]}),
    "tutorial": json.dumps({"intents": [{"tag": y, "patterns": phrases(y), "responses": ["Fine."]} for y in TOPICS]}),
    "watson": json.dumps({"intents": [{"intent": y, "examples": [{"text": t} for t in phrases(y)]} for y in TOPICS],
                          "entities": [], "language": "en"}),
    "snips": json.dumps({"intents": {y: {"utterances": list(map(snips, phrases(y)))} for y in TOPICS}}),
    "snips, by name": json.dumps({y: list(map(snips, phrases(y))) for y in TOPICS}),
    "wrapped": json.dumps({"version": 1, "data": json.loads(listed(argilla))}),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_messages_and_what_was_said_of_them(name):
    file = "export.json" if TEXTS[name].count("\n") == 0 else "export.jsonl"
    reading = read_with(propose, source_of({file: TEXTS[name].encode()}))
    assert sorted(pairs(reading.items)) == sorted(PAIRS)
    assert skips(reading.items) == []


def coco() -> dict[str, Any]:
    return {
        "images": [{"id": 40 + n, "file_name": f"elsewhere/{named(name)}"} for n, name in enumerate(LABELS)],
        "annotations": [{"id": n, "image_id": 40 + n, "category_id": 1 + NAMES.index(label), "bbox": [1, 2, 3, 4]}
                        for n, label in enumerate(LABELS.values())],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }  # fmt: skip


FILES: dict[str, Any] = {
    "coco": coco(),
    "fiftyone": {"classes": NAMES, "labels": {named(n)[:-4]: NAMES.index(y) for n, y in LABELS.items()}},
    "fiftyone samples": {"samples": [{"filepath": f"/home/me/{named(n)}", "tags": [],
                                      "truth": {"_cls": "Classification", "label": y}} for n, y in LABELS.items()]},
    "create ml": [{"image": named(n), "annotations": [{"label": y, "coordinates": {"x": x}} for x in (1, 2)]}
                  for n, y in LABELS.items()],
    "create ml, one": [{"image": named(n), "annotation": y} for n, y in LABELS.items()],
    "datumaro": {
        "categories": {"label": {"labels": [{"name": name, "parent": ""} for name in NAMES]}},
        "items": [{"id": named(n)[:-4], "annotations": [{"type": "label", "label_id": NAMES.index(y)}],
                   "image": {"path": named(n)}} for n, y in LABELS.items()],
    },
    "via": {f"{named(n)}123": {"filename": named(n), "size": 1, "file_attributes": {},
                               "regions": [{"region_attributes": {"kind": y}}]} for n, y in LABELS.items()},
    "via project": {"_via_settings": {}, "_via_img_metadata": {
        n: {"filename": named(n), "regions": {"0": {"region_attributes": {"kind": {y: True, "x": False}}}}}
        for n, y in LABELS.items()}},
    "label studio": [{**label_studio("", y), "data": {"image": f"/data/upload/1/0f3c2d1a-{named(n)}"}}
                     for n, y in LABELS.items()],
    "label studio, served": [{**label_studio("", y), "data": {"img": f"/data/local-files/?d=set%2F{named(n)}"}}
                             for n, y in LABELS.items()],
    "label studio, short": [{"image": f"/data/upload/1/{named(n)}", "choice": y, "annotator": 1, "annotation_id": 3}
                            for n, y in LABELS.items()],
    "manifest": [manifest(f"s3://bucket/in/{named(n)}", "source-ref", y) for n, y in LABELS.items()],
    "rekognition": [
        {"source-ref": f"s3://bucket/{named(n)}", "box": {"annotations": [{"class_id": NAMES.index(y)}]},
         "box-metadata": {"class-map": {"0": "cat", "1": "dog"}}} for n, y in LABELS.items()
    ],
    "vertex": [{"imageGcsUri": f"gs://b/{named(n)}", "classificationAnnotation": {"displayName": y}}
               for n, y in LABELS.items()],
    "labelbox": [{"External ID": named(n), "Labeled Data": "https://x/y?z=1",
                  "Label": {"objects": [], "classifications": [{"title": "what", "answer": {"title": y}}]}}
                 for n, y in LABELS.items()],
    "doccano": [{"id": 1, "filename": named(n), "label": [y]} for n, y in LABELS.items()],
}  # fmt: skip


@pytest.mark.parametrize("name", [*FILES, *(f"{name} lines" for name, said in FILES.items() if isinstance(said, list))])
def test_pictures_and_what_was_said_of_them(name):
    content, key = FILES[name.removesuffix(" lines")], "labels.json"
    raw = json.dumps(content)
    if name.endswith(" lines"):
        raw, key = "\n".join(map(json.dumps, content)), "labels.jsonl"
    used, skipped = outcome(read_with(propose, source_of({**PICTURES, key: raw.encode()})))
    assert {name: label for name, (label, _) in used.items()} == LABELS
    assert set(skipped) == {key}


def test_what_was_rejected_or_left_open_is_no_example():
    """The class of a rejected message is just what it is not."""
    records = [
        {"text": t, "label": y, "answer": a, "_task_hash": 1}
        for (t, y), a in zip(PAIRS, ["accept", "accept", "reject", "accept", "ignore", "accept"], strict=True)
    ]
    items = read_with(propose, source_of({"a.jsonl": "\n".join(map(json.dumps, records)).encode()})).items
    assert len(pairs(items)) == 4
    assert skips(items) == [
        ("line 3", "It was rejected in Prodigy: it is not of this class."), ("line 5", "It was ignored in Prodigy."),
    ]  # fmt: skip


def test_annotators_may_disagree_be_outvoted_or_have_skipped_it():
    one, other = (label_studio("x", label)["annotations"][0] for label in ("food", "transport"))
    undecided = {**label_studio("undecided"), "annotations": [one, other]}
    outvoted = {**label_studio("outvoted"), "annotations": [one, other, one]}
    records = [*(label_studio(*pair) for pair in PAIRS), undecided, outvoted,
               label_studio("skipped", "food", was_cancelled=True), label_studio("open")]  # fmt: skip
    items = read_with(propose, source_of({"a.json": json.dumps(records).encode()})).items
    assert pairs(items)[6:] == [("outvoted", "food")]
    assert [reason for _, reason in skips(items)] == [
        "Those who labelled it disagree: food and transport.", "It was skipped in Label Studio.",
        "Nobody has labelled it yet.",
    ]  # fmt: skip


def test_of_two_questions_either_can_be_the_class():
    def record(text: str, label: str) -> dict[str, Any]:
        made = label_studio(text, label)
        topic = {**made["annotations"][0]["result"][0], "from_name": "topic"}
        mood = {"from_name": "mood", "value": {"choices": ["good" if "a" in text[:5] else "bad"]}}
        made["annotations"][0]["result"] = [topic, mood]
        return made

    source = source_of({"a.json": json.dumps([record(*pair) for pair in PAIRS]).encode()})
    for question, labels in (("topic", set(TOPICS)), ("mood", {"good", "bad"})):
        items = read_with(propose, source, label_column=question).items
        assert {item.label for item in items if isinstance(item, Item)} == labels


def test_boxes_of_several_classes_in_one_picture_are_refused_by_that_reason():
    document = coco()
    document["annotations"] += [{"image_id": 40 + n, "category_id": c} for n in range(6) for c in (1, 2)]
    with pytest.raises(DataError, match="6 of 6 examples in 'given' carry more than one label"):
        read_with(propose, source_of({**PICTURES, "coco.json": json.dumps(document).encode()}))


def test_phrases_in_a_file_for_each_intent():
    """Dialogflow writes the intent into the name of the file, and much beside it that holds no phrases."""
    files: dict[str, Any] = {"agent.json": {"language": "en", "supported": ["a"] * 40}}
    for topic in TOPICS:
        said = [{"id": "x", "data": [{"text": t, "userDefined": False}], "count": 0} for t in phrases(topic)]
        files[f"intents/{topic}_usersays_en.json"] = said
        files[f"intents/{topic}.json"] = {"name": topic, "responses": [{"action": "", "speech": ["a", "b"]}]}
        files[f"entities/{topic}_entries_en.json"] = [{"value": f"{topic}{n}", "synonyms": ["s"]} for n in range(9)]
    source = source_of({name: json.dumps(content).encode() for name, content in files.items()})
    assert sorted(pairs(read_with(propose, source).items)) == sorted(PAIRS)


def test_phrases_in_a_folder_for_each_intent():
    """As in the benchmark of Snips."""
    files = {}
    for topic in TOPICS:
        for part, n in (("train", 3), ("validate", 1)):
            said = {topic: list(map(snips, phrases(topic)[:n]))}
            files[f"{topic}/{part}_{topic}.json"] = json.dumps(said).encode()
    items = read_with(propose, source_of(files)).items
    assert sorted(pairs(items)) == sorted([*PAIRS, *PAIRS[:2]])
    assert {item.split for item in items if isinstance(item, Item)} == {"train", "validation"}


KEYS = (
    "data", "annotations", "label", "text", "images", "answer", "fields", "responses", "messages", "role", "content",
    "intents", "items", "categories", "regions", "shapes", "imagePath", "tags", "objects", "classes", "labels",
    "result", "value", "x-metadata", "source", "projects", "data_row", "filepath", "_cls", "class-map", "annotator",
    "accept", "annotation_id",
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(anything)
def test_whatever_stands_in_a_file_is_an_export_or_none(document):
    found = export_of(json.loads(json.dumps(document), parse_int=str), PurePosixPath("a.json"))
    assert found is None or all(isinstance(one.text, str) and isinstance(one.file, str) for one in found.examples)
