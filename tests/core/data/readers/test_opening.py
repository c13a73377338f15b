"""What lies behind a path."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.archive import open_archive
from core.data.readers.opening import only_chosen, open_folder, open_path
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.helpers import pictures_in_classes, png, write_tree, write_zip
from tests.reading import source_of


def names(path, chosen=None, limits=Limits()):  # noqa: B008
    return [str(file.path) for file in open_path(path, limits, chosen).files]


def test_folder_zip_and_file_are_all_lists_of_files(tmp_path):
    files = pictures_in_classes("cat", "dog", each=1)
    assert names(write_tree(tmp_path / "set", files)) == sorted(files)
    assert names(write_zip(tmp_path / "set.zip", files.items())) == sorted(files)
    (tmp_path / "a.csv").write_bytes(b"text,label")
    assert names(tmp_path / "a.csv") == ["a.csv"]


def test_a_zip_is_known_by_its_content(tmp_path):
    path = write_zip(tmp_path / "set.data", pictures_in_classes("cat").items())
    assert names(path) == ["cat/0.png", "cat/1.png"]


@pytest.mark.parametrize("mark", ["[Content_Types].xml", "mimetype"])
def test_an_office_document_is_one_file(tmp_path, mark):
    path = write_zip(tmp_path / "book.xlsx", [(mark, b"x"), ("xl/workbook.xml", b"x")])
    assert names(path) == ["book.xlsx"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.csv", None, r"There is no file or folder 'gone\.csv'"),
        ("empty.csv", b"", r"'empty\.csv' is empty"),
        ("a.zip", b"no zip", r"'a\.zip' is not a zip file, or it is damaged"),
        ("a.zip", b"PK\x03\x04 cut short", r"'a\.zip' is not a zip file, or it is damaged"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c.", r"'a\.7z' is a 7z archive.*make a zip"),
        ("a.rar", b"Rar!\x1a\x07\x01", r"is a rar archive.*make a zip"),
        ("a.tar.gz", b"\x1f\x8b.", r"'a\.tar\.gz' \(gz\) is damaged or cut short"),
        ("a.xz", b"\xfd7zXZ\x00.", r"'a\.xz' \(xz\) is damaged or cut short"),
        ("a.bz2", b"BZh.", r"'a\.bz2' \(bz2\) is damaged or cut short"),
        (
            "a.zip.001",
            b"PK\x03\x04 the first part",
            r"'a\.zip\.001' is one part of a divided archive.*unpack the first",
        ),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        open_path(tmp_path / name, Limits())


@pytest.mark.parametrize("way", ["", "gz", "bz2", "xz"])
def test_a_tar_by_any_name_and_packing_is_read(tmp_path, way):
    with tarfile.open(tmp_path / "set", f"w:{way}") as archive:
        archive.add(write_tree(tmp_path / "x", pictures_in_classes("cat", "dog", each=1)), "x")
        archive.addfile(tarfile.TarInfo("../evil.png"))
        link = tarfile.TarInfo("x/cat/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    source = open_path(tmp_path / "set", Limits())
    assert {str(file.path) for file in source.files} == {"x/cat/0.png", "x/dog/0.png"}
    assert source.files[0].read() == pictures_in_classes("cat", "dog", each=1)[str(source.files[0].path)[2:]]
    assert {skip.file: str(skip.reason) for skip in source.skipped} == {
        "../evil.png": "Its name points outside the archive, so it was refused.",
        "x/cat/link.png": "A link or a special file, not an example.",
    }


def test_a_tar_that_is_cut_short_or_unpacks_to_too_much_is_refused_whole(tmp_path):
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        archive.add(write_tree(tmp_path / "x", {"a.txt": bytes(3 * 1024**2)}), "x")
    whole = (tmp_path / "set.tar").read_bytes()
    (tmp_path / "set.tgz").write_bytes(gzip.compress(whole))
    with pytest.raises(DataError, match="more than 1 MB in all"):
        open_path(tmp_path / "set.tgz", Limits(total_megabytes=1))
    (tmp_path / "set.tgz").write_bytes(gzip.compress(whole)[:-9])
    with pytest.raises(DataError, match=r"'set\.tgz' \(gz\) is damaged or cut short"):
        open_path(tmp_path / "set.tgz", Limits())


@pytest.mark.parametrize("name", ["labels.csv.gz", "labels.csv.GZ"])
def test_a_file_that_is_packed_alone_is_that_file(tmp_path, name):
    folder = write_tree(tmp_path / "set", {f"in/{name}": gzip.compress(b"text,label"), "README": b"x"})
    assert names(folder) == ["in/labels.csv", "README"]
    assert names(folder / "in" / name) == ["labels.csv"]
    assert open_path(folder, Limits()).files[0].read() == b"text,label"


def test_a_single_file_beyond_the_limit_is_refused_with_the_way_to_raise_it(tmp_path):
    (tmp_path / "a.csv").write_bytes(bytes(2 * 1024**2 + 1))
    limits = Limits(file_megabytes=1, table_megabytes=2)
    with pytest.raises(DataError, match=r'larger than 2 MB.*"table_megabytes": 3.*settings\.json'):
        open_path(tmp_path / "a.csv", limits)


# --- folders around zips -----------------------------------------------------------------------------------------


def folder_of_zips(root, *zips: str):
    root.mkdir()
    for name in zips:
        (root / name).parent.mkdir(exist_ok=True)
        write_zip(root / name, [("../evil.png", b""), *pictures_in_classes("cat", "dog", each=1).items()])
    return write_tree(root, {"README.md": b"where from", "tool.py": b"pass"})


def test_a_folder_with_nothing_but_one_zip_is_that_zip(tmp_path):
    source = open_path(folder_of_zips(tmp_path / "set", "in/a.zip"), Limits())
    assert [str(file.path) for file in source.files] == [
        "in/a.zip/cat/0.png", "in/a.zip/dog/0.png", "README.md", "tool.py",
    ]  # fmt: skip
    assert [skip.file for skip in source.skipped] == ["in/a.zip/../evil.png"]
    assert source.files[0].read() == png((0, 0, 0))


def test_several_zips_are_one_source(tmp_path):
    """As a peer hands out one for each class, or a service the pieces of one download."""
    source = open_path(folder_of_zips(tmp_path / "set", "a.zip", "b.zip"), Limits())
    assert [str(file.path) for file in source.files] == [
        "a.zip/cat/0.png", "a.zip/dog/0.png", "b.zip/cat/0.png", "b.zip/dog/0.png", "README.md", "tool.py",
    ]  # fmt: skip
    assert [skip.file for skip in source.skipped] == ["a.zip/../evil.png", "b.zip/../evil.png"]


def test_one_damaged_zip_of_several_is_one_line(tmp_path):
    folder = write_tree(folder_of_zips(tmp_path / "set", "a.zip"), {"b.zip": b"PK\x03\x04", "c.rar": b"Rar!\x1a\x07"})
    reasons = {skip.file: str(skip.reason) for skip in open_path(folder, Limits()).skipped}
    assert "damaged" in reasons["b.zip"]
    assert "a rar archive" in reasons["c.rar"]


def test_a_zip_beside_a_table_is_opened_where_pictures_lie_in_it(tmp_path):
    inner = [(name.replace("/", "_"), raw) for name, raw in pictures_in_classes("cat", "dog").items()]
    folder = write_tree(tmp_path / "set", {"labels.csv": b"id,label\ncat_0,cat\n"})
    write_zip(folder / "train.zip", inner)
    assert len(names(folder)) == 5
    write_zip(folder / "train.zip", [("old.csv", b"text,label")])
    assert names(folder) == ["labels.csv", "train.zip"]


def test_the_files_of_all_archives_together_are_limited(tmp_path):
    folder = folder_of_zips(tmp_path / "set", "a.zip", "b.zip")
    assert len(names(folder, limits=Limits(files=4))) == 6
    write_zip(folder / "a.zip", pictures_in_classes("cat", "dog").items())
    with pytest.raises(DataError, match="more than 4 files"):
        open_path(folder, Limits(files=4))


@pytest.mark.parametrize("chosen", ["a.zip", "in/a.zip", "in", "*/A.ZIP", "in/*"])
def test_one_of_several_zips_can_be_chosen(tmp_path, chosen):
    source = open_path(folder_of_zips(tmp_path / "set", "in/a.zip", "b.zip"), Limits(), chosen)
    kept = only_chosen(source, chosen)
    assert [str(file.path) for file in kept.files] == ["in/a.zip/cat/0.png", "in/a.zip/dog/0.png"]
    assert {"b.zip", "README.md", "tool.py"} <= {skip.file for skip in kept.skipped}


def test_a_zip_beside_pictures_stays_closed(tmp_path):
    folder = folder_of_zips(tmp_path / "set", "a.zip")
    write_tree(folder, pictures_in_classes("cat", each=1))
    assert names(folder) == ["README.md", "a.zip", "tool.py", "cat/0.png"]


def test_a_damaged_zip_in_a_folder_is_a_data_error(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match="damaged"):
        open_path(tmp_path / "set", Limits())


# --- a part of the files -----------------------------------------------------------------------------------------

FILES = dict.fromkeys(["raw/a.csv", "raw/b.csv", "cooked/a.csv", "A.TXT"], b"x")


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [
        (None, set(FILES)),
        ("", set(FILES)),
        ("raw/*", {"raw/a.csv", "raw/b.csv"}),
        ("raw", {"raw/a.csv", "raw/b.csv"}),
        ("raw\\b.csv", {"raw/b.csv"}),
        ("a.csv", {"raw/a.csv", "cooked/a.csv"}),
        ("*.txt", {"A.TXT"}),
    ],
)
def test_a_pattern_chooses_by_path_name_or_folder(pattern, kept):
    source = only_chosen(source_of(FILES), pattern)
    assert {str(file.path) for file in source.files} == kept
    assert {skip.file for skip in source.skipped} == set(FILES) - kept
    assert all(f"'{pattern}'" in str(skip.reason) for skip in source.skipped)


def test_a_pattern_that_fits_nothing_shows_what_there_is():
    with pytest.raises(DataError, match=r"No file in 'given' matches '\*\.jpg'.*raw/a\.csv"):
        only_chosen(source_of(FILES), "*.jpg")


def test_the_source_of_zips_is_a_zip_too(tmp_path):
    """What a browser makes of a folder full of zips is a zip with zips inside; those are opened, and no deeper ones."""
    deepest = write_zip(tmp_path / "deepest.zip", pictures_in_classes("cat", each=1).items()).read_bytes()
    inner = write_zip(tmp_path / "in.zip", [("deep.zip", deepest), ("cat/1.png", png())]).read_bytes()
    path = write_zip(tmp_path / "a.zip", [("in.zip", inner)])
    assert names(path) == ["in.zip/deep.zip", "in.zip/cat/1.png"]
    assert open_path(path, Limits()).files[1].read() == png()


# --- folders ------------------------------------------------------------------------------------------------------


def outcome(folder):
    source = open_folder(folder, Limits())
    return {str(file.path) for file in source.files}, {skip.file: str(skip.reason) for skip in source.skipped}


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
    assert "Larger than 1 MB" in str(source.skipped[0].reason)


def test_a_file_that_is_gone_when_its_turn_comes_is_unreadable(tmp_path):
    folder = write_tree(tmp_path / "set", pictures_in_classes("cat", each=1))
    (file,) = open_folder(folder, Limits()).files
    (folder / "cat" / "0.png").unlink()
    with pytest.raises(UnreadableExampleError, match="could not be read"):
        file.read()


WHOLE = io.BytesIO()
with tarfile.open(fileobj=WHOLE, mode="w") as _tar:
    for _name in ("cat/1.png", "dog/1.png"):
        _info = tarfile.TarInfo(_name)
        _info.size = len(png())
        _tar.addfile(_info, io.BytesIO(png()))


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6), st.booleans())
def test_a_damaged_tar_is_a_data_error_or_every_entry_is_accounted_for(changes, packed):
    raw = bytearray(WHOLE.getvalue())
    for at, byte in changes:
        raw[at] = byte
    file = io.BytesIO(gzip.compress(bytes(raw)) if packed else bytes(raw))
    try:
        source = open_archive(file, "a.tar", "gz" if packed else "tar", Limits())
    except DataError as error:
        assert "damaged" in str(error)
        return
    for found in source.files:
        with contextlib.suppress(UnreadableExampleError):
            assert isinstance(found.read(), bytes)


def test_a_packed_tar_in_a_zip_is_opened(tmp_path):
    files, buffer = pictures_in_classes("cat", "dog", each=2), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, raw in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    path = write_zip(tmp_path / "download.zip", [("images.tar.gz", buffer.getvalue())])
    assert names(path) == [f"images.tar.gz/{name}" for name in sorted(files)]
    labels = gzip.compress(b"text,label\na,b\n")
    assert names(write_zip(tmp_path / "labels.zip", [("labels.csv.gz", labels)])) == ["labels.csv"]
