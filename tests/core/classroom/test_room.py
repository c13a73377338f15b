"""The class: who belongs to it, whose cookie is believed, what is on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from core.classroom import room as module
from core.classroom.room import ABOUT, ClassRoom, find_class, list_classes, open_class
from core.errors import DataError, StorageError, UserError
from core.lessons.catalogue import own_lessons
from core.storage import read_json, write_json
from tests.lessons import own_lesson
from tests.refusing_disk import full_disk


@pytest.fixture
def room(workspace):
    return ClassRoom.create(workspace, "7b")


def test_each_has_a_space_of_their_own(room):
    mia, fox = room.join("Mia"), room.join("", "fox")
    spaces = {one.root for one in room.workspaces}
    assert len(spaces) == 3 and {room.workspace_of(mia).root, room.workspace_of(fox).root} < spaces
    assert all(room.folder in root.parents for root in spaces)
    assert (str(mia.called), str(fox.called), str(room.join("", "fox").called)) == ("Mia", "Fox", "Fox 2")


def test_whoever_comes_back_goes_on_also_after_the_server_was_closed(room):
    mia = room.join("Mia")
    cookie = room.sign(mia)
    again = ClassRoom(room.folder)
    assert again.visitor(cookie) == mia and again.code == room.code
    assert again.visitor(again.sign(again.teacher(again.teacher_key))).is_teacher


def test_a_cookie_that_was_not_signed_here_is_nobodys(room, workspace):
    mia, ben = room.join("Mia"), room.join("Ben")
    cookie, other = room.sign(mia), ClassRoom.create(workspace, "8a")
    who, device, signature = cookie.split(".")
    forged = [
        None, "", ".", "..", "...", "teacher", mia.id, f"{mia.id}..", f"{ben.id}.{device}.{signature}",
        f"teacher.{device}.{signature}", f"{who}.{device}.{signature[:-1]}", f"{who}.{device}.",
        f"{who}.{device}x.{signature}",
        f"{who}.{device}.{signature}.x", cookie.upper(), cookie + " ", cookie.replace(".", "|"), "ü.ü.ü", "\ud800.a.b",
        f"../{who}.{device}.{signature}", room.teacher_key, "x" * 100_000, other.sign(other.join("Mia")),
        other.sign(mia),
    ]  # fmt: skip
    assert [one for one in forged if room.visitor(one)] == []
    assert room.visitor(cookie) == mia


def test_one_who_left_or_was_taken_out_is_nobody(room):
    mia = room.join("Mia")
    phone, laptop = room.sign(mia), room.sign(mia)
    room.leave(phone)
    assert room.visitor(phone) is None and room.visitor(laptop) == mia
    (room.workspace_of(mia).datasets / "x").mkdir()
    room.remove(mia.id)
    assert room.visitor(laptop) is None and not room.workspace_of(mia).root.exists() and room.members == ()
    room.leave("nonsense")  # nobody left
    assert ClassRoom(room.folder).visitor(laptop) is None


def test_the_code_opens_until_it_is_changed_or_the_class_is_closed(room):
    code = room.code
    assert room.is_code(f" {code[:3]} {code[3:].lower()}") and not room.is_code("") and not room.is_code(code[:-1])
    room.change_code()
    assert not room.is_code(code)
    room.let_in(False)
    with pytest.raises(UserError, match="closed to newcomers"):
        room.join("Late")
    assert room.teacher("") is None and room.teacher("ü") is None and room.teacher("\ud800") is None


def test_a_class_has_an_end(room, monkeypatch):
    monkeypatch.setattr(module, "MOST_MEMBERS", 2)
    room.join("A"), room.join("B")
    with pytest.raises(UserError, match="full: it has 2"):
        room.join("C")


@pytest.mark.parametrize("stays", [0, 1, 2])
def test_in_a_full_class_the_place_of_who_did_nothing_for_a_while_is_free(room, monkeypatch, stays):
    """Who joins a hundred times keeps nobody out; who has a page open or anything of their own keeps their place."""
    monkeypatch.setattr(module, "MOST_MEMBERS", 3)
    members = [room.join(name) for name in "ABC"]
    for member in members[: 1 + stays]:
        room.presence.opened(member.id)
    for member in members[1 + stays :]:
        (room.workspace_of(member).runs / "run.json").write_text("{}")
    with pytest.raises(UserError, match="full"):
        room.join("D")
    room.presence.opened(members[0].id, -1)
    with pytest.raises(UserError, match="full"):  # it may be on its way
        room.join("D")
    monkeypatch.setattr(module, "_UNUSED_SECONDS", -1.0)
    new = room.join("D")
    assert room.members == (*members[1:], new) and not room.workspace_of(members[0]).root.exists()
    with pytest.raises(UserError, match="full"):
        monkeypatch.setattr(module, "_UNUSED_SECONDS", 600.0)
        room.join("E")


def test_all_look_up_and_go_on(room):
    mia, ben = room.join("Mia"), room.join("Ben")
    room.hold(True, mia.id)
    assert room.is_held(mia) and not room.is_held(ben)
    room.hold(True)
    assert room.is_held(ben) and not room.is_held(room.teacher(room.teacher_key))
    room.hold(False)
    assert not room.is_held(mia) and not room.is_held(ben)


def test_what_a_full_disk_refuses_has_not_happened(room):
    with full_disk(room.folder), pytest.raises(StorageError):
        room.join("Mia")
    assert room.members == () == ClassRoom(room.folder).members


def test_only_this_account_reads_the_secrets(room):
    assert room.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("spoil", ["cut", "edited", "format", "elsewhere", "kind"])
def test_a_damaged_class_is_named_and_hides_no_other(room, workspace, spoil):
    file = room.folder / ABOUT
    about = read_json(file)
    if spoil == "cut":
        file.write_bytes(file.read_bytes()[:100])
    elif spoil == "edited":
        file.write_text(json.dumps({**about, "code": "AAAAAA"}))
    else:
        changed = {"format": {"format": 9}, "elsewhere": {"id": "other"}, "kind": {"members": "all"}}[spoil]
        write_json(file, {**about, **changed})
    with pytest.raises(DataError, match=f"class in .*{room.id}"):
        ClassRoom(room.folder)
    other = ClassRoom.create(workspace, "8a")
    assert [one.id for one in list_classes(workspace)] == [other.id]


def test_a_class_of_a_name_goes_on_with_what_the_computer_knows_of_its_models(workspace):
    (workspace.own_cache / "onnx").mkdir()
    (workspace.own_cache / "onnx" / "a.onnx").write_bytes(b"a")
    (workspace.own_cache / "speed.json").write_bytes(b"{}")
    own_lesson(workspace)
    first = open_class(workspace, "7b")
    assert own_lessons(first.teachers_own) == ["shades"], "what the teacher wrote can be given to this class"
    assert {path.name for path in first.cache.iterdir()} == {"onnx", "speed.json"}
    assert open_class(workspace, " 7b ", "zh").id == first.id and find_class(workspace, "7b").language == "zh"
    assert find_class(workspace, "8a") is None
    first.wipe()
    assert list_classes(workspace) == []


def test_two_servers_on_one_class_are_refused_by_name(room):
    program = (
        "import sys; from pathlib import Path; from core.classroom.room import ClassRoom\n"
        "with ClassRoom(Path(sys.argv[1])).serving('http://127.0.0.1:8502'):\n    print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(room.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "open\n"
        says = rf"“7b” is open already, at http://127.0.0.1:8502 \(process {other.pid}\)"
        for attempt in (room.require_free, lambda: room.serving("x").__enter__()):
            with pytest.raises(UserError, match=says):
                attempt()
        other.communicate("\n")
    room.require_free()


def test_quotas_are_kept(room):
    room.set_quotas(replace(room.quotas, megabytes=7))
    assert ClassRoom(room.folder).quotas.megabytes == 7


def test_a_pass_brings_somebody_in_on_another_device_once(room, monkeypatch):
    mia, clock = room.join("Mia"), [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    code = room.make_pass(mia)
    assert len(code) == 9 and room.use_pass("") is None and room.use_pass(room.code) is None
    assert room.use_pass(f"{code[:3]}-{code[3:].lower()}") == mia and room.use_pass(code) is None
    late = room.make_pass(mia)
    clock[0] = 601
    assert room.use_pass(late) is None
    gone = room.make_pass(mia)
    room.remove(mia.id)
    assert room.use_pass(gone) is None


def test_what_was_handed_out_is_told_also_after_the_server_was_closed(room):
    assert not room.handed.number
    room.hand_out(dataset="d", title="Pets")
    room.hand_out(lesson="luck", title="Luck")
    handed = ClassRoom(room.folder).handed
    assert (handed.number, handed.dataset, handed.lesson, handed.title) == (2, "", "luck", "Luck")


def test_what_was_computed_of_examples_goes_and_models_stay(room):
    for part in ("embeddings", "onnx"):
        (room.cache / part).mkdir(parents=True)
    room.forget_cache()
    assert [path.name for path in room.cache.iterdir()] == ["onnx"]
