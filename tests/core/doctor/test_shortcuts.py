"""A mark at one place in all pictures of a class."""

import numpy as np
import pytest
from PIL import Image

from core.doctor.case import Case
from core.doctor.shortcuts import same_mark
from core.modalities.image.looks import looks
from tests.helpers import bare_dataset, example


def case(pictures: dict[str, list[Image.Image]]) -> Case:
    all_of_them = [(label, picture) for label, members in pictures.items() for picture in members]
    dataset = bare_dataset([example(f"{i:064x}", label) for i, (label, _) in enumerate(all_of_them)])
    return Case(dataset, None, None, np.stack([looks(picture) for _, picture in all_of_them]))


def noise(rng: np.random.Generator) -> Image.Image:
    rough = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(rough).resize((128, 128), Image.Resampling.BICUBIC)


def marked(picture: Image.Image, at: tuple[int, int], side: int = 16) -> Image.Image:
    picture.paste((200, 30, 200), (*at, at[0] + side, at[1] + side))
    return picture


@pytest.mark.parametrize(
    ("at", "where"),
    [((0, 0), "in the upper left"), ((108, 4), "in the upper right"), ((60, 110), "at the bottom")],
)
def test_a_mark_in_one_class_is_found_and_where_it_is(at, where):
    rng = np.random.default_rng(0)
    pictures = {"cat": [marked(noise(rng), at) for _ in range(20)], "dog": [noise(rng) for _ in range(20)]}
    (finding,) = same_mark(case(pictures))
    assert (finding.kind, finding.severity) == ("shortcut", "serious")
    assert str(finding.title) == f"'cat' can be told by a spot {where} of the picture alone"
    assert {exhibit.label for exhibit in finding.exhibits} == {"cat"}


def test_a_mark_in_every_class_tells_nothing():
    rng = np.random.default_rng(1)
    both = {label: [marked(noise(rng), (0, 0)) for _ in range(20)] for label in ("cat", "dog")}
    assert list(same_mark(case(both))) == []


def test_a_mark_in_every_class_tells_nothing_where_one_is_nearly_all_there_is():
    rng = np.random.default_rng(1)
    both = {label: [marked(noise(rng), (0, 0)) for _ in range(n)] for label, n in (("cat", 90), ("dog", 8))}
    assert list(same_mark(case(both))) == []


def test_pictures_without_a_mark_have_none():
    rng = np.random.default_rng(2)
    assert list(same_mark(case({label: [noise(rng) for _ in range(20)] for label in ("cat", "dog", "owl")}))) == []


def test_the_middle_belongs_to_the_thing_itself():
    rng = np.random.default_rng(3)
    pictures = {"cat": [marked(noise(rng), (52, 52), 24) for _ in range(20)], "dog": [noise(rng) for _ in range(20)]}
    assert list(same_mark(case(pictures))) == []


def test_a_few_pictures_prove_nothing():
    rng = np.random.default_rng(4)
    pictures = {"cat": [marked(noise(rng), (0, 0)) for _ in range(9)], "dog": [noise(rng) for _ in range(20)]}
    assert list(same_mark(case(pictures))) == []
