"""A student's model is shown if they agree, as a copy, and no longer than they agree."""

from __future__ import annotations

import pytest

from core.classroom.room import ClassRoom
from core.classroom.showing import AGREED, ASKED, REFUSED
from core.errors import UserError
from core.library.remarks import FILE, Remark, write_remark
from core.workspace import Workspace
from tests.helpers import picture_dataset, trained


@pytest.fixture
def room(tmp_path) -> ClassRoom:
    return ClassRoom.create(Workspace(tmp_path), "7b")


@pytest.fixture
def mia(room, tiny_models):
    """A student with two runs on two datasets; the second one is asked for."""
    member = room.join("Mia")
    home = room.workspace_of(member)
    trained(home, picture_dataset(home, each=4, seed=5), title="private")
    run = trained(home, picture_dataset(home, each=4), title="to show")
    write_remark(run.path, Remark(note="what I think of Ben"))
    return member, home, run


def test_only_after_yes_and_only_the_teacher_looks_and_only_at_this_run(room, mia):
    member, home, run = mia
    teacher, ben = room.teacher(room.teacher_key), room.join("Ben")
    room.showings.ask(member.id, run)
    assert room.looking_at(teacher, member.id) is None, "nobody has agreed yet"
    room.showings.agree(member.id, "20260101-000000-00000000", home)
    assert room.showings.of(member.id).state == ASKED, "another run was not asked for"
    room.showings.agree(member.id, run.id, home)
    onlooker = room.looking_at(teacher, member.id)
    assert not onlooker.is_teacher and onlooker.is_onlooker and "Mia" not in str(onlooker.called)
    assert room.looking_at(ben, member.id) is ben and room.looking_at(member, member.id) is member
    assert [room.looking_at(teacher, other) for other in (ben.id, "..", "../members", f"x/{member.id}")] == [None] * 4
    copy = room.workspace_of(onlooker)
    assert copy.root != home.root
    assert [path.name for path in copy.runs.iterdir()] == [run.id]
    assert [path.name for path in copy.datasets.iterdir()] == [run.request["dataset"]]
    assert not (copy.runs / run.id / FILE).exists() and (run.path / FILE).exists()


@pytest.mark.parametrize("end", ["refuse", "end"])
def test_when_it_is_taken_back_nothing_of_it_is_there(room, mia, end):
    member, home, run = mia
    room.showings.ask(member.id, run)
    room.showings.agree(member.id, run.id, home)
    copy = room.showings.workspace(member.id)
    (copy.runs / run.id / "events.jsonl").write_text("done on the wall")
    getattr(room.showings, end)(member.id)
    assert room.looking_at(room.teacher(room.teacher_key), member.id) is None and not copy.root.exists()
    assert run.events(), "what was done to the copy was done to no other"
    assert (room.showings.of(member.id) is None) == (end == "end")


def test_another_question_ends_what_was_agreed_and_so_do_all_other_ends(room, mia):
    member, home, run = mia

    def agreed() -> None:
        room.showings.ask(member.id, run)
        assert not room.showings.agreed(member.id)
        room.showings.agree(member.id, run.id, home)
        assert room.showings.of(member.id).state == AGREED

    agreed()
    agreed()
    with room.serving("here"):
        assert not room.showings.agreed(member.id), "a server that starts has asked nobody"
        agreed()
    assert not room.showings.folder.exists()
    agreed()
    room.clear(member)
    assert not room.showings.agreed(member.id) and not list(room.showings.folder.iterdir())
    room.showings.refuse(member.id)
    assert room.showings.of(member.id) is None, "who was not asked has refused nothing"


def test_a_run_that_is_gone_cannot_be_shown(room, mia):
    member, home, run = mia
    room.showings.ask(member.id, run)
    room.showings.refuse(member.id)
    assert room.showings.of(member.id).state == REFUSED
    room.showings.ask(member.id, run)
    (run.path / "run.json").unlink()
    with pytest.raises(UserError):
        room.showings.agree(member.id, run.id, home)
    assert not room.showings.agreed(member.id)


def test_what_it_is_built_on_comes_along_without_its_examples(room, mia):
    member, home, run = mia
    above = trained(home, picture_dataset(home, each=5, seed=9), title="above", model=f"run:{run.id}", strategy="head")
    room.showings.ask(member.id, above)
    room.showings.agree(member.id, above.id, home)
    copy = room.showings.workspace(member.id)
    assert {path.name for path in copy.runs.iterdir()} == {run.id, above.id}
    assert [path.name for path in copy.datasets.iterdir()] == [above.request["dataset"]]
