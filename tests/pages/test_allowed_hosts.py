"""By which names the server may be called, and from which pages. Over a real server: `tests/chaos/test_visitors.py`."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from streamlit import config

from pages.shared.allowed_hosts import AllowedHosts
from tests.helpers import run_apart


async def _served(scope, receive, send):
    await send({"type": "served"})


def is_served(host: str | None, origin: str | None = None, kind: str = "http") -> bool:
    sent = []

    async def send(message):
        sent.append(message)

    named = [(b"host", host), (b"origin", origin), (b"accept-language", "en")]
    headers = [(name, value.encode()) for name, value in named if value is not None]
    run_apart(AllowedHosts(_served)({"type": kind, "path": "/", "headers": headers}, None, send))
    served = sent == [{"type": "served"}]
    assert served or sent[0].get("status") == 403 or sent[0]["type"] == "websocket.close"
    return served


@pytest.fixture
def options():
    """Set options of Streamlit for one test."""
    names = ("server.allowedHosts", "server.corsAllowedOrigins")
    before = {name: config.get_option(name) for name in names}
    yield lambda hosts, origins=(): [
        config.set_option(name, list(value)) for name, value in zip(names, (hosts, origins), strict=True)
    ]
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_by_default_only_this_computer(options, kind):
    options([])
    assert is_served("127.0.0.1:8501", "http://127.0.0.1:8501", kind) and is_served("LocalHost:8501", None, kind)
    assert not is_served("lab.school.example", None, kind) and not is_served(None, None, kind)
    assert not is_served("[::bad", None, kind)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_class_room_is_named(options, kind):
    options(["lab.school.example", "*.uni.example"])
    assert is_served("lab.school.example", "https://lab.school.example", kind)
    assert is_served("a.b.uni.example:8501", None, kind)
    assert not is_served("127.0.0.1:8501", None, kind) and not is_served("uni.example", None, kind)
    assert not is_served("lab.school.example", "http://a.uni.example", kind)


def test_a_proxy_that_calls_the_server_by_another_name_is_named(options):
    options(["127.0.0.1"], ["https://lab.school.example"])
    assert is_served("127.0.0.1:8501", "https://lab.school.example", "websocket")
    assert not is_served("127.0.0.1:8501", "http://lab.school.example", "websocket")


def test_who_is_refused_is_told_in_their_language_what_to_do(options, monkeypatch):
    monkeypatch.setenv("FINETUNE_LAB_PSEUDO", "1")
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"evil.example"), (b"accept-language", b"en-XA,en;q=0.5")]
    run_apart(AllowedHosts(_served)({"type": "http", "path": "/", "headers": headers}, None, send))
    assert b"--server.allowedHosts" in sent[1]["body"] and sent[1]["body"].decode().startswith("⟦")


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "evil.example"])
def test_no_other_page_shows_ours_in_a_frame(options, host):
    """There its visitor would press our buttons and mean theirs; and Streamlit takes orders from pages of its cloud."""
    options([], ["https://moodle.school.example"])

    async def app(scope, receive, send):
        await PlainTextResponse("x", headers=own)(scope, receive, send)

    def policy() -> str:
        with ThreadPoolExecutor(1) as pool:
            client = TestClient(AllowedHosts(app), base_url=f"http://{host}")
            return pool.submit(client.get, "/").result().headers["content-security-policy"]

    own = {}
    assert policy() == "frame-ancestors 'self' https://moodle.school.example"
    if host != "evil.example":
        own = {"Content-Security-Policy": "default-src 'none'"}
        assert policy() == "default-src 'none'"
