"""How a cell of a table finds its file."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.data.readers.file_index import FileIndex
from core.data.readers.names import looks_like_file

INDEX = FileIndex(
    [PurePosixPath(p) for p in ("set/cat/1.jpg", "set/dog/1.jpg", "set/dog/Two.JPG", "set/é.png", "a.b.png")]
)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("set/cat/1.jpg", 0),
        ("cat/1.jpg", 0),
        ("./dog/1.jpg", 1),
        (r"F:\Stuff\assignment 2\set\dog\1.jpg", 1),
        ("/home/me/elsewhere/dog/two.jpg", 2),
        (" TWO.jpg ", 2),
        ("two", 2),
        ("dog/two", 2),
        ("two.png", 2),  # saved again in another format
        ("e\u0301.png", 3),
        ("a.b", 4),
        ("1.jpg", None),  # there are two of them
        ("1", None),
        ("three.jpg", None),
        ("", None),
        ("dog", None),
        ("/data/upload/1/0f3c2d1a-Two.JPG", 2),
        ("https://host/x/Two.JPG?w=640#top", 2),
        ("%C3%A9.png", 3),
        ("/data/local-files/?d=dog%2FTwo.JPG&x=1", 2),
        ("x" * 5000, None),
    ],
)
def test_a_name_finds_the_one_file_it_can_mean(cell, number):
    assert INDEX.find(cell) == number


@pytest.mark.parametrize(("cell", "expected"), [("a.JPG", True), ("x/y.txt", True), ("3.5", False), ("Mr. Png", False)])
def test_what_is_called_like_a_file_is_known_by_its_suffix(cell, expected):
    assert looks_like_file(cell) is expected
