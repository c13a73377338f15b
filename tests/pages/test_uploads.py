"""What a browser sends is on disk whole, or not at all."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.data.readers.opening import open_path
from core.errors import DataError, StorageError
from core.limits import Limits
from pages.shared.uploads import keep_as_zip, keep_file, keep_folder
from tests.refusing_disk import full_disk, read_only_disk


def sent(name: str, content: bytes) -> io.BytesIO:
    """An upload as Streamlit hands it over."""
    upload = io.BytesIO(content)
    upload.name = name
    return upload


TABLE = sent("a table.CSV", b"text,label\n" + b"a,b\n" * 1000)
PICTURES = [sent("pets/cat.png", b"cat" * 100), sent("pets/dog.png", b"dog" * 200)]
KEEP = {"file": lambda: keep_file(TABLE), "zip": lambda: keep_as_zip(PICTURES, "2 files")}
each_kind = pytest.mark.parametrize("keep", KEEP.values(), ids=KEEP)


def test_a_file_keeps_its_content_and_its_name(workspace):
    """An empty one was told of as 'e3b0c44298fc1c149afbf4c8.csv'."""
    path = keep_file(TABLE)
    assert path.parent.parent == workspace.uploads
    assert path.name == "a table.CSV"
    assert path.read_bytes() == TABLE.getvalue()
    with pytest.raises(DataError, match=r"'Klasse 8b\.csv' is empty"):
        open_path(keep_file(sent("Klasse 8b.csv", b"")), Limits())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/../..", "..", "", "C:\\x\\con.csv", "\u202egpj.exe", "x" * 500]
)
def test_no_name_leads_out_of_the_folder(workspace, name):
    path = keep_file(sent(name, b"some"))
    assert path.resolve().parent.parent == workspace.uploads.resolve()
    assert path.read_bytes() == b"some"


def test_the_same_content_under_two_names_is_two_files(workspace):
    first, second = keep_file(sent("a.csv", b"some")), keep_file(sent("b.csv", b"some"))
    assert (first.name, second.name) == ("a.csv", "b.csv")


def test_many_files_are_one_zip(workspace):
    path = keep_as_zip(PICTURES, "My pets: a/b")
    assert path.parent.parent == workspace.uploads
    assert open_path(path, Limits()).name == "My pets_ a_b"
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "pets/cat.png": b"cat" * 100,
            "pets/dog.png": b"dog" * 200,
        }


@each_kind
@pytest.mark.parametrize("left", [0, 1, 0.4, 0.999], ids=["nothing", "a byte", "a part", "nearly all"])
def test_a_part_that_a_full_disk_or_a_kill_left_is_never_taken_for_the_whole(workspace, keep, left):
    """70,151 of 198,067 rows were read, in silence, for a week."""
    path = keep()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(left * len(whole)) if left != 1 else 1])
    assert keep() == path
    assert path.read_bytes() == whole


@each_kind
def test_the_same_upload_again_is_not_written_again(workspace, keep):
    path = keep()
    with read_only_disk(workspace.root):
        assert keep() == path


@each_kind
@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_what_cannot_be_kept_leaves_nothing(workspace, keep, disk):
    assert workspace.uploads.is_dir()
    with disk(workspace.root), pytest.raises(StorageError):
        keep()
    assert list(workspace.uploads.iterdir()) == []
    keep()


def test_a_folder_is_there_with_all_that_is_in_it_or_not_at_all(workspace):
    files = [(b"one", "0001.jpg"), (b"two", "0002.jpg"), (b"three", "0003.jpg")]
    keep_folder(files)
    with full_disk(workspace.root, 1_000) as disk:
        keep_folder(files)
    assert disk.writes > len(files)
    for allowed in range(disk.writes):
        with full_disk(workspace.root, allowed), pytest.raises(StorageError):
            keep_folder(files)
        assert len(list(workspace.uploads.glob("captures/*"))) == 2
        assert list(workspace.staging.iterdir()) == []
    folder = keep_folder(files)
    assert folder.parent == workspace.uploads / "captures"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {name: content for content, name in files}
