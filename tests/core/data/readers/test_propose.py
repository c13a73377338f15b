"""The one question to all readers, and what is said when none has an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.propose import propose, read_options
from core.errors import DataError
from tests.helpers import png, write_zip
from tests.reading import labels, outcome, read_with, source_of

PIXEL = png()


def pictures(*names: str) -> dict[str, bytes]:
    return dict.fromkeys(names, PIXEL)


FLAT = pictures(*(f"set/{label}{n}.jpg" for label in ("sun", "rain") for n in range(4)))
FOLDERS = pictures(*(f"{label}/{label}{n}.jpg" for label in ("sun", "rain") for n in range(4)))
KEY = b"file,label\n" + b"\n".join(b"%s,%s" % (n.encode(), b"ab"[i % 2 : i % 2 + 1]) for i, n in enumerate(FLAT))
TABLE = b"text,label\n" + b"\n".join(b"message number %d of all,%s" % (i, b"xy"[i % 2 : i % 2 + 1]) for i in range(12))
LINES = b"meow it said\nit purrs so loudly\nsoft paws on my lap\n"


@pytest.mark.parametrize(
    ("files", "structure", "others"),
    [
        (FOLDERS, "class-folders", {"file-names"}),
        (FLAT, "file-names", set()),
        ({**FLAT, "key.csv": KEY}, "label-table", {"file-names"}),
        ({**FLAT, "key.csv": KEY + b"\ngone.jpg,a" * 20}, "file-names", {"label-table"}),
        ({"t.csv": TABLE}, "table", set()),
        ({"cats.txt": LINES, "dogs.txt": LINES}, "text-per-class", set()),
        ({f"{label}/{n}.txt": b"words" for label in "ab" for n in range(3)}, "class-folders", set()),
        ({f"{label}_{n}.txt": b"a few words" for label in ("pos", "neg") for n in range(3)}, "file-names", set()),
        ({"t.csv": TABLE, "logo.png": PIXEL}, "table", set()),
        ({"cats_train.txt": LINES, "dogs_train.txt": LINES, "cats_test.txt": LINES, "dogs_test.txt": LINES},
         "text-per-class", set()),
    ],
    ids=["folders", "flat", "key", "key of other files", "table", "a text a class", "documents", "named documents",
         "table and logo", "a text a class and part"],
)  # fmt: skip
def test_the_best_structure_is_proposed_and_the_others_are_named(files, structure, others):
    reading = read_with(propose, source_of(files))
    outcome(reading)
    assert reading.proposal["structure"] == structure
    assert set(reading.proposal["choices"]["structure"]) == {structure, *others}


@pytest.mark.parametrize("structure", ["class-folders", "file-names"])
def test_every_structure_that_is_offered_can_be_insisted_on(structure):
    reading = read_with(propose, source_of(FOLDERS), structure=structure)
    assert reading.proposal["structure"] == structure
    assert set(reading.proposal["choices"]["structure"]) == {"class-folders", "file-names"}
    assert set(labels(outcome(reading)[0]).values()) == {"sun", "rain"}


@pytest.mark.parametrize("structure", read_options()["structure"].choices)
def test_insisting_on_what_cannot_be_is_said(structure):
    with pytest.raises(DataError) as caught:
        read_with(propose, source_of({**pictures("IMG_1.jpg", "IMG_2.jpg"), "a.bin": b"\x00"}), structure=structure)
    assert caught.value.problem
    assert caught.value.advice


def test_an_unknown_structure_is_said():
    with pytest.raises(DataError, match=r"no structure 'heap'.*class-folders"):
        read_with(propose, source_of(FOLDERS), structure="heap")


def test_every_proposal_has_what_the_page_shows(tmp_path):
    reading = read_with(propose, write_zip(tmp_path / "a.zip", [(f"w/{n}", raw) for n, raw in FOLDERS.items()]))
    assert {"structure", "modality", "root", "splits", "tree", "files", "choices"} <= reading.proposal.keys()
    assert reading.proposal["root"] == "w"
    assert reading.proposal["tree"][0] == {"folder": "w/sun", "label": "sun", "split": None, "count": 4}


def test_only_chosen_files_are_read_and_the_others_listed():
    files = {**{f"raw/{n}": raw for n, raw in FOLDERS.items()}, **{f"small/{n}": raw for n, raw in FOLDERS.items()}}
    reading = read_with(propose, source_of(files), files="raw/*")
    used, skipped = outcome(reading)
    assert len(used) == 8
    assert all("does not match 'raw/*'" in reason for reason in skipped.values())
    assert reading.proposal["files"] == "raw/*"


def test_tables_that_were_not_chosen_can_still_be_chosen():
    other = TABLE.replace(b"text", b"body").replace(b"message", b"note")
    files = {"one/a.csv": TABLE, "two/b.csv": other + b"\nlast of all,x"}
    offered = read_with(propose, source_of(files)).proposal["choices"]["files"]
    assert set(offered) == {"one/a.csv", "two/b.csv"}
    reading = read_with(propose, source_of(files), files="one/a.csv")
    assert set(reading.proposal["choices"]["files"]) == set(offered)
    assert reading.proposal["files"] == "one/a.csv"


def test_one_class_alone_can_be_read():
    """It is no data set, but it can be added to one."""
    used, _ = outcome(read_with(propose, source_of(pictures("cat/1.png", "cat/2.png", "note.md"))))
    assert set(labels(used).values()) == {"cat"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            pictures(*(f"IMG_{n}.jpg" for n in range(12))),
            r"It holds 12 pictures.*folder of its own",
        ),
        (
            pictures("cat/1.jpg", "1.jpg", "2.jpg", "3.jpg"),
            r"4 pictures.*Only 1 of 4 files in 'given' lie in class folders",
        ),
        (pictures("train/1.jpg", "test/1.jpg"), r"2 pictures.*folders test and train are parts"),
        ({f"{n}.txt": b"words" for n in range(3)}, r"3 text.*a table with a column"),
        ({"a.bin": b"\x00", "b.bin": b"\x00"}, r"2 other files \(\.bin\)"),
        ({"a.blend": b"x"}, r"'a\.blend' is not a kind of file.*zip or a folder"),
        ({"a.pdf": b"%PDF"}, r"'a\.pdf' is a message by itself"),
        ({"a.jpg": PIXEL}, r"'a\.jpg' is a picture by itself"),
        ({"a.txt": b"only a note"}, r"In 'a\.txt' no texts with labels were found"),
    ],
)
def test_when_nothing_fits_it_says_what_was_found_and_what_to_do(files, says):
    with pytest.raises(DataError, match=says):
        read_with(propose, source_of(files))


def test_a_source_of_nothing_but_refused_files_says_why(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("../a.png", PIXEL), (".DS_Store", b"")])
    with pytest.raises(DataError, match=r"nothing to read in 'a\.zip'.*points outside"):
        read_with(propose, path)


name = st.lists(st.sampled_from(["train", "test", "cat", "dog", "w", "🙂", "שלום"]), max_size=3)
content = st.sampled_from([b"", b"words", PIXEL, TABLE, LINES, KEY, b"\xff\x00"])
kind = st.sampled_from(
    ["cat1.png", "cat2.JPG", "dog1.png", "dog2.png", "a.txt", "b.txt", "t.csv", "t.json", "x", "z.zip"]
)


@given(st.dictionaries(st.tuples(name.map(tuple), kind), content, min_size=1, max_size=10))
def test_whatever_is_given_every_file_is_accounted_for_or_the_reason_is_said(given_files):
    files = {"/".join([*folders, last]): raw for (folders, last), raw in given_files.items()}
    try:
        reading = read_with(propose, source_of(files))
    except DataError as error:
        assert error.problem
        return
    used, skipped = outcome(reading)
    if reading.proposal["structure"] in ("class-folders", "file-names", "label-table"):
        assert sorted([*used, *skipped]) == sorted(files)


def test_ways_that_agree_are_no_question():
    """Folders and the beginnings of the names say the same, in other words or in the same."""
    for files in (FOLDERS, {path.replace("sun/", "A/").replace("rain/", "B/"): raw for path, raw in FOLDERS.items()}):
        assert len(read_with(propose, source_of(files)).proposal["guesses"]) == 1
    stray = {**FOLDERS, "sun/IMG_0042.jpg": PIXEL, "rain/empty.jpg": b""}
    assert len(read_with(propose, source_of(stray)).proposal["guesses"]) == 1, "the names say the same of fewer"
    crossed = {f"{'ab'[n % 2]}/{label}{n}.jpg": PIXEL for label in ("sun", "rain") for n in range(4)}
    assert len(read_with(propose, source_of(crossed)).proposal["guesses"]) > 1


def test_columns_beside_pictures_that_agree_are_no_question():
    rows = "".join(f"{n}.jpg,{n % 2 + 7},{('cat', 'dog')[n % 2]}\n" for n in range(8))
    files = {**{f"{n}.jpg": PIXEL for n in range(8)}, "key.csv": f"file,code,animal\n{rows}".encode()}
    reading = read_with(propose, source_of(files))
    assert set(labels(outcome(reading)[0]).values()) in ({"cat", "dog"}, {"7", "8"})
