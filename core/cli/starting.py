"""The verb that starts the app."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from core.cli.output import print_json, say
from core.cli.verbs import Parser, Verb
from core.errors import UserError
from core.jobs.cluster.launcher import CLUSTER, require_cluster
from core.messages import Message
from core.workspace import Workspace, program_folder

_PORT = 8501


def _start_flags(parser: Parser) -> None:
    parser.add_argument(
        "--port", type=int, default=_PORT, metavar="N", help=Message("the port it answers at; default 8501")
    )
    parser.add_argument("--no-browser", action="store_true", help=Message("do not open a browser"))
    add_cluster_flag(parser)


def add_cluster_flag(parser: Parser) -> None:
    parser.add_argument(
        "--cluster", metavar="ADDRESS",
        help=Message("train on all machines of the Ray cluster that is at this address"),
    )  # fmt: skip


def cluster_of(flags: argparse.Namespace) -> dict[str, str]:
    """What the environment of the app says of `--cluster`. UserError where no such cluster answers."""
    if not flags.cluster:
        return {}
    require_cluster(flags.cluster)
    return {CLUSTER: flags.cluster}


def start(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Run the app until somebody ends it."""
    script, cluster = app_script(), cluster_of(flags)
    address = f"http://127.0.0.1:{flags.port}"
    if flags.json:
        print_json({"address": address, "workspace": str(workspace.root)})
    else:
        say("Finetune Lab answers at {address}. What you make is kept in {folder}. Ctrl+C ends it.", address=address,
            folder=str(workspace.root))  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={flags.port}"]
    if flags.no_browser:
        command.append("--server.headless=true")
    sys.stdout.flush()
    return run_instead(command, {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root), **cluster})


def app_script() -> Path:
    """What Streamlit runs. UserError where the pages are not installed."""
    script = program_folder() / "app.py"
    if not script.exists():
        raise UserError(Message("The pages of the app are not installed here."), Message("Install Finetune Lab again."))
    return script


def run_instead(command: list[str], environment: dict[str, str]) -> int:
    """Let this process be another program until that ends; its exit status, where there is anybody to take it."""
    if os.name == "posix":  # one process, so that whoever ends this one ends the app
        os.execve(command[0], command, environment)
    with subprocess.Popen(command, env=environment) as app:
        while True:
            with suppress(KeyboardInterrupt):  # the app heard it as well, and ends in its own time
                return app.wait()


VERBS = (Verb("start", start, Message("start the app, in your browser"), _start_flags),)
