"""What is said of files from which nothing can be learnt: what they are, and the step that mends it."""

from __future__ import annotations

import json
import re

import pytest

from core.data.intake import take_in
from core.data.readers.propose import propose
from core.data.readers.reading import ReadOptions
from core.errors import DataError
from core.events import drain
from core.limits import Limits
from core.workspace import Workspace
from tests.helpers import png, write_tree, write_zip
from tests.reading import read_with, source_of


def in_folders(suffix: str, content: bytes = b"\x00\x01") -> dict[str, bytes]:
    return {f"{label}/{n}{suffix}": content for label in "ab" for n in range(6)}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (in_folders(".MP4"), r"12 videos \(\.MP4\)\. Save single pictures"),
        (in_folders(".cr2"), r"12 raw pictures of a camera \(\.cr2\)\. Export them as JPEG"),
        (in_folders(".svg"), r"12 drawings \(\.svg\)\. Export them as PNG"),
        (in_folders(".html"), r"12 web pages \(\.html\)\. Save them as plain text"),
        (in_folders(".mbox"), r"12 files of e-mails \(\.mbox\)\. Save each e-mail as \.eml"),
        (in_folders(".gdoc"), r"12 links to files that lie elsewhere .* Download the files themselves"),
        (in_folders(".pptx"), r"12 presentations .* Export the slides"),
        (in_folders(".rar"), r"12 packed files \(\.rar\)\. Unpack them"),
        ({**in_folders(".mov"), "note.txt": b"x"}, r"1 text document and 12 videos"),
        ({"clip.mov": b"x"}, r"'clip\.mov' is a video, which cannot be read here.*Save single pictures"),
    ],
)
def test_other_kinds_of_files_are_called_what_they_are(files, says):
    with pytest.raises(DataError, match=says) as caught:
        read_with(propose, source_of(files, "holiday"))
    assert "'holiday'" in str(caught.value) or len(files) == 1


PLACEHOLDER = "It lies in iCloud only"


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("survey.sav", b"$FL2@(#) SPSS", "a file of SPSS.*as CSV"),
        ("class.sas7bdat", b"\0", "a file of SAS"),
        ("study.dta", b"\0", "a file of Stata"),
        ("x.RData", b"RDX3\nX\n", "a file of R,.*write.csv"),
        ("shop.db", b"SQLite format 3\0", "a file of SQLite.*Export the table"),
        ("data_batch_1", b"\x80\x02}q\x01", "a pickle of Python objects.*never opened"),
        ("train.h5", b"\x89HDF\r\n\x1a\n", "a file of HDF5"),
        ("lesson.ipynb", b'{"cells": [{"cell_type": "code", "source": "1"}], "nbformat": 4}', "a notebook of programs"),
        ("net.tflite", b"\0", "a trained model.*Choose the examples"),
    ],
)
def test_a_file_of_another_program_is_named_and_what_to_do_with_it(name, raw, says):
    with pytest.raises(DataError, match=rf"'{re.escape(name)}' is {says}"):
        read_with(propose, source_of({name: raw}))


@pytest.mark.parametrize(
    ("name", "entries", "says"),
    [
        ("cards.apkg", {"collection.anki2": b"SQLite format 3\0", "media": b"{}"}, "a file of Anki"),
        ("net.pt", {"archive/data.pkl": b"\x80\x02", "archive/version": b"3"}, "a pickle of Python objects"),
        ("Survey.numbers", {"Index/Document.iwa": b"x", "preview.jpg": png()}, "spreadsheet of Numbers"),
    ],
)
def test_a_document_that_is_a_zip_inside_is_no_folder(tmp_path, name, entries, says):
    with pytest.raises(DataError, match=says):
        read_with(propose, write_zip(tmp_path / name, entries.items()))


def test_a_model_with_its_labels_is_no_set_of_examples():
    with pytest.raises(DataError, match=r"1 file of a trained model \(\.h5\).*holds none"):
        read_with(propose, source_of({"keras_model.h5": b"\x89HDF", "labels.txt": b"0 Cat\n1 Dog\n"}))


def test_placeholders_of_the_cloud_say_so(tmp_path):
    folder = write_tree(tmp_path / "photos", {f"{label}/.{n}.jpg.icloud": b"bplist00" for label in "ab" for n in "12"})
    with pytest.raises(DataError, match=f"{PLACEHOLDER}.*Download them first"):
        read_with(propose, folder)
    write_tree(folder, {f"{label}/{n}.png": png((n, 1, 1)) for label in "ab" for n in range(2)})
    skipped = [item for item in read_with(propose, folder).items if not hasattr(item, "label")]
    assert len(skipped) == 4
    assert all(PLACEHOLDER in str(skip.reason) for skip in skipped)


def test_one_class_alone_says_what_lies_beside_it(tmp_path):
    files = {**{f"jpg/{n}.png": png((n, 0, 0)) for n in range(3)}, "imagelabels.mat": b"MATLAB 5.0"}
    with pytest.raises(DataError, match=r"one class only.*Beside them it holds 1 file of MATLAB \(\.mat\)"):
        drain(take_in(str(write_tree(tmp_path / "given", files)), Workspace(tmp_path / "home")))


def test_a_zip_with_a_password_says_so_and_what_to_do(tmp_path):
    path = write_zip(tmp_path / "secret.zip", in_folders(".png", png()).items())
    # The flags of each entry, in the list of them: the first bit says that it is encrypted.
    path.write_bytes(re.sub(b"(?s)(PK\x01\x02.{4})\x00", b"\\1\x01", path.read_bytes()))
    with pytest.raises(
        DataError, match=r"'secret\.zip'.*12 files were skipped.*password.*Make a zip without a password"
    ):
        read_with(propose, path)


def test_annotations_without_their_pictures_say_what_is_missing():
    coco = {"images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(6)], "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"image_id": n, "category_id": 1} for n in range(6)]}  # fmt: skip
    with pytest.raises(DataError, match=r"as COCO writes it, and says what 6 files are \(0\.jpg first\).*not here"):
        read_with(propose, source_of({"labels.json": json.dumps(coco).encode()}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text,label\n", "one line only (text,label), perhaps the names of columns, and no rows"),
        (b"\n \n\n", "It is empty: there are no letters in it"),
        (b"\xef\xbb\xbf", "It is empty"),
        (b"text\n" + b"".join(b"hello %d there\n" % n for n in range(30)), "It has one column only"),
    ],
)
def test_a_text_without_a_table_is_called_what_it_is(content, said):
    with pytest.raises(DataError) as refused:
        propose(source_of({"given.csv": content}), ReadOptions(), Limits())
    assert said in str(refused.value)
