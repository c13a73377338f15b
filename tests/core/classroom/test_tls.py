"""The certificate of a class over https."""

from __future__ import annotations

import ssl

from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.classroom import tls
from core.classroom.access import AccessControl
from core.classroom.room import ClassRoom
from core.classroom.tls import certificate
from tests.core.classroom.lines import Lines


def test_it_is_kept_so_that_a_phone_accepts_it_once(tmp_path):
    kept, key = certificate(tmp_path, ["10.0.0.5"])
    before = kept.read_bytes(), key.read_bytes()
    assert certificate(tmp_path, ["10.0.0.5"]) == (kept, key) and (kept.read_bytes(), key.read_bytes()) == before
    assert key.stat().st_mode & 0o077 == 0
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(kept, key)


def test_another_address_a_near_end_or_damage_makes_another(tmp_path, monkeypatch):
    kept, key = certificate(tmp_path, ["10.0.0.5"])
    first = kept.read_bytes()
    certificate(tmp_path, ["10.0.0.5", "192.168.1.7"])
    second = kept.read_bytes()
    assert second != first
    monkeypatch.setattr(tls, "_LEAST_DAYS", 400)
    certificate(tmp_path, ["10.0.0.5"])
    assert kept.read_bytes() != second
    monkeypatch.undo()
    kept.write_bytes(b"nonsense")
    certificate(tmp_path, [])
    key.unlink()
    certificate(tmp_path, [])
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(kept, key)


def test_a_cookie_that_came_over_https_goes_nowhere_else(workspace):
    room = ClassRoom.create(workspace, "7b")
    for scheme, secure in (("https", True), ("http", False)):
        client = TestClient(AccessControl(Starlette(), room, Lines()), base_url=f"{scheme}://x", follow_redirects=False)
        said = client.post("/join", data={"code": room.code, "name": "Mia"}).headers["set-cookie"].lower()
        assert ("secure" in said) is secure
        teacher = client.get("/teacher", params={"key": room.teacher_key})
        assert ("secure" in teacher.headers["set-cookie"].lower()) is secure
        assert f"{scheme}://" in client.get("/projector").text or "in no network" in client.get("/projector").text
