"""Everybody's examples together, each with its giver, and no giver on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.classroom.handing import give_dataset
from core.classroom.pooling import pool
from core.classroom.room import ClassRoom
from core.data.dataset import FOREIGN, Dataset
from core.data.splits import make_split
from core.errors import DataError
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset


@pytest.fixture
def room(workspace):
    return ClassRoom.create(workspace, "7b")


@pytest.fixture
def teacher(room) -> Workspace:
    return room.workspace_of(room.teacher(room.teacher_key))


def gathered(room, name, seed=0, make=picture_dataset, **about):
    member = room.join(name)
    home = room.workspace_of(member)
    dataset = make(home, each=3, **({"seed": seed} if make is picture_dataset else {}))
    dataset.save(home, about)
    return member, dataset


def test_all_is_there_and_each_knows_its_giver(room, teacher):
    gathered(room, "Mia", 1), gathered(room, "Ben", 2), gathered(room, "Fox", 3)
    made = pool(room, "Ours", teacher)
    together = Dataset.load(made.dataset, teacher)
    assert (made.examples, len(together.examples), len(made.givers), made.left_out) == (27, 27, 3, ())
    assert {one.source for one in together.examples} == {"Mia", "Ben", "Fox"} and together.payload(26)
    split = make_split(together, seed=0, validation_share=0.34)
    sides = [{together.examples[i].source for i in part} for part in (split.train, split.validation)]
    assert all(sides) and not sides[0] & sides[1]
    give_dataset(made.dataset, teacher, room.workspace_of(room.members[0]))  # and back to everybody
    assert pool(room, "Ours", teacher).examples == 27  # what was given is nobody's own


def test_what_is_not_ones_own_or_of_another_kind_is_left_out_with_a_reason(room, teacher):
    gathered(room, "Mia", 1), gathered(room, "Ben", 2)
    gathered(room, "Texter", make=message_dataset)
    gathered(room, "Sampler", 3, sample="clip-art"), gathered(room, "Opener", 4, **{FOREIGN: True})
    room.join("Nobody")
    made = pool(room, "Ours", teacher)
    assert made.examples == 18 and [str(said) for said in made.left_out] == [
        "Texter: another kind of example", "Sampler: no examples of their own", "Opener: no examples of their own",
        "Nobody: no examples of their own",
    ]  # fmt: skip


def test_two_foxes_are_two_givers(room, teacher):
    for seed in (1, 2):
        fox = room.join("", "fox")
        picture_dataset(room.workspace_of(fox), each=2, seed=seed).save(room.workspace_of(fox))
    together = Dataset.load(pool(room, "Ours", teacher).dataset, teacher)
    assert {one.source for one in together.examples} == {"Fox", "Fox 2"}
    assert replace(together.examples[0], source=None).name.startswith("Fox/")


def test_one_alone_is_no_pool(room, teacher):
    gathered(room, "Mia")
    with pytest.raises(DataError, match="Fewer than two students"):
        pool(room, "Ours", teacher)
