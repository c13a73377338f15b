"""The worker: `python -m core.jobs` takes jobs on stdin, one a line (its claim and its folder), until it closes."""

from __future__ import annotations

import ctypes
import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path

from core.errors import RunError, StorageError, print_details
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.workspace import Workspace


def worker() -> None:
    """Take jobs from stdin until it closes; while there are none, get ready for the next."""
    if hasattr(os, "nice"):
        os.nice(10)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's chatter must not reach the launcher
    closing = threading.Event()
    waiting: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            waiting.put(line.removesuffix("\n"))
        closing.set()  # the server is gone: training pauses at its next step, other jobs stop
        waiting.put(None)

    threading.Thread(target=listen, daemon=True).start()
    workspace = Workspace.default()
    replies.write("ready\n")
    replies.flush()
    can_prepare = threading.Event()
    imports = threading.Thread(target=import_ahead, args=(can_prepare,), daemon=True)
    prepared = False
    while True:
        try:
            line = waiting.get(timeout=None if prepared else _IDLE_SECONDS)
        except queue.Empty:
            if imports.ident is None:  # not before: reading files, often the first job, needs none of it
                # While this library is imported it puts another module in its own place: a job that asked for it
                # meanwhile would get the unfinished one. So no job runs until it is there; it takes less than a second.
                import transformers  # noqa: F401

                imports.start()
            elif can_prepare.is_set():
                _note_devices(workspace)
                _prepare_pictures(workspace)
                prepared = True
            continue
        if line is None:
            return
        claim, _, path = line.partition(" ")
        folder = RunFolder(Path(path), claim)
        try:
            run_job(folder, Workspace.holding(folder.path), folder.stop_requested, is_closing=closing.is_set)
        except (RunError, FileNotFoundError, StorageError) as error:  # somebody else took it up or deleted it, or there
            print_details(error)  # was not even room to write down that it begins
        replies.write("done\n")
        replies.flush()
        _give_back_memory()


_IDLE_SECONDS = 0.3
"""An idle worker waits this long before it uses its time to get the next job off to a faster start."""


def import_ahead(torch_is_here: threading.Event) -> None:
    """Import what jobs need, in a thread beside them: it takes seconds, and a job that is not concerned goes on."""
    import core.models.trained
    import core.training.engine.train

    torch_is_here.set()
    import torch._dynamo  # noqa: F401 (the first optimiser asks for it)
    from transformers import AutoModel, AutoTokenizer, BertModel  # noqa: F401

    import core.training.engine.probe
    import core.training.engine.tuning  # noqa: F401


def _give_back_memory() -> None:
    """What the job has freed: glibc would keep it for the next one, and after a model of many languages that is half a
    gigabyte."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def _note_devices(workspace: Workspace) -> None:
    from core.hardware import note_devices
    from core.training.engine.device import devices

    note_devices(workspace, devices())


def _prepare_pictures(workspace: Workspace) -> None:
    """Translate the bundled picture model once, so that the first pictures need not wait for it."""
    from core.models.encoders import prepare_encoder

    try:
        prepare_encoder("efficientnet-lite0", workspace)
    except Exception as error:  # whoever needs this model will be told; others must not lose their worker
        print_details(error)


if __name__ == "__main__":
    worker()
