"""Pictures from phones: what is taken in and what not, what is said, and what nobody gets at."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.classroom import phone as module
from core.classroom.access import AccessControl
from core.classroom.collecting import OWN, albums, gathered, own_album
from core.classroom.phone import phone_routes
from core.classroom.room import ClassRoom
from core.data.album import Album, clean_label
from core.data.dataset import Dataset
from core.errors import DataError
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.storage import read_json
from tests.core.classroom.lines import Lines
from tests.core.modalities.image.test_image import HEIC
from tests.helpers import encoded, png, run_apart
from tests.refusing_disk import full_disk

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(3000)
MOV = b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + bytes(3000)
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + bytes(3000)


@pytest.fixture
def room(workspace):
    made = ClassRoom.create(workspace, "7b")
    made.collect("Fruit", ["apple", "banana"])
    return made


@pytest.fixture
def app(room):
    return AccessControl(Starlette(routes=phone_routes(room)), room, Lines())


@pytest.fixture
def phone_of(room, app):
    """The phone of somebody new."""

    def join(name: str):
        member = room.join(name)
        client = TestClient(app, cookies={room.cookie: room.sign(member)}, follow_redirects=False)
        return member, client

    return join


def picture(n: int = 0) -> bytes:
    return png((n * 7 % 256, n * 31 % 256, n * 101 % 256), (16, 16))


def give(client, raw=None, label="apple", album=None, room=None):
    return client.post(f"/give/{album or room.collection.id}", params={"class": label}, content=raw or picture())


def left_in(home):
    return [path for path in home.staging.iterdir() if path.name.startswith(".shot")]


def test_pictures_are_counted_for_the_class_and_each_giver(room, phone_of):
    (mia, hers), (ben, his) = phone_of("Mia"), phone_of("Ben")
    assert give(hers, picture(1), room=room).json()["albums"][0]["last"]["label"] == "apple"
    give(hers, picture(2), "banana", room=room), give(his, picture(3), "banana", room=room)
    assert gathered(room).classes == {"apple": 1, "banana": 2} and gathered(room).givers == {mia.id: 2, ben.id: 1}
    page = hers.get("/give")
    assert page.status_code == 200 and 'capture="environment"' in page.text and "Fruit" in page.text
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_what_the_class_gathered_becomes_a_dataset_in_which_each_knows_its_giver(room, phone_of):
    for number, name in enumerate(("Mia", "Ben")):
        _, client = phone_of(name)
        for shot, label in enumerate(("apple", "banana", "apple")):
            assert give(client, picture(1 + 3 * number + shot), label, room=room).status_code == 200
    home = room.workspace_of(room.people[0])
    job = RunFolder.create(home.jobs, "shots", "Fruit", {"albums": albums(room), "title": "Fruit"})
    made = run_job(job, home, lambda: False).result["dataset"]
    dataset = Dataset.load(made, home)
    assert dataset.counts == {"apple": 4, "banana": 2} and {one.source for one in dataset.examples} == {"Mia", "Ben"}
    assert gathered(room).pictures == 6  # they stay, and more may come


def test_ones_own_become_a_dataset_and_leave_the_album(room, phone_of):
    mia, client = phone_of("Mia")
    home = room.workspace_of(mia)
    for n in range(3):
        assert give(client, picture(n), f"thing {n % 2}", album=OWN).status_code == 200
    request = {"albums": [["", str(own_album(home).folder)]], "title": "Mine", "moves": True}
    first = run_job(RunFolder.create(home.jobs, "shots", "Mine", request), home, lambda: False).result["dataset"]
    assert Dataset.load(first, home).counts == {"thing 0": 2, "thing 1": 1} and not own_album(home).shots
    assert not Dataset.load(first, home).examples[0].source
    assert '"known": ["thing 0", "thing 1"]' in client.get("/give").text  # more of the same are likely to come
    give(client, picture(9), "thing 1", album=OWN)
    again = RunFolder.create(home.jobs, "shots", "Mine", {**request, "into": first})
    both = run_job(again, home, lambda: False).result["dataset"]
    assert Dataset.load(both, home).counts == {"thing 0": 2, "thing 1": 2}


def test_heic_as_phones_write_it(room, phone_of):
    mia, client = phone_of("Mia")
    assert give(client, HEIC, album=OWN).status_code == 200
    home = room.workspace_of(mia)
    request = {"albums": [["", str(own_album(home).folder)]], "title": "Mine"}
    done = run_job(RunFolder.create(home.jobs, "shots", "Mine", request), home, lambda: False)
    assert done.result["used"] == 1


def test_the_last_is_taken_back_and_the_same_sent_twice_is_one(room, phone_of):
    mia, client = phone_of("Mia")
    for _ in range(2):  # nobody heard that it had come
        told = give(client, picture(1), room=room).json()
    give(client, picture(2), "banana", room=room)
    assert gathered(room).classes == {"apple": 1, "banana": 1}
    moved = give(client, picture(1), "banana", room=room).json()  # the same shown again as something else is that
    assert moved["taken"] == told["taken"] and gathered(room).classes == {"apple": 0, "banana": 2}
    address = f"/give/{room.collection.id}/{told['taken']}"
    for _ in range(2):
        state = client.delete(address).json()
    assert gathered(room).classes == {"apple": 0, "banana": 1} and state["albums"][0]["last"]["label"] == "banana"
    album = room.workspace_of(mia).albums / room.collection.id
    assert len([file for file in album.iterdir() if len(file.name) == 64]) == 1


@pytest.mark.parametrize(
    ("raw", "label", "status", "says"),
    [
        (MP4, "apple", 400, "This is a video. Take a picture instead."),
        (MOV, "apple", 400, "This is a video."),
        (WEBM, "apple", 400, "This is a video."),
        (b"hello", "apple", 400, "not a picture"),
        (b"\xff\xd8\xff\xe0", "apple", 400, "picture"),
        (None, "pear", 400, "The class gathers something else now."),
        (None, "", 400, "The class needs a name."),
        (None, "x" * 500, 400, "at most 60 characters"),
    ],
)
def test_what_is_not_wanted_is_said_and_leaves_nothing(room, phone_of, raw, label, status, says):
    mia, client = phone_of("Mia")
    answer = give(client, raw, label, room=room)
    assert answer.status_code == status and says in answer.json()["says"], answer.text
    assert gathered(room).pictures == 0 and not left_in(room.workspace_of(mia))


def test_a_picture_that_is_too_large_is_not_even_kept_while_it_comes(room, phone_of, monkeypatch):
    mia, client = phone_of("Mia")
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    answer = give(client, encoded(Image.effect_noise((200, 200), 90)), room=room)
    assert answer.status_code == 413 and "too large" in answer.json()["says"]
    assert not left_in(room.workspace_of(mia)) and gathered(room).pictures == 0


def test_a_class_of_ones_own_is_a_name_and_no_place(room, phone_of):
    mia, client = phone_of("Mia")
    names = ["../../etc", "<script>x</script>", "con", "a/b", "苹果", " two  words \u202e"]
    for n, name in enumerate(names):
        assert give(client, picture(n), name, album=OWN).status_code == 200
    folder = own_album(room.workspace_of(mia)).folder
    assert {len(file.name) for file in folder.iterdir()} <= {64, len("album.json"), len(".lock")}
    assert set(own_album(room.workspace_of(mia)).counts) == {clean_label(name) for name in names}
    page = client.get("/give").text
    assert "<script>x" not in page


def test_an_album_of_nobody_or_of_somebody_else_is_none(room, phone_of):
    (mia, hers), (_, his) = phone_of("Mia"), phone_of("Ben")
    shot = give(hers, picture(1), "x", album=OWN).json()["taken"]
    for address in (
        "/give/other",
        f"/give/..%2f{mia.id}%2falbums%2fown",
        "/give/..",
        f"/give/../{mia.id}",
        "/give/%00",
    ):
        assert his.post(address, params={"class": "x"}, content=picture()).status_code in (400, 404, 405), address
    for address in (f"/give/own/{shot}", f"/give/own/..%2f..%2f..%2f{mia.id}%2falbums%2fown%2f{shot}"):
        assert his.delete(address).status_code in (200, 404)
    assert own_album(room.workspace_of(mia)).counts == {"x": 1}


def test_without_a_cookie_nothing_is_taken_in(room, app):
    stranger = TestClient(app)
    collection = room.collection.id
    tried = [stranger.get("/give"), stranger.get("/give/state"), stranger.delete(f"/give/{collection}/x"),
             give(stranger, room=room)]  # fmt: skip
    assert [answer.status_code for answer in tried] == [403] * 4


def test_what_a_student_may_take_is_bounded(room, phone_of):
    _, client = phone_of("Mia")
    room.set_quotas(replace(room.quotas, examples=2))
    got = [give(client, picture(n), album=OWN) for n in range(3)]
    assert [one.status_code for one in got] == [200, 200, 507]
    assert "You have 2 examples, and 2 is the most in this class." in got[2].json()["says"]


def test_a_full_disk_is_told_to_the_student_without_its_paths_and_nothing_is_lost(room, phone_of):
    mia, client = phone_of("Mia")
    give(client, picture(1), room=room)
    for allowed in range(6):
        with full_disk(room.folder, after=allowed):
            answer = give(client, picture(2), room=room)
        if answer.status_code == 200:
            break
        assert answer.status_code == 507 and answer.json()["says"] == (
            "The teacher's computer cannot keep this: its disk is full, or refuses. Tell your teacher."
        )
        assert gathered(room).pictures == 1 and not left_in(room.workspace_of(mia))
    assert allowed > 1
    assert give(client, picture(2), room=room).status_code == 200 and gathered(room).pictures == 2


def test_a_network_that_is_lost_on_the_way_leaves_nothing(room, app):
    mia = room.join("Mia")
    sent = iter([{"type": "http.request", "body": picture()[:40], "more_body": True}, {"type": "http.disconnect"}])
    answers = []

    async def receive():
        return next(sent)

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http", "method": "POST", "path": f"/give/{room.collection.id}", "query_string": b"class=apple",
        "headers": [(b"cookie", f"{room.cookie}={room.sign(mia)}".encode()), (b"host", b"x")],
        "client": ("10.0.0.5", 1), "server": ("x", 80), "scheme": "http", "root_path": "",
    }  # fmt: skip
    run_apart(app(scope, receive, send))
    assert gathered(room).pictures == 0 and not left_in(room.workspace_of(mia))


def test_thirty_at_once_are_looked_at_two_at_a_time(room, app, monkeypatch):
    """What comes lies on the disk; only those that are looked at are in memory."""
    at_once, most, lock = 0, 0, threading.Lock()
    plain = Album.add

    def watched(self, file, label):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.005)
        with lock:
            at_once -= 1
        return plain(self, file, label)

    monkeypatch.setattr(Album, "add", watched)
    members = [room.join(f"S{n}") for n in range(30)]

    async def one(n, member):
        sent = iter([{"type": "http.request", "body": picture(n), "more_body": False}])
        statuses = []

        async def receive():
            return next(sent)

        async def send(message):
            statuses.append(message.get("status"))

        cookie = f"{room.cookie}={room.sign(member)}".encode()
        await app({
            "type": "http", "method": "POST", "path": f"/give/{room.collection.id}", "query_string": b"class=apple",
            "headers": [(b"cookie", cookie), (b"host", b"x")], "client": ("10.0.0.5", 1), "server": ("x", 80),
            "scheme": "http", "root_path": "",
        }, receive, send)  # fmt: skip
        return statuses[0]

    async def all_of_them():
        return await asyncio.gather(*(one(n, member) for n, member in enumerate(members)))

    assert run_apart(all_of_them()) == [200] * 30
    assert most == 2 and gathered(room).pictures == 30


def test_the_teacher_closes_and_begins_another(room, phone_of):
    _, client = phone_of("Mia")
    before = room.collection.id
    room.take_pictures(False)
    assert "takes no more pictures" in give(client, room=room).json()["says"]
    room.collect("Leaves", ["oak", "ash"])
    assert room.collection.id != before and ClassRoom(room.folder).collection == room.collection
    assert "something else" in give(client, album=before).json()["says"]
    room.hold(True)
    assert not room.presence.is_here(room.members[0].id)
    assert client.get("/give/state").json()["held"]
    assert room.presence.takes_pictures(room.members[0].id) and room.presence.is_here(room.members[0].id)
    for classes in (["one"], ["one", " one "], [f"c{n}" for n in range(21)], ["", "x"], ["x" * 61, "y"]):
        with pytest.raises(DataError):
            room.collect("Bad", classes)
    assert room.collection.title == "Leaves"


def test_a_damaged_album_is_said_and_hides_nobody_elses(room, phone_of):
    (mia, hers), (_, his) = phone_of("Mia"), phone_of("Ben")
    give(hers, picture(1), room=room), give(his, picture(2), room=room)
    list_file = room.workspace_of(mia).albums / room.collection.id / "album.json"
    list_file.write_bytes(list_file.read_bytes()[:-9])
    assert isinstance(read_json(list_file).why.text, str)
    assert "album.json" in give(hers, picture(3), room=room).json()["says"] and hers.get("/give").status_code == 200
    assert gathered(room).pictures == 1


def test_the_link_leads_on_to_the_page_for_the_phone(room):
    client = TestClient(AccessControl(Starlette(routes=phone_routes(room)), room, Lines()), follow_redirects=False)
    form = client.get(f"/join?code={room.code}&to=give").text
    assert '<input type="hidden" name="to" value="give">' in form
    joined = client.post("/join", data={"code": room.code, "name": "Mia", "to": "give"})
    assert joined.headers["location"] == "/give"
    assert client.get(f"/join?code={room.code}&to=give").headers["location"] == "/give"
    for to in ("//evil.example", "https://evil.example", "../x", "board"):
        other = TestClient(AccessControl(Starlette(), room, Lines()), follow_redirects=False, client=("10.0.0.9", 1))
        assert other.post("/join", data={"code": room.code, "name": "B", "to": to}).headers["location"] == "/"


def test_a_phone_comes_in_as_the_one_who_shows_the_code(room, phone_of):
    mia, _ = phone_of("Mia")
    code = room.make_pass(mia)
    other = TestClient(AccessControl(Starlette(routes=phone_routes(room)), room, Lines()), follow_redirects=False)
    assert room.is_pass(code) and 'id="name"' not in other.get(f"/join?code={code}&to=give").text
    assert room.is_pass(code)  # a preview of the link uses nothing up
    assert other.post("/join", data={"code": code, "to": "give"}).headers["location"] == "/give"
    assert not room.is_pass(code) and "Mia" in other.get("/give").text


@pytest.mark.parametrize(("language", "says"), [("zh", "拍照"), ("es", "Tomar fotos")])
def test_the_page_speaks_chinese_and_spanish(room, phone_of, language, says):
    _, client = phone_of("Mia")
    assert says in client.get(f"/give?lang={language}").text
