"""Looks at a run folder twice a second, as a live page does, until its input closes.

`python -m benchmarks.onlooker FOLDER`, started by the speed benchmark.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from core.runs.folder import RunFolder
from core.runs.progress import follow

_EVERY = 0.5


def main(path: str) -> None:
    """Says "ready" once it looks."""
    folder, closed = RunFolder(Path(path)), threading.Event()

    def listen() -> None:
        sys.stdin.read()
        closed.set()

    threading.Thread(target=listen, daemon=True).start()
    print("ready", flush=True)
    while not closed.wait(_EVERY):
        folder.status()
        follow(folder.events())


if __name__ == "__main__":
    main(sys.argv[1])
