"""The notebooks of `docs` run, from the first cell to the last, and hold no outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.training.spec.strategies import STRATEGIES
from tests.helpers import PROJECT

DOCS = PROJECT / "docs"


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    notebook = json.loads((DOCS / name).read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the code of a notebook in a home of its own, as a fresh kernel would; gives what its names stand for."""

    def run(name: str) -> dict[str, Any]:
        monkeypatch.setenv("FINETUNE_LAB_HOME", str(tmp_path))
        monkeypatch.chdir(PROJECT)
        names: dict[str, Any] = {"__name__": "__main__"}
        for number, cell in enumerate(cells(name, "code"), 1):
            exec(compile(source(cell), f"{name}, cell {number}", "exec"), names)
        return names

    return run


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.ipynb")), ids=lambda path: path.name)
def test_they_are_kept_without_outputs(path):
    code = cells(path.name, "code")
    assert code and cells(path.name, "markdown")
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
def test_train_and_read(run, capsys):
    names = run("train_and_read.ipynb")
    assert names["end"].reason == "completed"
    score = names["run"].score
    assert score.interval[0] > score.baseline
    assert "95 % confidence interval" in capsys.readouterr().out
    assert names["file"].read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.slow
def test_write_a_strategy(run, monkeypatch):
    monkeypatch.setitem(STRATEGIES, "least-squares", None)  # so that it is taken out again
    names = run("write_a_strategy.ipynb")
    means = {name: sum(values) / len(values) for name, values in names["accuracies"].items()}
    assert set(means) == {"nearest", "head", "discriminant", "least-squares"}
    assert means["least-squares"] > 0.5  # six classes
    (cell,) = [source(cell) for cell in cells("write_a_strategy.ipynb", "code") if "class LeastSquares" in source(cell)]
    body = cell[cell.index("class LeastSquares") :]
    assert sum(bool(line.strip()) for line in body.splitlines()) <= 25  # twenty, and what it says of itself
