"""Trees of pictures, as people really zip and copy them: on disk and inside a zip they mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.archive import read_zip
from core.data.readers.folder import read_folder
from core.data.readers.items import Item, Skip
from core.errors import DataError
from tests.helpers import png, write_tree, write_zip

PIXEL = png()


@pytest.fixture(params=["folder", "zip"])
def tree(request, tmp_path):
    """Reads files as a folder or as a zip; gives the reading, {file: (label, split)} and {skipped file: reason}."""

    def read(*names: str):
        if request.param == "folder":
            reading = read_folder(write_tree(tmp_path / "given", dict.fromkeys(names, PIXEL)))
        else:
            reading = read_zip(write_zip(tmp_path / "given.zip", [(name, PIXEL) for name in names]))
        entries = list(reading.items())
        assert len(entries) == reading.total == len(names), "used + skipped must be what was given"
        used = {entry.name: (entry.label, entry.split) for entry in entries if isinstance(entry, Item)}
        skipped = {entry.file: entry.reason for entry in entries if isinstance(entry, Skip)}
        assert used.keys() | skipped.keys() == set(names)
        assert all(skipped.values())
        return reading, used, skipped

    return read


def labels(used) -> dict[str, str]:
    return {name: label for name, (label, _) in used.items()}


def test_the_folder_of_a_picture_is_its_class(tree):
    reading, used, skipped = tree("cat/1.png", "cat/2.png", "dog/1.png")
    assert labels(used) == {"cat/1.png": "cat", "cat/2.png": "cat", "dog/1.png": "dog"}
    assert skipped == {}
    assert reading.modality == "image"
    assert set(used.values()) == {("cat", None), ("dog", None)}


def test_wrapper_folders_are_stripped(tree):
    reading, used, _ = tree("my data/v2/cat/1.png", "my data/v2/dog/1.png")
    assert set(labels(used).values()) == {"cat", "dog"}
    assert reading.proposal["root"] == "my data/v2"


def test_litter_beside_the_wrapper_does_not_hide_it(tree):
    _, used, skipped = tree("pets/cat/1.png", "pets/dog/1.png", "__MACOSX/pets/cat/._1.png", ".DS_Store", "README.txt")
    assert set(labels(used).values()) == {"cat", "dog"}
    assert len(skipped) == 3


def test_a_single_class_keeps_its_name(tree):
    _, used, _ = tree("pets/cat/1.png", "pets/cat/2.png")
    assert set(labels(used).values()) == {"cat"}


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "val", "test"),
        ("TRAIN", "Valid", "Testing"),
        ("Training", "validation", "TEST"),
        ("train", "dev", "test"),
    ],
)
@pytest.mark.parametrize("wrapper", ["", "data/"])
def test_split_folders_are_kept_whatever_their_case(tree, wrapper, train, validation, test):
    names = [f"{wrapper}{part}/{label}/1.png" for part in (train, validation, test) for label in ("cat", "dog")]
    reading, used, _ = tree(*names)
    assert reading.proposal["split_folders"]
    assert set(used.values()) == {(c, s) for c in ("cat", "dog") for s in ("train", "validation", "test")}
    assert used[f"{wrapper}{train}/cat/1.png"] == ("cat", "train")
    assert used[f"{wrapper}{validation}/dog/1.png"] == ("dog", "validation")


def test_a_class_may_be_called_train(tree):
    reading, used, _ = tree("train/1.png", "bus/1.png", "tram/1.png")
    assert not reading.proposal["split_folders"]
    assert used["train/1.png"] == ("train", None)


def test_split_folders_beside_other_folders_are_classes(tree):
    _, used, _ = tree("train/cat/1.png", "test/cat/1.png", "extra/cat/1.png")
    assert {split for _, split in used.values()} == {None}


def test_a_stray_picture_beside_split_folders_changes_nothing_else(tree):
    _, used, skipped = tree("cover.png", "train/cover.png", "train/cat/1.png", "train/dog/1.png", "val/cat/2.png")
    assert used == {
        "train/cat/1.png": ("cat", "train"),
        "train/dog/1.png": ("dog", "train"),
        "val/cat/2.png": ("cat", "validation"),
    }
    assert set(skipped) == {"cover.png", "train/cover.png"}


def test_nested_classes_are_named_by_their_whole_path(tree):
    _, used, _ = tree("Latin/a/1.png", "Latin/b/1.png", "Greek/a/1.png")
    assert set(labels(used).values()) == {"Latin/a", "Latin/b", "Greek/a"}


def test_nested_classes_inside_split_folders(tree):
    _, used, _ = tree("train/Latin/a/1.png", "train/Greek/a/1.png", "test/Latin/a/2.png")
    assert used["train/Latin/a/1.png"] == ("Latin/a", "train")
    assert used["test/Latin/a/2.png"] == ("Latin/a", "test")


@pytest.mark.parametrize(
    "litter",
    [
        "__MACOSX/cat/._1.png", "cat/.DS_Store", "cat/._1.png", "cat/Thumbs.db", "cat/desktop.ini", ".git/cat/1.png",
        "cat/.ipynb_checkpoints/1.png",
    ],
)  # fmt: skip
def test_litter_of_operating_systems_is_listed_as_such(tree, litter):
    _, used, skipped = tree("cat/1.png", "dog/1.png", litter)
    assert len(used) == 2
    assert "operating system" in skipped[litter]


@pytest.mark.parametrize("note", ["notes.txt", "cat/labels.csv", "cat/README", "dog/movie.mp4", "cat/a.svg"])
def test_stray_notes_are_listed_and_never_a_class(tree, note):
    _, used, skipped = tree("cat/1.png", "dog/1.png", note)
    assert set(labels(used).values()) == {"cat", "dog"}
    assert "Not a picture" in skipped[note]


@pytest.mark.parametrize("suffix", ["JPG", "Jpeg", "PNG", "jfif", "TIFF", "WebP", "bmp", "gif"])
def test_suffixes_count_in_any_case(tree, suffix):
    _, used, _ = tree(f"cat/1.{suffix}", "dog/1.png")
    assert len(used) == 2


def test_a_picture_outside_every_class_is_listed(tree):
    _, used, skipped = tree("cat/1.png", "dog/1.png", "stray.png")
    assert len(used) == 2
    assert "outside every class" in skipped["stray.png"]


@pytest.mark.parametrize("label", ["🙂", "שלום", "a b", "'quoted'", "100%", "..."])
def test_labels_are_whatever_the_folder_is_called(tree, label):
    if label == "...":  # hidden by its leading dot
        label = "x..."
    _, used, _ = tree(f"{label}/1.png", "dog/1.png")
    assert set(labels(used).values()) == {label, "dog"}


@pytest.mark.parametrize("names", [("1.png", "2.png"), ("notes.txt",), ("cat/notes.txt",), ()])
def test_without_class_folders_it_says_how_to_make_them(tree, names):
    with pytest.raises(DataError, match=r"No pictures in class folders.*folder of its own"):
        tree(*names)


segment = st.text("ab.CT_", min_size=1, max_size=4).filter(lambda s: s not in (".", ".."))
paths = st.lists(st.sampled_from(["train", "val", "cat", "dog", "__MACOSX", ".x", "w"]) | segment, max_size=4)


@given(st.lists(st.tuples(paths, st.sampled_from(["1.png", "2.JPG", "n.txt", "Thumbs.db"])), min_size=1, max_size=12))
def test_every_file_is_used_or_listed_exactly_once(tmp_path, files):
    names = sorted({"/".join([*folders, name]) for folders, name in files})
    path = write_zip(tmp_path / "any.zip", [(name, PIXEL) for name in names])
    try:
        reading = read_zip(path)
    except DataError:
        return
    entries = list(reading.items())
    assert reading.total == len(entries) == len(names)
    assert sorted(e.name if isinstance(e, Item) else e.file for e in entries) == names
    assert all(e.label for e in entries if isinstance(e, Item))
