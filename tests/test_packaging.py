"""The built package holds all that the program needs, and starts from an empty folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.helpers import PROJECT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built as `pip wheel .` does, without asking anybody for anything."""
    pytest.importorskip("hatchling")
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index", "-w", place,
         PROJECT],
        check=True,
    )  # fmt: skip
    (made,) = place.glob("*.whl")
    return made


def test_it_holds_the_program_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in ("core/__main__.py", "core/py.typed", "core/models/weights/glyphnet.safetensors",
                 "core/report/templates/report.html.j2", "core/export/web/page.js", "finetune_lab/app.py",
                 "finetune_lab/pages/shared/main.py", "finetune_lab/sample_data/SOURCES.md",
                 "finetune_lab/.streamlit/config.toml"):  # fmt: skip
        assert path in names, path
    tops = {name.partition("/")[0] for name in names}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"core", "finetune_lab"}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".tmp"))]


def test_it_starts_from_an_empty_folder(wheel, tmp_path):
    site, here = tmp_path / "site", tmp_path / "empty"
    zipfile.ZipFile(wheel).extractall(site)
    here.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "FINETUNE_LAB_HOME": str(tmp_path / "home")}
    start = "import sys, core.__main__ as program; sys.exit(program.command())"
    checked = subprocess.run(
        [sys.executable, "-c", start, "check", "sample:drawings", "--json"], cwd=here, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = subprocess.Popen(
        [sys.executable, "-c", start, "start", "--no-browser", "--port", str(port), "--json"], cwd=here,
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as reply:
                    assert reply.status == 200
                    break
            except OSError:
                assert app.poll() is None and time.monotonic() < deadline, app.stdout and app.stdout.read()
                time.sleep(0.2)
    finally:
        app.terminate()
        said = app.communicate(timeout=30)[0]
    assert f'"address": "http://127.0.0.1:{port}"' in said
    assert not list(here.iterdir())
