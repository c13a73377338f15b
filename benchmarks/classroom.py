"""A class that works: students without browsers, who speak to a real class server as browsers do.

    python -m core class --name load --no-browser --json      # says the code and the port
    python -m benchmarks.classroom --port 8502 --code KXM4RT --students 30 --minutes 10

Each joins, opens the sample of iris flowers, and then, until the time is up, trains, sends a picture as from a phone,
and asks the model about a flower on the page Try it; the timers of their pages run as in a browser. Told at the end:
how long a page takes, how long one waits for a turn and how well that was estimated, errors, and whether anybody was
ever told of a run that is somebody else's.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import io
import json
import re
import statistics
import time
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import websockets
from PIL import Image
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SAMPLE, TRAIN, RESULTS = "Iris flowers", "Train", "Results"
STUDIO, TRY, ANSWER = "", "try", "confidence"
_SIDE = 256
"""Pixels of the pictures that are sent."""
PATIENCE = 300.0
_RUN = re.compile(rb"run=(\d{8}-\d{6}-[0-9a-f]{8})")
_PLACE = re.compile(r"Queued: place \d+, begins in (?:about )?(a moment|\d+) ?(second|minute)?")


@dataclass
class Seen:
    """What one student met; all times in seconds."""

    pages: list[float] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    """How long a training waited for its turn, and what was estimated at first."""
    trained: int = 0
    tried: int = 0
    sent: int = 0
    runs: set[bytes] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


def join(port: int, code: str, name: str, address: str) -> str:
    """The cookie of a new student, who comes from `address`. RuntimeError where they are not let in."""
    server = http.client.HTTPConnection("127.0.0.1", port, source_address=(address, 0))
    body = urllib.parse.urlencode({"code": code, "name": name})
    server.request("POST", "/join", body, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = server.getresponse()
    server.close()
    if answer.status != 303:
        raise RuntimeError(f"{name} was not let in: {answer.status}")
    return str(answer.headers["set-cookie"]).partition(";")[0]


def send_picture(port: int, cookie: str, number: int, address: str) -> None:
    """One of one's own, as the page for the phone sends it, each another one. RuntimeError where it is not taken."""
    noise = np.random.default_rng(number).integers(0, 256, (_SIDE, _SIDE, 3), np.uint8)
    picture = io.BytesIO()
    Image.fromarray(noise).save(picture, "JPEG")
    server = http.client.HTTPConnection("127.0.0.1", port, source_address=(address, 0))
    server.request("POST", "/give/own?class=cup", picture.getvalue(), {"Cookie": cookie, "Content-Type": "image/jpeg"})
    answer = server.getresponse()
    server.close()
    if answer.status >= 300:
        raise RuntimeError(f"a picture was not taken: {answer.status}")


class Student:
    """One browser's worth of Streamlit's protocol: what is on the page by its kind, and its timers."""

    def __init__(self, connection: Any, until: float, send: Callable[[int], None]) -> None:
        self.connection, self.until, self.send, self.seen = connection, until, send, Seen()
        self.page = ""
        self.answered = False
        self.buttons: dict[str, str] = {}
        self.links: set[str] = set()
        self.said = ""
        self.timers: dict[str, float] = {}
        self.query = ""
        self.finished = asyncio.Event()
        self.drawing = False

    async def listen(self) -> None:
        async for raw in self.connection:
            self.seen.runs |= set(_RUN.findall(raw))
            message = ForwardMsg()
            message.ParseFromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session" and not message.metadata.run.fragment_ids:
                self.buttons, self.links, self.timers, self.said = {}, set(), {}, ""
                self.page, self.drawing, self.answered = message.new_session.page_script_hash, True, False
            elif kind == "new_session" and self.drawing:
                self.finished.set()  # no part is drawn before the page is, whose end is not always told
            elif kind == "delta":
                self._take(message.delta)
            elif kind == "auto_rerun":
                self.timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.finished.set()

    def _take(self, delta: Any) -> None:
        element = delta.new_element
        match element.WhichOneof("type"):
            case "button":
                self.buttons[element.button.label] = element.button.id
            case "markdown" if ANSWER in element.markdown.body:
                self.answered = True
            case "page_link":
                self.links.add(element.page_link.label)
            case "progress":
                self.said = element.progress.text
            case "alert" if element.alert.format == Alert.ERROR:
                self.seen.errors.append(element.alert.body)
            case "exception":
                self.seen.errors.append(element.exception.message)

    async def tick(self) -> None:
        """The timers of the page, as the browser has them."""
        due: dict[str, float] = {}
        while True:
            await asyncio.sleep(0.1)
            for fragment, interval in list(self.timers.items()):
                if time.monotonic() >= due.setdefault(fragment, time.monotonic() + interval):
                    due[fragment] = time.monotonic() + interval
                    await self._rerun(fragment=fragment)

    async def draw(self, press: str = "", page: str | None = None) -> None:
        """Draw the page, with a button pressed, or another page, and take its time."""
        began = time.monotonic()
        self.finished.clear()
        self.drawing = False
        await self._rerun(press=press, page=page)
        await asyncio.wait_for(self.finished.wait(), PATIENCE)
        self.seen.pages.append(time.monotonic() - began)

    async def _rerun(self, *, press: str = "", page: str | None = None, fragment: str = "") -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        if page is None:
            state.page_script_hash = self.page
        else:
            state.page_name = page
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        if press:
            pressed = state.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = self.buttons[press], True
        await self.connection.send(message.SerializeToString())

    async def until_there(self, label: str) -> None:
        """Wait for a button or a link."""
        deadline = time.monotonic() + PATIENCE
        while label not in self.buttons and label not in self.links:
            if time.monotonic() > deadline:
                raise TimeoutError(label)
            await asyncio.sleep(0.2)

    async def work(self) -> None:
        await self.draw()
        await self.draw(press=SAMPLE)
        await self.until_there("Advanced")
        while time.monotonic() < self.until:
            await self.until_there(TRAIN)
            self.said = ""
            await self.draw(press=TRAIN)
            await self._wait_for_turn()
            await self.until_there(RESULTS)
            self.seen.trained += 1
            await asyncio.to_thread(self.send, self.seen.sent)
            self.seen.sent += 1
            await self._try()
            await asyncio.sleep(5)

    async def _try(self) -> None:
        """Have the model answer about a flower that it was not trained on, and come back."""
        await self.draw(page=TRY)
        deadline = time.monotonic() + PATIENCE
        while not self.answered:
            if time.monotonic() > deadline:
                raise TimeoutError("an answer")
            await asyncio.sleep(0.1)
        self.seen.tried += 1
        await self.draw(page=STUDIO)

    async def _wait_for_turn(self) -> None:
        began, estimated = time.monotonic(), None
        while TRAIN not in self.buttons or self.said.startswith("Queued"):
            if estimated is None and (found := _PLACE.search(self.said)):
                number = 1.0 if found[1] == "a moment" else float(found[1])
                estimated = number * (60 if found[2] == "minute" else 1)
            if self.said and not self.said.startswith("Queued"):
                break
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError("a turn")
            await asyncio.sleep(0.1)
        if estimated is not None:
            self.seen.waits.append((time.monotonic() - began, estimated))


async def student(port: int, code: str, number: int, address: str, until: float) -> Seen:
    """Join from an address and work until the time is up."""
    url = f"127.0.0.1:{port}"
    try:
        cookie = await asyncio.to_thread(join, port, code, f"Bot {number:03}", address)
        headers = {"Cookie": cookie, "Accept-Language": "en"}
        connection = await websockets.connect(
            f"ws://{url}/_stcore/stream", additional_headers=headers, origin=websockets.Origin(f"http://{url}"),
            subprotocols=[websockets.Subprotocol("streamlit")], max_size=None, ping_timeout=None,
            local_addr=(address, 0),
        )  # fmt: skip
    except (RuntimeError, OSError, websockets.InvalidHandshake) as error:
        return Seen(errors=[f"{type(error).__name__}: {error}"])
    async with connection:
        one = Student(connection, until, lambda sent: send_picture(port, cookie, 1000 * number + sent, address))
        beside = [asyncio.create_task(one.listen()), asyncio.create_task(one.tick())]
        try:
            await one.work()
        except (TimeoutError, KeyError, RuntimeError, websockets.ConnectionClosed) as error:
            one.seen.errors.append(f"{type(error).__name__}: {error}")
        for task in beside:
            task.cancel()
            with suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                await task
        return one.seen


def summary(seen: Sequence[Seen]) -> dict[str, Any]:
    """What all of them met."""
    pages = [one for student in seen for one in student.pages]
    waits = [one for student in seen for one in student.waits]
    owners: dict[bytes, int] = {}
    for student in seen:
        for run in student.runs:
            owners[run] = owners.get(run, 0) + 1
    kept = sum(abs(real - told) <= max(5.0, told / 3) for real, told in waits)
    return {
        "students": len(seen), "trained": sum(one.trained for one in seen),
        "tried": sum(one.tried for one in seen), "sent": sum(one.sent for one in seen),
        "page_seconds": _spread(pages), "wait_seconds": _spread([real for real, _ in waits]),
        "estimated_within_a_third": round(kept / len(waits), 2) if waits else None,
        "runs_told_to_two": sum(count > 1 for count in owners.values()),
        "errors": [error for one in seen for error in one.errors],
    }  # fmt: skip


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median": round(statistics.median(ordered), 2), "p95": round(high, 2), "worst": round(ordered[-1], 2)}


async def _all(flags: argparse.Namespace) -> list[Seen]:
    until = time.monotonic() + 60 * flags.minutes
    tasks = []
    for number in range(flags.students):
        address = f"127.0.0.{1 + number // flags.an_address}"
        tasks.append(asyncio.create_task(student(flags.port, flags.code, number, address, until)))
        await asyncio.sleep(flags.apart)
    return await asyncio.gather(*tasks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8502)
    parser.add_argument("--code", required=True, help="the join code of the class")
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--an-address", type=int, default=40,
        help="students that come from one address; so many may join from one within ten minutes (Linux has 254 of "
        "this machine's own)",
    )  # fmt: skip
    parser.add_argument("--apart", type=float, default=1, help="seconds between two who join")
    print(json.dumps(summary(asyncio.run(_all(parser.parse_args()))), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
