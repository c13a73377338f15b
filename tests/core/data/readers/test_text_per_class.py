"""A text file for each class."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.reading import Item, ReadOptions
from core.data.readers.text_per_class import TextPerClass
from core.errors import DataError
from core.limits import Limits
from tests.helpers import png
from tests.reading import labels, outcome, read_with, source_of

CATS = b"meow\n\nit purrs\r\n  \nsoft paws\n"
DOGS = b"woof\nit barks\nfetch!"


def test_each_line_is_an_example_of_the_class_the_file_is_named_after():
    reading = read_with(TextPerClass(), source_of({"cats.txt": CATS, "dogs.txt": DOGS}))
    used, skipped = outcome(reading)
    assert labels(used) == {
        "cats.txt line 1": "cats", "cats.txt line 3": "cats", "cats.txt line 5": "cats",
        "dogs.txt line 1": "dogs", "dogs.txt line 2": "dogs", "dogs.txt line 3": "dogs",
    }  # fmt: skip
    assert skipped == {}
    assert len(reading.items) == 6
    assert any("not counted" in str(note) for note in reading.notes)
    assert [item.read() for item in reading.items][:3] == [b"meow", b"it purrs", b"soft paws"]


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (("rt-polarity.pos", "rt-polarity.neg"), {"pos", "neg"}),
        (("happy_messages.txt", "sad_messages.txt"), {"happy", "sad"}),
        (("my texts about cats.txt", "my texts about red foxes.txt"), {"cats", "red foxes"}),
        (("data/pos.txt", "data/neg.txt"), {"pos", "neg"}),
        (("cats", "dogs"), {"cats", "dogs"}),
        (("pos/list.txt", "neg/list.txt"), {"pos", "neg"}),
    ],
)
def test_what_differs_between_the_names_is_the_class(names, classes):
    used, _ = outcome(read_with(TextPerClass(), source_of(dict.fromkeys(names, DOGS))))
    assert set(labels(used).values()) == classes


@pytest.mark.parametrize(
    "pattern", ["{part}/{label}.txt", "{label}_{part}.txt", "{part}-{label}.txt", "w/{label}.{part}"]
)
def test_words_for_parts_are_parts_and_no_classes(pattern):
    names = [pattern.format(part=part, label=label) for part in ("train", "test") for label in ("cats", "dogs")]
    reading = read_with(TextPerClass(), source_of(dict.fromkeys(names, DOGS)), structure="text-per-class")
    used, _ = outcome(reading)
    assert set(used.values()) == {(label, part) for part in ("train", "test") for label in ("cats", "dogs")}
    assert reading.proposal["splits"]


def test_everything_else_is_listed():
    files = {"cats.txt": CATS, "dogs.txt": DOGS, "README.md": b"x\ny\nz", "a.png": png(), "empty.txt": b" \n",
             "fake.txt": png(), "tool.py": b"pass"}  # fmt: skip
    used, skipped = outcome(read_with(TextPerClass(), source_of(files)))
    assert len(used) == 6
    assert set(skipped) == set(files) - {"cats.txt", "dogs.txt"}
    assert "empty" in skipped["empty.txt"]
    assert "Not a text file" in skipped["fake.txt"]


@pytest.mark.parametrize(
    "files",
    [
        {"cats.txt": CATS},
        {"1.txt": b"one short story", "2.txt": b"another one"},
        {"a.png": png(), "b.png": png()},
        {f"poem {n}.txt": DOGS for n in range(101)},
    ],
)
def test_other_texts_are_not_taken_for_classes(files):
    assert read_with(TextPerClass(), source_of(files)) is None


@pytest.mark.parametrize("files", [{"cats.txt": CATS}, {"a.png": png()}, {"a.txt": b"", "b.txt": b""}])
def test_insisting_where_it_cannot_be_says_how_to_write_the_files(files):
    with pytest.raises(DataError, match=r"text files in 'given'.*cats\.txt, dogs\.txt"):
        read_with(TextPerClass(), source_of(files), structure="text-per-class")


def test_lines_can_be_too_many():
    with pytest.raises(DataError, match=r"more than 5 rows.*settings\.json"):
        TextPerClass().look(source_of({"cats.txt": CATS, "dogs.txt": DOGS}), ReadOptions(), Limits(rows=5))


def test_the_encoding_is_proposed_and_can_be_chosen():
    lines = "Привет, мир\nДобрый день\nДо свидания\n".encode("cp1251")
    reading = read_with(TextPerClass(), source_of({"a.txt": lines, "b.txt": lines}), encoding="cp1251")
    assert next(item for item in reading.items).read().decode() == "Привет, мир"
    assert reading.proposal["encoding"] == "cp1251"


line = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=20)


@given(st.dictionaries(st.sampled_from(["a.txt", "b.txt", "c_test.txt", "c_train.txt", "d"]),
                       st.lists(line, max_size=6), min_size=2))  # fmt: skip
def test_no_line_is_lost_and_none_is_made_up(files):
    source = source_of({name: "\n".join(lines).encode() for name, lines in files.items()})
    reading = read_with(TextPerClass(), source)
    if reading is None:
        return
    outcome(reading)
    for item in reading.items:
        if isinstance(item, Item):
            name, number = item.name.rsplit(" line ", 1)
            assert item.read().decode() in "\n".join(files[name]).replace("\x00", "")  # no text holds null characters
            assert int(number) >= 1
