"""Changes to a set: each does what it says, in any order that makes sense, and survives being written down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.dataset import Dataset, Example, describe_dataset
from core.data.findings import Remedy
from core.data.splits import make_split
from core.data.versions import Change, apply_changes, change_set, latest_versions, lineage, undo
from core.errors import DataError
from tests.helpers import bare_dataset, example, message_dataset

ROOT = bare_dataset([example(f"{label}{i}", label) for label in ("cat", "dog", "Cat") for i in range(4)])
KEY = {e.id: e.key for e in ROOT.examples}


def labels(dataset):
    return {e.id: e.label for e in dataset.examples}


def test_excluding_leaves_out_those_and_keeps_the_order_of_the_rest():
    made = apply_changes(ROOT, [Change("exclude", examples=(KEY["cat1"], KEY["dog0"]))])
    assert [e.id for e in made.examples] == [e.id for e in ROOT.examples if e.id not in ("cat1", "dog0")]


def test_relabelling_moves_those_only():
    made = apply_changes(ROOT, [Change("relabel", examples=(KEY["cat1"],), label=" dog ")])
    assert labels(made) == {**labels(ROOT), "cat1": "dog"}


def test_a_key_names_the_example_whatever_its_label_has_become():
    changes = [Change("merge", labels=("Cat",), label="cat"), Change("relabel", examples=(KEY["Cat2"],), label="dog")]
    assert labels(apply_changes(ROOT, changes))["Cat2"] == "dog"


def test_merging_joins_whole_classes():
    made = apply_changes(ROOT, [Change("merge", labels=("Cat", "cat"), label="cat")])
    assert made.counts == {"cat": 8, "dog": 4}


def test_adding_brings_new_ones_and_nothing_twice():
    new = Example("new", "bird", "new.png")
    add = Change("add", added=(new, ROOT.examples[0]))
    made = apply_changes(ROOT, [add, add])
    assert made.examples == (*ROOT.examples, new)


def test_holding_back_makes_a_test_part_that_no_split_touches():
    made = apply_changes(ROOT, [Change("hold_back", share=0.25, seed=3)])
    held = {e.id for e in made.examples if e.split == "test"}
    assert len(held) == 3
    for seed in range(5):
        split = make_split(made, seed=seed)
        assert {made.examples[i].id for i in split.test} == held
        assert len(split.validation) == 3
        assert "3 more are reserved as the test set" in str(split.reason)


def test_a_set_that_came_divided_holds_nothing_back():
    divided = bare_dataset([example("a", "x", "train"), example("b", "y", "train"), example("c", "x", "test")])
    with pytest.raises(DataError, match="came divided"):
        apply_changes(divided, [Change("hold_back", share=0.2)])


@pytest.mark.parametrize("share", [None, 0, -0.1, 0.51, float("nan")])
def test_a_share_that_makes_no_sense_is_refused(share):
    with pytest.raises(DataError, match="share"):
        apply_changes(ROOT, [Change("hold_back", share=share)])


@pytest.mark.parametrize("kind", ["relabel", "merge"])
@pytest.mark.parametrize("label", [None, "", "  "])
def test_a_class_needs_a_name(kind, label):
    with pytest.raises(DataError, match="needs a name"):
        apply_changes(ROOT, [Change(kind, examples=(KEY["cat1"],), labels=("cat",), label=label)])


def test_not_everything_can_go():
    with pytest.raises(DataError, match="no example at all"):
        apply_changes(ROOT, [Change("exclude", examples=tuple(KEY.values()))])


def test_keeping_a_finding_changes_no_example():
    assert apply_changes(ROOT, [Change("keep", finding="abc")]) == ROOT


def test_a_remedy_becomes_the_change_it_asks_for():
    change = Change.of(Remedy("relabel", "Move it", ("k",), label="dog"))
    assert (change.kind, change.examples, change.label) == ("relabel", ("k",), "dog")


texts = st.text(max_size=20)


@given(
    st.builds(
        Change,
        kind=st.sampled_from(["exclude", "relabel", "merge", "add", "hold_back", "keep"]),
        examples=st.lists(texts, max_size=3).map(tuple),
        labels=st.lists(texts, max_size=3).map(tuple),
        label=st.none() | texts,
        share=st.none() | st.floats(0, 1),
        seed=st.integers(0, 9),
        finding=st.none() | texts,
        added=st.lists(st.builds(Example, texts, texts, texts), max_size=2).map(tuple),
    )
)
def test_a_change_survives_being_written_down(change):
    assert Change.from_dict(json.loads(json.dumps(change.to_dict()))) == change
    assert str(change.summary)


# A set never changes: changing it makes a version that remembers, and every change can be taken back.


@pytest.fixture
def root(workspace):
    dataset = message_dataset(workspace)
    dataset.save(workspace, {"report": {"used": 24}, "sample": None})
    return dataset


def exclude(dataset, *numbers):
    return Change("exclude", examples=tuple(dataset.examples[i].key for i in numbers))


def test_a_change_makes_a_new_version_and_leaves_the_old_one(root, workspace):
    made = change_set(root.id, [exclude(root, 0, 1)], workspace)
    assert made.id != root.id
    assert len(Dataset.load(made.id, workspace).examples) == 22
    assert Dataset.load(root.id, workspace) == root
    line = lineage(made.id, workspace)
    assert (line.version, line.root, line.parent) == (2, root.id, root.id)


def test_changes_add_up(root, workspace):
    second = change_set(root.id, [exclude(root, 0)], workspace)
    third = change_set(second.id, [exclude(root, 1)], workspace)
    assert len(third.examples) == 22
    line = lineage(third.id, workspace)
    assert (line.version, line.parent, len(line.changes)) == (3, second.id, 2)


def test_any_change_can_be_undone_not_only_the_last(root, workspace):
    moved = Change("relabel", examples=(root.examples[5].key,), label="lunch")
    made = change_set(root.id, [exclude(root, 0), moved], workspace)
    first = lineage(made.id, workspace).changes[0]
    back = undo(made.id, first.id, workspace)
    assert len(back.examples) == 24
    assert back.examples[5].label == "lunch"


def test_undoing_everything_leads_back_to_what_was_read(root, workspace):
    made = change_set(root.id, [exclude(root, 0)], workspace)
    back = undo(made.id, lineage(made.id, workspace).changes[0].id, workspace)
    assert back == root
    line = lineage(root.id, workspace)
    assert (line.version, line.changes) == (1, ())


def test_the_same_version_reached_twice_keeps_its_number(root, workspace):
    made = change_set(root.id, [exclude(root, 0)], workspace)
    undo(made.id, lineage(made.id, workspace).changes[0].id, workspace)
    again = change_set(root.id, [exclude(root, 0)], workspace)
    assert again.id == made.id
    assert lineage(again.id, workspace).version == 2


def test_going_back_to_a_version_leaves_what_it_remembers(root, workspace):
    second = change_set(root.id, [exclude(root, 0)], workspace, {"proposal": {}})
    third = change_set(second.id, [exclude(root, 1)], workspace)
    back = undo(third.id, lineage(third.id, workspace).changes[1].id, workspace)
    assert back.id == second.id
    assert lineage(second.id, workspace).parent == root.id
    assert describe_dataset(second.id, workspace)["addition"] == {"proposal": {}}
    assert latest_versions(workspace)[0][0] == second.id
    undo(second.id, lineage(second.id, workspace).changes[0].id, workspace)
    assert lineage(root.id, workspace).parent is None


def test_what_was_read_stays_described(root, workspace):
    made = change_set(root.id, [exclude(root, 0)], workspace)
    assert describe_dataset(made.id, workspace)["report"] == {"used": 24}


def test_only_the_version_in_hand_is_listed(root, workspace):
    made = change_set(root.id, [exclude(root, 0)], workspace)
    assert [dataset_id for dataset_id, _ in latest_versions(workspace)] == [made.id]
    undo(made.id, lineage(made.id, workspace).changes[0].id, workspace)
    assert [dataset_id for dataset_id, _ in latest_versions(workspace)] == [root.id]


def test_undoing_what_never_was_is_said(root, workspace):
    with pytest.raises(DataError, match="no such change"):
        undo(root.id, "nothing", workspace)


def test_a_change_that_cannot_be_made_leaves_no_version(root, workspace):
    with pytest.raises(DataError):
        change_set(root.id, [exclude(root, *range(24))], workspace)
    assert [path.name for path in workspace.datasets.iterdir()] == [root.id]


def test_an_unknown_set_is_said(workspace):
    with pytest.raises(DataError, match="no dataset with the id"):
        change_set("0" * 16, [Change("keep", finding="x")], workspace)
