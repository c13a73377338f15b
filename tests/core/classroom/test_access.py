"""What a curious student with developer tools can try at the access control, each of it refused."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.classroom import access, pace
from core.classroom.access import AccessControl, visitor
from core.classroom.guessing import IN_ALL, PER_ADDRESS
from core.classroom.room import ClassRoom, Quotas
from tests.core.classroom.lines import Lines
from tests.helpers import run_apart

PICTURE = "0123456789abcdef0123456789abcdef"
BROWSER = {"accept": "text/html,application/xhtml+xml", "accept-language": "en"}


async def _whoever(request: Request):
    return JSONResponse({"path": request.url.path, "who": (member := visitor()) and member.id})


async def _stream(socket: WebSocket):
    """As Streamlit: what comes is answered, and the answer names a picture."""
    await socket.accept(subprotocol="streamlit")
    await socket.send_text(",".join(socket.headers["sec-websocket-protocol"].split(", ")))
    async for said in socket.iter_bytes():
        await socket.send_bytes(f'{said.decode()}"/media/{PICTURE}.png"{visitor().id}'.encode())


@pytest.fixture
def websocket():
    return Lines()


@pytest.fixture
def room(workspace):
    return ClassRoom.create(workspace, "7b")


@pytest.fixture
def visit(room, websocket):
    """A browser of its own at each call."""
    routes = [
        WebSocketRoute("/_stcore/stream", _stream), WebSocketRoute("/other", _stream),
        Route("/secret.txt", lambda request: PlainTextResponse("x", headers={"cache-control": "no-store"})),
        Route("/{path:path}", _whoever, methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]),
    ]  # fmt: skip
    guarded = AccessControl(Starlette(routes=routes), room, websocket)

    def open_browser(cookie: str | None = None, address: str = "10.0.0.5") -> TestClient:
        made = TestClient(guarded, follow_redirects=False, client=(address, 5000))
        if cookie:
            made.cookies.set(room.cookie, cookie)
        return made

    return open_browser


def joined(visit, room, name="Mia"):
    """A browser in which somebody has joined, and who that is."""
    client = visit()
    answer = client.post("/join", data={"code": room.code, "name": name})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return client, room.members[-1]


ADDRESSES = [
    "/", "/data", "/board", "/projector", "/media/" + PICTURE + ".png", "/_stcore/health", "/_stcore/host-config",
    "/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/upload_file/a/b", "/static/js/main.js", "/made/1/a.csv",
    "/wall/1.json", "/live/1.html", "/plotly-6.js", "/join/", "//join", "/join/../data", "/JOIN", "/join%2f", "/join;x",
    "/teacher/", "/leave/x", "/component/x", "/app/static/x", "/.streamlit/config.toml",
]  # fmt: skip


@pytest.mark.parametrize("path", ADDRESSES)
def test_without_a_cookie_there_is_nothing(visit, path):
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        assert visit().request(method, path).status_code == 403, method
    led = visit().get(path, headers=BROWSER)
    assert (led.status_code, led.headers["location"]) == (303, "/join")


@pytest.mark.parametrize("path", ["/_stcore/stream", "/other", "/join"])
def test_without_a_cookie_no_websocket_opens(visit, path):
    with pytest.raises(WebSocketDisconnect) as closed, visit().websocket_connect(path):
        pass
    assert closed.value.code == 1008


def test_one_joins_and_is_known_from_then_on(visit, room):
    page = visit().get("/join?code=<b>X")
    assert page.status_code == 200 and "7b" in page.text and "&lt;b&gt;X" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    client, mia = joined(visit, room)
    assert client.get("/data").json() == {"path": "/data", "who": mia.id}
    assert client.get("/data").headers["cache-control"] == "private"
    assert client.get("/secret.txt").headers["cache-control"] == "no-store"
    assert "Mia" in client.get("/join").text and visitor() is None


def test_the_cookie_cannot_be_read_by_a_script_or_sent_by_another_page(visit, room):
    said = visit().post("/join", data={"code": room.code, "animal": "fox"}).headers["set-cookie"].lower()
    assert "httponly" in said and "samesite=strict" in said and "max-age=" in said and "domain" not in said


def test_markup_in_a_name_is_text(visit, room):
    client, _ = joined(visit, room, "<script>x</script>")
    assert "<script>" not in client.get("/join").text and "&lt;script&gt;" in client.get("/join").text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 403, "not the code"),
        ({"code": "BBBBBB", "name": "Mia"}, 403, "not the code"),
        ({"code": "right", "name": ""}, 400, "Write a first name"),
        ({"code": "right", "name": "x" * 500}, 400, "at most 40 characters, and this one has 500"),
        ({"code": "right", "name": "", "animal": "dragon"}, 400, "Write a first name"),
        ({"code": "right", "name": "x" * 100_000}, 403, "not the code"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_has_joined(visit, room, fields, status, says):
    fields = {name: room.code if value == "right" else value for name, value in fields.items()}
    answer = visit().post("/join", data=fields)
    assert (answer.status_code, room.members) == (status, ()) and says in answer.text
    assert "set-cookie" not in answer.headers


def test_a_form_that_is_none_is_no_error_of_ours(visit, room):
    for body in (b"\xff\xfe=%ff", b"&" * 4000, b"code=" + b"a=1&" * 900, b"", b"{}"):
        assert visit(address=str(body[:4])).post("/join", content=body).status_code == 403


def test_guessing_is_hopeless(visit, room):
    wrong = {"code": "BBBBBB", "name": "Mia"}
    for _ in range(PER_ADDRESS):
        assert visit().post("/join", data=wrong).status_code == 403
    held = visit().post("/join", data={"code": room.code, "name": "Mia"})
    assert held.status_code == 429 and int(held.headers["retry-after"]) > 50 and room.members == ()
    assert visit().get(f"/teacher?key={room.teacher_key}").status_code == 403  # nor is the teacher's key guessed
    for number in range(IN_ALL):
        visit(address=f"10.0.1.{number}").post("/join", data=wrong)
    assert visit(address="10.0.2.2").post("/join", data={"code": room.code, "name": "Ben"}).status_code == 303


def test_one_device_does_not_fill_the_class(visit, room):
    fields = {"code": room.code, "name": "Mia"}
    got = [visit().post("/join", data=fields).status_code for _ in range(41)]
    assert got == [303] * 40 + [429] and len(room.members) == 40
    assert visit(address="10.0.2.2").post("/join", data=fields).status_code == 303


@pytest.mark.parametrize("forge", ["other", "teacher", "edited", "unsigned", "of another class"])
def test_a_forged_cookie_is_none(visit, room, workspace, forge):
    mia, ben = room.join("Mia"), room.join("Ben")
    who, device, signature = room.sign(mia).split(".")
    cookie = {
        "other": f"{ben.id}.{device}.{signature}", "teacher": f"teacher.{device}.{signature}",
        "edited": f"{who}.{device}.{signature[::-1]}", "unsigned": ben.id,
        "of another class": ClassRoom.create(workspace, "8a").sign(ben),
    }[forge]  # fmt: skip
    assert visit(cookie).get("/data").status_code == 403
    with pytest.raises(WebSocketDisconnect), visit(cookie).websocket_connect("/_stcore/stream"):
        pass


def test_the_teachers_link_opens_the_board_and_no_other_does(visit, room):
    for key in ("", "x", room.code, room.teacher_key[:-1]):
        assert visit().get("/teacher", params={"key": key}).status_code == 403
    teacher = visit(address="127.0.0.1")
    page = teacher.get("/teacher", params={"key": room.teacher_key})
    assert page.status_code == 200 and room.teacher_key not in page.text and "/board" in page.text
    assert teacher.get("/data").json()["who"] == "teacher"
    assert room.code[:3] in teacher.get("/projector").text
    client, _ = joined(visit, room)
    assert room.code[:3] not in client.get("/projector").text  # the application's "not found"


def test_a_file_of_somebody_elses_page_is_not_found(visit, room):
    (mia, _), (ben, _) = joined(visit, room, "Mia"), joined(visit, room, "Ben")
    picture = f"/media/{PICTURE}.png"
    assert mia.get(picture).status_code == 404
    with mia.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
        socket.receive_text()
        socket.send_bytes(b"draw")
        assert PICTURE.encode() in socket.receive_bytes()
    assert mia.get(picture).status_code == 200
    for path in (picture, picture.removesuffix(".png"), f"/media/x/../{PICTURE}.png", f"/media/{PICTURE}.png?who=Mia"):
        assert ben.get(path).status_code == 404


def test_somebody_elses_button_for_a_file_is_not_pressed_and_everybodys_caches_are_not_emptied(visit, room):
    """Streamlit asks neither whose button it is nor who empties them."""
    (mia, _), (ben, who) = joined(visit, room, "Mia"), joined(visit, room, "Ben")
    with (
        mia.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as hers,
        ben.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as his,
    ):
        hers.receive_text(), his.receive_text()
        for socket, others in ((hers, b"f" * 32), (his, PICTURE.encode())):
            for line in (b"make " + others, b"clear", b"draw"):
                socket.send_bytes(line)
        assert b"draw" in hers.receive_bytes() and b"draw" in (first := his.receive_bytes())
        assert who.id.encode() in first
        hers.send_bytes(b"make " + PICTURE.encode())  # it was named by what she was told
        assert b"make" in hers.receive_bytes()


def test_a_student_has_some_pages_open_and_not_all_that_the_server_can(visit, room):
    client, mia = joined(visit, room)
    for _ in range(access._MOST_PAGES):
        room.presence.opened(mia.id)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]):
        pass
    room.presence.opened(mia.id, -1)
    with client.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
        assert socket.receive_text()


def test_pages_that_are_asked_for_too_fast_wait_and_the_teachers_never(visit, room, monkeypatch):
    """A program that had sixteen pages drawn ten times a second kept everybody else out for as long as it ran."""
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(access, "asyncio", SimpleNamespace(sleep=sleep, Semaphore=asyncio.Semaphore))
    monkeypatch.setattr(pace, "AT_ONCE", 2.0)
    (mia, _), (ben, _), teacher = joined(visit, room, "Mia"), joined(visit, room, "Ben"), visit()
    assert teacher.get(f"/teacher?key={room.teacher_key}").status_code == 200
    for client in (mia, ben, teacher):
        with client.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
            socket.receive_text()
            for _ in range(3):
                socket.send_bytes(b"draw")
                assert b"draw" in socket.receive_bytes()
    assert waited[:2] == waited[3:5] == [0, 0] and len(waited) == 6
    assert 0.5 < waited[2] <= 1 and 0.5 < waited[5] <= 1


def test_whoever_rests_may_ask_again():
    now = [100.0]
    asks = pace.Pace(lambda: now[0])
    assert [asks.wait("mia", 10) for _ in range(4)] == [0, 0, 0, 10]
    assert asks.wait("ben", 1) == 0
    now[0] += 10.5
    assert asks.wait("mia", 0.1) == 0 and asks.wait("mia", 1) == pytest.approx(0.6)
    now[0] += 1000
    assert asks.wait("mia", 30) == 0


def test_what_is_sent_waits_in_memory_within_bounds(visit, room, websocket, monkeypatch):
    (mia, me), (ben, he) = joined(visit, room, "Mia"), joined(visit, room, "Ben")
    room.set_quotas(Quotas(megabytes=300))
    for who, session in ((me, "a"), (me, "b"), (he, "c")):
        room.presence.has_session(who.id, session)
    websocket.sent = {"a": 200, "b": 99, "c": 0}
    assert mia.put("/_stcore/upload_file/b/file").status_code == 200
    websocket.sent["b"] = 100
    assert mia.put("/_stcore/upload_file/b/file").status_code == 413
    assert mia.delete("/_stcore/upload_file/b/file").status_code == 200
    assert ben.put("/_stcore/upload_file/c/file").status_code == 200
    monkeypatch.setattr(access, "_SHARE_OF_MEMORY", 1e-6)
    assert ben.put("/_stcore/upload_file/c/file").status_code == 413


def test_a_student_sends_a_few_files_at_once_and_the_others_wait(room, websocket):
    """However slowly they come: a program may begin thousands."""
    cookie = f"{room.cookie}={room.sign(room.join('Mia'))}".encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/give/own",
        "query_string": b"",
        "headers": [(b"cookie", cookie)],
    }
    under_way, most = 0, 0

    async def slow(scope, receive, send):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1

    async def send_many() -> None:
        guarded = AccessControl(slow, room, websocket)
        await asyncio.gather(*(guarded(scope, None, None) for _ in range(20)))

    run_apart(send_many())
    assert (most, under_way) == (access._SENT_AT_ONCE, 0)


def test_an_upload_into_somebody_elses_session_is_not_found(visit, room):
    (mia, me), (ben, _) = joined(visit, room, "Mia"), joined(visit, room, "Ben")
    room.presence.has_session(me.id, "5e55")
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert mia.request(method, "/_stcore/upload_file/5e55/file").status_code == 200
        for path in ("/_stcore/upload_file/5e55/file", "/_stcore/upload_file/", "/_stcore/upload_file//5e55/file"):
            assert ben.request(method, path).status_code == 404


def test_somebody_elses_session_is_not_taken_up(visit, room):
    (mia, me), (ben, _) = joined(visit, room, "Mia"), joined(visit, room, "Ben")
    room.presence.has_session(me.id, "5e55")
    for client, told in ((mia, "streamlit,xsrf,5e55"), (ben, "streamlit,xsrf")):
        with client.websocket_connect("/_stcore/stream", subprotocols=["streamlit", "xsrf", "5e55"]) as socket:
            assert socket.receive_text() == told


def test_only_the_stream_of_pages_is_a_websocket_and_programs_have_no_way_in(visit, room):
    client, _ = joined(visit, room)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/other"):
        pass
    assert client.post("/_stcore/agent/interact").status_code == 404


@pytest.mark.parametrize("how", ["left", "removed"])
def test_a_page_that_outlives_its_owner_hears_nothing_more(visit, room, how):
    client, mia = joined(visit, room)
    with client.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
        socket.receive_text()
        assert room.presence.is_here(mia.id) and room.presence.silent(mia.id) < 60
        if how == "left":
            assert client.get("/leave").status_code == 303 and room.visitor(client.cookies[room.cookie])
            assert visit(client.cookies[room.cookie]).post("/leave").headers["location"] == "/join"
        else:
            room.remove(mia.id)
        socket.send_bytes(b"draw")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_bytes()
    assert client.get("/data").status_code == 403 and not room.presence.is_here(mia.id)


def test_the_page_speaks_chinese_and_spanish(visit, room):
    assert "加入" in visit().get("/join", headers={"accept-language": "zh-CN,zh"}).text
    assert "código" in visit().get("/join?lang=es").text.lower()
    room.speak("zh")
    assert "加入" in visit().get("/join", headers={"accept-language": "en"}).text
