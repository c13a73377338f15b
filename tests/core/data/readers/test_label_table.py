"""Pictures and documents beside a file that says their labels."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.file_index import FileIndex
from core.data.readers.label_table import LabelTable
from core.data.readers.propose import propose
from core.data.readers.reading import Declined, ReadOptions, UndecidedError
from core.errors import DataError
from core.limits import Limits
from tests.helpers import png
from tests.reading import labels, outcome, read_with, source_of

PIXEL = png()
PICTURES = {f"img/{n}.jpg": PIXEL for n in "abcdef"}


def reading_of(files, **options):
    return read_with(LabelTable(), source_of(files), **options)


def declined(source) -> Declined:
    found = LabelTable().look(source, ReadOptions(), Limits())
    assert isinstance(found, Declined)
    return found


def csv(*rows: str) -> bytes:
    return "\n".join(rows).encode()


HALF = dict(zip("abcdef", ["cat", "cat", "cat", "dog", "dog", "dog"], strict=True))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.csv", csv("file,label", *(f"{n}.jpg,{label}" for n, label in HALF.items()))),
        ("labels.csv", csv(*(f"{n}.jpg,{label}" for n, label in HALF.items()))),
        ("labels.csv", csv("id;breed;size", *(f"{n};{label};{i}" for i, (n, label) in enumerate(HALF.items())))),
        ("labels.tsv", csv("label\tpath", *(f"{label}\timg/{n}.jpg" for n, label in HALF.items()))),
        ("a/b.csv", csv("F,L", *(f"F:\\my set\\img\\{n.upper()}.JPG,{label}" for n, label in HALF.items()))),
        ("labels.txt", csv(*(f"img/{n}.jpg {label}" for n, label in HALF.items()))),
        ("_classes.csv", csv("name,cat,dog", *(f"{n}.jpg,{'1,0' if v == 'cat' else '0,1'}" for n, v in HALF.items()))),
        ("labels.json", json.dumps({f"{n}.jpg": label for n, label in HALF.items()}).encode()),
        ("labels.json", json.dumps({"cat": ["a.jpg", "b.jpg", "c.jpg"], "dog": ["d.jpg", "e.jpg", "f.jpg"]}).encode()),
        ("labels.json", json.dumps([{"file_name": f"{n}.jpg", "label": label} for n, label in HALF.items()]).encode()),
        ("labels.jsonl", csv(*(json.dumps({"file": f"{n}.jpg", "label": label}) for n, label in HALF.items()))),
    ],
    ids=["header", "no header", "stems among others", "paths", "windows paths", "list", "one column a class", "mapping",
         "by class", "records", "json lines"],
)  # fmt: skip
def test_the_table_says_the_label_of_each_picture(name, content):
    reading = reading_of({**PICTURES, name: content, "README.md": b"about"})
    used, skipped = outcome(reading)
    assert labels(used) == {f"img/{n}.jpg": label for n, label in HALF.items()}
    assert "holds no example itself" in skipped[name]
    assert set(skipped) == {name, "README.md"}
    assert reading.modality == "image"
    assert reading.proposal["tables"] == [name]


def azure(several: bool) -> bytes:
    """As an annotation service writes it, with one class for each document or with many."""
    documents = [
        {"location": f"{n:03}.txt", "language": "en", "dataset": "Train" if n % 2 else "Test"}
        | ({"classes": [{"category": "a"}, {"category": "b"}]} if several else {"class": {"category": "ab"[n % 2]}})
        for n in range(6)
    ]
    assets = {"classes": [{"category": "a"}, {"category": "b"}], "documents": documents}
    return json.dumps({"metadata": {"projectName": "x"}, "assets": assets}).encode()


DOCUMENTS = {f"deep/deep/{n:03}.txt": b"words" for n in range(6)}


def test_documents_with_a_label_file_of_a_service():
    reading = reading_of({**DOCUMENTS, "deep/labels.json": azure(False), "deep/brief.txt": b"what this is"})
    used, skipped = outcome(reading)
    assert used["deep/deep/000.txt"] == ("a", "test")
    assert used["deep/deep/001.txt"] == ("b", "train")
    assert len(used) == 6
    assert "No row" in skipped["deep/brief.txt"]
    assert reading.modality == "text"


@pytest.mark.parametrize(
    "files",
    [
        {**DOCUMENTS, "labels.json": azure(True)},
        {
            **PICTURES,
            "labels.csv": csv("file,label", "a.jpg,x|y", "b.jpg,y", "c.jpg,x", "d.jpg,x|y", "e.jpg,x", "f.jpg,y|x"),
        },
        {**PICTURES, "labels.csv": csv("file,label", *(f"{n}.jpg,{label}" for n in "abcdef" for label in "xyz"))},
        {
            **PICTURES,
            "labels.csv": csv("file,wet,red", *(f"{n}.jpg,{int(n != 'a')},{int(n != 'b')}" for n in "abcdef")),
        },
    ],
    ids=["json", "joined in a cell", "in several rows", "one column a class"],
)
def test_several_labels_for_each_example_are_refused_with_the_reason(files):
    with pytest.raises(
        DataError, match=r"\d of 6 examples in 'given' carry more than one label.*one class for each example"
    ):
        reading_of(files)


def test_a_picture_named_twice_with_different_labels_is_left_out():
    rows = [f"{n}.jpg,{label}" for n, label in HALF.items()]
    used, skipped = outcome(reading_of({**PICTURES, "labels.csv": csv("file,label", *rows, "a.jpg,dog", "b.jpg,cat")}))
    assert "more than one label: cat and dog" in skipped["img/a.jpg"]
    assert used["img/b.jpg"] == ("cat", None)


def test_a_row_without_a_label_and_a_picture_without_a_row_are_left_out():
    rows = ["a.jpg,cat", "b.jpg,cat", "c.jpg,dog", "d.jpg,dog", "e.jpg,"]
    _, skipped = outcome(reading_of({**PICTURES, "labels.csv": csv("file,label", *rows)}))
    assert "gives it no label" in skipped["img/e.jpg"]
    assert "No row" in skipped["img/f.jpg"]


def test_names_of_files_that_are_not_here_are_noted():
    rows = [f"{n}.jpg,{label}" for n, label in HALF.items()]
    gone = [f"C:\\x\\gone{n}.jpg,cat" for n in range(6)]
    reading = reading_of({**PICTURES, "labels.csv": csv("file,label", *rows, *gone)})
    assert outcome(reading)[0].keys() == PICTURES.keys()
    assert any("names 6 files that are not here: gone0.jpg" in str(note) for note in reading.notes)


@pytest.mark.parametrize("where", ["tables", "column", "folders"])
def test_parts_are_kept_wherever_they_are_said(where):
    rows = {n: f"{n}.jpg,{label}" for n, label in HALF.items()}
    train, test = [rows[n] for n in "abde"], [rows[n] for n in "cf"]
    if where == "tables":
        files = {**PICTURES, "my_training.csv": csv(*train), "my_test.csv": csv(*test)}
    elif where == "column":
        table = csv("file,label,split", *(f"{r},TRAIN" for r in train), *(f"{r},test" for r in test))
        files = {**PICTURES, "labels.csv": table}
    else:
        files = {f"{'test' if n in 'cf' else 'train'}/{n}.jpg": PIXEL for n in HALF} | {
            "labels.csv": csv("file,label", *rows.values())
        }
    reading = reading_of(files)
    parts = {name[-5]: split for name, (_, split) in outcome(reading)[0].items()}
    assert parts == {"a": "train", "b": "train", "c": "test", "d": "train", "e": "train", "f": "test"}
    assert reading.proposal["splits"]


def test_the_label_column_and_level_can_be_chosen():
    table = csv(
        "file,label,mood",
        *(f"{n}.jpg,{i % 3},{'good/calm' if i % 2 else 'bad/loud'}" for i, n in enumerate("abcdef")),
    )
    files = {**PICTURES, "labels.csv": table}
    assert reading_of(files).proposal["label_column"] == "label"
    assert {"label", "mood"} <= set(reading_of(files).proposal["choices"]["label_column"])
    used, _ = outcome(reading_of(files, label_column="mood"))
    assert set(labels(used).values()) == {"good/calm", "bad/loud"}


def test_one_column_for_each_of_many_classes_whatever_they_are_called():
    pictures = {f"{n}.jpg": PIXEL for n in range(40)}
    names = [f"class {n}" for n in range(50)]
    rows = [f"{n}.jpg," + ",".join(str(int(at == n % 20)) for at in range(50)) for n in range(40)]
    used, _ = outcome(reading_of({**pictures, "a.csv": csv("image," + ",".join(names), *rows)}))
    assert labels(used) == {f"{n}.jpg": f"class {n % 20}" for n in range(40)}


def test_numbers_that_lost_their_zeros_still_name_their_files():
    pictures = {f"set/{n:05}.jpg": PIXEL for n in range(12)}
    rows = [f"{n}.0;{'xy'[n % 2]}" for n in range(12)]
    used, _ = outcome(reading_of({**pictures, "a.csv": csv("id;label", *rows)}))
    assert labels(used) == {f"set/{n:05}.jpg": "xy"[n % 2] for n in range(12)}


def test_a_wide_table_beside_thousands_of_files_is_looked_at_in_part(monkeypatch):
    """The worst shape: every cell of thousands of columns could name one of thousands of files."""
    looked = []
    find = FileIndex.find
    monkeypatch.setattr(FileIndex, "find", lambda self, cell: (looked.append(cell), find(self, cell))[1])
    pictures = {f"{n:04}.jpg": PIXEL for n in range(2000)}
    wide = csv("id," + ",".join(f"c{n}" for n in range(1000)), *(",".join([str(n)] * 1001) for n in range(300)))
    LabelTable().look(source_of({**pictures, "a.csv": wide}), ReadOptions(), Limits())
    assert len(looked) < 400_000


def test_a_label_column_that_is_not_there_is_said():
    files = {**PICTURES, "labels.csv": csv("file,label", *(f"{n}.jpg,{label}" for n, label in HALF.items()))}
    with pytest.raises(DataError, match=r"no column 'color'.*file and label"):
        reading_of(files, label_column="color")


# --- when a table is believed ------------------------------------------------------------------------------------


def test_a_table_that_mostly_names_other_files_is_left_aside_with_the_reason():
    gone = [f"F:\\x\\gone{n}.jpg,cat" for n in range(20)]
    rows = [f"F:\\x\\{n}.jpg,{label}" for n, label in HALF.items()]
    source = source_of({**PICTURES, "labels.csv": csv(*rows, *gone)})
    found = declined(source)
    assert found.possible
    assert str(found.reason) == "'labels.csv' names 6 of the 6 files, and 20 that are not here."
    (skip,) = found.aside
    assert "of the 26 files it names, 20 are not here" in str(skip.reason)
    assert "choose 'label-table'" in str(skip.reason)
    insisted = read_with(LabelTable(), source, structure="label-table")
    assert labels(outcome(insisted)[0]) == {f"img/{n}.jpg": label for n, label in HALF.items()}


def test_a_table_that_names_few_of_the_pictures_is_left_aside():
    many = {f"img/{n}.jpg": PIXEL for n in range(10)}
    found = declined(source_of({**many, "labels.csv": csv("file,label", "1.jpg,cat", "2.jpg,dog")}))
    assert found.possible
    assert found.nearness == 0.2


@pytest.mark.parametrize(
    "other",
    [
        csv("text,label", *(f"a sentence about a {n},x{i % 2}" for i, n in enumerate("abcdef"))),
        csv("x,y", "1,2", "3,4"),
        b"\xff\xfe\x00 broken",
        b'{"cat": 1, "dog": ',
        b"",
    ],
)
def test_other_tables_are_no_keys_and_stay_files(other):
    source = source_of({**PICTURES, "other.csv": other, "other.json": other})
    found = declined(source)
    assert not found.possible
    assert not found.aside


def test_a_word_that_is_a_file_name_too_makes_no_key_of_a_table_of_texts():
    rows = [f"text number {n},{'notes' if n % 2 else 'other'}" for n in range(20)]
    source = source_of({"notes.txt": b"remember", "data.csv": csv("text,label", *rows)})
    assert not declined(source).aside


def test_insisting_without_any_table_says_what_it_should_look_like():
    with pytest.raises(DataError, match=r"No table in 'given' names.*two columns"):
        reading_of(PICTURES, structure="label-table")


@pytest.mark.parametrize(
    ("header", "row", "column"),
    [
        ("file,dx,dx_type,age", "{f},{c},{d},70", "dx"),
        ("id,gender,masterCategory,colour", "{f},{d},{c},blue", "masterCategory"),
        ("file,start,salience,fold,classID,class", "{f},0.0,1,2,{n},{c}", "class"),
        ("file,width,height,animal", "{f},40,30,{c}", "animal"),
        ("file,target,name_of_it", "{f},{n},{c}", "target"),
    ],
)
def test_the_column_of_labels_is_told_by_its_name_among_others(header, row, column):
    rows = [row.format(f=f"{name}.jpg", c=c, d="xy"[at % 2], n=int(c == "cat")) for at, (name, c) in
            enumerate(HALF.items())]  # fmt: skip
    assert reading_of({**PICTURES, "t.csv": csv(header, *rows)}).proposal["label_column"] == column


def test_two_columns_that_could_be_meant_as_well_are_a_choice():
    rows = [f"{name}.jpg,{'xy'[at % 2]},{c}" for at, (name, c) in enumerate(HALF.items())]
    source = source_of({**PICTURES, "t.csv": csv("file,keeper,animal", *rows)})
    with pytest.raises(UndecidedError, match=r"6 pictures: 2 classes \(“keeper”\) or .*“animal”") as caught:
        propose(source, ReadOptions(), Limits())
    for guess in caught.value.proposal["guesses"]:
        read = propose(source, ReadOptions(**guess["options"]), Limits())
        assert read.proposal["label_column"] == guess["options"]["label_column"]


def test_numbers_of_rows_give_way_to_folders():
    paths = {f"images/{c}/{n}.jpg": PIXEL for n, c in enumerate(["cat", "dog"] * 4)}
    lines = [f"{number} {path.removeprefix('images/')}" for number, path in enumerate(paths, start=1)]
    used = labels(outcome(propose(source_of({**paths, "images.txt": csv(*lines)}), ReadOptions(), Limits()))[0])
    assert set(used.values()) == {"cat", "dog"}


cell = st.sampled_from(["a.jpg", "img/b", "C:\\c.JPG", "gone.jpg", "cat", "dog", "", "1", "train"]) | st.text(
    max_size=4
)


@given(st.lists(st.lists(cell, min_size=1, max_size=3), min_size=1, max_size=8), st.booleans())
def test_whatever_the_table_says_every_file_is_used_or_listed_once(rows, insist):
    files = {**PICTURES, "t.csv": "\n".join(",".join(row) for row in rows).encode(errors="replace")}
    try:
        reading = reading_of(files, structure="label-table" if insist else None)
    except DataError as error:
        assert str(error)
        return
    if reading:
        used, skipped = outcome(reading)
        assert sorted([*used, *skipped]) == sorted(files)
        assert all(label for label, _ in used.values())
