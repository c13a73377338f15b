"""Numbers that stand for classes, and the files that say for which."""

from __future__ import annotations

import json

import pytest

from core.data.readers.propose import propose
from core.data.readers.reading import Item
from tests.core.data.readers.making import skips
from tests.helpers import png
from tests.reading import labels, outcome, read_with, source_of

NAMES = ("cat", "dog", "great owl")
PICTURES = {f"{code}/{n}.png": png((code, n, 0)) for code in range(3) for n in range(2)}
ROWS = "\n".join(f"message number {n} of all,{n % 3}" for n in range(12))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("classes.txt", "\n".join(NAMES)),
        ("CLASS_NAMES.TXT", "cat\r\ndog\r\n\r\ngreat owl\r\n"),
        ("labels.txt", "0 cat\n1 dog\n2 great owl"),
        ("mapping.txt", "0\tcat\n1\tdog\n2\tgreat owl"),
        ("labels.txt", "cat 0\ndog 1\ngreat owl 2"),
        ("class_list.csv", "id,name\n0,cat\n1,dog\n2,great owl"),
        ("obj.names", "\n".join(NAMES)),
        ("data.yaml", "train: ../train\nnc: 3\nnames: ['cat', 'dog', 'great owl']"),
        ("dataset.yml", "path: x\nnames:\n  0: cat\n  1: dog\n  2: great owl"),
        ("label_map.pbtxt", "".join(f"item {{\n  id: {n}\n  name: '{name}'\n}}\n" for n, name in enumerate(NAMES))),
        ("label_map.pbtxt", "".join(f'item {{ name: "{name}" id: {n} }}\n' for n, name in enumerate(NAMES))),
        ("classes.json", json.dumps(NAMES)),
        ("id2label.json", json.dumps(dict(enumerate(NAMES)))),
        ("class_indices.json", json.dumps({str(n): [f"n{n}", name] for n, name in enumerate(NAMES)})),
        ("label2id.json", json.dumps({name: n for n, name in enumerate(NAMES)})),
        ("config.json", json.dumps({"model": "x", "id2label": dict(enumerate(NAMES))})),
        (
            "notes.json",
            json.dumps({"categories": [{"id": n, "name": y} for n, y in enumerate(NAMES)], "info": {}}),
        ),
        ("dataset_infos.json", json.dumps({"d": {"features": {"label": {"names": NAMES, "_type": "ClassLabel"}}}})),
    ],
)
def test_numbered_folders_become_the_classes_that_a_file_names(file, content):
    reading = read_with(propose, source_of({**PICTURES, file: content.encode()}))
    used, skipped = outcome(reading)
    assert {name: label for name, (label, _) in used.items()} == {name: NAMES[int(name[0])] for name in PICTURES}
    assert "says what the numbers of the classes mean" in skipped[file]
    assert any(f"'{file}'" in str(note) for note in reading.notes)
    assert {row["label"] for row in reading.proposal["tree"]} == set(NAMES)


def test_the_codes_of_wordnet_become_words():
    codes = {"n02124075": "Egyptian cat", "n02099601": "golden retriever"}
    mapping = "".join(f"{code} {name}, Something latin\n" for code, name in codes.items())
    files = {f"{code}/{n}.JPEG": png((int(code[-3:]) % 256, n, 0)) for code in codes for n in range(2)}
    used, _ = outcome(read_with(propose, source_of({**files, "LOC_synset_mapping.txt": mapping.encode()})))
    assert {name: label for name, (label, _) in used.items()} == {name: codes[name.split("/")[0]] for name in files}


def test_numbers_in_a_table_become_names_whichever_they_begin_with():
    for first in (0, 1):
        rows = "\n".join(f"message number {n} of all,{n % 3 + first}" for n in range(12))
        reading = read_with(propose, source_of({"train.csv": rows.encode(), "classes.txt": "\n".join(NAMES).encode()}))
        assert list(labels(outcome(reading)[0]).values())[:3] == list(NAMES)


def test_where_it_is_not_certain_which_number_is_which_they_stay():
    pictures = {name: raw for name, raw in PICTURES.items() if name[0] != "0"}
    names = "\n".join((*NAMES, "newt"))
    reading = read_with(propose, source_of({**pictures, "classes.txt": names.encode()}))
    assert set(labels(outcome(reading)[0]).values()) == {"1", "2"}


@pytest.mark.parametrize(
    ("file", "content"),
    [("classes.txt", "cat\ndog"), ("classes.txt", "cat\ncat\ndog"), ("classes.txt", "0\n1\n2"),
     ("labels.txt", "a.png\nb.png\nc.png"), ("classes.txt", "x" * 200 + "\ny\nz"), ("data.yaml", "names: [*a, *a]"),
     ("data.yaml", "a: &a [x, y]\nb: &b [*a, *a]\nnames: [*b, *b]"), ("classes.json", "{"), ("notes.txt", "a\nb\nc")],
)  # fmt: skip
def test_what_says_too_little_or_something_else_changes_nothing(file, content):
    reading = read_with(propose, source_of({**PICTURES, file: content.encode()}))
    assert set(labels(outcome(reading)[0]).values()) == {"0", "1", "2"}


def test_classes_that_are_digits_stay_digits():
    reading = read_with(propose, source_of({**PICTURES, "classes.txt": b"0\n1\n2"}))
    assert reading.notes == ()
    assert len(skips(reading.items)) == 1


def test_a_legend_that_does_not_fit_is_named_and_the_numbers_stay():
    reading = read_with(propose, source_of({**PICTURES, "classes.txt": b"7 cat\n8 dog"}))
    assert {item.label for item in reading.items if isinstance(item, Item)} <= set("0123456789")
    (note,) = reading.notes
    assert str(note).startswith("'classes.txt' seems to say what the numbers of the classes mean.")
