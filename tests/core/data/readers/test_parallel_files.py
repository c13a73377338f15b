"""Texts in one file, their classes in another."""

from __future__ import annotations

import pytest

from core.data.readers.parallel_files import ParallelFiles
from core.data.readers.propose import propose
from core.data.readers.reading import Declined, ReadOptions
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import pairs, skips
from tests.reading import outcome, read_with, source_of

TEXTS = [f"message number {n}, of all" for n in range(8)]
LABELS = ["01"[n % 2] for n in range(8)]


def joined(lines: list[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize(
    ("texts", "labels"),
    [("train_text.txt", "train_labels.txt"), ("X_train.txt", "y_train.txt"), ("train/seq.in", "train/label"),
     ("sentences.txt", "labels.txt"), ("a.text", "a.label"), ("set/reviews.txt", "set/sentiment.txt")],
)  # fmt: skip
def test_line_by_line_they_are_examples(texts, labels):
    items = read_with(propose, source_of({texts: joined(TEXTS), labels: joined(LABELS)})).items
    assert pairs(items) == list(zip(TEXTS, LABELS, strict=True))


def test_parts_are_kept_and_a_mapping_gives_the_names():
    files = {f"{part}_text.txt": joined(TEXTS) for part in ("train", "val", "test")}
    files |= {f"{part}_labels.txt": joined(LABELS) for part in ("train", "val", "test")}
    reading = read_with(propose, source_of({**files, "mapping.txt": b"0\tgood\n1\tbad\n", "README.md": b"x"}))
    used, skipped = outcome(reading)
    assert used["val_text.txt line 2"] == ("bad", "validation")
    assert used["train_text.txt line 1"] == ("good", "train")
    assert set(skipped) == {"mapping.txt", "README.md"}
    assert reading.proposal["splits"]


def test_an_empty_line_is_left_out_and_shifts_nothing():
    texts, labels = [*TEXTS[:2], "", *TEXTS[3:]], [*LABELS[:4], "", *LABELS[5:]]
    items = read_with(propose, source_of({"text.txt": joined(texts), "label.txt": joined(labels)})).items
    assert skips(items) == [("text.txt line 3", "The message is empty."), ("text.txt line 5", "The label is empty.")]
    assert pairs(items)[2] == (TEXTS[3], LABELS[3])


def test_as_many_lines_must_be_in_both():
    source = source_of({"text.txt": joined(TEXTS), "label.txt": joined(LABELS[1:])})
    found = ParallelFiles().look(source, ReadOptions(), Limits())
    assert isinstance(found, Declined)
    assert "'text.txt' has 8 lines and 'label.txt' has 7" in str(found.reason)


@pytest.mark.parametrize("labels", [TEXTS, ["x" * 90] * 8, [str(n) for n in range(8)]])
def test_what_is_no_class_for_each_line_is_not_taken_for_one(labels):
    source = source_of({"text.txt": joined(TEXTS), "label.txt": joined(labels)})
    assert isinstance(ParallelFiles().look(source, ReadOptions(), Limits()), Declined)


def test_more_lines_than_the_limit_are_refused():
    source = source_of({"text.txt": joined(TEXTS), "label.txt": joined(LABELS)})
    with pytest.raises(DataError, match="more than 7 rows"):
        ParallelFiles().look(source, ReadOptions(), Limits(rows=7))
