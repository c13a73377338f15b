"""Annotations that lie in a file of their own for each picture (YOLO, Pascal VOC), or in XML for all of them (CVAT)."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from xml.etree import ElementTree

from core.data.readers.annotated import Annotated, marked
from core.data.readers.encoding import decode
from core.data.readers.label_tools import Export
from core.errors import DataError

SUFFIXES = (".xml", ".txt")
LARGEST = 20 * 1024**2
"""Bytes. What is larger is no list of marks in pictures."""
_YOLO = re.compile(r"(\d+)((\s+-?\d*\.?\d+([eE][+-]?\d+)?){4,})\s*")


def marks_in(raw: bytes, path: PurePosixPath) -> Export | None:
    """What an annotation file says; an example without a file's name is the one that the file itself is called after.

    None for everything else.
    """
    if path.suffix.casefold() == ".xml":
        return _from_xml(raw)
    try:
        lines = [line for line in decode(raw, str(path)).text.splitlines() if line.strip()]
    except DataError:
        return None
    marks = [_YOLO.fullmatch(line.strip()) for line in lines]
    if not marks or not all(marks):
        return None
    return Export("YOLO", (Annotated(labels=marked(mark[1] for mark in marks if mark)),))


def _from_xml(raw: bytes) -> Export | None:
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:  # no tool writes them, and they can grow without end
        return None
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    if root.tag == "annotation":
        file = (root.findtext("filename") or "").strip()
        labels = marked(one.findtext("name") for one in root.iter("object"))
        return Export("Pascal VOC", (Annotated(file=file, labels=labels),))
    if root.tag == "annotations":
        examples = [
            Annotated(file=image.get("name", ""), labels=marked(one.get("label") for one in image))
            for image in root.iter("image")
        ]
        return Export("CVAT", tuple(examples)) if examples else None
    return None
