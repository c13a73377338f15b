"""A real server on a fresh workspace, without a network, and a real Chromium that must not complain.

`tests/conftest.py` hands the fixtures to all tests, so that every test that drives a browser shares one server and one
browser, in whichever folder it stands.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.workspace import SHARED_CACHE
from tests.watch import Strace, can_trace, files_below, plain_environment

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 1000
PATIENCE = 60 * SECONDS
expect.set_options(timeout=30 * SECONDS)
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STAND_STILL = """
document.addEventListener("DOMContentLoaded", () => {
  const style = document.createElement("style");
  style.textContent =
    "*, *::before, *::after { animation-duration: 1ms !important; animation-iteration-count: 1 !important }";
  document.head.append(style);
});
"""
"""What turns and pulses while something is awaited is drawn sixty times a second, without a graphics card. It ends at
once, so what is told when it has ended still is; what glides to its place (a transition) still does."""

REMEMBER_WHEN_ASKED = """
window.asked = window.answered = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...data) {
  if (!this.isHeard) this.addEventListener("message", () => { window.answered = performance.now(); });
  this.isHeard = true;
  window.asked = performance.now();
  return send.apply(this, data);
};
"""
"""When the page last asked its server for something, and when it last heard of it. Until the answer begins, the page
says that nothing is being drawn."""


@dataclass
class Server:
    url: str
    process: psutil.Process
    home: Path
    trace: Path
    calls: Strace
    user: Path

    def workers(self) -> list[psutil.Process]:
        return [child for child in self.process.children(recursive=True) if "core.jobs" in " ".join(child.cmdline())]

    def memory(self) -> int:
        """Of the server itself, without its workers, in bytes."""
        return self.process.memory_info().rss

    def stop(self) -> None:
        """Before the end of all tests: one that nobody needs any more gets its workers ready for nothing."""
        children = self.process.children(recursive=True)
        self.process.terminate()
        self.process.wait(timeout=30)
        _, left = psutil.wait_procs(children, timeout=20)
        assert not left, "worker processes outlived their server"

    def network_attempts(self) -> list[str]:
        """What Python's sockets were asked for, and what system calls of the server and its workers ask elsewhere."""
        return [*(self.trace.read_text().splitlines() if self.trace.exists() else []), *self.calls.attempts()]

    def left_at_home(self) -> list[str]:
        """Files of the server and its workers in the home of whoever started it, beside the workspace."""
        return files_below(self.user)


@contextmanager
def servers(home_of: Callable[[], Path], cache: Path | None = None) -> Iterator[Callable[..., Server]]:
    """Start a server of the app or of another script; all are stopped at the end, and no process of one is left.

    `home_of` makes the empty folder of a server's workspace. What can be computed again is kept in `cache`, so that no
    server translates or times what another has; else beside the homes.
    """
    running: list[subprocess.Popen] = []

    def start(script: str = "app.py", *flags: str) -> Server:
        home = home_of()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        trace = home.parent / f"{home.name}-network.txt"
        calls, user = Strace(home.parent / f"{home.name}-calls.txt"), home.parent / f"{home.name}-user"
        environment = {
            **plain_environment(user),
            SHARED_CACHE: str(cache or home.parent / "cache"),
            "FINETUNE_LAB_PSEUDO": "1",  # for whoever asks for it
            **{name: value for name, value in os.environ.items() if name.startswith("FINETUNE_LAB_")},
            "FINETUNE_LAB_HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parent / "offline"),
            "NETWORK_TRACE": str(trace),
        }
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            script,
            "--server.headless=true",
            f"--server.port={port}",
            *flags,
        ]
        if can_trace():
            command = calls.command(command, own_process=True)
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
        running.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(f"{url}/_stcore/health"), "the server did not start")
        return Server(url, psutil.Process(process.pid), home, trace, calls, user)

    try:
        yield start
    finally:
        alive = [process for process in running if process.poll() is None]
        children = [child for process in alive for child in psutil.Process(process.pid).children(recursive=True)]
        for process in alive:
            process.terminate()
        for process in alive:
            process.wait(timeout=30)
        _, left = psutil.wait_procs(children, timeout=20)
        for child in left:
            child.kill()
    assert not left, "worker processes outlived their server"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory) -> Iterator[Callable[..., Server]]:
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # what is above belongs to all processes of this run
        base = base.parent
    with servers(lambda: tmp_path_factory.mktemp("home"), base / "cache") as start:
        yield start


@pytest.fixture(scope="session")
def server(start_server) -> Server:
    """The server that most tests share."""
    return start_server()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a Chromium; .ci/run installs it")
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with chromium() as browser:
        yield browser


def new_context(browser: Browser, **options) -> BrowserContext:
    """Somebody else's browser, on a small laptop unless said, in which nothing pulses."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.add_init_script(STAND_STILL)
    context.add_init_script(REMEMBER_WHEN_ASKED)
    return context


@dataclass
class Complaints:
    """Whatever the browser found wrong, and every address outside this machine that it was sent to."""

    found: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))
        context.on("console", lambda message: self._console(message))
        context.on("request", lambda request: self._request(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._request(socket.url)))

    def _console(self, message) -> None:
        url = message.location.get("url", "")
        # On a deep link Streamlit's own page first looks for its server under the page's path. It also looks whether
        # what a download button offers is there, which a page drawn anew in between has put somewhere else.
        harmless = "/_stcore/" in url or url.endswith(".csv") or "Download Button source error - 404" in message.text
        if message.type == "error" and not harmless:
            self.found.append(f"console: {message.text} {message.location}")

    def _request(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self.found.append(f"left this machine: {url}")


@pytest.fixture
def open_page(browser) -> Iterator[Callable[..., Page]]:
    """A page in a browser context of its own; at the end nothing may have been complained of."""
    with windows(browser) as open_in_new_context:
        yield open_in_new_context


@contextmanager
def windows(browser: Browser) -> Iterator[Callable[..., Page]]:
    """What `open_page` gives, for longer than a test."""
    contexts: list[BrowserContext] = []
    complaints = Complaints()

    def open_in_new_context(url: str, **options) -> Page:
        context = new_context(browser, **options)
        contexts.append(context)
        complaints.listen(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_in_new_context
    found = list(complaints.found)  # not what it says of connections cut by closing it
    for context in contexts:
        context.close()
    assert found == [], found  # pytest explains asserts of tests alone


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:
            return reply.status == 200
    except urllib.error.HTTPError as refused:  # the page for joining is there before whoever has joined
        return refused.code == 403
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], problem: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, problem
        time.sleep(0.1)
