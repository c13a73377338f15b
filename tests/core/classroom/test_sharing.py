"""What is too much for one student, and how much is done at once."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from core.classroom.room import ClassRoom
from core.classroom.sharing import class_rules, go_on, why_refused
from core.errors import DataError
from core.limits import Limits
from core.runs.folder import CLOSED, RunFolder
from core.runs.local import InProcess
from tests.helpers import edit


@pytest.fixture
def room(workspace):
    made = ClassRoom.create(workspace, "7b")
    made.set_quotas(replace(made.quotas, megabytes=1, examples=3, minutes=5))
    return made


def asked(room, member, kind="train", **request):
    return RunFolder.create(room.workspace_of(member).jobs, kind, "x", request)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "~/marks.csv", "README.md", "{home}/../../class.json", "{home}/uploads/link", "/", "\0", ""]
)
def test_a_student_reads_only_what_is_theirs(room, path):
    """Whatever a page that nobody thought of, or a file that they opened, has the server read."""
    mia = room.join("Mia")
    home = room.workspace_of(mia)
    (home.uploads / "link").symlink_to(room.folder / "class.json")
    for kind in ("intake", "add", "open_project"):
        job = asked(room, mia, kind, source=path.format(home=home.root))
        assert "not one of yours" in str(why_refused(room, job)), kind
    assert "not one of yours" in str(why_refused(room, asked(room, mia, "batch", paths=["x", path])))
    assert not why_refused(room, asked(room, mia, "intake", source=str(home.uploads / "a" / "b.csv")))
    assert not why_refused(room, asked(room, mia, "intake", source="sample:flowers"))
    assert not why_refused(room, asked(room, room.people[0], "intake", source=path))


def test_a_student_may_do_what_is_usual(room):
    mia = room.join("Mia")
    for kind in ("train", "intake", "add", "study", "predict", "empty_bin", "open_project"):  # of nothing in particular
        assert not why_refused(room, asked(room, mia, kind, expected=290))


@pytest.mark.parametrize(
    ("kind", "fill", "expected", "says"),
    [
        ("train", 0, 301, "would take about 5 minutes, and about 5 minutes is the most"),
        ("study", 0, 4000, "Choose a quicker method"),
        ("predict", 1_100_000, 5, "Your space in this class is full: 1 MB of 1 MB. Delete something in the Library"),
        ("intake", 0, 5, "You have 3 examples, and 3 is the most in this class."),
    ],
)
def test_what_is_too_much_is_said(room, kind, fill, expected, says):
    mia, ben = room.join("Mia"), room.join("Ben")
    home = room.workspace_of(mia)
    (home.uploads / "big").write_bytes(b"x" * fill)
    (home.examples / "ab").mkdir()
    for number in range(3):
        (home.examples / "ab" / str(number)).write_bytes(b"x")
    assert says in str(why_refused(room, asked(room, mia, kind, expected=expected)))
    assert not why_refused(room, asked(room, mia, "empty_bin"))  # the way out
    assert not why_refused(room, asked(room, ben, kind, expected=5))
    assert not why_refused(room, asked(room, room.teacher(room.teacher_key), kind, expected=expected))


@pytest.mark.parametrize("request_of", [
    {"recipe": {"model": "hub:owner/large"}}, {"recipe": {"model": "hub:/home/teacher/models"}},
    {"design": {"models": ["glyphnet", "hub:owner/large"]}},
])  # fmt: skip
def test_no_student_has_a_model_fetched_or_read_from_the_teachers_disk(room, request_of):
    """Not even through a paused run that comes in a project file."""
    mia = room.join("Mia")
    assert "not used by students" in str(why_refused(room, asked(room, mia, "train", **request_of)))
    assert not why_refused(room, asked(room, room.people[0], "train", **request_of))
    assert not why_refused(room, asked(room, mia, "train", recipe={"model": "glyphnet"}, texts="hub: a talk"))


def test_the_time_of_one_job_is_what_the_teacher_says_now(room):
    rules = class_rules(room)
    assert rules.most() == 1.5 * 5 * 60
    room.set_quotas(replace(room.quotas, minutes=60))
    assert rules.most() == 1.5 * 60 * 60


def test_one_file_holds_no_more_than_all_that_somebody_may_have(room):
    mia = room.join("Mia")
    limits = Limits.of(room.workspace_of(mia))
    assert (limits.files, limits.rows, limits.total_megabytes) == (3, 3, 1)
    with pytest.raises(DataError):
        limits.check_rows("a.csv", 4)
    room.clear(mia)
    assert Limits.of(room.workspace_of(mia)).files == 3


@pytest.mark.parametrize(("cores", "slots", "reserved"), [(1, 1, 0), (2, 2, 1), (4, 4, 1), (16, 8, 1)])
def test_as_much_at_once_as_the_cores_bear(room, monkeypatch, cores, slots, reserved):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"total": 64e9}))
    rules = class_rules(room)
    assert (rules.slots, rules.reserved) == (slots, reserved) and rules.light_slots >= 2


def test_what_the_end_of_the_server_cut_off_goes_on_and_what_was_paused_rests(room):
    mia, ben = room.join("Mia"), room.join("Ben")
    runs = {}
    for number, name in enumerate(("waited", "under way", "closed", "paused", "stopped", "killed", "brought")):
        run = runs[name] = RunFolder.create(room.workspace_of((mia, ben)[number % 2]).runs, "train", name, {})
        if name == "under way":
            run.begin()
        if name in ("waited", "under way"):
            edit(run.path / "run.json", runner={"by": "local", "pid": 1, "started": -1.0})
    runs["closed"].end("paused", CLOSED)
    runs["brought"].end("paused", CLOSED)
    edit(runs["brought"].path / "run.json", runner={"by": "project"})
    runs["paused"].end("paused")
    runs["stopped"].end("stopped")
    runs["killed"].end("interrupted")  # while the server was there: whatever killed it would again
    again = []
    go_on(room, InProcess(lambda job: again.append((job.title, job.claim == job.about()["claim"]))))
    assert again == [("waited", True), ("under way", True), ("closed", True)]


def test_jobs_of_whoever_is_to_look_up_wait(room):
    mia, rules = room.join("Mia"), class_rules(room)
    job = asked(room, mia)
    assert not rules.is_held(job)
    room.hold(True)
    assert rules.is_held(job)
    assert not rules.is_held(asked(room, room.teacher(room.teacher_key)))
