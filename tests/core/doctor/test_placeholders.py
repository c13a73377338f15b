"""Pictures that stand for missing ones, and drawings and copies that do not."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from tests.core.doctor.test_doctor import look_over, names, pictures, scene


def notice(text: str = "Image not found", size=(120, 90)) -> Image.Image:
    picture = Image.new("RGB", size, (238, 238, 238))
    ImageDraw.Draw(picture).text((size[0] // 6, size[1] // 2), text, fill=(110, 110, 110))
    return picture


def found_in(workspace, extra, each=12):
    return {f.kind: f for f in look_over(pictures(workspace, extra, each), workspace)}


def test_a_notice_among_photos_is_a_placeholder(workspace):
    found = found_in(workspace, [("a/gone.png", "a", notice())])["placeholders"]
    assert (found.severity, names(found)) == ("look", {"a/gone.png"})
    assert found.remedies[0].action == "exclude"


def test_the_same_notice_in_several_classes_is_serious_and_said_once(workspace):
    sizes = [(120, 90), (160, 120), (200, 150)]
    extra = [(f"{label}/gone{at}.png", label, notice().resize(size)) for at, size in enumerate(sizes) for label in "ab"]
    found = found_in(workspace, extra)
    assert found["placeholders"].severity == "serious"
    assert names(found["placeholders"]) == {name for name, *_ in extra}
    assert found.keys() & {"conflicting_labels", "exact_duplicates", "near_duplicates"} == set()


def test_a_photo_that_comes_again_and_again_in_several_classes_is_one(workspace):
    extra = [(f"{label}/logo{i}.png", label, scene(77)) for i in range(3) for label in "ab"]
    assert names(found_in(workspace, extra)["placeholders"]) == {name for name, *_ in extra}


@pytest.mark.parametrize("n", [1, 2])
def test_a_copy_or_two_of_a_photo_are_copies(workspace, n):
    found = found_in(workspace, [(f"a/again{i}.png", "a", scene(3)) for i in range(n)])
    assert set(found) == {"exact_duplicates"}


def test_where_all_are_drawings_a_drawing_is_none(workspace):
    drawings = [(f"a/drawing{i}.png", "a", notice("abcdefgh"[i] * (3 + i))) for i in range(8)]
    assert "placeholders" not in found_in(workspace, drawings, each=4)


def test_an_empty_picture_is_empty_and_nothing_else(workspace):
    assert set(found_in(workspace, [("a/grey.png", "a", Image.new("RGB", (96, 96), (120, 120, 120)))])) == {"blank"}
