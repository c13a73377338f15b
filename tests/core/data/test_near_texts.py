"""Near-duplicate texts: the same pairs as comparing all with all, without comparing all with all."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from core.data import near_texts as module
from core.data.near_texts import near_texts, plain_text


def shingles(text: str) -> set[str]:
    words = plain_text(text).split()
    return {*words, *(" ".join(two) for two in pairwise(words))} if len(words) >= module.LEAST_WORDS else set()


def by_brute_force(texts: list[str]) -> set[tuple[int, int]]:
    """Each with the first that is equal when plain, and all pairs of the rest that share nine tenths."""
    first: dict[str, int] = {}
    equal = {(at, i) for i, text in enumerate(texts) if (at := first.setdefault(plain_text(text), i)) != i}
    held = {i: own for i in first.values() if (own := shingles(texts[i]))}
    alike = {(i, j) for i, j in combinations(sorted(held), 2)
             if len(held[i] & held[j]) >= module.LEAST_SHARED * len(held[i] | held[j])}  # fmt: skip
    return equal | alike


def sentences(n: int, words: int, vocabulary: int, seed: int) -> list[str]:
    """Random ones, each second one nearly the same as an earlier one."""
    rng = random.Random(seed)
    made: list[str] = []
    for i in range(n):
        if i % 2 and made:
            copy = rng.choice(made).split()
            for _ in range(rng.randrange(3)):
                copy[rng.randrange(len(copy))] = f"w{rng.randrange(vocabulary)}"
            made.append(" ".join(copy))
        else:
            made.append(" ".join(f"w{rng.randrange(vocabulary)}" for _ in range(rng.randrange(6, words))))
    return made


def letters(n: int) -> list[str]:
    """From one template: all are near-duplicates of each other."""
    body = " ".join(f"word{i}" for i in range(100))
    return [f"Dear customer your order {7919 * i} {body}" for i in range(n)]


@pytest.fixture
def compared(monkeypatch) -> list[int]:
    """How many pairs were compared shingle by shingle, each time."""
    counts: list[int] = []
    compare = module._LongTexts._share_enough

    def counting(self, first, second, sizes):
        counts.append(len(first))
        return compare(self, first, second, sizes)

    monkeypatch.setattr(module._LongTexts, "_share_enough", counting)
    return counts


@pytest.mark.parametrize(("words", "vocabulary"), [(12, 30), (40, 200), (60, 5000), (150, 400)])
@pytest.mark.parametrize("seed", range(3))
def test_the_pairs_are_those_of_comparing_all_with_all(words, vocabulary, seed, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 500)  # many portions
    texts = sentences(80, words, vocabulary, seed)
    expected = by_brute_force(texts)
    assert len(expected) > 5
    found = near_texts(texts)
    assert {(pair.first, pair.second) for pair in found.pairs} == expected
    assert found.compared is None


def test_hardly_any_are_compared_that_are_not_alike(compared):
    alike = sum(not pair.sure for pair in near_texts(sentences(1000, 120, 300, 0)).pairs)
    assert alike > 100
    assert sum(compared) <= 1.5 * alike, "of half a million"


@pytest.mark.parametrize("n", [100, 200, 400])
def test_letters_from_one_template_are_compared_with_a_few_and_hang_together(n, compared):
    found = near_texts(letters(n))
    assert sum(compared) <= 4 * module._NEAREST * n
    assert {pair.second for pair in found.pairs} == set(range(1, n))
    assert found.compared is None


def test_where_there_would_be_too_many_comparisons_it_says_with_how_many_each_was_compared():
    texts = sentences(1500, 12, 20, 0)
    found = near_texts(texts, most=1000)
    assert found.compared == module._NEAREST
    everything = near_texts(texts)
    assert set(found.pairs) <= set(everything.pairs)
    assert everything.compared is None


def test_it_can_be_stopped():
    assert near_texts(["one", "two"], lambda: True) is None


@pytest.mark.parametrize("texts", [[], ["one"], ["a b c"] * 3, ["eight words are just enough to be long"]])
def test_few_and_short_texts(texts):
    pairs = near_texts(texts).pairs
    assert [(pair.first, pair.second, pair.sure) for pair in pairs] == [(0, i, True) for i in range(1, len(texts))]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Hello,  World!", "hello world"), ("it\u2019s", "its"), ("Ｆｕｌｌ", "full"), ("not good :(", "not good :("),
     ("价格 很 好。", "价格很好"), ("...", "...")],
)  # fmt: skip
def test_what_is_left_of_a_plain_text(text, plain):
    assert plain_text(text) == plain


def test_texts_that_differ_in_numbers_only_are_alike_and_short_ones_are_not():
    texts = ["Your parcel 1234 arrives at 10:30 today", "Your parcel 77 arrives at 9:15 today.", "Set it to 5",
             "Set it to 9", "Your parcel arrives today"]  # fmt: skip
    found = near_texts(texts).pairs
    assert [(pair.first, pair.second, pair.how, pair.sure) for pair in found] == [(0, 1, "number", False)]
