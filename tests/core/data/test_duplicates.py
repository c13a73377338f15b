"""Looks and near-duplicates of a dataset: each picture is looked at once, whatever the cache does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.cache import VectorCache
from core.data import duplicates
from core.data.dataset import Example
from core.data.duplicates import look_ahead, look_at, near_pairs
from core.data.intake import take_in
from core.data.near_pictures import NearPair, NearPairs
from core.doctor.examine import examine
from core.events import drain
from core.modalities.image.modality import ImageModality
from tests.helpers import bare_dataset, picture_dataset, pictures_in_classes, write_tree


@pytest.fixture
def loads(monkeypatch) -> Counter[str]:
    """How often each kept picture was decoded."""
    counts: Counter[str] = Counter()
    load = ImageModality.load

    def counting(self, digest, text, store, size=None):
        counts[digest] += 1
        return load(self, digest, text, store, size)

    monkeypatch.setattr(ImageModality, "load", counting)
    return counts


@pytest.fixture
def dataset(workspace):
    """24 pictures, the first of them twice."""
    found = picture_dataset(workspace)
    return replace(found, examples=(*found.examples, replace(found.examples[0], name="copy.png")))


def test_a_picture_is_decoded_once(dataset, workspace, loads):
    drain(look_ahead(dataset, workspace))
    first, again = drain(look_at(dataset, workspace)), drain(look_at(dataset, workspace))
    assert loads == {example.id: 1 for example in dataset.examples}
    assert np.array_equal(first, again)
    assert np.array_equal(first[0], first[-1])
    assert len(np.unique(first, axis=0)) == 24


def test_a_cache_that_keeps_nothing_changes_nothing(dataset, workspace, monkeypatch):
    expected = drain(look_at(dataset, workspace))
    monkeypatch.setattr(VectorCache, "each", lambda self, ids: iter(()))
    monkeypatch.setattr(VectorCache, "put", lambda self, vectors: None)
    assert np.array_equal(drain(look_at(dataset, workspace)), expected)


def test_what_was_stopped_gives_nothing(dataset, workspace):
    assert drain(look_at(dataset, workspace, lambda: True)) is None
    assert drain(near_pairs(dataset, workspace, lambda: True)) is None


# --- near-duplicates are looked for once --------------------------------------------------------------------------


@pytest.fixture
def searches(monkeypatch) -> list[str]:
    """Each search for near-duplicates."""
    found: list[str] = []
    for name in ("near_pictures", "near_texts"):
        search = getattr(duplicates, name)
        monkeypatch.setattr(
            duplicates, name, lambda *given, name=name, search=search: found.append(name) or search(*given)
        )
    return found


def test_near_duplicates_are_looked_for_once(workspace, searches):
    words = "one two three four five six seven eight nine ten eleven twelve"
    texts = [words, words.upper(), f"{words} more", "something else"]
    examples = [Example(f"{i:032x}", "a", f"row {i}", text) for i, text in enumerate(texts)]
    dataset = bare_dataset(examples, "text")
    first, again = drain(near_pairs(dataset, workspace)), drain(near_pairs(dataset, workspace))
    assert searches == ["near_texts"]
    assert first == again
    assert first.pairs[0] == NearPair(0, 1, "worded", True)
    drain(near_pairs(bare_dataset(examples[1:], "text"), workspace))
    assert searches == ["near_texts"] * 2


def test_reading_and_checking_look_for_them_once(workspace, searches, tmp_path):
    write_tree(tmp_path / "set", pictures_in_classes("cat", "dog", each=6))
    dataset, _ = drain(take_in(str(tmp_path / "set"), workspace))
    drain(examine(dataset, workspace, quick=True))
    assert searches == ["near_pictures"]


@pytest.mark.parametrize("near", [NearPairs(), NearPairs((), 8), NearPairs((NearPair(3, 200_001, "turned", True),), 0)])
def test_what_was_found_comes_back_from_the_cache(near):
    assert duplicates._unpacked(duplicates._packed(near)) == near
