"""A data set is named by its content, and labels are data, whatever is in them."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import example as given_example
from hypothesis import given
from hypothesis import strategies as st

from core.data.dataset import (
    FORMAT,
    Dataset,
    Example,
    damaged_datasets,
    describe_dataset,
    kept_datasets,
    reading_order,
)
from core.errors import DataError
from tests.helpers import bare_dataset, example

NASTY = (
    "🙂", "a/b", "../../etc/passwd", "שלום עולם", "line\nbreak", "u\u2028v", "\u202eabc", "x" * 500, "NA", "None",
    "01", '"quoted"', "tab\there", "=1+1", "\\", ".", "<b>bold</b>",
)  # fmt: skip

any_text = st.text(st.characters(exclude_categories=["Cs"]))


# --- the order of classes ----------------------------------------------------------------------------------------


def test_numbers_in_labels_count():
    assert sorted(["10", "2", "1"], key=reading_order) == ["1", "2", "10"]
    assert sorted(["class 10", "class 2", "Class 1"], key=reading_order) == ["Class 1", "class 2", "class 10"]
    assert sorted(["v1.10", "v1.9", "v1.9b"], key=reading_order) == ["v1.9", "v1.9b", "v1.10"]


def test_capitals_stand_beside_small_letters():
    assert sorted(["banana", "Apple", "apple", "Banana"], key=reading_order) == ["Apple", "apple", "Banana", "banana"]


@given(any_text, any_text)
@given_example("1", "a")
@given_example("", "0")
@given_example("²", "2")
@given_example("٣", "3")
@given_example("a1", "1a")
def test_any_two_labels_have_an_order(a, b):
    first, second = reading_order(a), reading_order(b)
    assert (first < second) + (first > second) + (a == b) == 1


def test_a_label_of_thousands_of_digits_is_a_label_like_any_other():
    assert sorted(["9" * 5000, "2"], key=reading_order) == ["2", "9" * 5000]


# --- the id ------------------------------------------------------------------------------------------------------


EXAMPLES = (
    example("aa", "cat"),
    example("bb", "dog"),
    example("bb", "cat"),
    example("cc", "dog", "train"),
    example("dd", "cat", "validation"),
)


def test_the_id_does_not_depend_on_the_order_or_the_title():
    shuffled = list(EXAMPLES)
    random.Random(1).shuffle(shuffled)
    assert shuffled != list(EXAMPLES)
    assert bare_dataset(shuffled).id == bare_dataset(EXAMPLES).id
    assert replace(bare_dataset(EXAMPLES), title="another").id == bare_dataset(EXAMPLES).id


@pytest.mark.parametrize("change", [{"label": "bird"}, {"id": "zz"}, {"name": "other.png"}, {"split": "test"}])
def test_the_id_changes_with_any_part_of_any_example(change):
    ids = {bare_dataset([*EXAMPLES[:i], replace(e, **change), *EXAMPLES[i + 1 :]]).id for i, e in enumerate(EXAMPLES)}
    assert bare_dataset(EXAMPLES).id not in ids
    assert len(ids) == len(EXAMPLES)


def test_the_id_changes_with_the_modality_and_with_a_missing_example():
    ids = {bare_dataset(EXAMPLES).id, bare_dataset(EXAMPLES, "text").id, bare_dataset(EXAMPLES[1:]).id}
    assert len(ids) == 3


def test_labels_that_run_together_are_not_confused():
    one = bare_dataset([Example("a", "b", "c"), Example("d", "e", "f")])
    other = bare_dataset([Example("a", "bc", ""), Example("d", "e", "f")])
    assert one.id != other.id


# --- classes and counts ------------------------------------------------------------------------------------------


def test_classes_and_counts_stand_in_reading_order():
    dataset = bare_dataset([example(str(i), label) for i, label in enumerate(["10", "9", "9", "b", "A"])])
    assert dataset.classes == ("9", "10", "A", "b")
    assert list(dataset.counts.items()) == [("9", 2), ("10", 1), ("A", 1), ("b", 1)]


def test_labels_that_differ_only_in_case_or_spaces_stay_apart():
    assert len(bare_dataset([example("a", "Cat"), example("b", "cat"), example("c", "cat ")]).classes) == 3


# --- saved and loaded --------------------------------------------------------------------------------------------


def test_a_set_with_nasty_labels_loads_as_it_was_saved(workspace):
    examples = tuple(Example(f"{i:04}", label, label, label + " as text", None) for i, label in enumerate(NASTY))
    dataset = Dataset("Тест / 🙂 \u2028", "text", examples, workspace.examples)
    dataset.save(workspace)
    loaded = Dataset.load(dataset.id, workspace)
    assert loaded == dataset
    assert loaded.id == dataset.id
    assert [loaded.payload(i) for i in range(len(NASTY))] == [label + " as text" for label in NASTY]


def test_nothing_is_written_outside_the_folder_of_the_set(workspace):
    dataset = Dataset("../../up", "text", tuple(Example("0", label, label, "t") for label in NASTY), workspace.examples)
    dataset.save(workspace)
    files = {path.relative_to(workspace.root).as_posix() for path in workspace.root.rglob("*") if path.is_file()}
    assert files == {f"datasets/{dataset.id}/examples.jsonl", f"datasets/{dataset.id}/dataset.json"}


@given(st.lists(st.tuples(any_text, any_text, any_text, st.sampled_from([None, "train", "test"])), min_size=1))
def test_any_set_loads_as_it_was_saved(workspace, rows):
    examples = [Example(str(i), *row) for i, row in enumerate(rows)]
    labelled, rest = tuple(e for e in examples if e.label), tuple(e for e in examples if not e.label)
    dataset = Dataset("t", "text", labelled, workspace.examples, unlabelled=rest)
    dataset.save(workspace)
    assert Dataset.load(dataset.id, workspace) == dataset


def test_saving_twice_is_harmless(workspace):
    dataset = replace(bare_dataset(EXAMPLES), store=workspace.examples)
    dataset.save(workspace, {"report": {"used": 5}})
    dataset.save(workspace, {"report": {"used": 5}})
    assert Dataset.load(dataset.id, workspace) == dataset


def test_the_description_is_of_a_whole_dataset(workspace):
    dataset = bare_dataset(EXAMPLES)
    dataset.save(workspace, {"report": {"used": 5}})
    about = describe_dataset(dataset.id, workspace)
    counts = {"cat": 3, "dog": 2}
    assert about == {"title": "bare", "modality": "image", "counts": counts, "report": {"used": 5}, "format": FORMAT}
    assert kept_datasets(workspace) == [(dataset.id, about)]
    (workspace.datasets / dataset.id / "examples.jsonl").unlink()
    with pytest.raises(DataError, match=r"examples\.jsonl is missing"):
        describe_dataset(dataset.id, workspace)
    assert kept_datasets(workspace) == []
    assert [(one.id, one.title) for one in damaged_datasets(workspace)] == [(dataset.id, "bare")]


@pytest.mark.parametrize("bad", ["", "..", "../datasets", "/etc", "a/b", "nosuchset", "A", "a\n", "\x00", "x" * 300])
def test_a_bad_id_is_a_data_error(workspace, bad):
    (workspace.datasets / "dataset.json").write_text(json.dumps({"title": "not a set"}))
    with pytest.raises(DataError, match="no dataset"):
        describe_dataset(bad, workspace)
    with pytest.raises(DataError, match="no dataset"):
        Dataset.load(bad, workspace)
