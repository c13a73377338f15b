"""Names inside zips of old and foreign programs."""

from __future__ import annotations

import zipfile

import pytest

from core.data.readers.opening import open_zip
from core.limits import Limits
from tests.helpers import png


def zip_with_raw_names(path, names: list[bytes]):
    """A zip whose names are these bytes, with no word on their encoding."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr("x" * (len(name) - 4) + f"{number:04}", png((number, 0, 0)))
    raw = path.read_bytes()
    for number, name in enumerate(names):
        raw = raw.replace(b"x" * (len(name) - 4) + b"%04d" % number, name)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gbk", ["图片/小猫/一.png", "图片/小狗/二.png", "图片/readme.txt"]),
        ("shift_jis", ["写真/いぬ/あか.png", "写真/ねこ/しろい.png"]),
        ("utf-8", ["Größe/éclair.png", "日本/ねこ.png"]),
        ("cp437", ["Köln/Öl.png", "café/müde größer.png", "Ärger/1.png"]),
        ("ascii", ["cat/1.png", "dog/2.png"]),
    ],
)
def test_names_are_read_as_they_were_meant(tmp_path, encoding, names):
    path = zip_with_raw_names(tmp_path / "a.zip", [name.encode(encoding) for name in names])
    assert [str(file.path) for file in open_zip(path, Limits()).files] == names


def test_a_name_that_says_it_is_utf8_is_left_alone(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("├⌐cole/1.png", png())  # what "école" looks like when misread; but here it is meant
    assert [str(file.path) for file in open_zip(path, Limits()).files] == ["├⌐cole/1.png"]


def test_a_repaired_entry_can_be_read(tmp_path):
    path = zip_with_raw_names(tmp_path / "a.zip", ["小猫/一二三.png".encode("gbk")])
    (file,) = open_zip(path, Limits()).files
    assert file.read() == png((0, 0, 0))


def test_a_repaired_name_cannot_point_outside(tmp_path):
    path = zip_with_raw_names(tmp_path / "a.zip", ["小猫/../../一二三.png".encode("gbk")])
    source = open_zip(path, Limits())
    assert source.files == ()
    assert "outside" in source.skipped[0].reason
