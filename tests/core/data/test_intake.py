"""From whatever a person names to a kept data set: nothing vanishes silently."""

from __future__ import annotations

import json
import os
import random
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from core.data.dataset import Dataset, describe_dataset
from core.data.intake import ReadOptions, take_in, take_more
from core.errors import DataError, UnreadableExampleError
from core.events import Progress, SourceUnderstood, drain
from core.messages import encode, revived
from core.modalities.image.modality import stored_picture
from tests.core.modalities.sound.making import file as recording
from tests.core.modalities.sound.making import tone
from tests.helpers import encoded, pictures_in_classes, png, write_tree, write_zip


@pytest.fixture
def taken(workspace):
    def take(source, **options):
        return drain(take_in(str(source), workspace, ReadOptions(**options)))

    return take


def mixed() -> dict[str, bytes]:
    """Good pictures among everything that can lie in a folder."""
    half = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), "JPEG")
    return {
        **pictures_in_classes("cat", "dog", each=3),
        "cat/gif_called_jpg.jpg": encoded(Image.new("RGB", (9, 9), (1, 200, 3)), "GIF"),
        "cat/png_called_jpg.JPG": png((77, 77, 77)),
        "dog/page.jpg": b"<!doctype html><html></html>",
        "dog/half.jpeg": half[: len(half) // 2],
        "dog/empty.png": b"",
        "notes.txt": b"bought on Tuesday",
        "cat/.DS_Store": b"\x00",
        "stray.png": png((9, 9, 9)),
    }


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_used_and_skipped_are_what_was_given(taken, tmp_path, kind):
    files = mixed()
    if kind == "folder":
        source = write_tree(tmp_path / "given", files)
    else:
        source = write_zip(tmp_path / "given.zip", files.items())
    dataset, report = taken(source)
    assert report.used + len(report.skipped) == len(files)
    assert {e.name for e in dataset.examples} | {s.file for s in report.skipped} == set(files)
    assert {s.file for s in report.skipped} == {
        "dog/page.jpg", "dog/half.jpeg", "dog/empty.png", "notes.txt", "cat/.DS_Store", "stray.png",
    }  # fmt: skip
    assert all(skip.reason for skip in report.skipped)
    assert report.classes == {"cat": 5, "dog": 3}
    assert report.used == len(dataset.examples) == 8


def test_each_skip_says_what_is_wrong_with_that_file(taken, tmp_path):
    _, report = taken(write_tree(tmp_path / "given", mixed()))
    reasons = {skip.file: str(skip.reason) for skip in report.skipped}
    assert "not a picture" in reasons["dog/page.jpg"]
    assert "damaged or cut short" in reasons["dog/half.jpeg"]
    assert "Not one of the pictures" in reasons["notes.txt"]


def test_a_folder_and_a_zip_of_it_are_the_same_set(taken, tmp_path):
    files = pictures_in_classes("cat", "dog")
    folder, _ = taken(write_tree(tmp_path / "given", files))
    zipped, _ = taken(write_zip(tmp_path / "given.zip", files.items()))
    assert folder.id == zipped.id


def test_the_set_is_kept_with_its_report(taken, tmp_path, workspace):
    dataset, report = taken(write_tree(tmp_path / "given", mixed()))
    assert Dataset.load(dataset.id, workspace) == dataset
    about = describe_dataset(dataset.id, workspace)
    assert about["report"] == revived(json.loads(json.dumps(report.to_dict(), default=encode)))
    assert about["sample"] is None


def test_pictures_are_kept_under_names_we_make(taken, tmp_path, workspace):
    dataset, _ = taken(write_tree(tmp_path / "given", pictures_in_classes("a b", "ünï")))
    for example in dataset.examples:
        assert stored_picture(example.id, workspace.examples).is_file()
    assert all(path.name.isascii() for path in workspace.examples.rglob("*"))
    assert [dataset.payload(i).size for i in range(4)] == [(8, 8)] * 4


def test_a_picture_that_is_kept_is_not_decoded_again(taken, tmp_path, monkeypatch):
    source = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog"))
    before, _ = taken(source)

    def read(self, raw):
        raise AssertionError("it was decoded again")

    monkeypatch.setattr("core.modalities.image.modality.ImageModality.read", read)
    assert taken(source)[0] == before


@pytest.mark.parametrize("spoil", [lambda raw: b"", lambda raw: raw[: len(raw) // 2], lambda raw: bytes(len(raw))])
def test_a_kept_picture_that_is_damaged_comes_back_with_its_file(taken, tmp_path, workspace, spoil):
    source = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog"))
    before, _ = taken(source)
    file = stored_picture(before.examples[1].id, workspace.examples)
    whole = file.read_bytes()
    file.write_bytes(spoil(whole))
    assert [example.id for example in before.damaged()] == [before.examples[1].id]
    with pytest.raises(UnreadableExampleError, match=file.name):
        before.payload(1)
    assert taken(source)[0] == before
    assert file.read_bytes() == whole
    assert before.damaged() == ()


def test_thousands_of_pictures_are_synced_together(taken, tmp_path, monkeypatch):
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append("one"))
    monkeypatch.setattr(os, "sync", lambda: synced.append("all"))
    dataset, _ = taken(write_tree(tmp_path / "given", pictures_in_classes("cat", "dog", each=20)))
    assert len(dataset.examples) == 40
    assert synced[0] == "all", "before anything refers to them"
    assert synced[1:] == ["one"] * 2, "the two files of the dataset"


def test_what_is_held_of_a_message_while_it_comes_in_is_not_many_times_the_message(workspace, tmp_path, monkeypatch):
    """About 150 letters each: a thousand bytes, with its name, its id, its words as numbers and what is on the way."""
    monkeypatch.setattr("core.data.near_texts._AT_ONCE", 2_000)
    rng = random.Random(0)

    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        words = [" ".join(f"word{rng.randrange(997)}" for _ in range(22)) for _ in range(rows)]
        path.write_text("text,label\n" + "".join(f"{text},{'ab'[len(text) % 2]}\n" for text in words), encoding="utf-8")
        tracemalloc.start()
        try:
            drain(take_in(str(path), workspace))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)  # what is imported and compiled on the way
    assert (peak(3000) - peak(1500)) / 1500 < 1400


def test_progress_is_told_a_few_hundred_times_at_most(workspace, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("text,label\n" + "".join(f"message {i},{'ab'[i % 2]}\n" for i in range(9000)), encoding="utf-8")
    told = [event.done for event in take_in(str(path), workspace) if getattr(event, "stage", "") == "read"]
    assert 100 < len(told) <= 201
    assert told[-1] == 9000


def test_copies_are_all_examples(taken, tmp_path):
    files = {**pictures_in_classes("cat", "dog"), "cat/copy.png": png((50, 60, 70)), "dog/copy.png": png((50, 60, 70))}
    dataset, report = taken(write_tree(tmp_path / "given", files))
    assert report.used == 6
    assert len({e.id for e in dataset.examples}) == 5


def test_a_table_of_messages(taken, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("text,label\nhello,a\nbye,b\n,b\nhi,\n", encoding="utf-8")
    dataset, report = taken(path)
    assert (report.used, len(report.skipped), len(report.unlabelled)) == (2, 1, 1)
    assert [dataset.payload(i) for i in range(2)] == ["hello", "bye"]
    assert dataset.title == "table"
    assert report.proposal["label_column"] == "label"


def test_columns_and_title_can_be_said(taken, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("text,label,mood\nhello,a,x\nbye,a,y\n", encoding="utf-8")
    dataset, _ = taken(path, label_column="mood", title="Moods")
    assert dataset.classes == ("x", "y")
    assert dataset.title == "Moods"


def test_parts_given_by_the_files_are_counted(taken, tmp_path):
    files = {f"{part}/{name}": content for part in ("train", "test") for name, content in
             pictures_in_classes("cat", "dog").items()}  # fmt: skip
    _, report = taken(write_tree(tmp_path / "given", files))
    assert report.splits == {"train": 4, "test": 4}


def test_one_class_is_refused_with_the_reason(taken, tmp_path):
    with pytest.raises(DataError, match=r"one class only \('cat'\).*at least two"):
        taken(write_tree(tmp_path / "given", pictures_in_classes("cat")))


def test_when_nothing_can_be_used_the_first_reason_is_said(taken, tmp_path):
    files = {"cat/1.png": b"<html>", "dog/1.png": b"<html>"}
    with pytest.raises(DataError, match=r"Nothing in 'given' could be used.*not a picture"):
        taken(write_tree(tmp_path / "given", files))


def test_a_refused_set_is_not_kept(taken, tmp_path, workspace):
    with pytest.raises(DataError):
        taken(write_tree(tmp_path / "given", pictures_in_classes("cat")))
    assert list(workspace.datasets.iterdir()) == []


@pytest.mark.parametrize(
    "source",
    ["no/such/thing", "~nosuchuser/pictures", "x" * 5000, "a\x00b"],
    ids=["not there", "home of nobody", "too long", "with a zero byte"],
)
def test_a_path_that_is_not_there_is_a_data_error(taken, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        taken(source)


@pytest.mark.parametrize("name", ["a.blend", "a"])
def test_a_file_of_another_kind_says_what_can_be_read(taken, tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=r"not a kind of file.*zip or a folder"):
        taken(tmp_path / name)


def test_a_workbook_that_is_none_says_what_is_needed(taken, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"x")
    with pytest.raises(DataError, match=r"'a\.xlsx' no texts with labels.*Make a table"):
        taken(tmp_path / "a.xlsx")


def test_a_stopped_reading_leaves_no_picture_behind(workspace, tmp_path):
    source = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog", each=25))
    looked = []

    def stop():
        looked.append(True)
        return len(looked) > 30

    with pytest.raises(DataError, match="stopped"):
        drain(take_in(str(source), workspace, stop=stop))
    assert [path for path in workspace.root.rglob("*.img")] == []
    assert list(workspace.staging.iterdir()) == []


def test_mostly_unreadable_files_stop_the_reading_with_the_likely_cause(taken, tmp_path, workspace):
    broken = {f"cat/{i}.jpg": b"<html>" for i in range(9)}
    with pytest.raises(DataError, match=r"9 of 13 files.*cannot be read.*a web page"):
        taken(write_tree(tmp_path / "given", {**pictures_in_classes("cat", "dog"), **broken}))
    assert list(workspace.datasets.iterdir()) == []


def test_what_files_are_and_their_names_do_not_say_is_noted(taken, tmp_path):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    _, report = taken(write_tree(tmp_path / "given", {**pictures_in_classes("cat", "dog"), "cat/moving.jpg": moving}))
    assert any("cat/moving.jpg (GIF)" in str(note) for note in report.notes)
    assert any("the first picture was used: cat/moving.jpg" in str(note) for note in report.notes)


def test_progress_ends_at_the_total(workspace, tmp_path):
    source = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog", each=25))
    events = []
    drain(take_in(str(source), workspace), events.append)
    reading = [event for event in events if isinstance(event, Progress) and event.stage == "read"]
    assert reading == [Progress("read", done, 50) for done in (20, 40, 50)]
    assert isinstance(events[0], SourceUnderstood)


def test_reading_can_be_stopped(workspace, tmp_path):
    source = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog"))
    with pytest.raises(DataError, match="stopped"):
        drain(take_in(str(source), workspace, stop=lambda: True))
    assert list(workspace.datasets.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_folder_name_in_no_encoding_is_a_label_or_a_listed_skip(taken, tmp_path, workspace):
    """Zips from old Windows machines unpack to names like this on Linux."""
    root = write_tree(tmp_path / "given", pictures_in_classes("cat", "dog"))
    write_tree(root / os.fsdecode(b"caf\xe9"), {"1.png": png((4, 5, 6))})
    dataset, report = taken(root)
    assert report.used + len(report.skipped) == 5
    assert Dataset.load(dataset.id, workspace) == dataset


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_two_folder_names_in_no_encoding_stay_two_classes(taken, tmp_path):
    root = write_tree(tmp_path / "given", pictures_in_classes("dog"))
    for number, name in enumerate((b"caf\xe9", b"caf\xe8")):
        write_tree(root / os.fsdecode(name), {"1.png": png((number, 5, 6))})
    dataset, _ = taken(root)
    assert len(dataset.classes) == 3


def test_the_bundled_pictures_are_all_used(workspace):
    dataset, report = drain(take_in("sample:drawings", workspace))
    assert report.skipped == ()
    assert len({e.id for e in dataset.examples}) == report.used == sum(report.classes.values())


@pytest.fixture
def messages(taken, tmp_path):
    """A kept set with the classes "bus" and "food"."""
    file = tmp_path / "messages.csv"
    file.write_text("text,label\n" + "".join(f"message {n},{'bus' if n % 2 else 'food'}\n" for n in range(8)))
    return taken(file)[0]


def test_one_pasted_row_is_added_and_how_it_was_understood_is_kept(messages, workspace, tmp_path):
    pasted = tmp_path / "pasted.txt"
    pasted.write_text("late again\tbus\nmessage 1\tbus\n")
    dataset, report = drain(take_more(str(pasted), workspace, into=messages.id))
    assert dataset.counts == {"bus": 5, "food": 4}
    assert (report.used, [str(skip.reason) for skip in report.skipped]) == (
        1,
        ["The dataset has it already, with the same class."],
    )
    addition = describe_dataset(dataset.id, workspace)["addition"]
    assert addition["source"]["into"] == messages.id
    assert (addition["proposal"]["text_column"], addition["proposal"]["label_column"]) == ("column 1", "column 2")


def test_what_was_added_can_be_read_otherwise(messages, workspace, tmp_path):
    pasted = tmp_path / "pasted.txt"
    pasted.write_text("food\tbus\n")
    options = ReadOptions(delimiter="tab", header="no", text_column="column 2", label_column="column 1")
    dataset, _ = drain(take_more(str(pasted), workspace, into=messages.id, options=options))
    assert [(e.text, e.label) for e in dataset.examples if e.text in ("bus", "food")] == [("bus", "food")]


def test_adding_what_is_there_makes_no_version(messages, workspace, tmp_path):
    pasted = tmp_path / "pasted.txt"
    pasted.write_text("message 1\tbus\n")
    dataset, report = drain(take_more(str(pasted), workspace, into=messages.id))
    assert (dataset.id, report.used, len(report.skipped)) == (messages.id, 0, 1)
    assert "addition" not in describe_dataset(dataset.id, workspace)


# --- recordings --------------------------------------------------------------------------------------------------


def test_a_long_recording_becomes_pieces_that_stay_together_and_counts_as_one_file(tmp_path, workspace):
    long, short = recording(np.random.default_rng(0).uniform(-0.5, 0.5, 33 * 16_000)), recording(tone())
    other = recording(tone(880))
    files = {"rain/long.wav": long, "rain/short.wav": short, "tick/other.wav": other, "tick/broken.wav": long[:30]}
    dataset, report = drain(take_in(str(write_tree(tmp_path / "sounds", files)), workspace))
    assert dataset.counts == {"rain": 4, "tick": 1}
    assert (report.used, len(report.skipped)) == (3, 1)
    pieces = [example for example in dataset.examples if example.name.startswith("rain/long.wav (")]
    assert [example.name for example in pieces] == [f"rain/long.wav ({n}/3)" for n in (1, 2, 3)]
    assert len({dataset.clusters[dataset.examples.index(one)] for one in pieces}) == 1
    assert dataset.effort([dataset.examples.index(pieces[0])]) == pytest.approx((11 + 3) / 6)
    assert sum(len(dataset.payload(dataset.examples.index(one))) for one in pieces) == 33 * 16_000
    assert "1 long file was cut into 3 pieces, which stay together: rain/long.wav." in map(str, report.notes)
    again, _ = drain(take_in(str(tmp_path / "sounds"), workspace))
    assert again.id == dataset.id
    more = write_tree(tmp_path / "more", {"long.wav": long})
    same, added = drain(take_more(str(more), workspace, into=dataset.id, label="rain"))
    assert same.id == dataset.id
    assert (added.used, [skip.file for skip in added.skipped]) == (0, ["long.wav"])


def test_recordings_of_phones_that_cannot_be_decoded_are_named(tmp_path, workspace):
    m4a = b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"
    folder = write_tree(tmp_path / "memos", {f"{label}/{n}.m4a": m4a for label in "ab" for n in range(4)})
    with pytest.raises(DataError, match=r"M4A \(AAC\) cannot be decoded here. Save it as WAV, MP3, FLAC or OGG"):
        drain(take_in(str(folder), workspace))


# --- rows that come to a table later ---

MEASURED = "mass,wing,island,species\n" + "".join(
    f"{3000 + n * 37 % 900},{180 + n * 3 % 17},{'xy'[n // 2 % 2]},{'ab'[n % 2]}\n" for n in range(40)
)


@pytest.fixture
def measured(taken, tmp_path):
    (tmp_path / "birds.csv").write_text(MEASURED)
    return taken(tmp_path / "birds.csv", label_column="species")[0]


@pytest.fixture
def add_rows(workspace, tmp_path, measured):
    def add(content: str, **options):
        (tmp_path / "more.csv").write_text(content)
        source = str(tmp_path / "more.csv")
        return drain(take_more(source, workspace, into=measured.id, options=ReadOptions(**options)))

    return add


def test_rows_that_come_later_keep_the_columns_and_the_class_of_the_table(add_rows):
    dataset, report = add_rows("Species;observer;wing;mass\na;Kim;190;3500,5\nc;Kim;about 200;3700\n")
    added = [(example.label, json.loads(example.text)) for example in dataset.examples[-2:]]
    assert added[0] == ("a", {"mass": "3500.5", "wing": "190", "island": ""})
    assert added[1] == ("c", {"mass": "3700", "wing": "about 200", "island": ""})
    said = " ".join(map(str, report.notes))
    assert "The column island of the table is not in it" in said and "its column observer" in said
    assert "'wing' holds no number, which counts as missing: row 3." in said


def test_rows_without_names_of_columns_are_those_of_the_table_in_their_order(add_rows):
    dataset, _ = add_rows("3505,181,x,a\n3600,191,y,b\n")
    assert [(e.label, json.loads(e.text)["island"]) for e in dataset.examples[-2:]] == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("height,width\n1,2\n3,4\n", "None of its columns"),
        ("mass,wing\n3500,190\n3600,191\n", "The column with the class, species, is not in it"),
    ],
)
def test_rows_of_another_table_are_refused_with_what_is_missing(add_rows, content, problem):
    with pytest.raises(DataError, match=problem):
        add_rows(content)
