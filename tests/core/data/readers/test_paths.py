"""What folders mean, and how the tree is shown."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.data.readers.examples import preview
from core.data.readers.paths import lay_out, parts_by_folder


def paths(*names: str) -> list[PurePosixPath]:
    return [PurePosixPath(name) for name in names]


@pytest.mark.parametrize(
    ("names", "root"),
    [
        (("cat/1.png", "dog/1.png"), ""),
        (("a/cat/1.png", "a/dog/1.png"), "a"),
        (("a/b/c/cat/1.png", "a/b/c/dog/1.png"), "a/b/c"),
        (("a/cat/1.png",), "a"),
        (("cat/1.png",), ""),
        (("a/train/cat/1.png", "a/test/cat/1.png"), "a"),
        (("set/cat/train/1.png", "set/cat/test/1.png"), "set"),
        (("1.png", "a/cat/1.png", "a/dog/1.png"), "a"),
    ],
)
def test_the_root_is_what_lies_around_everything(names, root):
    assert lay_out(paths(*names)).root == root


def test_folders_that_are_parts_say_the_part_of_files_without_a_class():
    assert parts_by_folder(paths("train/cat.0.jpg", "w/Test/1.jpg", "other/2.jpg")) == ["train", "test", None]


@pytest.mark.parametrize(
    "names", [("test/1.jpg", "test/2.jpg"), ("train/1.jpg", "train/2.jpg"), ("a/1.jpg", "b/2.jpg")]
)
def test_one_part_alone_is_no_division(names):
    assert parts_by_folder(paths(*names)) == [None, None]


def test_a_preview_counts_the_files_of_each_folder():
    rows = preview(paths("a/cat/1.png", "a/cat/2.png", "a/x/3.png"), [("cat", "train"), ("cat", "train"), (None, None)])
    assert rows == [
        {"folder": "a/cat", "label": "cat", "split": "train", "count": 2},
        {"folder": "a/x", "label": None, "split": None, "count": 1},
    ]


@pytest.mark.parametrize(("folders", "rows"), [(30, 30), (31, 30), (500, 30)])
def test_a_preview_stays_short_and_loses_no_count(folders, rows):
    names = paths(*(f"{n}/{k}.png" for n in range(folders) for k in range(2)))
    shown = preview(names, [(name.parts[0], None) for name in names])
    assert len(shown) == rows
    assert sum(row["count"] for row in shown) == 2 * folders
    if folders > 30:
        assert str(shown[-1]["folder"]) == f"and {folders - 29} more"
