"""What trials with kills have in common: a command line, a server, and what two runs have come to."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from core.evaluation.answers import read_answers
from core.runs.folder import RunFolder, ending
from core.runs.progress import follow
from core.training.engine.history import read_history
from core.workspace import Workspace
from tests.helpers import PROJECT, wait_until

PATIENCE = 1200.0
"""Seconds: by hand these trials may run beside others on a busy computer."""


def environment(workspace: Workspace) -> dict[str, str]:
    return {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root), "PYTHONPATH": str(PROJECT)}


class CommandLine:
    """One verb in a process of its own; its output is not read, since all it says is on the disk."""

    def __init__(self, workspace: Workspace, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core", *arguments], cwd=PROJECT, env=environment(workspace),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Server:
    """A server (see `tests.chaos.server`) in a process of its own."""

    def __init__(self, workspace: Workspace) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.server", str(workspace.root)], cwd=PROJECT, text=True,
            env=environment(workspace), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, **asked: Any) -> RunFolder:
        """The folder of the job that was begun or goes on. AssertionError when it is refused."""
        return RunFolder(Path(self.answer(**asked)["job"]))

    def answer(self, **asked: Any) -> dict[str, str]:
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        found: dict[str, str] = json.loads(self.process.stdout.readline())
        return found

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def copied(workspace: Workspace, root: Path) -> Workspace:
    """The same at another place; translated models, which nobody changes, lie there once."""
    shutil.copytree(workspace.root, root, ignore=shutil.ignore_patterns("onnx"))
    shutil.copytree(workspace.cache / "onnx", root / "cache" / "onnx", copy_function=os.link)
    return Workspace(root)


def kill_worker(job: RunFolder) -> None:
    os.kill(job.about()["runner"]["pid"], signal.SIGKILL)


def over(job: RunFolder) -> bool:
    return not job.status().active


def wait_for(job: RunFolder, patience: float = PATIENCE) -> str:
    """The state in which it ends."""
    wait_until(lambda: over(job), patience)
    return job.status().state


def outcome(run: RunFolder) -> dict[str, Any]:
    """All that a training comes to and that must be the same to the bit, however often it was interrupted."""
    told, ended = follow(run.events()), ending(run.events())
    history = read_history(run.path)
    model = json.loads((run.path / "model.json").read_text())
    return {
        "weights": load_file(run.path / "model.safetensors"),
        "temperature": model["temperature"],
        "answers": read_answers(run.path),
        "history": {name: torch.from_numpy(rows) for name, rows in history.arrays().items()} if history else {},
        "curve": [replace(one, seconds=0.0) for one in told.epochs],
        "end": replace(ended, seconds=0.0, run="") if ended else None,
    }


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What is not the same to the bit, with how far tensors are apart."""
    found = []
    for name, value in one.items():
        if isinstance(value, Mapping):
            if set(value) != set(other[name]):
                found.append(f"{name}: other names")
                continue
            apart = [key for key in value if not torch.equal(value[key], other[name][key])]
            most = max((float((value[key] - other[name][key]).abs().max()) for key in apart), default=0.0)
            found += [f"{name}: {len(apart)} of {len(value)}, by up to {most:.2g}"] if apart else []
        elif value != other[name]:
            found.append(name)
    return found


_LEFT = re.compile(r".*\.tmp")


def left_over(workspace: Workspace) -> list[str]:
    """Temporary files, what is in staging, and checkpoints of runs that are over."""
    found = [path for path in workspace.root.rglob("*") if path.is_file() and _LEFT.fullmatch(path.name)]
    found += [path for path in workspace.staging.iterdir()]
    for path in workspace.runs.glob("*/checkpoint.safetensors"):
        status = RunFolder(path.parent).status()
        found += [] if status.resumable or status.active else [path]
    return sorted(str(path.relative_to(workspace.root)) for path in found)
