"""A server without its pages, for tests that kill it: `python -m tests.chaos.server HOME`.

It has a launcher as the real one does. Each line on stdin is a job for it, as JSON; each answer names its folder.

    {"kind": "train", "title": "t", "request": {...}}      begin a new job
    {"resume": RUN}                                        go on with a run
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from core.errors import UserError
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher
from core.workspace import Workspace

HEAVY = ("train", "study", "find_rate")


def serve(workspace: Workspace) -> None:
    launcher = LocalLauncher(workspace)
    launcher.warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "resume" in asked:
                job = RunFolder.find(asked["resume"], workspace)
                launcher.resume(job)
            else:
                kind = asked["kind"]
                parent = {"train": workspace.runs, "study": workspace.studies}.get(kind, workspace.jobs)
                job = RunFolder.create(parent, kind, asked["title"], asked["request"])
                launcher.start(job, heavy=kind in HEAVY)
            answer = {"job": str(job.path)}
        except UserError as error:
            answer = {"refused": str(error)}
        print(json.dumps(answer), flush=True)
    launcher.close()


if __name__ == "__main__":
    serve(Workspace(Path(sys.argv[1])))
