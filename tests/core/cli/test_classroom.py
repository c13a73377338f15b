"""The verb `class`, up to where the server takes over."""

from __future__ import annotations

import json
import sys

import pytest

from core.classroom.room import HOME, find_class
from core.cli import classroom as module
from core.jobs.cluster.launcher import CLUSTER
from core.workspace import SHARED_CACHE


@pytest.fixture
def started(monkeypatch):
    """What would be run, and in which environment."""
    calls = []
    monkeypatch.setattr(module, "run_instead", lambda command, environment: calls.append((command, environment)) or 0)
    monkeypatch.setattr(module, "own_addresses", lambda: ("192.168.1.5", "10.0.0.2"))
    return calls


def test_a_class_is_served_to_the_network_on_purpose(cli, started, workspace):
    status, lines, _ = cli("class", "--name", "7b", "--port", "8599", "--json", "--no-browser", "--language", "zh")
    about, room = json.loads(lines[-1]), find_class(workspace, "7b")
    assert status == 0 and about["code"] == room.code and about["members"] == 0 and room.language == "zh"
    assert about["join"][0] == f"http://192.168.1.5:8599/join?code={room.code}"
    assert about["teacher"] == f"http://127.0.0.1:8599/teacher?key={room.teacher_key}"
    ((command, environment),) = started
    assert command[0] == sys.executable and "--server.address=0.0.0.0" in command and "--server.port=8599" in command
    assert "--server.headless=true" in command
    assert environment[HOME] == str(room.folder) and environment[SHARED_CACHE] == str(room.cache)
    assert room.teacher_key not in " ".join(command)  # which everybody on this computer can list


def test_in_words(cli, started, workspace):
    status, lines, _ = cli("class")
    said, room = "\n".join(lines), find_class(workspace, "My class")
    assert status == 0 and f"{room.code[:3]} {room.code[3:]}" in said and "http://192.168.1.5:8502" in said


def test_over_https_everything_says_so_and_the_warning_of_phones_is_explained(cli, started, workspace):
    status, lines, noted = cli("class", "--tls")
    said, room = "\n".join(lines), find_class(workspace, "My class")
    assert status == 0 and "https://192.168.1.5:8502" in said and "https://127.0.0.1:8502/teacher" in said
    assert "http://" not in said and "Every browser warns once" in noted and "iPhones and iPads only" in noted
    ((command, _),) = started
    kept = room.folder / "certificate.pem"
    assert f"--server.sslCertFile={kept}" in command and kept.read_bytes().startswith(b"-----BEGIN CERTIFICATE")
    assert json.loads(cli("class", "--tls", "--json")[1][-1])["join"][0].startswith("https://192.168.1.5")


def test_no_network_is_said(cli, started, monkeypatch):
    monkeypatch.setattr(module, "own_addresses", lambda: ())
    assert "no network" in cli("class")[2]


def test_trainings_of_a_class_are_done_on_a_cluster(cli, started, monkeypatch):
    connected = []
    monkeypatch.setattr("core.cli.starting.require_cluster", connected.append)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    status, _, error = cli("class", "--cluster", "10.0.0.2:6379")
    assert status == 2 and "RAY_AUTH_MODE=token" in error and not started
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    assert cli("class", "--cluster", "10.0.0.2:6379")[0] == 0
    ((_, environment),) = started
    assert environment[CLUSTER] == connected[0] == "10.0.0.2:6379"


def test_a_class_is_wiped(cli, started, workspace):
    cli("class", "--name", "7b")
    folder = find_class(workspace, "7b").folder
    assert cli("class", "--name", "7b", "--wipe")[0] == 0 and not folder.exists()
    status, _, error = cli("class", "--name", "7b", "--wipe")
    assert status == 2 and "no class “7b”" in error


@pytest.mark.parametrize(
    ("flags", "says"),
    [(("--language", "xx"), "no language 'xx'"), (("--name", " "), "Write a first name"), (("--port", "0x"), "port"),
     (("--name", "x" * 200), "at most 40")],
)  # fmt: skip
def test_bad_input_is_named(cli, started, flags, says):
    status, _, error = cli("class", *flags)
    assert status == 2 and says in error and not started


def test_a_class_that_is_open_is_not_opened_twice(cli, started, workspace):
    cli("class", "--name", "7b")
    with find_class(workspace, "7b").serving("http://127.0.0.1:8502"):
        for more in ((), ("--wipe",)):
            status, _, error = cli("class", "--name", "7b", *more)
            assert status == 2 and "open already, at http://127.0.0.1:8502" in error


def test_some_hundred_connections_do_not_lock_the_class_out(cli, started):
    """Anybody in the network may open them, and say nothing."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert cli("class", "--no-browser")[0] == 0
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= min(before[0], 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
