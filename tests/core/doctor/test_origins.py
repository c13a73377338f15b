"""A camera, a day, a speaker or a language that gives the class away; and names of files that each class has alone."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.doctor.case import Case
from core.doctor.examine import examine
from core.doctor.origins import own_speaker
from core.doctor.shortcuts import shortcut
from core.events import drain
from core.modalities import get_modality
from core.modalities.image.metadata import taken
from tests.core.doctor.test_doctor import messages, pictures
from tests.core.doctor.test_languages import ENGLISH, SPANISH
from tests.core.doctor.test_sounds import recordings


def photo(**tags) -> bytes:
    exif = Image.Exif()
    for name, value in tags.items():
        if name == "DateTimeOriginal":
            exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = value
        else:
            exif[ExifTags.Base[name]] = value
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (90, 120, 40)).save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"Make": "Canon", "Model": "Canon EOS 80D", "DateTimeOriginal": "2024:05:31 10:11:12"},
         {"camera": "Canon EOS 80D", "day": "2024-05-31"}),
        ({"Make": "Apple\x00", "Model": "iPhone 12", "DateTime": "2023:01:02 00:00:00"},
         {"camera": "Apple iPhone 12", "day": "2023-01-02"}),
        ({"Model": "x" * 5000}, {"camera": "x" * 60}),
        ({"DateTime": "0000:00:00 00:00:00"}, {}),
        ({}, {}),
    ],
)  # fmt: skip
def test_camera_and_day_are_read_from_metadata_and_nothing_of_the_place(tags, told):
    raw = photo(**tags)
    facts = get_modality("image").facts(raw)
    assert {key: facts[key] for key in ("camera", "day") if key in facts} == told


def test_broken_metadata_are_no_reason_to_leave_a_picture_out():
    class Broken:
        def getexif(self):
            raise SyntaxError("not a TIFF file")

    assert taken(Broken()) == {}


def told_by(dataset, workspace) -> str:
    found = [f for f in drain(examine(dataset, workspace, quick=True)) if f.kind == "shortcut"]
    return " ".join(str(f.title) + str(f.explanation) for f in found)


def with_facts(dataset, of):
    examples = (replace(e, facts={**e.facts, **of(i, e.label)}) for i, e in enumerate(dataset.examples))
    return replace(dataset, examples=tuple(examples))


def test_a_camera_or_a_day_that_gives_the_class_away_is_said(workspace):
    dataset = pictures(workspace, each=20)
    own_camera = with_facts(dataset, lambda i, label: {"camera": {"a": "Canon EOS 80D", "b": ""}[label]})
    assert "the camera" in told_by(own_camera, workspace)
    own_day = with_facts(dataset, lambda i, label: {"day": {"a": "2024-05-31", "b": "2024-06-02"}[label]})
    assert "the day" in told_by(own_day, workspace)
    assert "on each of several days" in told_by(own_day, workspace)
    mixed = with_facts(dataset, lambda i, label: {"camera": "ABC"[i % 3], "day": f"2024-05-{1 + i % 4:02}"})
    assert told_by(mixed, workspace) == ""


def test_names_of_files_tell_cameras_and_days_too(workspace):
    dataset = pictures(workspace, each=20)

    def called(name):
        named = (replace(e, name=f"{e.label}/{name(i, e.label)}") for i, e in enumerate(dataset.examples))
        return told_by(replace(dataset, examples=tuple(named)), workspace)

    assert "camera or program" in called(lambda i, label: f"{dict(a='IMG_', b='DSC0')[label]}{1000 + i}.jpg")
    assert "the day" in called(lambda i, label: f"2024050{dict(a=1, b=3)[label]}_{i:06}.jpg")
    assert called(lambda i, label: f"IMG_{1000 + i}.jpg") == ""


def test_a_language_that_gives_the_class_away_is_said():
    texts = [(f"{text} {n}", label) for n in range(4) for label, of in (("a", ENGLISH), ("b", SPANISH)) for text in of]
    (finding,) = shortcut(Case(messages(texts), None, None))
    assert "the language of the text" in str(finding.title)


def voices(workspace, who):
    dataset = recordings(workspace, each=16)
    named = (replace(e, source=who(i, e.label)) for i, e in enumerate(dataset.examples))
    return replace(dataset, examples=tuple(named))


def test_a_speaker_who_says_one_word_only_gives_it_away(workspace):
    apart = voices(workspace, lambda i, label: f"{label} speaker {i % 2}")
    assert "speaker or recording" in told_by(apart, workspace)
    assert told_by(voices(workspace, lambda i, label: f"speaker {i % 4}"), workspace) == ""
    assert told_by(voices(workspace, lambda i, label: f"recording {i // 2}"), workspace) == "", "each is of one class"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (lambda label, i: f"{dict(low='anna', high='ben')[label]}_{i}.wav", True),
        (lambda label, i: f"{label}_{i}.wav", False),
        (lambda label, i: f"take_{i}.wav", False),
        (lambda label, i: f"{'anna' if i % 2 else 'ben'}_{i}.wav", False),
        (lambda label, i: f"{i}.wav", False),
    ],
)
def test_a_word_that_each_class_has_alone_in_its_names_may_be_a_speaker(name, found, workspace):
    dataset = recordings(workspace)
    named = (replace(e, name=f"{e.label}/{name(e.label, i)}") for i, e in enumerate(dataset.examples))
    case = Case(replace(dataset, examples=tuple(named)), workspace, None, np.zeros((16, 29)))
    assert bool(list(own_speaker(case))) == found
