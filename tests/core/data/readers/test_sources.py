"""Speakers and recordings, as names of files and folders say them."""

from __future__ import annotations

import pytest

from core.data.readers.propose import propose
from core.data.readers.reading import Item, ReadOptions, Source
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import file_of
from tests.helpers import png


def source(names, content=b""):
    return Source("given", tuple(file_of(name, content) for name in names))


def read(names, **options):
    reading = propose(source(names), ReadOptions(**options), Limits())
    return reading, {item.name: (item.label, item.source) for item in reading.items if isinstance(item, Item)}


DIGITS = [f"{digit}_{who}_{take}.wav" for digit in range(4) for who in ("anna", "ben", "carla") for take in range(3)]
CASES = {
    "class, speaker and take, flat": (DIGITS, "2_ben_1.wav", "2", "ben", "part2"),
    "speakers in folders inside the classes": (
        [f"{word}/{who}/{n}.mp3" for word in ("yes", "no") for who in ("anna", "ben", "carla") for n in range(3)],
        "yes/carla/2.mp3", "yes", "carla", "folder2",
    ),
    "speakers in folders around the classes": (
        [f"Actor_{who:02}/{word}/{n}.wav" for who in range(1, 5) for word in ("calm", "angry") for n in range(3)],
        "Actor_03/calm/2.wav", "calm", "Actor_03", "folder1",
    ),
    "a speaker's number, as in Speech Commands": (
        [f"{word}/{who}_nohash_{n}.wav" for word in ("yes", "no") for who in ("0a7c2a8d", "1b4c9b89", "2aca1e72")
         for n in range(2)],
        "no/1b4c9b89_nohash_1.wav", "no", "1b4c9b89", "part1",
    ),
    "clips of one recording, as in ESC-50": (
        [f"{label}/{fold}-{number}{fold}-{clip}.ogg" for label, number in (("dog", 3022), ("rain", 1742))
         for fold in range(1, 6) for clip in "AB"],
        "dog/2-30222-B.ogg", "dog", "30222", "part2",
    ),
    "only numbers of takes": (
        [f"{label}/{label}_{n}.wav" for label in ("clap", "whistle") for n in range(9)], "clap/clap_3.wav", "clap",
        None, "none",
    ),
    "longer numbers of takes": (
        [f"{word}_{n:04}.wav" for word in ("yes", "no") for n in range(1, 8)], "yes_0003.wav", "yes", None, "none",
    ),
    "takes that are called so, by several who speak": (
        [f"{word}/take{n}_{who}.wav" for word in ("yes", "no") for n in range(3) for who in ("anna", "ben", "carla")],
        "no/take2_ben.wav", "no", "ben", "part2",
    ),
    "numbers in brackets, as a recorder writes them": (
        [f"{word}/Recording ({n}).wav" for word in ("yes", "no") for n in range(2, 9)], "yes/Recording (3).wav", "yes",
        None, "none",
    ),
    "letters of takes": (
        [f"{word}_{take}.wav" for word in ("yes", "no") for take in "abcd"], "no_c.wav", "no", None, "none",
    ),
    "speakers by number, who say everything once": (
        [f"{word}/speaker{n}.wav" for word in ("yes", "no") for n in range(1, 6)], "no/speaker4.wav", "no", "speaker4",
        "part1",
    ),
    "names as people give them": (
        [f"{label}/{name}.wav" for label in ("clap", "whistle") for name in
         ("take 1", "take 2 (stereo)", *(["too loud", "silence"] if label == "clap" else ["new one", "short"]))],
        "clap/take 1.wav", "clap", None, "none",
    ),
    "all in parts of the dataset": (
        [f"{part}/{label}/{n}.wav" for part in ("train", "validation", "test") for label in "ab" for n in range(3)],
        "test/a/1.wav", "a", None, "none",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_who_or_what_an_example_comes_from(case):
    names, one, label, who, place = CASES[case]
    reading, found = read(names)
    assert found[one] == (label, who)
    assert reading.proposal["sources"] == place
    assert "none" in reading.proposal["choices"]["sources"]


def test_it_is_shown_and_another_place_or_none_can_be_said():
    reading, _ = read(DIGITS)
    assert reading.proposal["choices"]["sources"] == ["none", "part2", "part3"]
    assert "3 speakers or recordings are told by the names (anna, ben, ...)" in str(reading.notes[-1])
    assert read(DIGITS, sources="none")[1]["2_ben_1.wav"] == ("2", None)
    assert read(DIGITS, sources="part3")[1]["2_ben_1.wav"] == ("2", "1")
    with pytest.raises(DataError, match="no place"):
        read(DIGITS, sources="folder1")


def test_names_of_pictures_are_read_as_before():
    names = [f"{colour}_{thing}_{n}.png" for colour in ("red", "blue") for thing in ("car", "bus") for n in range(3)]
    reading = propose(source(names, png()), ReadOptions(), Limits())
    assert {item.label for item in reading.items} == {"red_car", "blue_car", "red_bus", "blue_bus"}
    assert "sources" not in reading.proposal
