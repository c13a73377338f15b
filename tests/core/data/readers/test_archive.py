"""Zips from strangers. Nothing is unpacked to disk, so the worst a name can do is to be refused."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers import archive
from core.data.readers.archive import read_zip
from core.data.readers.items import Item, Skip
from core.errors import DataError, UnreadableExampleError
from tests.helpers import png, write_zip

GOOD = [("cat/1.png", png()), ("dog/1.png", png((1, 1, 1)))]


def outcome(path):
    """{used name: item} and {skipped name: reason}."""
    reading = read_zip(path)
    entries = list(reading.items())
    assert len(entries) == reading.total
    used = {entry.name: entry for entry in entries if isinstance(entry, Item)}
    return used, {entry.file: entry.reason for entry in entries if isinstance(entry, Skip)}


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png", "cat/../../evil.png", "/etc/evil.png", "C:/evil/1.png",
        "..\\evil\\1.png", "cat\\..\\..\\1.png", "\\\\host\\a.png",
    ],
)  # fmt: skip
def test_a_name_that_points_outside_is_refused(tmp_path, name):
    used, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, (name, png())]))
    assert set(used) == {"cat/1.png", "dog/1.png"}
    assert "outside" in skipped[name]


def test_a_link_inside_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    used, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, (link, b"/etc/passwd")]))
    assert "link" in skipped["cat/link.png"]
    assert len(used) == 2


@pytest.mark.parametrize("name", ["cat/1.PNG", "CAT/1.png", "cat/1.png"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_names_that_are_equal_but_for_case_the_second_is_refused(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", [*GOOD, (name, png((5, 5, 5)))])
    entries = list(read_zip(path).items())
    (skip,) = [entry for entry in entries if isinstance(entry, Skip)]
    assert skip.file == name
    assert "same name" in skip.reason
    assert [entry.read() for entry in entries if isinstance(entry, Item)] == [content for _, content in GOOD]


def test_two_spellings_of_one_accent_are_the_same_name(tmp_path):
    name = "cat/é.png"
    one, other = unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)
    assert one != other
    used, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, (one, png()), (other, png())]))
    assert set(skipped) == {other}
    assert one in used


def test_a_password_is_said_so(tmp_path):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/secret.png", png())])
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")  # the last entry of the central directory
    raw[at + 8] |= 1
    path.write_bytes(raw)
    used, skipped = outcome(path)
    assert "password" in skipped["cat/secret.png"]
    assert len(used) == 2


@pytest.mark.parametrize("name", ["more.zip", "cat/MORE.ZIP"])
def test_a_zip_in_a_zip_is_listed(tmp_path, name):
    inner = write_zip(tmp_path / "inner.zip", GOOD).read_bytes()
    used, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, (name, inner)]))
    assert "zip inside the zip" in skipped[name]
    assert len(used) == 2


def test_an_entry_that_would_fill_the_disk_is_refused_unread(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/bomb.png", bytes(16 * 1024**2))])
    assert path.stat().st_size < 100_000
    opened = []
    original = zipfile.ZipFile.open
    monkeypatch.setattr(
        zipfile.ZipFile, "open", lambda self, entry, *a: (opened.append(entry.filename), original(self, entry, *a))[1]
    )
    used, skipped = outcome(path)
    assert "refused" in skipped["cat/bomb.png"]
    for item in used.values():
        item.read()
    assert sorted(opened) == ["cat/1.png", "dog/1.png"]


def test_a_small_entry_that_shrinks_well_is_fine(tmp_path):
    used, _ = outcome(write_zip(tmp_path / "a.zip", [*GOOD, ("cat/flat.bmp", bytes(1024**2))]))
    assert "cat/flat.bmp" in used


def test_an_entry_larger_than_the_limit_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRY_BYTES", 1000)
    _, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, ("cat/big.png", bytes(1001))]))
    assert "Larger than" in skipped["cat/big.png"]


def test_an_entry_that_lies_about_its_size_is_never_read_past_the_limit(tmp_path, monkeypatch):
    used, _ = outcome(write_zip(tmp_path / "a.zip", [*GOOD, ("cat/liar.png", b"small, it says")]))
    endless = io.BytesIO(bytes(5000))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, entry: endless)
    monkeypatch.setattr(archive, "MAX_ENTRY_BYTES", 1000)
    with pytest.raises(UnreadableExampleError, match="against what the zip says"):
        used["cat/liar.png"].read()
    assert endless.closed


def test_an_entry_whose_size_was_forged_is_listed_as_damaged(tmp_path):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/liar.png", bytes(5000))])
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 500)
    path.write_bytes(raw)
    used, _ = outcome(path)
    with pytest.raises(UnreadableExampleError, match="damaged"):
        used["cat/liar.png"].read()


@pytest.mark.parametrize(("limit", "value"), [("MAX_ENTRIES", 2), ("MAX_TOTAL_BYTES", 50)])
def test_a_zip_beyond_the_limits_is_refused_whole(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(DataError, match=r"'a\.zip' holds 3 files.*The limit is"):
        read_zip(write_zip(tmp_path / "a.zip", [*GOOD, ("cat/2.png", png((2, 2, 2)))]))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_zip_is_a_data_error(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"'a\.zip' is not a zip file, or it is damaged"):
        read_zip(path)


def test_a_zip_cut_short_is_a_data_error(tmp_path):
    path = write_zip(tmp_path / "a.zip", GOOD)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="damaged"):
        read_zip(path)


def test_damage_inside_one_entry_costs_only_that_entry(tmp_path):
    path = write_zip(tmp_path / "a.zip", GOOD)
    raw = bytearray(path.read_bytes())
    raw[45] ^= 0xFF  # inside the first entry's data
    path.write_bytes(raw)
    used, _ = outcome(path)
    with pytest.raises(UnreadableExampleError, match="damaged"):
        used["cat/1.png"].read()
    assert used["dog/1.png"].read() == GOOD[1][1]


def test_folders_themselves_are_not_counted(tmp_path):
    path = write_zip(tmp_path / "a.zip", [("cat/", b""), ("dog/", b""), *GOOD])
    assert read_zip(path).total == 2


@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_zip_is_a_data_error_or_every_entry_is_accounted_for(tmp_path, changes):
    path = write_zip(tmp_path / "any.zip", [*GOOD, ("cat/ü.png", png((3, 3, 3)))])
    raw = bytearray(path.read_bytes())
    for at, value in changes:
        raw[int(at * len(raw))] = value
    path.write_bytes(raw)
    try:
        reading = read_zip(path)
    except DataError as error:
        assert str(error)
        return
    entries = list(reading.items())
    assert len(entries) == reading.total
    for entry in entries:
        if isinstance(entry, Item):
            try:
                entry.read()
            except UnreadableExampleError as error:
                assert str(error)


def test_a_name_in_no_encoding_is_not_a_crash(tmp_path):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/ü.png", png((3, 3, 3)))])
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xfe"))
    try:
        assert len(list(read_zip(path).items())) == 3
    except DataError as error:
        assert "damaged" in str(error)
