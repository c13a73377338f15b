"""Nothing leaves the computer: the main journey, with the system calls of all its processes watched.

The pages are watched in `tests/browser`, whose server and workers run under the same eyes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import QUIET
from tests.helpers import PROJECT, pictures_in_classes, write_tree
from tests.watch import Namespace, Strace, can_separate, can_trace, files_below, plain_environment, watch

JOURNEY = """
import sys
from core.__main__ import main
from core.runs.folder import list_runs
from core.workspace import Workspace

def do(*arguments):
    status = main([*arguments])
    assert status == 0, (arguments, status)

def newest():
    return list_runs(Workspace.default())[0].id

pictures, picture, messages = sys.argv[1:]
do("check", pictures)
do("train", pictures, "--strategy", "head", "--epochs", "2")
trained = newest()
do("score", trained)
do("report", trained, "--out", "report.html")
do("predict", trained, picture)
do("fewshot", pictures, "--method", "simpleshot", "--ways", "2", "--shots", "1", "--episodes", "2")
do("train", messages, "--strategy", "full", "--epochs", "1")
do("predict", newest(), "my bus is late")
"""


Run = Callable[..., list[str]]


def runner(eyes: Strace | Namespace, folder: Path) -> Run:
    """Run Python as a newcomer would, in an empty folder; gives what it tried to reach."""

    def run(*arguments: str) -> list[str]:
        here = folder / "here"
        here.mkdir()
        done = subprocess.run(
            eyes.command([sys.executable, *arguments]),
            cwd=here,
            env=plain_environment(folder / "home"),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return eyes.attempts()

    return run


@pytest.mark.slow
def test_the_main_journey_asks_nobody_and_leaves_nothing_behind(tmp_path):
    run = runner(watch(tmp_path / "calls.txt"), tmp_path)
    pictures = write_tree(tmp_path / "pictures", pictures_in_classes("dark", "light", each=6))
    messages = tmp_path / "messages.csv"
    messages.write_text("text,label\n" + "".join(f"the bus is late {i},bus\nlunch for {i},lunch\n" for i in range(6)))
    assert run("-c", JOURNEY, str(pictures), str(pictures / "dark/0.png"), str(messages)) == []
    kept = files_below(tmp_path / "home", tmp_path / "home-tmp", tmp_path / "here")
    workspace = "home/.local/share/finetune-lab/"
    assert [file for file in kept if not file.startswith(workspace)] == ["here/report.html"]
    assert any(file.endswith("model.safetensors") for file in kept)


@pytest.fixture(params=[(Strace, can_trace), (Namespace, can_separate)], ids=["strace", "namespace"])
def watched(request, tmp_path) -> Run:
    eyes, possible = request.param
    if not possible():
        pytest.skip(f"{eyes.__name__} cannot be used on this machine")
    return runner(eyes(tmp_path / "calls.txt"), tmp_path)


@pytest.mark.parametrize(
    "telephones",
    [
        "socket.getaddrinfo('telephone.invalid', 443)",
        "socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 443))",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(('2001:db8::1', 443))",
        "subprocess.run([sys.executable, '-c', 'import socket; socket.gethostbyname(\"telephone.invalid\")'])",
    ],
    ids=["look-up", "connection", "connection of IPv6", "child"],
)
def test_the_watch_sees_what_leaves(watched, telephones):
    """Addresses and names that are kept free for examples."""
    assert watched("-c", f"import socket, subprocess, sys\ntry: {telephones}\nexcept OSError: pass") != []


def test_the_watch_minds_no_talk_within_the_machine(watched):
    server = "server = socket.create_server(('127.0.0.1', 0)); socket.create_connection(server.getsockname())"
    assert watched("-c", f"import socket; {server}; socket.socketpair()") == []


LOADS = """
import os
assert all(os.environ[name] == value for name, value in {quiet!r}.items())
def disable_telemetry_events(): print("told")
"""


@pytest.mark.slow
def test_a_library_is_told_before_it_is_loaded_whatever_was_set(tmp_path):
    """What stands for onnxruntime here looks around while it is loaded, as the real one does."""
    (tmp_path / "onnxruntime.py").write_text(LOADS.format(quiet=QUIET))
    environment = {**plain_environment(tmp_path / "home"), "ORT_DISABLE_TELEMETRY": "0", "DO_NOT_TRACK": ""}
    environment["PYTHONPATH"] = f"{tmp_path}:{environment['PYTHONPATH']}"
    told = [sys.executable, "-c", "import core.models.encoders"]
    assert subprocess.check_output(told, cwd=tmp_path, env=environment, text=True) == "told\n"


@pytest.mark.slow
def test_the_app_counts_no_use_even_where_its_settings_are_not_found(tmp_path):
    """As when another server serves it from another folder; a page's script is told so when it first appears."""
    asks = "import app, streamlit; print(streamlit.get_option('browser.gatherUsageStats'))"
    environment = plain_environment(tmp_path / "home")
    assert subprocess.check_output([sys.executable, "-c", asks], cwd=tmp_path, env=environment, text=True) == "False\n"


def test_only_core_loads_what_must_be_told_and_always_tells_it():
    """So that nothing comes before `core`; builds for Windows know the call alone."""
    files = [path for folder in ("core", "pages", "benchmarks", "tests") for path in (PROJECT / folder).rglob("*.py")]
    loads = {
        path.relative_to(PROJECT): source
        for path in [PROJECT / "app.py", *files]
        if re.search(r"^\s*(?:import|from) onnxruntime\b", source := path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {path.parts[0] for path in loads} == {"core"}
    assert [path for path, source in loads.items() if "onnxruntime.disable_telemetry_events()" not in source] == []
