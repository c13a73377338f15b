"""The two sentences, on experiments whose outcome was decided beforehand."""

from __future__ import annotations

import pytest

from core.studies.transfer.design import TransferDesign
from core.studies.transfer.findings import findings
from core.studies.transfer.table import TransferTable
from tests.core.studies.making import events, square


def table_of(told):
    return TransferTable(TransferDesign("m"), told)


def read(scratch, scratch_harder, transferred, transferred_harder, **about) -> tuple[str, str]:
    table = table_of(events(square(scratch, scratch_harder, transferred, transferred_harder), **about))
    first, second, *_ = map(str, findings(table))
    return first, second


@pytest.mark.parametrize(
    ("shares", "first", "second"),
    [
        ((0.2, 0.4, 0.7, 0.8), "Pretraining helped", "helped the pretrained model, by"),
        ((0.2, 0.4, 0.7, 0.8), "the pretrained model was ahead by", "From scratch they clearly gave more"),
        ((0.2, 0.25, 0.4, 0.6), "Pretraining helped", "From scratch they clearly gave less"),
        ((0.2, 0.3, 0.6, 0.7), "Pretraining helped", "From scratch they gave "),
        ((0.3, 0.8, 0.6, 0.8), "there was no clear difference", "helped the pretrained model"),
        ((0.3, 0.9, 0.6, 0.7), "from scratch was ahead by", "clearly gave more"),
        ((0.5, 0.5, 0.8, 0.8), "helped: ", "made no clear difference to the pretrained model"),
        ((0.5, 0.5, 0.8, 0.6), "helped: ", "harmed the pretrained model"),
        ((0.5, 0.3, 0.8, 0.8), "helped: ", "From scratch they cost"),
        ((0.9, 0.9, 0.7, 0.7), "(negative transfer)", "made no clear difference"),
        ((0.9, 0.95, 0.7, 0.95), "ensembling, there was no clear difference", "helped the pretrained"),
        ((0.9, 0.7, 0.7, 0.9), "ensembling, the pretrained model was ahead by", "From scratch they cost"),
        ((0.5, 0.5, 0.5, 0.7), "the pretrained model was ahead by", "From scratch they made no clear difference"),
        ((0.5, 0.7, 0.5, 0.5), "ensembling, from scratch was ahead by", "From scratch they gave"),
        ((0.5, 0.8, 0.5, 0.8), "no clear difference: ", "From scratch they gave"),
    ],
)
def test_what_helped_is_named_and_what_did_not_is_not(shares, first, second):
    said = read(*shares)
    assert first in said[0]
    assert second in said[1]
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in said)


def test_negative_transfer_is_called_by_its_name():
    first, _ = read(0.92, 0.92, 0.84, 0.84)
    assert first.startswith("From scratch was better here: it reached 9")
    assert "in the way (negative transfer)" in first


@pytest.mark.parametrize("seed", range(5))
def test_when_nothing_differs_nothing_is_said_to_help(seed):
    first, second = read(0.6, 0.6, 0.6, 0.6, seed=seed)
    assert first.startswith("Nothing made a clear difference here")
    assert "may be chance" in first
    assert "made no clear difference" in second
    assert "More splits" in second


def test_luck_is_rarely_taken_for_help():
    """Four ways that are equally good, each judged by itself: in 200 experiments few find a winner."""
    found = [read(0.6, 0.6, 0.6, 0.6, seed=seed, validation=60, noise=0.05)[0] for seed in range(200)]
    assert sum(not said.startswith("Nothing") for said in found) <= 40  # four comparisons at 5 % each


def test_sizes_and_ends_are_those_of_the_table():
    told = events(square(0.2, 0.4, 0.7, 0.8))
    effect = table_of(told).effects()["transfer"]
    low, high = effect.interval
    first = str(findings(table_of(told))[0])
    assert f"{effect.mean * 100:.0f} percentage points more (between {low * 100:.0f} and {high * 100:.0f})" in first


def test_a_loss_is_told_by_its_size():
    first, _ = read(0.92, 0.92, 0.84, 0.84)
    between = first.split("(between ")[1].split(")")[0]
    low, high = (float(end) for end in between.split(" and "))
    assert 0 < low < 8 < high


@pytest.mark.parametrize("splits", [1, 2])
def test_before_the_third_split_nothing_is_told(splits):
    (said,) = findings(table_of(events(square(0.2, 0.4, 0.7, 0.8), splits=splits)))
    assert "nothing can be told" in str(said)
    assert findings(table_of([]))


def test_what_was_left_out_is_not_spoken_of():
    told = events({"scratch/plain": 0.3, "transferred/plain": 0.7})
    first, second = map(str, findings(table_of(told)))
    assert first.endswith(").") and "augmentation" not in first
    assert "was not compared" in second
