"""Many who do the same at the same moment, a slow line, and who is let in at all. The long form: `visitors.py`."""

from __future__ import annotations

import pytest

from tests.browser.fixtures import Complaints
from tests.chaos.visitors import HANDSHAKE, ask, press_at_once, visitors

MESSAGES = 1
"""The place of the sample that is read quickest."""


def test_ten_who_press_at_the_same_moment_all_come_to_the_train_page_and_stay_there(server, browser):
    complaints = Complaints()
    with visitors(browser, server.url, 10, complaints, slow=2, sharing=10) as pages:
        found = press_at_once(pages, [MESSAGES], patience_seconds=120)
    assert (found.blank, found.complaints, complaints.found) == ([], [], [])
    assert len(found.seconds) == 10


def own(server, host: str = "127.0.0.1") -> str:
    return f"{host}:{server.url.rpartition(':')[2]}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_own_pages_are_served(server, host):
    origin = f"http://{own(server, host)}"

    assert ask(server, "GET", "/", Host=own(server, host)) == 200
    assert ask(server, "GET", "/_stcore/stream", Host=own(server, host), Origin=origin, **HANDSHAKE) == 101


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("evil.example", "http://evil.example"),  # DNS rebinding
        ("evil.example:8501", None),
        ("127.0.0.1.evil.example", None),
        ("127.0.0.1@evil.example", None),
        ("", None),
        ("127.0.0.1", "http://evil.example"),  # a page from elsewhere
        ("127.0.0.1", "null"),
        ("127.0.0.1", "http://127.0.0.1:1"),  # another program of this computer
    ],
)
@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/", {}),
        ("GET", "/static/index.html", {}),
        ("GET", "/media/0.png", {}),
        ("GET", "/_stcore/health", {}),
        ("PUT", "/_stcore/upload_file/0/0", {"Content-Length": "0"}),
        ("GET", "/_stcore/stream", HANDSHAKE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_strangers_are_refused(server, host, origin, method, path, more):
    name = own(server) if host == "127.0.0.1" else host
    headers = {"Host": name, **more, **({"Origin": origin} if origin else {})}

    assert ask(server, method, path, **headers) == 403


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics?families=active_sessions"])
def test_numbers_for_an_operator_are_not_given_out(server, path):
    assert ask(server, "GET", path) == 404
