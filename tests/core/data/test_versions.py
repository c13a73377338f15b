"""A set never changes: changing it makes a version that remembers, and every change can be taken back."""

from __future__ import annotations

import pytest

from core.data.changes import Change
from core.data.dataset import Dataset, describe_dataset
from core.data.versions import change_set, latest_versions, lineage, undo
from core.errors import DataError
from tests.helpers import message_dataset


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
    with pytest.raises(DataError, match="no data set with the id"):
        change_set("0" * 16, [Change("keep", finding="x")], workspace)
