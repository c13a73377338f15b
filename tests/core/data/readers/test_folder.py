"""What only a folder on disk can contain."""

from __future__ import annotations

import os

import pytest

from core.data.readers.folder import read_folder
from core.data.readers.items import Item, Skip
from tests.helpers import pictures_in_classes, write_tree


def outcome(folder):
    entries = list(read_folder(folder).items())
    used = {entry.name for entry in entries if isinstance(entry, Item)}
    return used, {entry.file: entry.reason for entry in entries if isinstance(entry, Skip)}


def test_the_order_is_the_same_on_every_machine(tmp_path, monkeypatch):
    write_tree(tmp_path / "set", pictures_in_classes("dog", "cat", "bird", each=3))
    first = [item.name for item in read_folder(tmp_path / "set").items()]
    walk = os.walk

    def reversed_walk(top, *arguments, **options):
        for parent, folders, names in walk(top, *arguments, **options):
            folders.reverse()
            yield parent, folders, names[::-1]

    monkeypatch.setattr(os, "walk", reversed_walk)
    assert [item.name for item in read_folder(tmp_path / "set").items()] == first


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
