"""The datasets of lessons: pairs that differ in one thing only, and have the same test set; and one of many givers."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.data.samples import GIVERS, LESSON_SAMPLES, SAMPLES, get_sample
from core.modalities import get_modality

PAIRS = (("papers", "papers-mixed"), ("hands", "hands-balanced"))


def items_of(sample: str) -> list:
    return list(get_sample(sample).reads().items)


def test_they_are_no_samples_to_begin_with():
    assert not {sample.id for sample in SAMPLES} & {sample.id for sample in LESSON_SAMPLES}
    assert {sample.id for sample in LESSON_SAMPLES} == {name for pair in PAIRS for name in pair}


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_both_of_a_pair_have_as_many_and_the_same_test_set(first, second):
    one, other = items_of(first), items_of(second)
    assert Counter((item.label, item.split) for item in one) == Counter((item.label, item.split) for item in other)
    tests = [[(item.name, item.read()) for item in items if item.split == "test"] for items in (one, other)]
    assert tests[0] == tests[1] and len(tests[0]) >= 40


def test_the_paper_gives_the_class_away_until_it_is_mixed():
    papers = {
        sample: Counter((item.split == "test", item.label, item.name.split()[-2]) for item in items_of(sample))
        for sample in PAIRS[0]
    }
    usual = {(False, "animal", "squared"), (False, "thing", "lined")}
    exchanged = {(True, "animal", "lined"), (True, "thing", "squared")}
    assert papers["papers"].keys() == usual | exchanged
    mixed = papers["papers-mixed"]
    assert mixed.keys() == usual | exchanged | {(False, "animal", "lined"), (False, "thing", "squared")}
    assert abs(mixed[False, "animal", "squared"] - mixed[False, "animal", "lined"]) <= 1


def test_ken_gives_one_in_ten_or_half_and_all_of_the_test_set():
    by_ken = {
        sample: Counter(item.split for item in items_of(sample) if item.name.endswith("Ken")) for sample in PAIRS[1]
    }
    assert by_ken == {
        "hands": {"train": 20, "validation": 10, "test": 100},
        "hands-balanced": {"train": 100, "validation": 50, "test": 100},
    }


def test_chalk_is_light_on_dark_and_ink_dark_on_light():
    kind = get_modality("image")
    for item in items_of("hands")[:40]:
        corner = np.asarray(kind.read(item.read()))[0, 0].mean()
        assert corner < 40 if item.name.endswith("Ken") else corner > 215


def test_each_of_six_children_gave_five_of_every_digit_and_nobody_gave_anothers():
    items = items_of(GIVERS.id)
    given = Counter((item.source, item.label) for item in items)
    assert len(given) == 60 and set(given.values()) == {5}
    assert len({item.name.split()[1] for item in items}) == len(items) == 300
    looks = {item.source: item.read() for item in items if item.label == "0"}
    assert len(set(looks.values())) == 6
