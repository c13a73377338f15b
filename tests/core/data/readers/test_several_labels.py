"""Several labels for one example: recognised and refused; labels with commas in them are not."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from core.data.readers.propose import propose
from core.errors import DataError
from tests.core.data.readers.making import pairs, read, skips, written
from tests.reading import labels, outcome, read_with, source_of

GENRES = [["drama"], ["drama", "action"], ["comedy"], ["comedy", "drama"], ["action"], ["action", "comedy", "drama"]]


def table_of(cells) -> bytes:
    return written([("text", "genre"), *((f"film {n} is great", label) for n, label in enumerate(cells))])


@pytest.mark.parametrize(
    "write",
    [json.dumps, repr, lambda g: "{" + ", ".join(map(repr, g)) + "}", lambda g: f"[{' '.join(map(repr, g))}]",
     lambda g: f"[{', '.join(g)}]", ";".join, "; ".join, "|".join, ",".join, ", ".join],
    ids=["json", "python", "set", "numpy", "bare list", "semicolon", "semicolon and space", "pipe", "comma",
         "comma and space"],
)  # fmt: skip
def test_several_labels_in_a_cell_are_refused_with_the_count(write):
    with pytest.raises(
        DataError, match=r"3 of 6 examples in 'given' carry more than one label\. This program learns one class"
    ) as error:
        read(table_of([write(genres) for genres in GENRES]))
    assert "column 'genre'" in str(error.value)


def test_they_are_seen_even_where_hardly_any_example_has_one_label():
    pairs_of = ["a|b", "b|c", "a|c", "c|d", "b|d", "a|d"]
    with pytest.raises(DataError, match="6 of 6 examples"):
        read(table_of(pairs_of))


def test_lists_in_json_are_several_labels():
    records = [{"text": f"film {n}", "labels": genres} for n, genres in enumerate(GENRES)]
    with pytest.raises(DataError, match="3 of 6 examples"):
        read({"films.json": json.dumps(records)})


def test_fasttext_lines_may_carry_several():
    lines = "".join(
        f"{' '.join('__label__' + genre for genre in genres)} film {n}\n" for n, genres in enumerate(GENRES)
    )
    with pytest.raises(DataError, match="3 of 6 examples"):
        read({"train.txt": lines})


@pytest.mark.parametrize(
    "cells",
    [
        ["News, sports", "Art, music", "News, sports", "Art, music"],
        ["rock;roll", "jazz", "rock;roll", "jazz"],
        ["yes", "no", "yes, maybe", "no"],
        ["a|b", "c|d", "a|b", "c|d"],
        ["[1]", "x", "y", "x"],
        ["salt and pepper", "salt", "salt and pepper", "salt"],
        ["animal/cat", "animal/dog", "plant/oak", "animal"],
    ],
)
def test_a_sign_in_a_label_does_not_make_it_several(cells):
    assert [label for _, label in pairs(read(table_of(cells))[1])] == cells


def test_lists_of_one_are_their_entry():
    assert [label for _, label in pairs(read(table_of(["['a']", "['b']", '["a"]']))[1])] == ["a", "b", "a"]


def test_an_empty_list_is_no_label():
    _, items = read(table_of(["['a']", "[]", "['b']"]))
    assert skips(items) == [("row 3", "The label is empty.")]


def test_a_few_slips_are_left_out_and_named():
    cells = [*(["a", "b"] * 30), "a;b"]
    _, items = read(table_of(cells))
    assert len(pairs(items)) == 60
    assert skips(items) == [("row 62", "It has more than one label: a;b.")]


@pytest.mark.parametrize("joiner", ["; ", ";", " | ", "\n", ", ", "/", " & ", " + ", " and ", " und "])
def test_whatever_stands_between_several_labels_is_seen(joiner):
    cells = ["food", "school", f"food{joiner}school", "transport", f"school{joiner}transport"] * 4
    with pytest.raises(DataError, match="8 of 20 examples"):
        read(table_of(cells))


@pytest.mark.parametrize("joiner", ["; ", "|", "\n", ", "])
def test_a_label_that_never_stands_alone_is_seen_in_several_companies(joiner):
    """ "food; other" in a third of the rows, as survey tools write it."""
    cells = ["food", "school", "food", "school", f"food{joiner}other", f"School{joiner}other"] * 4
    with pytest.raises(DataError, match="8 of 24 examples"):
        read(table_of(cells))


def test_a_person_says_what_becomes_of_several_labels():
    cells = ["food", "school", "food; other", "school; other"] * 3
    first, items = read(table_of(cells), several_labels="first")
    assert [label for _, label in pairs(items)] == ["food", "school"] * 6
    assert "6 rows carry more than one label; the first one was taken." in map(str, first.notes)
    separate, items = read(table_of(cells), several_labels="separate")
    assert [label for _, label in pairs(items)] == ["food", "school", "food", "other", "school", "other"] * 3
    assert len({item.name for item in items}) == len(items) == 18
    assert "6 rows carry more than one label, and became an example of each." in map(str, separate.notes)
    assert [label for _, label in pairs(read(table_of(cells), several_labels="whole")[1])] == cells
    _, items = read(table_of(cells), several_labels="skip")
    assert len(pairs(items)) == 6
    assert skips(items)[0] == ("row 4", "It has more than one label: food; other.")


def test_the_same_is_said_of_pictures_and_of_columns_of_ones():
    files = {f"{n}.png": b"\x89PNG\r\n\x1a\n" for n in range(6)}
    rows = [("file", "label"), *((name, ("cat", "dog", "cat;dog")[n % 3]) for n, name in enumerate(files))]
    source = source_of({**files, "labels.csv": written(rows)})
    with pytest.raises(DataError, match="2 of 6 examples"):
        read_with(propose, source)
    used, _ = outcome(read_with(propose, source, several_labels="first"))
    assert Counter(labels(used).values()) == {"cat": 4, "dog": 2}
    used, _ = outcome(read_with(propose, source, several_labels="separate"))
    assert Counter(labels(used).values()) == {"cat": 4, "dog": 4}
    assert labels(used)["2.png (2)"] == "dog"
    rows = ["1,1,0", "0,1,1", "0,0,1", "0,0,0"]
    assert [label for _, label in pairs(read(marked(*rows), several_labels="first")[1])] == ["toxic", "rude", "threat"]
    assert len(pairs(read(marked(*rows), several_labels="separate")[1])) == 5


# --- a column for each class -------------------------------------------------------------------------------------


def marked(*rows: str) -> str:
    return "id,comment,toxic,rude,threat\n" + "".join(f"{n},comment number {n},{row}\n" for n, row in enumerate(rows))


def test_columns_of_ones_and_zeros_with_several_ones_are_refused():
    with pytest.raises(
        DataError, match=r"2 of 3 examples in 'given' carry more than one label.*toxic, rude,? and threat"
    ):
        read(marked("1,1,0", "0,1,1", "0,0,1", "0,0,0"))


def test_columns_with_one_one_in_each_row_say_the_class():
    reading, items = read(marked("1,0,0", "0,1,0", "0,0,1", "0,0,0", "1.0,0,0"))
    assert [label for _, label in pairs(items)] == ["toxic", "rude", "threat", "toxic"]
    assert skips(items) == [("row 5", "The label is empty.")]
    assert any("toxic, rude, and threat" in str(note) for note in reading.notes)


@pytest.mark.parametrize("mark", ["x", "X", "TRUE", "\u2713"])
def test_classes_may_be_marked_with_a_cross_and_nothing(mark):
    rows = [
        "text,food,school",
        *(f"hello number {n},{mark if n % 2 else ''},{'' if n % 2 else mark}" for n in range(8)),
    ]
    assert [label for _, label in pairs(read("\n".join(rows))[1])] == ["school", "food"] * 4


def test_a_label_column_goes_before_columns_of_ones_and_zeros():
    content = "text,label,urgent,spam\n" + "".join(f"hello {n},{'ab'[n % 2]},{n % 2},1\n" for n in range(8))
    assert {label for _, label in pairs(read(content)[1])} == {"a", "b"}
