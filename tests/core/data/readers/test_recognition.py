"""Files whose names do not say what they are."""

from __future__ import annotations

import pytest
from PIL import Image

from core.data.readers.opening import open_path
from core.data.readers.propose import propose
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.helpers import encoded, pictures_in_classes, png, write_tree, write_zip
from tests.reading import labels, outcome, read_with


@pytest.fixture(params=["folder", "zip"])
def used(request, tmp_path):
    """Reads files as a folder or as a zip; gives {file: label} of those that are used."""

    def read(files: dict[str, bytes]) -> dict[str, str]:
        folder = request.param == "folder"
        path = write_tree(tmp_path / "given", files) if folder else write_zip(tmp_path / "g.zip", files.items())
        return labels(outcome(read_with(propose, path))[0])

    return read


@pytest.mark.parametrize("name", ["photo1", "pic.jpg_large", "pic.jpg?w=640", "x.JPG.1", "x.jpg!d", "a.b.dat", "x.tmp"])
def test_a_picture_is_known_by_its_content(used, name):
    assert used({**pictures_in_classes("cat", "dog"), f"owl/{name}": png((7, 8, 9))})[f"owl/{name}"] == "owl"


def test_other_files_stay_what_they_are(used):
    others = {"cat/movie.mp4": b"\0\0\0\x20ftypisom", "cat/notes": b"some words", "dog/a.bin": bytes(40), "dog/b": b""}
    assert set(used({**pictures_in_classes("cat", "dog"), **others}).values()) == {"cat", "dog"}


def test_documents_without_a_suffix_in_class_folders_are_messages(used):
    """As in the collection of twenty newsgroups."""
    files = {f"{group}/{n}": b"From: a\n\nsome words" for group in ("alt.atheism", "rec.autos") for n in (49960, 51060)}
    assert used({**files, "README": b"where it is from"}) == {name: name.split("/")[0] for name in files}


def test_lists_without_a_suffix_are_a_class_each(used):
    files = {name: b"one more line\nand another\nand a third\n" for name in ("cats", "dogs")}
    assert set(used(files).values()) == {"cats", "dogs"}


def test_a_series_of_documents_are_no_notes(used):
    files = {f"{name}/{name}_{n:02}.txt": b"words" for name in ("notice", "source", "changes") for n in range(3)}
    assert len(used({**files, "notice/README.txt": b"where it is from"})) == 9


@pytest.mark.parametrize("note", ["NOTICE.txt", "notice-2.0.txt", "LICENSE", "README.dataset.txt"])
def test_notes_are_none(used, note):
    files = {f"{label}/{n}.txt": b"words" for label in "ab" for n in range(3)}
    assert len(used({**files, f"a/{note}": b"where it is from"})) == 6


def test_a_class_folder_may_begin_with_a_dot(used):
    files = {f"{label}/{n}.txt": b"words" for label in ("java", "python", ".net") for n in range(3)}
    litter = {".git/a.txt": b"", ".ipynb_checkpoints/1.txt": b"words", "java/.hidden.txt": b"words", ".tmp/x": b"words"}
    assert set(used({**files, **litter}).values()) == {"java", "python", ".net"}


def test_a_hidden_folder_without_siblings_stays_hidden(used):
    assert len(used({**pictures_in_classes("set/cat", "set/dog"), ".previous/cat/1.png": png()})) == 4


def test_only_the_beginning_of_nameless_files_is_read(tmp_path):
    noise = [encoded(Image.effect_noise((200, 200), sigma)) for sigma in (50, 60)]
    files = {"cat/0": noise[0], "dog/1": noise[1], "cat/x.csv": b"a", "b.png": b"x"}
    source = open_path(write_zip(tmp_path / "a.zip", files.items()), Limits())
    assert [bool(file.looks) for file in source.files] == [True, True, False, False]
    assert len(source.files[0].beginning()) == 512


# --- archives as folders ---------------------------------------------------------------------------------------------


def zips(tmp_path, **contents: dict[str, bytes]):
    (tmp_path / "set").mkdir()
    for name, files in contents.items():
        write_zip(tmp_path / "set" / f"{name}.zip", files.items())
    return tmp_path / "set"


PAIR = {"0.png": png((1, 2, 3)), "1.png": png((4, 5, 6))}


def test_one_zip_for_each_class(tmp_path):
    path = zips(tmp_path, **{f"{label}-samples": PAIR for label in ("cat", "dog", "owl")})
    assert set(labels(outcome(read_with(propose, path))[0]).values()) == {"cat", "dog", "owl"}


def test_a_zip_for_each_part(tmp_path):
    classes = {f"{label}/{name}": raw for label in ("cat", "dog") for name, raw in PAIR.items()}
    reading = read_with(propose, zips(tmp_path, train=classes, test=classes))
    used, _ = outcome(reading)
    assert used["train.zip/cat/0.png"] == ("cat", "train")
    assert used["test.zip/dog/1.png"] == ("dog", "test")


@pytest.mark.parametrize(
    "names",
    [("pets-001", "pets-002"), ("pets", "pets (1)"), ("pets-20240501T1200Z-1-001", "pets-20240501T1200Z-1-002"),
     ("pets.part1", "pets.part2")],
)  # fmt: skip
def test_the_pieces_of_one_download_are_no_classes(tmp_path, names):
    first, second = names
    cats = {f"pets/cat/{name}": raw for name, raw in PAIR.items()}
    dogs = {f"pets/dog/{name}": raw for name, raw in PAIR.items()}
    path = zips(tmp_path, **{first: {**cats, "pets/dog/9.png": png()}, second: dogs})
    assert set(labels(outcome(read_with(propose, path))[0]).values()) == {"cat", "dog"}


def test_what_git_lfs_did_not_download_is_called_so(tmp_path):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    path = write_tree(tmp_path / "set", {"cat/1.png": pointer, "dog/1.png": png()})
    first, second = open_path(path, Limits()).files
    with pytest.raises(UnreadableExampleError, match=r"Git LFS.*not downloaded.*git lfs pull"):
        first.read()
    assert second.read() == png()
    with pytest.raises(DataError, match=r"'a\.csv'.*Git LFS"):
        read_with(propose, write_tree(tmp_path / "table", {"a.csv": pointer}))
