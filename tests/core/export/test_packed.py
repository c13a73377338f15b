"""Models on packed tables of words are taken away: the tables stay packed."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest

from core.export.folder import FLOAT32, INT8
from tests import tiny_packed
from tests.helpers import message_dataset, trained

pytestmark = pytest.mark.slow


def kinds_of_tables(network: Path) -> list[str]:
    """How each array of the table's shape is kept, wherever it stands."""
    graph = onnx.load(network).graph
    constants = [one.t for node in graph.node if node.op_type == "Constant" for one in node.attribute]
    found = [one for one in [*graph.initializer, *constants] if tuple(one.dims) == (85, 512)]
    return [str(onnx.helper.tensor_dtype_to_np_dtype(one.data_type)) for one in found]


def test_a_folder_answers_by_itself_and_keeps_the_table_packed(workspace, monkeypatch, cli, tmp_path):
    tiny_packed.install(monkeypatch)
    recipe = {"model": "use-multilingual", "strategy": "full", "epochs": 1, "learning_rate": 1e-3}
    run = trained(workspace, message_dataset(workspace), **recipe)
    place = tmp_path / "folder"
    status, out, err = cli("export", run.id, "--to", place, "--json")
    assert status == 0, err
    proofs = json.loads(out[-1])["proofs"]
    for name in (FLOAT32, INT8):
        assert proofs[name]["same"] == proofs[name]["n"] >= 6
        assert kinds_of_tables(place / name) == ["uint8"], "and none of float32"
    assert proofs[INT8]["bytes"] < proofs[FLOAT32]["bytes"] / 3
    assert "Apache License" in (place / "LICENCES.txt").read_text(encoding="utf-8")
    card = (place / "README.md").read_text(encoding="utf-8")
    assert "Source of the pretrained weights" in card and "Thai" in card
