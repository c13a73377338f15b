"""What is said of files from which nothing can be learnt: what they are, and the step that mends it."""

from __future__ import annotations

import json
import re

import pytest

from core.data.readers.propose import propose
from core.errors import DataError
from tests.helpers import png, write_zip
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
        (in_folders(".eml"), r"12 e-mails \(\.eml\)\. Save their texts"),
        (in_folders(".gdoc"), r"12 links to files that lie elsewhere .* Download the files themselves"),
        (in_folders(".pptx"), r"12 presentations .* Export the slides"),
        (in_folders(".rar"), r"12 packed files \(\.rar\)\. Unpack them"),
        ({**in_folders(".mov"), "note.txt": b"x"}, r"1 text document and 12 videos"),
        ({"clip.mov": b"x"}, r"'clip\.mov' is not a kind of file that can be read here.*Save single pictures"),
    ],
)
def test_other_kinds_of_files_are_called_what_they_are(files, says):
    with pytest.raises(DataError, match=says) as caught:
        read_with(propose, source_of(files, "holiday"))
    assert "'holiday'" in str(caught.value) or len(files) == 1


def test_a_zip_with_a_password_says_so_and_what_to_do(tmp_path):
    path = write_zip(tmp_path / "secret.zip", in_folders(".png", png()).items())
    # The flags of each entry, in the list of them: the first bit says that it is encrypted.
    path.write_bytes(re.sub(b"(?s)(PK\x01\x02.{4})\x00", b"\\1\x01", path.read_bytes()))
    with pytest.raises(
        DataError, match=r"'secret\.zip'.*12 files were left out.*password.*Make a zip without a password"
    ):
        read_with(propose, path)


def test_annotations_without_their_pictures_say_what_is_missing():
    coco = {"images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(6)], "categories": [{"id": 1, "name": "cat"}],
            "annotations": [{"image_id": n, "category_id": 1} for n in range(6)]}  # fmt: skip
    with pytest.raises(DataError, match=r"as COCO writes it, and says what 6 files are \(0\.jpg first\).*not here"):
        read_with(propose, source_of({"labels.json": json.dumps(coco).encode()}))
