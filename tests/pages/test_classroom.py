"""A class: everybody sees their own, the teacher has a board, and nobody else has."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.runtime.context import ContextProxy

from core.classroom import access
from core.classroom.access import AccessControl
from core.classroom.room import HOME, ClassRoom, Quotas
from core.data.dataset import Dataset
from core.data.findings import save_findings
from core.errors import UserError
from core.jobs.exporting import LIVE
from core.jobs.keeping import PROJECT
from core.lessons.catalogue import get_lesson
from core.lessons.progress import Progress, keep_progress
from core.runs.folder import RunFolder
from pages.shared import websocket
from pages.shared.downloads import download_address, downloads_route
from pages.shared.live_model import live_route
from pages.shared.services import classroom, is_student, visitor, workspace
from pages.shared.uploads import keep_as_zip, keep_file, keep_folder
from pages.shared.wall import wall_route
from tests.helpers import picture_dataset, png, trained
from tests.lessons import own_lesson
from tests.pages.conftest import press, visit, words
from tests.refusing_disk import full_disk


@pytest.fixture
def room(tmp_path, monkeypatch) -> ClassRoom:
    from core.workspace import Workspace

    made = ClassRoom.create(Workspace(tmp_path / "plain"), "7b *bold*")
    monkeypatch.setenv(HOME, str(made.folder))
    assert classroom().id == made.id
    return classroom()


@pytest.fixture
def browser_of(monkeypatch):
    """From now on pages are drawn for somebody with this cookie."""

    def use(room, member) -> None:
        cookies = {room.cookie: room.sign(member)} if member else {}
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda self: cookies))

    return use


@pytest.fixture
def seat(room, browser_of):
    """The app as somebody in the class sees it; "" is the teacher."""

    def take(request, name: str = "Mia"):
        member = room.join(name) if name else room.teacher(room.teacher_key)
        browser_of(room, member)
        return member, request.getfixturevalue("app")

    return take


def finished(room, member):
    return trained(room.workspace_of(member), picture_dataset(room.workspace_of(member), each=20), title="Mia's own")


def test_what_is_somebody_elses_is_not_found_whatever_the_address_names(room, seat, request, tiny_models):
    mia = room.join("Mia")
    run = finished(room, mia)
    _, app = seat(request, "Ben")
    for script in ("understand/result.py", "train/train.py", "use/try_it.py", "prepare/data.py", "studio/studio.py"):
        for address in ({"run": run.id}, {"dataset": run.request["dataset"]}, {"run": f"../../{mia.id}/runs/{run.id}"}):
            shown = words(visit(app, script, **address))
            assert "Mia" not in shown.replace("Mia's own", "Mia") or "cannot be shown" in shown, (script, address)
            assert "Mia's own" not in shown
            app.query_params.clear()
    assert "Mia's own" not in words(visit(app, "keep/library.py"))


def test_the_owner_finds_it(room, seat, request, tiny_models):
    mia, app = seat(request, "Mia")
    run = finished(room, mia)
    assert "Mia" in words(visit(app, "understand/result.py", run=run.id)) and not app.error


def test_only_the_teacher_has_a_board(room, seat, request):
    room.join("", "fox")
    _, app = seat(request, "")
    visit(app, "classroom/board.py")
    assert "Fox" in next(button.label.strip() for button in app.button if button.key.startswith("member-"))
    assert room.code[:3] in words(app)
    assert app.title[0].value == "7b \\*bold\\*"  # a name is no formatting


def test_a_student_has_none(room, seat, request):
    _, app = seat(request, "Ben")
    with suppress(AssertionError, ValueError, KeyError):  # it is none of the pages of this session
        visit(app, "classroom/board.py")
    assert room.code[:3] not in words(app)


def test_what_a_session_remembers_of_somebody_else_is_forgotten(room, seat, browser_of, request):
    _, app = seat(request, "Mia")
    app.session_state["dataset"] = "hers"
    browser_of(room, room.join("Ben"))
    app.run()
    assert "dataset" not in app.session_state and "Ben" in words(app)


def test_whoever_is_not_in_the_class_any_more_is_told_so(room, seat, request):
    mia, app = seat(request, "Mia")
    room.remove(mia.id)
    app.run()
    assert "not in this class any more" in words(app) and len(app.error) == 1 and not app.button


def test_eyes_up(room, seat, request):
    mia, app = seat(request, "Mia")
    room.hold(True)
    app.run()
    assert "Eyes up" in app.title[0].value and not app.button
    room.hold(False)
    app.run()
    assert "Eyes up" not in app.title[0].value
    room.hold(True, mia.id)
    app.run()
    assert "Eyes up" in app.title[0].value


def test_where_nobody_asks_nobodys_workspace_is_given(room):
    for ask in (workspace, visitor, is_student):
        with pytest.raises(UserError, match="not in this class"):
            ask()


def test_the_files_of_jobs_walls_and_live_pages_are_their_owners(room, tiny_models):
    mia = room.join("Mia")
    own = room.workspace_of(mia)
    run, job = finished(room, mia), RunFolder.create(own.jobs, "save_project", "x", {})
    for name in (PROJECT, LIVE):
        (job.path / name).write_bytes(b"hers")
    guarded = AccessControl(Starlette(routes=[downloads_route(), wall_route(), live_route()]), room, websocket)
    addresses = [download_address(job.id, PROJECT), f"/live/{job.id}.html", f"/wall/{run.id}.json"]
    for member, status in ((mia, 200), (room.join("Ben"), 404), (room.teacher(room.teacher_key), 404)):
        client = TestClient(guarded, cookies={room.cookie: room.sign(member)})
        assert [client.get(address).status_code for address in addresses] == [status] * 3
        strange = [f"/made/..%2f..%2f{mia.id}%2fjobs%2f{job.id}/{PROJECT}", f"/live/..%2f{job.id}.html"]
        assert [client.get(address).status_code for address in strange] == [404, 404]
    assert [TestClient(guarded).get(address).status_code for address in addresses] == [403] * 3


def test_the_teacher_gives_a_dataset_and_everybody_is_told(room, seat, browser_of, request, tiny_models):
    ben = room.join("Ben")
    teacher, app = seat(request, "")
    dataset = picture_dataset(room.workspace_of(teacher), each=5)
    dataset.save(room.workspace_of(teacher))
    press(visit(app, "classroom/board.py"), "Give it to all")
    save_findings(dataset.id, room.workspace_of(ben), [], complete=True)  # the data check has tests of its own
    browser_of(room, ben)
    app.run()
    assert "From your teacher" in words(app)
    visit(app, "studio/studio.py", dataset=dataset.id)
    assert "From your teacher" not in words(app) and "cannot be shown" not in words(app)


def test_from_a_lesson_that_is_under_way_a_reload_leads_back(room, seat, request):
    mia, app = seat(request, "Mia")
    room.hand_out(lesson="training", title="What is training?")
    app.run()
    assert "From your teacher" in words(app)
    own = room.workspace_of(mia)
    keep_progress(Progress(2), get_lesson("training", "en", own), own)
    app.run()
    assert "From your teacher" not in words(app) and "**What is training?** · " in words(app)


def test_the_teacher_helps_stops_and_takes_out(room, seat, request, tiny_models):
    mia, fox = room.join("Mia"), room.join("", "fox")
    finished(room, mia)
    _, app = seat(request, "")
    visit(app, "classroom/board.py")
    assert "60 examples" in words(app) and "1 run" in words(app)
    app.button(key=f"member-{mia.id}").click().run()
    assert app.button(key="hold-one").help == "“Eyes up” for this student alone"
    press(app, "Look up")
    assert room.member(mia.id).held and not room.member(fox.id).held
    press(app, "Let continue")
    press(app, "Another device")
    assert "On the other device" in words(app)
    app.button(key="clear-one").click().run()
    assert not list(room.workspace_of(mia).runs.iterdir()) and room.member(mia.id)
    app.button(key="remove-one").click().run()
    assert [one.id for one in room.members] == [fox.id]
    press(app, "Eyes up")
    assert room.held
    press(app, "Let them continue")
    press(app, "Stop all trainings")
    assert not room.held and not app.exception


def test_at_the_end_nothing_of_the_students_stays(room, seat, request, tiny_models):
    mia = room.join("Mia")
    finished(room, mia)
    _, app = seat(request, "")
    visit(app, "classroom/board.py")
    press(app, "Save the class as one file")
    assert "the work of 1 student" in words(app)
    app.checkbox(key="wipe-sure").check().run()
    app.button(key="wipe").click().run()
    assert room.members == () and not any((room.folder / "members").iterdir())


def test_the_class_pools_what_it_gathered(room, seat, request, tiny_models):
    for seed, name in ((1, "Mia"), (2, "Ben")):
        home = room.workspace_of(room.join(name))
        picture_dataset(home, each=3, seed=seed).save(home)
    _, app = seat(request, "")
    press(visit(app, "classroom/board.py"), "Pool the class's examples")
    assert "18 examples" in "".join(said.value for said in app.success)
    press(app, "Give it to all")
    assert room.handed.dataset and "everybody's examples" in room.handed.title
    compare = next(link for link in app.get("page_link") if link.proto.label == "Compare: each alone or all together")
    assert compare.proto.query_string == f"dataset={room.handed.dataset}"


def test_a_student_is_asked_before_their_model_is_shown_and_takes_it_back(
    room, browser_of, seat, request, tiny_models
):  # fmt: skip
    mia = room.join("Mia")
    run = finished(room, mia)
    teacher, app = seat(request, "")
    visit(app, "classroom/board.py")
    app.button(key=f"member-{mia.id}").click().run()
    press(app, "Show their model")
    assert app.button(key="show-end").label == "Take the question back"
    assert "was asked to show a model" in words(app) and not app.get("html")[-1].proto.body.count("shown=")
    browser_of(room, mia)
    app.run()
    assert "may everybody see your model" in words(app)
    press(app, "Yes")
    assert "may be shown on the projector" in words(app)
    browser_of(room, teacher)
    board = visit(app.run(), "classroom/board.py")
    assert any(f"/result?run={run.id}&shown={mia.id}" in one.proto.body for one in board.get("html"))
    looked = visit(app, "understand/result.py", run=run.id, shown=mia.id)
    said = words(looked)
    assert "cannot be shown" not in said and "shown with consent" in said and "Mia\\'s own" in said.replace("'", "\\'")
    with pytest.raises(ValueError, match="Could not find a navigation page"):  # whoever looks on has no board
        visit(app, "classroom/board.py")
    room.showings.refuse(mia.id)
    assert "not any more" in words(app.run()) and not app.main.button and not app.exception


def test_a_lesson_of_the_teachers_own_is_there_for_all_and_the_board_shows_how_far_each_is(
    room, browser_of, seat, request
):  # fmt: skip
    mia = room.join("Mia")
    own_lesson(room.teachers_own)
    _, app = seat(request, "")
    visit(app, "classroom/board.py")
    app.selectbox(key="give-lesson").set_value("shades").run()
    press(app, "Open it for all")
    for student in (mia, room.join("Ben")):  # who came later
        browser_of(room, student)
        app.run()
        assert "Dark and light" in words(app)
        lesson = get_lesson("shades", "en", room.workspace_of(student))
    keep_progress(Progress(2), lesson, room.workspace_of(mia))
    browser_of(room, room.teacher(room.teacher_key))
    app.run()
    assert f"Dark and light: step 3 of {len(lesson.steps)}" in words(visit(app, "classroom/board.py"))
    keep_progress(Progress(4, over=True), lesson, room.workspace_of(mia))
    assert "Dark and light: finished" in words(visit(app, "classroom/board.py"))


def test_nobody_looks_at_what_was_not_agreed_to(room, browser_of, seat, request, tiny_models):
    mia, ben = room.join("Mia"), room.join("Ben")
    run = finished(room, mia)
    _, app = seat(request, "")
    visit(app, "understand/result.py", run=run.id)
    for shown in (mia.id, ben.id, f"../members/{mia.id}"):
        app.query_params["shown"] = shown
        assert "does not let their model be shown" in words(app.run()) and "Mia's own" not in words(app)
    room.showings.ask(mia.id, run)
    room.showings.agree(mia.id, run.id, room.workspace_of(mia))
    browser_of(room, ben)
    app.query_params["shown"] = mia.id
    assert "Mia's own" not in words(visit(app.run(), "understand/result.py", run=run.id, shown=mia.id))


def test_files_of_what_is_shown_are_the_teachers_as_long_as_the_student_agrees(room, tiny_models):
    mia, ben = room.join("Mia"), room.join("Ben")
    run = finished(room, mia)
    other = finished(room, mia)
    guarded = AccessControl(Starlette(routes=[wall_route(), downloads_route()]), room, websocket)
    ask = {who.id: TestClient(guarded, cookies={room.cookie: room.sign(who)})
           for who in (ben, room.teacher(room.teacher_key))}  # fmt: skip

    def found(run_id: str, shown: str = mia.id) -> list[int]:
        return [client.get(f"/wall/{run_id}.json?shown={shown}").status_code for client in ask.values()]

    assert found(run.id) == [404, 404]
    room.showings.ask(mia.id, run)
    assert found(run.id) == [404, 404]
    room.showings.agree(mia.id, run.id, room.workspace_of(mia))
    assert found(run.id) == [404, 200] and found(other.id) == [404, 404] == found(run.id, ben.id)
    assert found(run.id, f"../members/{mia.id}") == [404, 404]
    room.showings.refuse(mia.id)
    assert found(run.id) == [404, 404]


def shown_to(room, member, *labels):
    """Pictures that somebody took with a phone, for the class."""
    from core.classroom.collecting import give

    for n, label in enumerate(labels):
        file = room.workspace_of(member).staging / "x"
        file.write_bytes(png((n * 40, 20 + len(member.id), hash(member.id) % 256), (16, 16)))
        give(room, member, room.collection.id or "own", label, file)


def test_the_class_collects_with_phones(room, seat, browser_of, request, tiny_models):
    mia = room.join("Mia")
    teacher, app = seat(request, "")
    visit(app, "classroom/board.py")
    app.text_input(key="collection-title").set_value("Fruit")
    app.text_input(key="collection-classes").set_value("apple, banana，pear")
    press(app, "Begin to collect")
    assert not app.error, words(app)
    assert room.collection.classes == ("apple", "banana", "pear") and room.collection.open
    press(app, "Make a dataset of them")
    assert "Nobody has given a picture yet." in words(app)
    shown_to(room, mia, "apple", "banana", "apple"), shown_to(room, room.join("Ben"), "banana")
    press(app, "Make a dataset of them")
    home = room.workspace_of(teacher)
    (made,) = home.datasets.iterdir()
    assert {one.source for one in Dataset.load(made.name, home).examples} == {"Mia", "Ben"}
    visit(app, "classroom/board.py")
    shown_to(room, mia, "pear")
    press(app, "Make a dataset of them")  # in place of the first, with which nothing was done
    (made,) = home.datasets.iterdir()
    assert Dataset.load(made.name, home).counts["pear"] == 1
    browser_of(room, mia)
    app.run()
    assert "The class collects pictures" in words(app)
    room.take_pictures(False)
    app.run()
    assert "The class collects pictures" not in words(app)


def test_what_one_took_alone_becomes_a_dataset_or_comes_to_one(room, seat, request, tiny_models):
    mia, app = seat(request, "Mia")
    shown_to(room, mia, "cup", "pen")
    app.run()
    assert "From your phone: **2 pictures**" in words(app)
    press(app, "New dataset")
    home = room.workspace_of(mia)
    assert len(list(home.datasets.iterdir())) == 1 and "From your phone" not in words(app)
    shown_to(room, mia, "cup")
    app.run()
    assert "From your phone" in words(app)


def test_a_phone_joins_as_whoever_shows_it_the_code(room, seat, request, monkeypatch):
    mia, app = seat(request, "Mia")
    press(app, "Use my own")
    code = app.session_state["phone-pass"]
    assert room.is_pass(code) and room.use_pass(code) == mia


def test_a_full_disk_is_told_to_whom_it_belongs(room, seat, browser_of, request, monkeypatch):
    _, app = seat(request, "")
    with monkeypatch.context() as patch:
        patch.setattr("core.storage.free_bytes", lambda path: 3_000_000)
        assert "3 MB are free on the disk" in words(visit(app, "classroom/board.py"))
    browser_of(room, room.join("Mia"))
    visit(app, "studio/studio.py")
    with full_disk(room.folder):
        next(button for button in app.button if button.label == "Iris flowers").click().run()
    assert "Tell your teacher" in words(app) and str(room.folder) not in words(app)


def test_what_a_student_uploads_takes_no_room_that_they_do_not_have(room, monkeypatch):
    """It lies on the disk before a job asks whether it may be brought in, also what no job ever does."""
    room.set_quotas(Quotas(megabytes=1))
    mia, teacher = room.join("Mia"), room.teacher(room.teacher_key)
    monkeypatch.setattr(access, "visitor", lambda: mia)
    table = BytesIO(b"text,label\n" + b"a,b\n" * 400_000)
    table.name = "a.csv"
    kept = keep_file(table)
    assert keep_file(table) == kept  # nothing more
    other = BytesIO(table.getvalue() + b"c,d\n")
    other.name = "b.csv"
    for keep in (lambda: keep_file(other), lambda: keep_as_zip([table, other], "2 files"),
                 lambda: keep_folder([(b"x", "x.csv")])):  # fmt: skip
        with pytest.raises(UserError, match="space in this class is full"):
            keep()
    assert [path.name for path in room.workspace_of(mia).uploads.rglob("*.csv")] == ["a.csv"]
    monkeypatch.setattr(access, "visitor", lambda: teacher)
    assert keep_file(other).exists()
