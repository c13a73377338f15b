"""Lint, format and types hold, as CONTRIBUTING.md asks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers import PROJECT


@pytest.mark.parametrize("check", [("ruff", "check"), ("ruff", "format", "--check")])
def test_style(check):
    done = subprocess.run([sys.executable, "-m", *check], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_types(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_no_test_begins_a_loop_where_one_for_a_browser_may_run():
    """Which tests share a process differs from run to run: `run_apart` takes a thread of its own."""
    found = {path.name for path in (PROJECT / "tests").rglob("*.py") if "asyncio.run" in path.read_text("utf-8")}
    assert found == {"helpers.py", "serving.py", "test_style.py"}
