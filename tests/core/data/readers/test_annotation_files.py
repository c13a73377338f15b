"""Annotations in a file for each picture, or in XML."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from core.data.readers.annotation_files import marks_in
from core.data.readers.propose import propose
from core.errors import DataError
from tests.helpers import png
from tests.reading import outcome, read_with, source_of

PARTS = ("train", "val")
PICTURES = {f"{part}/images/{n}.jpg": png((n, len(part), 3)) for part in PARTS for n in range(6)}
LABELS = {name: ("cat", "dog")[int(name[-5]) % 2] for name in PICTURES}


def read(annotations: dict[str, str]):
    source = source_of({**PICTURES, **{name: text.encode() for name, text in annotations.items()}})
    return outcome(read_with(propose, source))


def marks(label: str) -> str:
    return f"{['cat', 'dog'].index(label)} 0.5 0.5 0.25 1e-1\n" * 2


def voc(label: str, file: str) -> str:
    thing = f"<object><name>{label}</name><bndbox><xmin>1</xmin></bndbox></object>"
    return f"<annotation><folder>x</folder><filename>{file}</filename>{thing * 2}</annotation>"


def test_yolo_with_the_names_of_its_classes():
    used, skipped = read({
        **{n.replace("images", "labels").replace(".jpg", ".txt"): marks(y) for n, y in LABELS.items()},
        "data.yaml": "names: [cat, dog]\nnc: 2",
    })  # fmt: skip
    assert used == {name: (label, "train" if "train" in name else "validation") for name, label in LABELS.items()}
    assert len(skipped) == 13


@pytest.mark.parametrize("file", ["{name}", "renamed_{name}", ""])
def test_pascal_voc_beside_its_lists(file):
    """The lists of Pascal VOC say 1 and -1 for each class: they are no labels."""
    names = {name.replace("images", "annotations").replace(".jpg", ".xml"): name for name in PICTURES}
    said = {xml: voc(LABELS[name], file.format(name=name.split("/")[-1])) for xml, name in names.items()}
    lists = {"ImageSets/Main/cat_train.txt": "\n".join(f"{n} {'-1' if n % 2 else ' 1'}" for n in range(6))}
    used, _ = read({**said, **lists})
    assert {name: label for name, (label, _) in used.items()} == LABELS


def test_cvat_and_its_tags():
    images = "".join(f'<image id="1" name="{n}"><tag label="{y}"/></image>' for n, y in LABELS.items())
    used, _ = read({"annotations.xml": f"<annotations><version>1.1</version>{images}</annotations>"})
    assert {name: label for name, (label, _) in used.items()} == LABELS


def test_label_me_and_supervisely_a_file_for_each():
    for key, text in (
        ("labelme", '{{"imagePath": "{name}", "shapes": [{{"label": "{label}"}}], "imageData": null}}'),
        ("ann", '{{"objects": [{{"classTitle": "{label}"}}], "tags": [], "size": {{}}}}'),
    ):
        pictures = {f"img/{n}.jpg": png((n, 1, 1)) for n in range(4)}
        suffix = ".json" if key == "labelme" else ".jpg.json"
        files = {f"{key}/{n}{suffix}": text.format(name=f"{n}.jpg", label=["a", "b"][n % 2]) for n in range(4)}
        source = source_of({**pictures, **{name: said.encode() for name, said in files.items()}})
        used, _ = outcome(read_with(propose, source))
        assert {name: label for name, (label, _) in used.items()} == {f"img/{n}.jpg": "ab"[n % 2] for n in range(4)}


def test_things_of_several_classes_are_refused():
    both = {n.replace("images", "labels").replace(".jpg", ".txt"): marks("cat") + marks("dog") for n in PICTURES}
    with pytest.raises(DataError, match=r"12 of 12 examples .* carry more than one label"):
        read(both)


@pytest.mark.parametrize(
    "raw",
    [b"<annotation>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><annotation/>", b"<html/>", b"\x00", b"", b"<annotations/>"],
)
def test_other_xml_says_nothing(raw):
    assert marks_in(raw, PurePosixPath("a.xml")) is None
