"""A room full of visitors, who all do the same thing at the same moment.

By hand: `python -m tests.chaos.visitors --visitors 30 --rounds 10 --wait 600`
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError

from core.data.samples import SAMPLES, samples_for
from tests.browser.fixtures import Complaints, Server, chromium, new_context, servers

HEAD_START_SECONDS = 1.0
"""So long before they press, everybody is told when to."""
_PRESSED = [n for n, one in enumerate(SAMPLES) if one in samples_for("en")]
"""The places of the samples that are measured: all that stand on the page."""

_AT_ONCE = """
([at, sample]) => {
  const main = document.querySelector("[data-testid=stMain]");
  const all = (kind, text) => [...main.querySelectorAll(kind)].filter((it) => it.innerText.split("\\n").pop() === text);
  window.isThere = () => all("h1", "Train").length > 0 && all("button", "Train").length > 0;
  window.visit = {};
  const goOn = () => {
    if (!visit.turned && all("h1", sample).length && all("button", "Advanced").length) {
      visit.turned = true;
      all("button", "Advanced")[0].click();
    }
  };
  new MutationObserver(() => {
    if (!visit.arrived && isThere()) visit.arrived = Date.now();
    if (visit.pressed) goOn();
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
  setTimeout(() => { visit.pressed = Date.now(); all("button", sample)[0].click(); }, at - Date.now());
}
"""

_WHAT_IS_SEEN = """
() => [
  isThere(),
  (visit.arrived - visit.pressed) / 1000,
  document.querySelector("[data-testid=stMain]").innerText,
  [...document.querySelectorAll("[data-testid=stAlertContentError], [data-testid=stException]")]
    .map((error) => error.innerText),
]
"""

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""What a request says that asks for a websocket."""


@dataclass
class Round:
    """What one round of visitors met."""

    seconds: list[float] = field(default_factory=list)
    """From pressing to the page they were to come to; of those who came."""
    blank: list[str] = field(default_factory=list)
    """What the others see instead."""
    complaints: list[str] = field(default_factory=list)
    """Errors that pages or browsers showed."""


SLOW_LINE = """
(() => {
  const lateBy = 600;
  window.WebSocket = class extends window.WebSocket {
    addEventListener(type, hear, ...rest) {
      const late = (event) => setTimeout(() => hear(event), lateBy);
      super.addEventListener(type, type === "message" ? late : hear, ...rest);
    }
  };
})();
"""
"""Whatever the server says reaches the page two ticks of a live fragment later, and in its order."""


@contextmanager
def visitors(
    browser: Browser, url: str, n: int, complaints: Complaints, slow: int = 0, *, sharing: int = 1
) -> Iterator[list[Page]]:
    """`n` people who see the Studio, the first of them on a slow line. So many share a browser context: for the
    server each page is somebody else all the same, and only the first one fetches and compiles what it shows."""
    contexts, pages = [], []
    for number in range(n):
        if number % sharing == 0 or number == slow:
            contexts.append(new_context(browser))
            complaints.listen(contexts[-1])
            if number < slow:
                contexts[-1].add_init_script(SLOW_LINE)
        pages.append(contexts[-1].new_page())
        pages[-1].goto(url, wait_until="commit")
    for page in pages:
        # By role takes long in a full room.
        page.get_by_text(str(SAMPLES[0].title), exact=True).first.wait_for(timeout=120_000)
    yield pages
    for context in contexts:
        context.close()


def press_at_once(pages: list[Page], samples: Sequence[int], patience_seconds: float) -> Round:
    """All press one of these samples (by their places among all) at the same moment, and "Advanced" as soon as it is
    there, while its check is still watched by a timer. Who then comes to the Train page, and stays there?"""
    found = Round()
    at = (time.time() + HEAD_START_SECONDS) * 1000
    for page, sample in zip(pages, itertools.cycle(samples), strict=False):
        page.evaluate(_AT_ONCE, [at, str(SAMPLES[sample].title)])
    deadline = time.monotonic() + HEAD_START_SECONDS + patience_seconds
    # A page that was there may be cleared again by what comes after: it counts when all is quiet.
    for settled in ("isThere()", "document.querySelector('[data-test-script-state=notRunning]')"):
        for page in pages:
            with suppress(TimeoutError):
                page.wait_for_function(settled, polling=300, timeout=max(100, (deadline - time.monotonic()) * 1000))
    for page in pages:
        is_there, seconds, shown, alerts = page.evaluate(_WHAT_IS_SEEN)
        if is_there:
            found.seconds.append(seconds)
        else:
            found.blank.append(shown or "nothing")
        found.complaints += alerts
    return found


def ask(server: Server, method: str, path: str, **headers: str) -> int:
    """The status that the server answers with."""
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> None:
    """Rounds of visitors, and what a server keeps of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--patience", type=float, default=120, help="seconds")
    parser.add_argument("--wait", type=float, default=600, help="seconds after they left, until memory is looked at")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="visitors-"))
    homes = (folder / f"home-{number}" for number in itertools.count())
    with servers(lambda: _made(next(homes))) as start, chromium() as browser:
        server = start()
        time.sleep(10)  # not waited for: memory before anybody came, with all that is imported ahead
        memory = [server.memory()]
        rounds = []
        for number in range(options.rounds):
            complaints = Complaints()
            with visitors(browser, server.url, options.visitors, complaints, slow=options.visitors // 5) as pages:
                rounds.append(press_at_once(pages, _PRESSED, options.patience))
                memory.append(server.memory())
            found = rounds[-1]
            said = (
                f"median {statistics.median(found.seconds):.1f} s, worst {max(found.seconds):.1f} s"
                if found.seconds
                else ""
            )
            print(f"round {number + 1}: blank {len(found.blank)}, {said}, server {memory[-1] / 1e6:.0f} MB", flush=True)
            for line in [*{*found.blank}, *{*found.complaints}, *{*complaints.found}]:
                print(f"    {line[:200]!r}", flush=True)
        peak = max(memory)
        seconds = [one for found in rounds for one in found.seconds]
        blank, errors = sum(len(found.blank) for found in rounds), sum(len(found.complaints) for found in rounds)
        print(f"{options.visitors} visitors, {options.rounds} rounds: blank {blank}, errors {errors}")
        print(f"time to the page: median {statistics.median(seconds):.1f} s, worst {max(seconds):.1f} s")
        time.sleep(options.wait)
        after = server.memory()
        print(f"server: {memory[0] / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most, {after / 1e6:.0f} MB after")


if __name__ == "__main__":
    main()
