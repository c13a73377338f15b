"""Trees of pictures and documents, as people really zip and copy them: on disk and inside a zip they mean the same."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.names import is_media
from core.data.readers.paths import ClassFolders
from core.data.readers.reading import Item, ReadOptions
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.helpers import png, write_tree, write_zip
from tests.reading import labels, outcome, read_with, source_of

PIXEL = png()


@pytest.fixture(params=["folder", "zip"])
def tree(request, tmp_path):
    """Reads files as a folder or as a zip; gives the reading, {file: (label, split)} and {skipped file: reason}."""

    def read(*names: str, **options: str):
        files = {name: PIXEL if is_media(PurePosixPath(name)) else b"no picture" for name in names}
        if request.param == "folder":
            path = write_tree(tmp_path / "given", files)
        else:
            path = write_zip(tmp_path / "given.zip", files.items())
        reading = read_with(ClassFolders(), path, **options)
        assert reading is not None, "class folders do not fit"
        used, skipped = outcome(reading)
        assert used.keys() | skipped.keys() == set(names), "used + skipped must be what was given"
        return reading, used, skipped

    return read


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
    assert set(skipped) == {"__MACOSX/pets/cat/._1.png", ".DS_Store", "README.txt"}


def test_a_stray_picture_beside_the_wrapper_does_not_hide_it(tree):
    reading, used, skipped = tree("cover.png", "a/b/cat/1.png", "a/b/dog/1.png", "a/note.md")
    assert set(labels(used).values()) == {"cat", "dog"}
    assert set(skipped) == {"cover.png", "a/note.md"}
    assert reading.proposal["root"] == "a/b"


def test_a_single_class_keeps_its_name(tree):
    _, used, _ = tree("pets/cat/1.png", "pets/cat/2.png", structure="class-folders")
    assert set(labels(used).values()) == {"cat"}


def test_a_single_class_is_not_proposed_but_can_be_asked_for():
    source = source_of({"pets/cat/1.png": PIXEL, "pets/cat/2.png": PIXEL})
    assert read_with(ClassFolders(), source) is None
    assert len(ClassFolders(at_least=1).look(source, ReadOptions(), Limits()).items) == 2


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
    assert reading.proposal["splits"]
    assert set(used.values()) == {(c, s) for c in ("cat", "dog") for s in ("train", "validation", "test")}
    assert used[f"{wrapper}{train}/cat/1.png"] == ("cat", "train")
    assert used[f"{wrapper}{validation}/dog/1.png"] == ("dog", "validation")


def test_a_class_may_be_called_train(tree):
    reading, used, _ = tree("train/1.png", "bus/1.png", "tram/1.png")
    assert not reading.proposal["splits"]
    assert used["train/1.png"] == ("train", None)


def test_what_lies_beside_split_folders_is_in_no_part(tree):
    _, used, skipped = tree(
        "train/cat/1.png", "train/dog/1.png", "test/cat/1.png", "test/dog/1.png", "figures/plot.png"
    )
    assert set(used.values()) == {(label, part) for label in ("cat", "dog") for part in ("train", "test")}
    assert "beside the folders" in skipped["figures/plot.png"]


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
    assert "Not one of the pictures" in skipped[note]


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


@pytest.mark.parametrize("names", [("1.png", "2.png"), ("notes.txt",), ("a.csv",)])
def test_without_class_folders_it_is_not_proposed_and_insisting_says_how_to_make_them(names):
    source = source_of(dict.fromkeys(names, PIXEL))
    assert read_with(ClassFolders(), source) is None
    with pytest.raises(DataError, match=r"'given'.*(folder of its own|folders that are named after)"):
        read_with(ClassFolders(), source, structure="class-folders")


def test_mostly_loose_pictures_are_not_class_folders_unless_one_insists():
    source = source_of(dict.fromkeys(["cat/1.png", "dog/1.png", "1.png", "2.png", "3.png"], PIXEL))
    assert read_with(ClassFolders(), source) is None
    used, skipped = outcome(read_with(ClassFolders(), source, structure="class-folders"))
    assert len(used) == 2
    assert len(skipped) == 3


# --- parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["test", "Test", "val", "validation", "testing", "test_set"])
def test_a_part_with_loose_pictures_beside_classes_is_no_class(tree, name):
    reading, used, skipped = tree("w/fork/1.jpg", "w/scissors/1.jpg", f"w/{name}/any.jpg", "SOURCE.txt")
    assert set(labels(used).values()) == {"fork", "scissors"}
    assert not reading.proposal["splits"]
    assert f"'{name}' is taken for a part" in skipped[f"w/{name}/any.jpg"]
    assert "give the folder another name" in skipped[f"w/{name}/any.jpg"]


@pytest.mark.parametrize(
    "names",
    [("test", "control", "blank"), ("Test", "negative control", "x"), ("test", "cup", "plate")],
    ids=["laboratory", "words", "numbered alike"],
)
def test_a_class_may_be_called_test_where_its_siblings_say_so(tree, names):
    _, used, skipped = tree(*(f"w/{name}/{n:02}.jpg" for name in names for n in range(3)))
    assert set(labels(used).values()) == set(names)
    assert not skipped


@pytest.mark.parametrize("names", [("images", "masks"), ("img", "gt"), ("w/Images", "w/Labels")])
def test_what_is_drawn_into_pictures_is_no_class_of_its_own(names):
    source = source_of({f"{name}/{n}.png": png((n, 1, 1)) for name in names for n in range(3)})
    assert read_with(ClassFolders(), source) is None
    assert read_with(ClassFolders(), source, structure="class-folders") is not None


def test_train_and_test_with_loose_pictures_beside_classes_are_no_classes(tree):
    _, used, skipped = tree("train/1.png", "test/1.png", "bus/1.png", "tram/1.png")
    assert set(labels(used).values()) == {"bus", "tram"}
    assert set(skipped) == {"train/1.png", "test/1.png"}


def test_a_part_without_classes_beside_one_with_classes_is_listed(tree):
    _, used, skipped = tree("train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png", "test/3.png")
    assert set(used.values()) == {("cat", "train"), ("dog", "train")}
    assert "directly in 'test' and in no class folder" in skipped["test/2.png"]


def test_folders_that_differ_in_words_for_parts_only_are_parts(tree):
    _, used, _ = tree(*(f"seg_{part}/seg_{part}/{c}/1.png" for part in ("train", "test") for c in ("sea", "ice")))
    assert set(used.values()) == {(c, part) for part in ("train", "test") for c in ("sea", "ice")}


def test_a_word_for_a_part_in_one_folder_alone_is_part_of_a_class(tree):
    _, used, _ = tree("train station/1.png", "bus station/1.png", "test tube/1.png")
    assert set(labels(used).values()) == {"train station", "bus station", "test tube"}


def test_parts_below_the_classes_are_kept(tree):
    _, used, _ = tree("cat/Train/1.png", "cat/test/1.png", "dog/Train/1.png", "dog/test/1.png")
    assert used["cat/Train/1.png"] == ("cat", "train")
    assert used["dog/test/1.png"] == ("dog", "test")


def test_parts_below_nested_classes_are_kept(tree):
    _, used, _ = tree("s/Latin/a/train/1.png", "s/Latin/a/val/1.png", "s/Greek/a/train/1.png", "s/Greek/a/val/1.png")
    assert used["s/Latin/a/train/1.png"] == ("Latin/a", "train")
    assert used["s/Greek/a/val/1.png"] == ("Greek/a", "validation")


def test_only_parts_are_no_classes_unless_one_insists():
    """What tells cats from dogs is not in these names; a model of train against test is nothing anybody wants."""
    source = source_of(dict.fromkeys(["w/train/1.png", "w/train/2.png", "w/test/1.png"], PIXEL))
    assert read_with(ClassFolders(), source) is None


def test_insisting_on_parts_as_classes_is_obeyed_and_noted():
    source = source_of(dict.fromkeys(["train/1.png", "train/2.png", "test/1.png"], PIXEL))
    reading = read_with(ClassFolders(), source, structure="class-folders")
    used, _ = outcome(reading)
    assert set(used.values()) == {("train", None), ("test", None)}
    assert any("test and train are taken for classes" in str(note) for note in reading.notes)


# --- folders in folders ------------------------------------------------------------------------------------------

ANIMALS = ("animals/cat/1.png", "animals/dog/1.png", "plants/rose/1.png")
LETTERS = ("Latin/a/1.png", "Latin/b/1.png", "Greek/a/1.png")


@pytest.mark.parametrize(
    ("names", "level", "expected"),
    [
        (ANIMALS, None, {"cat", "dog", "rose"}),
        (ANIMALS, "full", {"animals/cat", "animals/dog", "plants/rose"}),
        (ANIMALS, "top", {"animals", "plants"}),
        (LETTERS, None, {"Latin/a", "Latin/b", "Greek/a"}),
        (LETTERS, "bottom", {"a", "b"}),
        (("cat/1.png", "cat/kitten/1.png", "dog/1.png"), None, {"cat", "cat/kitten", "dog"}),
        (("cat/1.png", "cat/kitten/1.png", "dog/1.png"), "top", {"cat", "dog"}),
    ],
)
def test_the_level_that_is_the_class_is_proposed_and_can_be_chosen(names, level, expected):
    options = {"label_level": level} if level else {}
    reading = read_with(ClassFolders(), source_of(dict.fromkeys(names, PIXEL)), **options)
    assert set(labels(outcome(reading)[0]).values()) == expected
    assert reading.proposal["choices"]["label_level"] == ["full", "top", "bottom"]
    assert any("folders inside folders" in str(note) for note in reading.notes)


def test_one_level_has_no_levels_to_choose():
    reading = read_with(ClassFolders(), source_of(dict.fromkeys(["cat/1.png", "dog/1.png"], PIXEL)))
    assert "label_level" not in reading.proposal
    assert reading.proposal["choices"] == {}


def test_a_level_that_does_not_exist_is_said():
    with pytest.raises(DataError, match=r"no level 'middle'.*full, top,? and bottom"):
        read_with(ClassFolders(), source_of(dict.fromkeys(ANIMALS, PIXEL)), label_level="middle")


def test_folders_that_only_say_images_are_no_part_of_a_label(tree):
    _, used, _ = tree("train/images/cat/photos/1.png", "train/images/dog/photos/1.png", "test/images/cat/photos/1.png")
    assert set(used.values()) == {("cat", "train"), ("dog", "train"), ("cat", "test")}


# --- documents ---------------------------------------------------------------------------------------------------


def test_documents_in_class_folders_are_messages():
    files = {"pos/1.txt": "schön".encode("cp1252"), "pos/2.TXT": b"good", "neg/1.md": b"bad", "a.png": PIXEL}
    reading = read_with(ClassFolders(), source_of(files))
    used, skipped = outcome(reading)
    assert reading.modality == "text"
    assert labels(used) == {"pos/1.txt": "pos", "pos/2.TXT": "pos", "neg/1.md": "neg"}
    assert "Not one of the messages" in skipped["a.png"]
    first = next(item for item in reading.items if isinstance(item, Item) and item.name == "pos/1.txt")
    assert first.read().decode() == "schön"


def test_the_encoding_of_documents_can_be_chosen():
    files = {"pos/1.txt": "шар".encode("cp1251"), "neg/1.txt": "дом".encode("cp1251")}
    reading = read_with(ClassFolders(), source_of(files), encoding="cp1251")
    assert [item.read().decode() for item in reading.items] == ["шар", "дом"]
    assert reading.proposal["encoding"] == "cp1251"
    assert "cp1251" in reading.proposal["choices"]["encoding"]


def test_a_document_in_another_encoding_than_the_chosen_one_is_unreadable():
    files = {"pos/1.txt": "шар ваза".encode("cp1251"), "neg/1.txt": b"good"}
    first = next(iter(read_with(ClassFolders(), source_of(files), encoding="utf-8").items))
    with pytest.raises(UnreadableExampleError, match=r"not written in .*utf-8"):
        first.read()


def test_notes_among_documents_are_no_examples():
    files = dict.fromkeys(["s/pos/1.txt", "s/neg/1.txt", "s/README.md", "LICENSE.txt", "SOURCE.txt"], b"words")
    used, skipped = outcome(read_with(ClassFolders(), source_of(files)))
    assert set(used) == {"s/pos/1.txt", "s/neg/1.txt"}
    assert len(skipped) == 3


# --- whatever the tree -------------------------------------------------------------------------------------------

segment = st.text(st.characters(blacklist_characters="/\\\0", blacklist_categories=("Cs",)), min_size=1, max_size=6)
segment = segment.filter(lambda s: s not in (".", ".."))
folders = st.lists(st.sampled_from(["train", "Test", "val", "cat", "dog", "images", "w"]) | segment, max_size=4)
files = st.tuples(folders, st.sampled_from(["1.png", "2.JPG", "n.txt", "m.txt", "a.csv", "noise"]) | segment)


@given(st.lists(files, min_size=1, max_size=14), st.sampled_from([None, "full", "top", "bottom"]), st.booleans())
def test_every_file_is_used_or_listed_once_and_every_label_is_made_of_its_folders(given, level, insist):
    names = {"/".join([*inside, name]): PIXEL for inside, name in given}
    options = {"label_level": level, "structure": "class-folders" if insist else None}
    try:
        reading = read_with(ClassFolders(), source_of(names), **options)
    except DataError as error:
        assert str(error)
        return
    if reading is None:
        return
    used, skipped = outcome(reading)
    assert sorted([*used, *skipped]) == sorted(names)
    assert sum(row["count"] for row in reading.proposal["tree"]) <= len(names)
    for name, (label, split) in used.items():
        assert label
        assert (
            f"/{label}/" in f"/{name}"
            or set(label.split("/")) <= set(name.split("/")[:-1])
            or level in ("top", "bottom")
        )
        assert split is None or split in ("train", "validation", "test")


def test_folders_of_people_who_speak_are_no_classes_unasked():
    files = {f"Actor_0{a}/03-0{e}-0{a}.wav": b"RIFF" for a in (1, 2) for e in (1, 2, 3)}
    assert read_with(ClassFolders(), source_of(files)) is None
    used, _ = outcome(read_with(ClassFolders(), source_of(files), structure="class-folders"))
    assert set(labels(used).values()) == {"Actor_01", "Actor_02"}


def test_what_nobody_has_labelled_is_no_class_of_what_is_trained_on():
    files = {f"train/{c}/{n}.png": PIXEL for c in ("pos", "neg", "unsup") for n in "12"}
    files |= {f"test/{c}/{n}.png": PIXEL for c in ("pos", "neg") for n in "12"}
    used, skipped = outcome(read_with(ClassFolders(), source_of(files)))
    assert set(labels(used).values()) == {"pos", "neg"}
    assert "nobody has said" in skipped["train/unsup/1.png"]


def test_a_test_folder_with_pictures_in_one_more_folder_has_no_classes():
    files = {f"train/{c}/images/{n}.png": PIXEL for c in ("n01", "n02") for n in "12"}
    used, skipped = outcome(read_with(ClassFolders(), source_of({**files, "val/images/v.png": PIXEL})))
    assert labels(used) == {name: name.split("/")[1] for name in files}
    assert "val/images/v.png" in skipped
