"""Whatever people call a class, there is a folder of that name, and only one."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.file_names import FreeNames, file_name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("cat", "cat"), ("a/b", "a_b"), ("..", "_"), ("../../etc", "_.._etc"), ('say "hi"', "say _hi_"), ("", "_"),
        ("🙂", "🙂"), ("👩‍🚀", "👩‍🚀"), ("كلب", "كلب"), ("狗", "狗"), ("CON", "_CON"), ("nul.txt", "_nul.txt"),
        ("a\u202egpj.exe", "agpj.exe"), ("tab\there", "tab_here"), (" .hidden. ", "hidden"), ("c:\\x", "c__x"),
        ("e\u0301", "é"), ("half \ud83d", "half"),
    ],
)  # fmt: skip
def test_a_label_as_a_name(label, name):
    assert file_name(label) == name


def test_a_long_name_keeps_its_ending():
    assert file_name("ä" * 200 + ".jpeg") == "ä" * 57 + ".jpeg"
    assert len(file_name("x" * 300).encode()) == 120


@given(st.text(max_size=300))
def test_any_text_is_a_name_inside_its_folder(text):
    name = file_name(text)
    assert 0 < len(name.encode()) <= 121
    assert Path("folder", name).parent == Path("folder")
    assert zipfile.ZipInfo(name).filename == name
    assert name not in (".", "..") and name == name.strip()


def test_no_two_names_are_the_same_anywhere():
    free = FreeNames(["answers.csv"])
    taken = [free.take(name) for name in ("Tom.jpg", "tom.JPG", "Tom.jpg", "a/Tom.jpg", "a/tom.jpg", "Answers.csv")]
    assert taken == ["Tom.jpg", "tom (2).JPG", "Tom (3).jpg", "a/Tom.jpg", "a/tom (2).jpg", "Answers (2).csv"]
