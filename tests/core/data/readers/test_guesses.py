"""What a table is taken for, how sure that is, and what is never taken without being asked."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import zip_longest

import pytest

from core.data.intake import open_source
from core.data.readers.columns import rank_columns
from core.data.readers.propose import propose
from core.data.readers.reading import Item, Reading, ReadOptions, UndecidedError
from core.errors import DataError
from core.limits import Limits
from core.messages import Message, counted
from core.modalities import MODALITIES
from core.modalities.text import TextModality
from tests.core.data.readers.making import pairs, read, skips, splits, written
from tests.reading import read_with, source_of

DIGITS = random.Random(7)


class Rows(TextModality):
    """A kind of which an example is a row, for what the readers do with one."""

    name = "rows"
    in_tables = False
    is_row = True
    is_text = False
    suffixes = frozenset()

    def count(self, n):
        return counted("{n} row", "{n} rows", n=n)


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    for name in [name for name, kind in MODALITIES.items() if kind.is_row]:
        monkeypatch.delitem(MODALITIES, name)
    monkeypatch.setitem(MODALITIES, "rows", Rows())


def proposed(content: str | bytes, **options: object) -> Reading:
    raw = content if isinstance(content, bytes) else content.encode()
    return propose(source_of({"table.csv": raw}), ReadOptions(**options), Limits())


def word(n: int) -> str:
    """A word of its own for each number."""
    return f"Sm{'aeiou'[n % 5]}t{'bdfghk'[n // 5 % 6]}{'aeiou'[n // 30]}"


def number() -> str:
    return f"{DIGITS.uniform(1, 9):.1f}"


FLOWERS = [("sepal", "petal", "species"), *((number(), number(), ("setosa", "virginica")[n % 2]) for n in range(60))]
PASSENGERS = [
    ("PassengerId", "Survived", "Pclass", "Name", "Sex", "Age", "Ticket", "Fare", "Cabin", "Port", "Note"),
    *(
        (str(n), str(n % 2), str(n % 3), f"Braund, Mr. Owen Harris the {n}th", ("male", "female")[n % 2],
         str(20 + 7 * n % 30), f"A/5 {n * 37}", number(), f"C{n}" if n % 5 == 0 else "", "SCQ"[n % 3],
         ("gone", "ill")[n % 2] if n % 9 == 0 else "NA")
        for n in range(1, 80)
    ),
]  # fmt: skip


# --- rows of numbers are no messages -----------------------------------------------------------------------------


def test_measurements_are_rows_of_numbers_and_their_last_words_the_class():
    reading = proposed(written(FLOWERS))
    assert reading.modality == "rows"
    assert reading.proposal["label_column"] == "species"
    assert reading.proposal["example_columns"] == ["sepal", "petal"]
    first = next(item for item in reading.items if isinstance(item, Item))
    assert (first.label, json.loads(first.read())) == ("setosa", {"sepal": FLOWERS[1][0], "petal": FLOWERS[1][1]})


def test_identifiers_names_and_codes_are_no_features_and_each_says_why():
    proposal = proposed(written(PASSENGERS)).proposal
    assert proposal["label_column"] == "Survived"
    assert proposal["example_columns"] == ["Pclass", "Sex", "Age", "Fare", "Port"]
    why = {column["name"]: str(column["why"]) for column in proposal["picker"]["columns"] if column["why"]}
    assert why["PassengerId"] == "It numbers the rows."
    assert set(why) == {"PassengerId", "Name", "Ticket", "Cabin", "Note"}


@pytest.mark.parametrize(
    ("header", "row", "label"),
    [
        (None, "{x},{x},{c}", "column 3"),
        (None, "{c},{x},{x}", "column 1"),
        ("id,diagnosis,radius,area", "{n}00,{c},{x},{x}", "diagnosis"),
        ("alter,geschlecht,blutdruck,ergebnis", "{n},{d},{x},{c}", "ergebnis"),
        ("class,shape,colour,odour", "{c},{d},{e},{d}", "class"),
        ("outlook,windy,play", "{d},{e},{c}", "play"),
        ("feature1,feature2,target", "{x},{x},{e}", "target"),
    ],
)
def test_the_class_is_told_by_the_words_of_the_header_its_place_and_what_it_holds(header, row, label):
    lines = [
        row.format(n=n, x=number(), c="MB"[n * 7 % 2], d=("k", "l", "m")[n % 3], e=str(n * 5 % 2)) for n in range(40)
    ]
    reading = proposed("\n".join([*([header] if header else []), *lines]) + "\n")
    assert (reading.modality, reading.proposal["label_column"]) == ("rows", label)


def test_numbers_without_a_class_are_refused_by_their_own_name():
    rows = [("rooms", "area", "price"), *((number(), number(), str(7919 * n)) for n in range(40))]
    with pytest.raises(
        DataError, match=r"'table\.csv': None of its columns \(rooms, area, and price\) can be the class"
    ):
        proposed(written(rows))


def test_without_a_kind_for_them_rows_of_numbers_are_refused_by_their_own_name(monkeypatch):
    monkeypatch.delitem(MODALITIES, "rows")
    with pytest.raises(DataError, match=r"'table\.csv': It holds rows of numbers and categories, and no messages"):
        proposed(written(FLOWERS))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,likes,text,label", "{n},{x},I think that this is the {n}th,{c}"),
        ("likes,shares,said,mood", "{x},{x},I think that this is the {n}th,{c}"),
        ("word,language", "{w},{c}"),
        ("name,nationality", "{w},{c}"),
        ("said,age,country,mood", "I think that this is the {n}th,{x},{d},{c}"),
    ],
)
def test_messages_stay_messages_whatever_stands_beside_them(header, row):
    lines = [row.format(n=n, x=number(), c="xy"[n % 2], d="kl"[n // 2 % 2], w=word(n)) for n in range(40)]
    assert proposed("\n".join([header, *lines])).modality == "text"


@pytest.mark.parametrize("rows", [4001, 8500, 12_500])
def test_classes_that_take_turns_are_seen_in_a_sample(rows):
    body = [("0.5", str(n * 7919 % 1000 / 10), "abc"[n % 3]) for n in range(rows)]
    found = rank_columns(("one", "two", "three"), body, ReadOptions())
    assert found[0].is_row and found[0].label == 2


def test_a_person_may_say_that_rows_are_messages_and_messages_rows():
    reading = proposed(written(PASSENGERS), text_column="Name")
    assert (reading.modality, reading.proposal["text_column"]) == ("text", "Name")
    reading = proposed(written(PASSENGERS), kind="text")
    assert (reading.modality, reading.proposal["label_column"]) == ("text", "Survived")
    reading = proposed(written(PASSENGERS), example_columns=["Age", "Fare"], label_column="Port")
    assert (reading.modality, reading.proposal["example_columns"]) == ("rows", ["Age", "Fare"])
    reading = proposed(written(PASSENGERS), ignored_columns=["Age", "Survived"])
    assert reading.proposal["label_column"] == "Port"
    assert "Age" not in reading.proposal["example_columns"]


@pytest.mark.parametrize(
    "options",
    [
        {"label_column": "Port", "example_columns": ["Port"]},
        {"label_column": "Port", "ignored_columns": ["Port"]},
        {"split_column": "Port", "label_column": "Port"},
    ],
)
def test_no_column_is_for_two_things(options):
    with pytest.raises(DataError, match=r"cannot be both|chosen for two things"):
        proposed(written(PASSENGERS), **options)


# --- every guess is told, with a preview -------------------------------------------------------------------------


def test_each_way_to_read_it_has_a_title_reasons_and_a_preview_and_can_be_chosen():
    guesses = proposed(written(PASSENGERS)).proposal["guesses"]
    assert str(guesses[0]["title"]) == "79 rows: 2 classes (“Survived”), from 5 other columns"
    assert all(guess["why"] and isinstance(guess["title"], Message) for guess in guesses)
    assert {row["label"] for row in guesses[0]["preview"]} == {"0", "1"}
    assert len(guesses) > 1
    for guess in guesses:
        reading = proposed(written(PASSENGERS), **guess["options"])
        assert [reading.proposal[name] for name in guess["options"]] == list(guess["options"].values())


def test_a_structure_that_fits_as_well_is_a_guess_too():
    png = b"\x89PNG\r\n\x1a\n"
    files = {f"{label}/{('dawn', 'dusk')[n % 2]}{n}.png": png for label in ("sun", "rain") for n in range(4)}
    guesses = read_with(propose, source_of(files)).proposal["guesses"]
    assert [guess["options"] for guess in guesses] == [{"structure": "class-folders"}, {"structure": "file-names"}]
    assert guesses[0]["preview"][0] == {"label": "sun", "example": "sun/dawn0.png"}


def test_the_first_rows_are_shown_as_they_stand():
    content = "Class 7b\nsaid,mood\n" + "".join(f"hello number {n},{'xy'[n % 2]}\n" for n in range(30))
    picker = proposed(content, header_row="2").proposal["picker"]
    assert picker["top"][:3] == [["Class 7b"], ["said", "mood"], ["hello number 0", "x"]]
    assert len(picker["top"]) == 20
    assert [(column["name"], column["role"]) for column in picker["columns"]] == [
        ("said", "example"),
        ("mood", "label"),
    ]


def test_a_table_that_nobody_can_read_is_there_to_choose_from(tmp_path):
    rows = "".join(f"person {n},city {n}\n" for n in range(30))
    (tmp_path / "people.csv").write_text(f"name,city\n{rows}")
    with pytest.raises(UndecidedError) as caught:
        open_source(str(tmp_path / "people.csv"), ReadOptions(), Limits())
    picker = caught.value.proposal["picker"]
    assert picker["top"][:2] == [["name", "city"], ["person 0", "city 0"]]
    assert {column["role"] for column in picker["columns"]} == {"ignored"}


# --- never silently ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([f"idea {n}" for n in range(30)], "30 classes for 30 examples"),
        ([f"idea {n % 20}" for n in range(30)], "20 classes for 30 examples"),
        ([str(n + 1) for n in range(9)], "numbers of the rows"),
        ([f"2024-05-{n % 3 + 10}" for n in range(30)], "dates or times"),
        ([f"{n % 3 + 1}.5.2024" for n in range(30)], "dates or times"),
        ([f"12:0{n % 3}" for n in range(30)], "dates or times"),
        ([f"${n % 3}.99" for n in range(30)], "prices"),
        ([f"{n % 3},50 €" for n in range(30)], "prices"),
        ([f"0.{n % 13}" for n in range(40)], "measured numbers"),
    ],
)
def test_classes_that_nobody_would_want_are_asked_about(labels, why):
    content = written(
        [("text", "label"), *((f"I think that this is the {n}th", label) for n, label in enumerate(labels))]
    )
    with pytest.raises(UndecidedError, match=why) as caught:
        proposed(content)
    assert "'table.csv'" not in str(caught.value) or "given" in str(caught.value)
    assert caught.value.proposal["picker"]["columns"]
    assert len(pairs(proposed(content, label_column="label").items)) == len(labels), "who says so is obeyed"


def test_train_and_test_are_never_the_classes():
    rows = [("text", "label"), *((f"I think that this is the {n}th", ("train", "test")[n % 2]) for n in range(30))]
    with pytest.raises(DataError, match="holds labels"):
        proposed(written(rows))


def test_another_column_is_taken_before_one_of_dates_or_prices():
    rows = [(f"I think that this is the {n}th", f"2024-05-1{n % 2}", f"${n % 2}", "xyz"[n % 3]) for n in range(30)]
    assert proposed(written([("said", "when", "cost", "mood"), *rows])).proposal["label_column"] == "mood"


def test_few_examples_may_each_be_of_a_class_of_their_own():
    content = written([("text", "label"), *((f"this is the {n}th", f"class {n}") for n in range(8))])
    assert len(pairs(proposed(content).items)) == 8


def test_dates_as_folders_are_asked_about_but_not_numbers():
    png = b"\x89PNG\r\n\x1a\n"
    with pytest.raises(UndecidedError, match="dates"):
        read_with(propose, source_of({f"2024-05-0{n % 3 + 1}/{n}.png": png for n in range(9)}))
    assert read_with(propose, source_of({f"{n % 3}/{n}.png": png for n in range(9)}))


def test_known_classes_are_not_doubtful():
    rows = [("text", "label"), *((f"this is the {n}th", f"class {n}") for n in range(20))]
    source = source_of({"more.csv": written(rows)})
    with pytest.raises(UndecidedError):
        propose(source, ReadOptions(), Limits())
    known = {f"class {n}" for n in range(12)}
    assert len(pairs(propose(source, ReadOptions(), Limits(), known).items)) == 20


def test_a_table_beside_pictures_that_it_does_not_name_is_asked_about():
    png = b"\x89PNG\r\n\x1a\n"
    files = {"weather.csv": written(FLOWERS), **{f"IMG_{n}.png": png for n in range(5)}}
    with pytest.raises(UndecidedError, match=r"holds 5 pictures, and nothing says their classes.*60 rows"):
        propose(source_of(files), ReadOptions(), Limits())
    assert propose(source_of(files), ReadOptions(kind="rows"), Limits()).modality == "rows"
    assert propose(source_of({"t.csv": written(FLOWERS), "logo.png": png}), ReadOptions(), Limits()).modality == "rows"


def test_a_kind_or_a_way_that_there_is_not_is_said():
    for options in ({"kind": "smell"}, {"several_labels": "last"}):
        with pytest.raises(DataError, match="must be one of"):
            proposed(written(FLOWERS), **options)


def test_words_that_come_again_and_again_are_no_messages_before_somebody_says_so():
    rows = [("colour", "fruit"), *(("red", "apple") if n % 2 else ("yellow", "pear") for n in range(40))]
    with pytest.raises(UndecidedError, match=r"not certain how 'given' is meant.*40 messages"):
        proposed(written(rows))
    assert len(pairs(proposed(written(rows), text_column="colour").items)) == 40


# --- texts of several columns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "example"),
    [
        ("title,body,label", ["title", "body"]),
        ("Subject,From,Message,Category", ["Subject", "Message"]),
        ("message,betreff,kategorie", ["betreff", "message"]),
        ("sentence1,sentence2,label", ["sentence1", "sentence2"]),
        ("premise,hypothesis,label", ["premise", "hypothesis"]),
        ("question_a,question_b,label", ["question_a", "question_b"]),
    ],
)
def test_texts_that_belong_together_are_read_as_one_and_that_is_said(header, example):
    names = header.split(",")

    def cell(name: str, n: int) -> str:
        if name in example:
            return f"these are the words of {name} {n}"
        return f"person{n}@example.org" if name == "From" else "xy"[n % 2]

    rows = [names, *([cell(name, n) for name in names] for n in range(20))]
    reading, items = read(written(rows))
    assert reading.proposal["example_columns"] == example
    assert pairs(items)[3] == (f"these are the words of {example[0]} 3\nthese are the words of {example[1]} 3", "y")
    assert any("are read as one text" in str(note) for note in reading.notes)


def test_a_text_without_a_title_is_read_alone_and_one_column_may_be_chosen():
    rows = [(f"the title of {n}" * (n > 0), f"and then the body {n}", "xy"[n % 2]) for n in range(20)]
    rows.insert(0, ("title", "body", "label"))
    assert pairs(read(written(rows))[1])[0] == ("and then the body 0", "x")
    assert pairs(read(written(rows), text_column="body")[1])[1] == ("and then the body 1", "y")


# --- a column for each class -------------------------------------------------------------------------------------

WIDE = [
    ("transport", "food"),
    *((f"the bus was late for {n} minutes", f"the soup was cold {n} times") for n in range(9)),
]


@pytest.mark.parametrize("edge", [(), ("id",)])
def test_columns_of_messages_are_classes_called_by_their_headers(edge):
    rows = [(*edge, *WIDE[0]), *((*(str(n) for _ in edge), *row) for n, row in enumerate(WIDE[1:], start=1))]
    reading, items = read(written([*rows, (*("10" for _ in edge), "and a last one of the buses")]))
    assert reading.proposal["structure"] == "class-columns"
    assert pairs(items)[:2] == [("the bus was late for 0 minutes", "transport"), ("the soup was cold 0 times", "food")]
    assert (len(pairs(items)), skips(items)) == (19, [])
    assert len({item.name for item in items}) == 19


def test_columns_of_classes_may_be_of_different_lengths():
    buses = [f"the bus was late for {n} minutes" for n in range(20)]
    soups = [f"the soup was cold {n} times" for n in range(7)]
    rows = [("transport", "food"), *zip_longest(buses, soups, fillvalue="")]
    _, items = read(written(rows))
    assert Counter(label for _, label in pairs(items)) == {"transport": 20, "food": 7}
    numbered = [(str(n), *row) for n, row in enumerate([*rows[1:], ("", "")], start=1)]
    _, items = read(written([("nr", *rows[0]), *numbered]))
    assert skips(items) == [("row 22", "No class has a message in this row.")]


def test_another_text_that_is_not_read_is_said():
    rows = [(f"I think that this is the {n}th", f"yes, that is the {n}th one", "xy"[n % 2]) for n in range(20)]
    reading, items = read(written([("text", "answer", "label"), *rows]))
    assert pairs(items)[0] == ("I think that this is the 0th", "x")
    assert any("The column answer holds texts, too" in str(note) for note in reading.notes)


def test_single_words_in_columns_may_be_classes_if_somebody_says_so():
    rows = [("fruit", "animal"), *((word(n), word(149 - n)) for n in range(30))]
    with pytest.raises(UndecidedError, match="Messages in 2 classes"):
        proposed(written(rows))
    assert len(pairs(proposed(written(rows), structure="class-columns").items)) == 60


@pytest.mark.parametrize("header", ["text,comment", "question,answer", "author,title"])
def test_columns_with_the_usual_names_of_columns_are_no_classes(header):
    rows = [header.split(","), *((f"some words of number {n}", f"and other words {n}") for n in range(30))]
    with pytest.raises(DataError):
        proposed(written(rows))


# --- train and test ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [("TRAIN", "TEST"), ("training", "validation"), ("TRAIN", "UNASSIGNED", "TEST")])
@pytest.mark.parametrize("name", ["use", "ml_use", "phase"])
def test_a_column_of_train_and_test_is_the_split_whatever_it_is_called(values, name):
    rows = [(values[n % len(values)], f"I think that this is the {n}th", "xyzw"[n % 4]) for n in range(40)]
    reading, items = read(written([(name, "said", "mood"), *rows]))
    assert reading.proposal["split_column"] == name
    assert reading.proposal["label_column"] == "mood"
    assert set(splits(items)) >= {"train"} and len(set(splits(items))) == len(values)


# --- bounded -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [5, 300])
def test_the_widest_tables_are_looked_at_in_samples(rows, monkeypatch):
    """One 1 in each row of many columns; so many cells are looked at, however many there are."""
    width = 1500
    columns = tuple(f"class {n}" for n in range(width))
    looked = 0

    class Row(tuple):
        def __getitem__(self, at):
            nonlocal looked
            looked += 1
            return tuple.__getitem__(self, at)

    body = [Row("1" if at == n else "0" for at in range(width)) for n in range(rows)]
    found = rank_columns(columns, body, ReadOptions())
    assert found
    assert looked <= 400_000 * 2 + 50 * width


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("class", ["a"], "but it holds one value only"),
        ("label", [""], "but it is empty"),
        ("Klasse", ["ill", "well", *[""] * 10], "but it is empty in most rows"),
        ("target", [f"{n}.{n}7" for n in range(60)], "but it holds measured numbers"),
    ],
)
def test_no_column_is_the_class_in_silence_in_place_of_one_that_is_called_so(name, cells, why):
    rows = [(f"{n * 7 % 31}.5", str(n * 11 % 37), ("red", "blue")[n % 2], cells[n % len(cells)]) for n in range(60)]
    source = source_of({"t.csv": written([("size", "weight", "colour", name), *rows])})
    with pytest.raises(UndecidedError, match=f"'{name}' is called like the class, {why}") as caught:
        propose(source, ReadOptions(), Limits())
    assert caught.value.proposal["guesses"]
    assert propose(source, ReadOptions(label_column="colour"), Limits()).proposal["label_column"] == "colour"


def test_messages_whose_class_is_empty_are_not_read_with_another_column_in_silence():
    rows = [(f"this is long message {n}", ("web", "app")[n % 2], "") for n in range(20)]
    source = source_of({"t.csv": written([("message", "sent from", "label"), *rows])})
    with pytest.raises(UndecidedError, match="'label' is called like the class, but it is empty"):
        propose(source, ReadOptions(), Limits())


def test_the_class_that_is_called_so_and_holds_one_value_is_named_where_nothing_else_can_be_it():
    table = written([("height", "weight", "class"), *((f"{n}.5", f"{n * 7 % 31}.25", "a") for n in range(40))])
    with pytest.raises(DataError, match="'class' is called like the class, but it holds one value only"):
        propose(source_of({"t.csv": table}), ReadOptions(), Limits())
