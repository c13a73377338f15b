"""A server of the tests: in a thread of this process, on a port of its own."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from core.cli.serving import listen
from core.events import drain
from core.jobs.trying import open_model, refusal_of
from core.runs.folder import RunFolder
from core.serve.app import Served, application
from core.serve.patience import PatientProtocol
from core.serve.questions import RequestLimits
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset, trained


def finished(workspace: Workspace, kind: str) -> RunFolder:
    """A run on pictures or messages whose name means harm."""
    dataset = (message_dataset if kind == "text" else picture_dataset)(workspace, each=20)
    return trained(workspace, dataset, title="My <b>run</b>")


def served(run: RunFolder, workspace: Workspace, **options) -> Served:
    model = drain(open_model(run, workspace))
    about = Served(run.id, run.title, model, refusal_of(model, run), hosts=("127.0.0.1", "localhost"),
                   limits=RequestLimits(body=200_000, inputs=5))  # fmt: skip
    return replace(about, **options)


@contextmanager
def running(about: Served) -> Iterator[Client]:
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(application(about), http=PatientProtocol, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    # A loop of its own: in the thread of the tests the browser of other tests may have one that runs.
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        yield Client(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Client:
    """Asks, each time in a connection of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str = "/predict", body: bytes | str | dict | None = None, **headers: str):
        """The status, and the answer: from JSON where it is that."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            raw = response.read()
            is_json = response.getheader("content-type") == "application/json"
            return response.status, json.loads(raw) if is_json else raw.decode()
        finally:
            connection.close()


def form(*files: tuple[str, bytes]) -> tuple[bytes, str]:
    """A multipart body with these files, and its type."""
    parts = [
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n' % (name.encode(), raw)
        for name, raw in files
    ]
    return b"".join(parts) + b"--xyz--\r\n", "multipart/form-data; boundary=xyz"
