"""A class that is started from a page of one's own: another server, which the one of the page ends with itself."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from core.errors import UserError
from core.messages import Message, quoted
from core.storage import writing
from core.workspace import Workspace, program_folder

_PATIENCE_SECONDS = 60.0
_END_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Started:
    """A class server that runs: its process, and what it said of itself (see the verb `class`)."""

    process: subprocess.Popen[str]
    about: dict[str, Any]

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """End it. What its students made stays."""
        self.process.terminate()
        try:
            self.process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_class(home: Workspace, language: str, command: Sequence[str] = ()) -> Started:
    """Start the verb `class` in `home`, and wait until it answers. UserError with what it says where it cannot start,
    such as that the class is open already."""
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    usual = (sys.executable, "-m", "core", "class", "--json", "--no-browser", "--lang", language, "--port", str(port))
    with writing(log := home.root / "class.log"):
        home.root.mkdir(parents=True, exist_ok=True)
        errors = log.open("w+", encoding="utf-8", errors="replace")
    with errors:
        process = subprocess.Popen(
            list(command or usual), cwd=program_folder(), env={**os.environ, "FINETUNE_LAB_HOME": str(home.root)},
            stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
        )  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            errors.seek(0)
            raise UserError(quoted(errors.read().strip()) or _NOT_STARTED)
    about = json.loads(said)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", about["port"]), timeout=1):
            return Started(process, about)
        time.sleep(0.1)
    process.kill()
    raise UserError(_NOT_STARTED)


_NOT_STARTED = Message("The class could not be started.")
