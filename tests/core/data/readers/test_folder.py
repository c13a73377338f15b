"""What only a folder on disk can contain."""

from __future__ import annotations

import os

import pytest

from core.data.readers.source import open_folder
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.helpers import pictures_in_classes, write_tree


def outcome(folder):
    source = open_folder(folder, Limits())
    return {str(file.path) for file in source.files}, {skip.file: skip.reason for skip in source.skipped}


def test_the_order_is_the_same_on_every_machine(tmp_path, monkeypatch):
    write_tree(tmp_path / "set", pictures_in_classes("dog", "cat", "bird", each=3))
    first = [file.path for file in open_folder(tmp_path / "set", Limits()).files]
    walk = os.walk

    def reversed_walk(top, *arguments, **options):
        for parent, folders, names in walk(top, *arguments, **options):
            folders.reverse()
            yield parent, folders, names[::-1]

    monkeypatch.setattr(os, "walk", reversed_walk)
    assert [file.path for file in open_folder(tmp_path / "set", Limits()).files] == first


def test_a_link_is_listed_and_not_followed(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=1))
    (folder / "cat" / "link.png").symlink_to(secret)
    (folder / "cat" / "dead.png").symlink_to(tmp_path / "gone.png")
    used, skipped = outcome(folder)
    assert used == {"cat/0.png", "dog/0.png"}
    assert set(skipped) == {"cat/link.png", "cat/dead.png"}
    assert all("link" in reason for reason in skipped.values())


def test_a_linked_folder_is_listed_and_not_followed(tmp_path):
    elsewhere = write_tree(tmp_path / "elsewhere", pictures_in_classes("bird", each=2))
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=1))
    (folder / "bird").symlink_to(elsewhere / "bird", target_is_directory=True)
    used, skipped = outcome(folder)
    assert used == {"cat/0.png", "dog/0.png"}
    assert set(skipped) == {"bird"}


def test_a_folder_that_links_to_itself_comes_to_an_end(tmp_path):
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=1))
    (folder / "cat" / "again").symlink_to(folder, target_is_directory=True)
    assert outcome(folder)[0] == {"cat/0.png", "dog/0.png"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files on this system")
def test_a_pipe_is_listed_and_never_opened(tmp_path):
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=1))
    os.mkfifo(folder / "cat" / "pipe.png")
    assert set(outcome(folder)[1]) == {"cat/pipe.png"}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is closed to an administrator")
def test_a_folder_that_may_not_be_entered_is_listed(tmp_path):
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=1))
    (folder / "dog").chmod(0)
    try:
        used, skipped = outcome(folder)
    finally:
        (folder / "dog").chmod(0o700)
    assert used == {"cat/0.png"}
    assert "not allowed" in skipped["dog"]


def test_litter_is_listed_and_never_read(tmp_path):
    files = {**pictures_in_classes("cat", each=1), ".DS_Store": b"", ".git/config": b"", "cat/Thumbs.db": b""}
    used, skipped = outcome(write_tree(tmp_path / "set", files))
    assert used == {"cat/0.png"}
    assert set(skipped) == {".DS_Store", ".git/config", "cat/Thumbs.db"}


@pytest.mark.parametrize(
    ("limits", "says"),
    [(Limits(files=2), "more than 2 files"), (Limits(total_megabytes=1), "more than 1 MB in all")],
)
def test_a_folder_beyond_the_limits_is_refused_whole(tmp_path, limits, says):
    files = {**pictures_in_classes("cat", "dog", each=1), "cat/big.png": bytes(1024**2)}
    with pytest.raises(DataError, match=rf"'set' holds {says}.*settings\.json"):
        open_folder(write_tree(tmp_path / "set", files), limits)


def test_a_file_larger_than_the_limit_is_listed(tmp_path):
    folder = write_tree(tmp_path / "set", {**pictures_in_classes("cat", each=1), "cat/big.png": bytes(1024**2 + 1)})
    source = open_folder(folder, Limits(file_megabytes=1))
    assert [str(file.path) for file in source.files] == ["cat/0.png"]
    assert "Larger than 1 MB" in source.skipped[0].reason


def test_a_file_that_is_gone_when_its_turn_comes_is_unreadable(tmp_path):
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", each=1))
    (file,) = open_folder(folder, Limits()).files
    (folder / "cat" / "0.png").unlink()
    with pytest.raises(UnreadableExampleError, match="could not be read"):
        file.read()
