"""Sources with many table files: what belongs together, what is chosen, and what becomes of the rest."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.names import split_of, without_split
from core.data.readers.opening import is_chosen
from core.data.readers.reading import Declined, Item, ReadOptions, Source, SourceFile
from core.data.readers.tables import Tables
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message
from tests.core.data.readers.making import file_of, pairs, read, skips, splits, workbook, written


def messages(count: int, start: int = 0, labels: str = "ab", header: tuple[str, str] = ("text", "label")) -> bytes:
    return written([header, *((f"message {n}", labels[n % len(labels)]) for n in range(start, start + count))])


def lines(count: int, labels: str = "01") -> str:
    return "".join(f"{labels[n % len(labels)]} what is number {n} , and why ?\n" for n in range(count))


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("train.csv", "test.csv"), ("train", "test")),
        (("my_training.csv", "my_validation.csv"), ("train", "validation")),
        (("TREC.train.all", "TREC.test.all"), ("train", "test")),
        (("stsa.fine.train", "stsa.fine.dev"), ("train", "validation")),
        (("TrainSet.csv", "TestSet.csv"), ("train", "test")),
        (("train/data.csv", "test/data.csv"), ("train", "test")),
        (("data.csv", "data_test.csv"), ("train", "test")),
        (("raw/emails-train.txt", "raw/emails-eval.txt"), ("train", "validation")),
    ],
)
def test_files_that_differ_in_the_name_of_a_part_are_a_division(names, parts):
    content = (lambda n: lines(n)) if names[0].startswith(("TREC", "stsa")) else messages
    _, items = read({names[0]: content(20), names[1]: content(10)})
    assert splits(items) == [parts[0]] * 20 + [parts[1]] * 10
    assert len({item.name for item in items}) == 30, "every row has a name of its own"


def test_a_single_file_called_train_is_no_division():
    assert splits(read({"train.csv": messages(5)})[1]) == [None] * 5


def test_two_parts_that_only_judge_are_no_division():
    assert set(splits(read({"dev.csv": messages(5), "test.csv": messages(5)})[1])) == {None}


def test_rows_of_several_files_carry_the_file_name():
    _, items = read({"set/train.csv": messages(2), "set/test.csv": messages(1)})
    assert [item.name for item in items] == ["train.csv row 2", "train.csv row 3", "test.csv row 2"]


def test_files_beside_each_other_with_the_same_columns_are_read_together():
    _, items = read({"part1.csv": messages(3), "part2.csv": messages(3, start=3), "more.csv": messages(2, start=6)})
    assert len(pairs(items)) == 8
    assert set(splits(items)) == {None}


def test_without_names_of_columns_only_numbered_files_are_read_together():
    def rows(n):
        return "".join(f"I think that message {i} is fine.,{'ab'[i % 2]}\n" for i in range(n))

    assert len(pairs(read({"part1.csv": rows(20), "part2.csv": rows(20)})[1])) == 40
    assert len(pairs(read({"apples.csv": rows(30), "pears.csv": rows(20)})[1])) == 30


def test_a_small_part_is_read_as_its_large_sibling_shows():
    """By themselves two lines show no pattern, and the first of two rows may be a header."""
    _, items = read({"q.train": lines(40), "q.test": lines(2)})
    assert splits(items) == ["train"] * 40 + ["test"] * 2
    large = "".join(f"I think that message {n} is fine.\t{'ab'[n % 2]}\n" for n in range(40))
    _, items = read({"q_train.txt": large, "q_test.txt": "Hello there\ta\nGood bye\tb\n"})
    assert pairs(items)[40:] == [("Hello there", "a"), ("Good bye", "b")]


def test_columns_of_parts_may_stand_in_another_order():
    test = "label,id,text\nb,1,bye\na,2,hello\n"
    _, items = read({"train.csv": messages(4), "test.csv": test})
    assert pairs(items)[-2:] == [("bye", "b"), ("hello", "a")]


def test_a_part_without_labels_is_listed_row_by_row():
    _, items = read({"train.csv": messages(4), "test.csv": "id,text\n1,bye\n2,hello\n"})
    assert len(pairs(items)) == 4
    assert [reason for _, reason in skips(items)] == ["The label is empty."] * 2


def test_the_largest_table_is_read_and_others_say_how_to_get_them():
    files = {
        "hotel/reviews.csv": messages(5),
        "food/orders.csv": messages(9),
        "raw/x.train": lines(6),
        "raw/x.test": lines(2),
    }
    reading, items = read(files)
    assert len(pairs(items)) == 9
    left = dict(skips(items))
    assert set(left) == {"hotel/reviews.csv", "raw/x.train", "raw/x.test"}
    assert all("Choose it under 'Files'" in reason for reason in left.values())
    assert reading.proposal["files"] == "food/orders.csv"
    assert reading.proposal["choices"]["files"] == ["food/orders.csv", "raw/*", "hotel/reviews.csv"]


@pytest.mark.parametrize(
    "files",
    [
        {"d/TREC.train.all": 9, "d/TREC.test.all": 5, "d/raw/TREC.train": 4, "d/raw/TREC.test": 4},
        {"stsa.fine.train": 9, "stsa.fine.test": 5, "stsa.binary.train": 4, "stsa.binary.test": 4},
        {"a[1].csv": 9, "sub/c[1].csv": 5, "b.csv/x.train": 4, "b.csv/x.test": 4},
    ],
)
def test_every_pattern_that_is_offered_chooses_its_files_only(files):
    contents = {name: lines(count * 2) for name, count in files.items()}
    reading, items = read(contents)
    chosen = {name for name in files if name not in dict(skips(items))}
    patterns = reading.proposal["choices"]["files"]
    matched = [{name for name in files if is_chosen(PurePosixPath(name), pattern)} for pattern in patterns]
    assert matched[0] == chosen
    assert sum(map(len, matched)) == len(files) and set().union(*matched) == set(files)


def test_notes_pictures_and_programs_beside_a_table_are_listed_with_a_reason():
    files = {
        "train.csv": messages(4), "README.md": "# About\na, b\n", "LICENSE": "MIT", "SOURCE.txt": "from: here\n",
        "categories.json": '["a", "b"]', "cat.jpg": b"\xff\xd8\xff", "plot.ipynb": '{"cells": [{"a": 1, "b": 2}]}',
        "notes.txt": "Some words, and more.\nAnd so on.\n", "model.bin": bytes(100), ".hidden.csv": messages(50),
    }  # fmt: skip
    _, items = read(files)
    assert len(pairs(items)) == 4
    assert {file for file, _ in skips(items)} == set(files) - {"train.csv"}
    assert all(reason for _, reason in skips(items))


def test_one_bad_file_does_not_spoil_the_others():
    broken = SourceFile(PurePosixPath("broken.csv"), 10, _unreadable)
    protected = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
    good = file_of("good.csv", messages(4))
    source = Source("given", (broken, file_of("secret.xlsx", protected), good))
    items = list(Tables().look(source, ReadOptions(), Limits()).items)
    assert len(pairs(items)) == 4
    reasons = dict(skips(items))
    assert reasons["broken.csv"] == "Its part of the zip is damaged."
    assert "password" in reasons["secret.xlsx"]


def _unreadable() -> bytes:
    raise UnreadableExampleError(Message("Its part of the zip is damaged."))


def test_the_only_file_says_its_own_trouble():
    protected = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(DataError, match="password"):
        read({"secret.xlsx": protected})
    alone = Source("given", (SourceFile(PurePosixPath("broken.csv"), 10, _unreadable),))
    with pytest.raises(DataError, match=r"'broken\.csv'.*damaged"):
        Tables().look(alone, ReadOptions(), Limits())


def test_a_table_beyond_the_limit_is_never_left_out_silently():
    with pytest.raises(DataError, match=r"'big\.csv' is larger than 1 MB"):
        read({"big.csv": messages(90_000), "small.csv": messages(3)}, limits=Limits(table_megabytes=1))
    with pytest.raises(DataError, match="more than 6 rows"):
        read({"train.csv": messages(5), "test.csv": messages(5)}, limits=Limits(rows=6))


def test_tables_that_do_not_fit_in_memory_together_are_read_again():
    files = {f"set{n}/data.csv": messages(1000 + n) for n in range(80)}
    _, items = read(files, limits=Limits(table_megabytes=1))
    assert len(pairs(items)) == 1079


def test_hundreds_of_documents_are_not_tried_as_tables():
    reads = []

    def document(n):
        return SourceFile(PurePosixPath(f"doc{n}.txt"), 10, lambda: reads.append(n) or b"some words\n")

    source = Source("given", (*map(document, range(300)), file_of("labels.csv", messages(4))))
    reading = Tables().look(source, ReadOptions(), Limits())
    assert len(reading.items) == 304
    assert reads == []


def test_nothing_to_read_is_none():
    source = Source("given", (file_of("notes.txt", "Just words.\n"), file_of("a.jpg", b"\xff\xd8\xff")))
    assert isinstance(Tables().look(source, ReadOptions(), Limits()), Declined)


def test_a_structure_that_is_insisted_on_leaves_the_other_out():
    files = {"a.csv": messages(9), "b.data": lines(30)}
    assert len(pairs(read(files, structure="table")[1])) == 9
    assert len(pairs(read({"b.data": lines(30)}, structure="lines")[1])) == 30


def test_workbooks_and_csv_files_may_be_parts_of_one_proposal():
    reading, items = read({"train.xlsx": workbook(Data=[("text", "label"), ("a", "x"), ("b", "y")]), "other.md": "x"})
    assert reading.proposal["sheet"] == "Data"
    assert len(pairs(items)) == 2


# --- labels with two levels --------------------------------------------------------------------------------------

TWO = "".join(f"{label} what is {n} ?\n" for n in range(4) for label in ("DESC:def", "DESC:manner", "NUM:date"))


def test_two_levels_are_offered_where_they_are():
    reading, items = read({"q.train": TWO})
    assert reading.proposal["label_level"] == "full"
    assert reading.proposal["choices"]["label_level"] == ["full", "top", "bottom"]
    assert {label for _, label in pairs(items)} == {"DESC:def", "DESC:manner", "NUM:date"}
    assert {label for _, label in pairs(read({"q.train": TWO}, label_level="top")[1])} == {"DESC", "NUM"}
    assert "label_level" not in read(messages(4))[0].proposal["choices"]


# --- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part"),
    [("train", "train"), ("oos_train", "train"), ("TREC.test.all", "test"), ("myValidationSet.csv", "validation"),
     ("testset1", "test"), ("val", "validation"), ("dev.tsv", "validation"), ("training-data", "train"),
     ("latest", None), ("contest.csv", None), ("trains", None), ("device", None), ("values", None),
     ("evaluation", None),
     ("retrain", None), ("label", None)],
)  # fmt: skip
def test_words_for_parts_are_found_in_names(name, part):
    assert split_of(name) == part


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda s: not split_of(s)), st.sampled_from("._- "))
def test_names_of_parts_are_alike_without_their_word(stem, gap):
    assert len({without_split(f"{stem}{gap}{word}.csv") for word in ("train", "Test", "validation", "dev")}) == 1


# --- nothing vanishes --------------------------------------------------------------------------------------------

CELL = st.text(st.sampled_from("ab ,;\"'\n\t|0"), max_size=6)


@given(
    st.dictionaries(
        st.sampled_from(["train.csv", "test.csv", "b/x.csv", "b/y.tsv", "n.txt", "z.json", "README.md"]),
        st.lists(st.lists(CELL, max_size=4), max_size=8).map(written) | st.binary(max_size=60) | CELL.map(str.encode),
        min_size=1,
    )
)
def test_whatever_is_given_is_used_or_skipped(files):
    source = Source("given", tuple(file_of(name, content) for name, content in files.items()))
    try:
        reading = Tables().look(source, ReadOptions(), Limits())
    except DataError:
        return
    if isinstance(reading, Declined):
        assert reading.reason
        return
    items = list(reading.items)
    names = [item.name if isinstance(item, Item) else item.file for item in items]
    assert len(set(names)) == len(names)
    assert all(item.label and item.read().strip() for item in items if isinstance(item, Item))
