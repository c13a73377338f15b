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

from core.data.readers.archive import open_archive
from core.data.readers.reading import Source
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.helpers import png, write_zip

GOOD = [("cat/1.png", png()), ("dog/1.png", png((1, 1, 1)))]


def open_zip(path, limits) -> Source:
    return open_archive(path.open("rb"), path.name, "zip", limits)


def outcome(path, limits=Limits()):  # noqa: B008
    """{name: file} of what can be read, and {name: reason} of what was refused on sight."""
    source = open_zip(path, limits)
    return {str(file.path): file for file in source.files}, {skip.file: str(skip.reason) for skip in source.skipped}


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
    source = open_zip(path, Limits())
    (skip,) = source.skipped
    assert skip.file == name
    assert "same name" in str(skip.reason)
    assert [file.read() for file in source.files] == [content for _, content in GOOD]


def test_a_refused_entry_does_not_take_its_name_from_a_good_one(tmp_path):
    link = zipfile.ZipInfo("cat/2.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    used, skipped = outcome(write_zip(tmp_path / "a.zip", [*GOOD, (link, b"x"), ("cat/2.PNG", png((5, 5, 5)))]))
    assert set(skipped) == {"cat/2.png"}
    assert used["cat/2.PNG"].read() == png((5, 5, 5))


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
    for file in used.values():
        file.read()
    assert sorted(opened) == ["cat/1.png", "dog/1.png"]


def test_a_small_entry_that_shrinks_well_is_fine(tmp_path):
    used, _ = outcome(write_zip(tmp_path / "a.zip", [*GOOD, ("cat/flat.bmp", bytes(1024**2))]))
    assert "cat/flat.bmp" in used


def test_an_entry_larger_than_the_limit_is_listed_with_the_way_to_raise_it(tmp_path):
    entries = [*GOOD, ("cat/big.png", bytes(1024**2 + 1)), ("cat/just.png", bytes(1024**2))]
    used, skipped = outcome(write_zip(tmp_path / "a.zip", entries), Limits(file_megabytes=1))
    assert "Larger than 1 MB" in skipped["cat/big.png"]
    assert "settings.json" in skipped["cat/big.png"]
    assert "cat/just.png" in used


def test_a_table_may_be_as_large_as_tables_may_be(tmp_path):
    entries = [("a.csv", bytes(2 * 1024**2)), ("cat/big.png", bytes(2 * 1024**2))]
    used, skipped = outcome(write_zip(tmp_path / "a.zip", entries), Limits(file_megabytes=1, table_megabytes=3))
    assert set(used) == {"a.csv"}
    assert set(skipped) == {"cat/big.png"}


def test_an_entry_that_lies_about_its_size_is_never_read_past_the_limit(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/liar.png", b"small, it says")])
    used, _ = outcome(path, Limits(file_megabytes=1))
    endless = io.BytesIO(bytes(5 * 1024**2))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, entry: endless)
    with pytest.raises(UnreadableExampleError, match="against what the archive says"):
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


def test_an_entry_in_thousands_of_folders_is_left_out(tmp_path):
    entries = [*GOOD, ("a/" * 30_000 + "deep.png", b"x"), ("a/" * 50 + "just.png", b"x")]
    used, skipped = outcome(write_zip(tmp_path / "a.zip", entries))
    assert "a/" * 50 + "just.png" in used
    assert [reason for name, reason in skipped.items() if name.endswith("deep.png")] == [
        "It lies more than 50 folders deep, which is the limit (depth in settings.json)."
    ]


@pytest.mark.parametrize(
    ("limits", "says"),
    [(Limits(files=2), "more than 2 files"), (Limits(total_megabytes=1), "more than 1 MB in all")],
)
def test_a_zip_beyond_the_limits_is_refused_whole(tmp_path, limits, says):
    entries = [*GOOD, ("cat/2.png", bytes(1024**2))]
    with pytest.raises(DataError, match=rf"'a\.zip' holds {says}.*settings\.json"):
        open_zip(write_zip(tmp_path / "a.zip", entries), limits)


def test_what_is_refused_anyway_does_not_count_as_too_much(tmp_path):
    entries = [*GOOD, ("cat/bomb.png", bytes(16 * 1024**2))]
    used, skipped = outcome(write_zip(tmp_path / "a.zip", entries), Limits(total_megabytes=1))
    assert len(used) == 2
    assert "refused" in skipped["cat/bomb.png"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_zip_is_a_data_error(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"'a\.zip' is not a zip file, or it is damaged"):
        open_zip(path, Limits())


def test_a_zip_cut_short_is_a_data_error(tmp_path):
    path = write_zip(tmp_path / "a.zip", GOOD)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="damaged"):
        open_zip(path, Limits())


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
    used, skipped = outcome(path)
    assert len(used) == 2
    assert skipped == {}


@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8))
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_zip_is_a_data_error_or_every_entry_is_accounted_for(tmp_path, changes):
    path = write_zip(tmp_path / "any.zip", [*GOOD, ("cat/ü.png", png((3, 3, 3)))])
    raw = bytearray(path.read_bytes())
    for at, value in changes:
        raw[int(at * len(raw))] = value
    path.write_bytes(raw)
    try:
        source = open_zip(path, Limits())
    except DataError as error:
        assert str(error)
        return
    with zipfile.ZipFile(path) as archive:
        given = sum(not entry.is_dir() for entry in archive.infolist())
    assert len(source.files) + len(source.skipped) == given
    for file in source.files:
        try:
            file.read()
        except UnreadableExampleError as error:
            assert str(error)


def test_a_name_in_no_encoding_is_not_a_crash(tmp_path):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("cat/ü.png", png((3, 3, 3)))])
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xff\xfe"))
    try:
        used, skipped = outcome(path)
        assert len(used) + len(skipped) == 3
    except DataError as error:
        assert "damaged" in str(error)


def test_backslashes_between_folders_are_understood(tmp_path):
    """Old programs for Windows wrote them, against the rules."""
    used, _ = outcome(write_zip(tmp_path / "a.zip", [("set\\cat\\1.png", png())]))
    assert set(used) == {"set/cat/1.png"}


def test_ten_thousand_entries_are_opened_one_at_a_time(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "a.zip", ((f"cat/{n}.png", b"x" * 100) for n in range(10_000)))
    archives = []
    original = zipfile.ZipFile.__init__
    monkeypatch.setattr(
        zipfile.ZipFile, "__init__", lambda self, *a, **o: (archives.append(self), original(self, *a, **o))[1]
    )
    source = open_zip(path, Limits())
    assert sum(len(file.read()) for file in source.files) == 1_000_000
    assert len(archives) == 1


def test_nothing_is_written_anywhere(tmp_path):
    path = write_zip(tmp_path / "a.zip", [*GOOD, ("../evil.png", png())])
    for file in open_zip(path, Limits()).files:
        file.read()
    assert list(tmp_path.rglob("*")) == [path]
    assert not (tmp_path.parent / "evil.png").exists()


# --- names whose encoding the zip does not say --------------------------------------------------------------------


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
        ("cp852", ["Dane\\Żółw\\1.png", "Dane\\Łoś\\1.png", "Dane\\Ryś\\1.png"]),
        ("cp850", ["Ñandú/1.png", "Größe/2.png", "Vögel/3.png"]),
        ("cp866", ["Кошка/1.png", "Собака/2.png"]),
        ("cp1252", ["Vögel/1.png", "Größe/2.png"]),
        ("ascii", ["cat/1.png", "dog/2.png"]),
    ],
)
def test_names_are_read_as_they_were_meant(tmp_path, encoding, names):
    path = zip_with_raw_names(tmp_path / "a.zip", [name.encode(encoding) for name in names])
    assert [str(file.path) for file in open_zip(path, Limits()).files] == [name.replace("\\", "/") for name in names]


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
    assert "outside" in str(source.skipped[0].reason)
