"""The Dockerfile by reading: what it copies is there and enough, what it starts is understood, and nobody is root."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

from core.__main__ import _parser
from core.data.samples import SAMPLES
from core.serve.asking import PORT
from tests.helpers import PROJECT

FILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
LINES = [line for line in FILE.splitlines() if line and not line.startswith("#")]
COPIED = [tuple(line.split()[1:]) for line in LINES if line.startswith("COPY ")]


def test_what_is_copied_is_there_and_not_ignored():
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    sources = [source for *sources, _ in COPIED for source in sources]
    assert len(sources) > 5
    assert [source for source in sources if not (PROJECT / source).exists() or source in ignored] == []


def test_what_is_copied_is_enough_for_the_command_line_and_the_app(tmp_path):
    for *sources, target in COPIED:
        for source in sources:
            if (PROJECT / source).is_dir():
                shutil.copytree(PROJECT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT / source, tmp_path / target)
    program = "import core, app, pages.shared.main, core.data.samples as s; print(core.__file__, s.sample_folder())"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "FINETUNE_LAB_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert all(place.startswith(str(tmp_path)) for place in done.stdout.split()), done.stdout
    asked = {sample.file for sample in SAMPLES if sample.file}
    assert all((tmp_path / "sample_data" / name).exists() for name in asked)


def test_what_it_starts_is_understood():
    (started,) = (json.loads(line.removeprefix("ENTRYPOINT ")) for line in LINES if line.startswith("ENTRYPOINT "))
    assert started[:3] == ["python", "-m", "core"]
    flags = _parser().parse_args([*started[3:], "RUN", "--allowed-host", "lab.school.example"])
    assert (flags.host, flags.port, flags.run, flags.hosts) == ("0.0.0.0", PORT, "RUN", ["lab.school.example"])
    assert f"EXPOSE {PORT}" in LINES


def test_nobody_is_root_and_every_image_can_be_asked_for():
    for stage in re.split(r"^FROM ", "\n".join(LINES), flags=re.MULTILINE)[1:]:
        assert "USER root" not in stage
    users = [line for line in LINES if line.startswith("USER ")]
    assert users == ["USER lab"] and LINES.index("USER lab") < LINES.index("FROM base AS serve")
    assert set(re.findall(r"--target (\w+)", FILE)) == set(re.findall(r"FROM base AS (\w+)", FILE))
