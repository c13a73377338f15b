"""The sets that come with the program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.data.intake import open_source, take_in, tasted
from core.data.made_sounds import SOURCES, made_sound
from core.data.readers.reading import Item, ReadOptions
from core.data.samples import SAMPLES, get_sample, held_back, read_digits, read_iris, samples_for
from core.errors import DataError
from core.events import drain
from core.limits import Limits
from core.modalities import get_modality
from core.modalities.sound.decoding import RATE
from core.modalities.table.rows import row_of

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)


def test_the_digits_are_forty_of_each_of_ten():
    items = list(read_digits().items)
    assert len(items) == 400
    labels = [item.label for item in items]
    assert {label: labels.count(label) for label in set(labels)} == {str(digit): 40 for digit in range(10)}


def test_the_digits_are_dark_ink_on_white_paper():
    reading = read_digits()
    picture = np.asarray(get_modality("image").read(next(iter(reading.items)).read()))
    assert picture.shape == (64, 64, 3)
    assert picture[0, 0].min() > 230
    assert picture.min() < 60


@every_sample
def test_every_sample_can_be_opened_and_every_item_is_labelled(sample):
    reading, title = open_source(f"sample:{sample.id}", ReadOptions(), Limits())
    items = reading.items
    assert title == str(sample.title)
    assert reading.modality == sample.modality
    assert all(isinstance(item, Item) for item in items)
    assert len({item.label for item in items}) >= 2


@every_sample
def test_what_is_held_back_is_in_no_data_set(sample, workspace):
    held = held_back(sample.id)
    kind = get_modality(sample.modality)
    reading, _ = open_source(f"sample:{sample.id}", ReadOptions(), Limits())
    inside = {kind.digest(item.read()) for item in reading.items}
    assert set(held.values()) <= {"", *(item.label for item in reading.items)}
    for given in held:
        raw = given.encode() if sample.modality == "text" else Path(given).read_bytes()
        assert kind.read(raw)
        assert kind.digest(raw) not in inside


@pytest.mark.parametrize(
    ("language", "languages"), [("en", {"en"}), ("zh", {"en", "zh"}), ("es", {"en", "es"}), ("x", {"en"})]
)
def test_texts_are_offered_in_english_and_in_ones_own_language(language, languages):
    offered = samples_for(language)
    assert {sample.language for sample in offered if sample.modality == "text"} == languages
    assert [sample for sample in offered if sample.modality != "text"] == [
        sample for sample in SAMPLES if sample.modality != "text"
    ]


def test_samples_with_files_have_something_to_try():
    assert all(held_back(sample.id) for sample in SAMPLES if sample.file)


def test_sounds_are_made_alike_each_time_and_no_two_are_the_same():
    sounds = {(source, n): made_sound(source, n) for source in SOURCES for n in (1, 2)}
    assert all(sound.shape == (RATE,) and 0.2 < np.abs(sound).max() <= 1 for sound in sounds.values())
    assert len({sound.tobytes() for sound in sounds.values()}) == len(sounds)
    assert (made_sound("bell", 2) == sounds["bell", 2]).all()


def test_the_irises_are_rows_of_four_numbers():
    items = read_iris().items
    assert len(items) == 150 and {item.label for item in items} == {"setosa", "versicolor", "virginica"}
    assert row_of(items[0].read().decode()) == {
        "sepal length": "5.1", "sepal width": "3.5", "petal length": "1.4", "petal width": "0.2",
    }  # fmt: skip


@every_sample
def test_the_first_of_each_class_can_be_looked_at_beforehand(sample):
    payloads = tasted(f"sample:{sample.id}", 3)
    assert len(payloads) == 3
    assert (get_modality(sample.modality).picture(payloads[0]) is None) == (sample.modality in ("text", "table"))


def test_a_sample_of_messages_is_taken_in_whole(workspace):
    dataset, report = drain(take_in("sample:school-messages", workspace))
    assert report.skipped == ()
    assert len(dataset.examples) == report.used == sum(report.classes.values())


def test_an_unknown_sample_names_the_known_ones():
    with pytest.raises(DataError, match=r"no sample called 'cats'.*digits"):
        get_sample("cats")
