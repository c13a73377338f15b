"""Models on packed tables of words are taken away: the tables stay packed."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest

from core.export import page
from core.export.folder import FLOAT32, INT8
from core.export.page import expected_bytes, no_page
from core.jobs import exporting
from core.modalities import get_modality
from core.models.catalogue import CATALOGUE
from tests import tiny_packed
from tests.helpers import message_dataset, trained

pytestmark = pytest.mark.slow
MODELS = ("use-multilingual", "multilingual-e5-small")


def kinds_of_tables(network: Path) -> list[str]:
    """How each array of the table's shape is kept, wherever it stands."""
    graph = onnx.load(network).graph
    constants = [one.t for node in graph.node if node.op_type == "Constant" for one in node.attribute]
    found = [one for one in [*graph.initializer, *constants] if tuple(one.dims) == (85, 512)]
    return [str(onnx.helper.tensor_dtype_to_np_dtype(one.data_type)) for one in found]


def test_the_size_of_a_page_is_known_before_it_is_made():
    """As measured: 33.3, 50.4 and 109.7 MB."""
    megabytes = {name: expected_bytes(CATALOGUE[name]) / 1e6 for name in ("minilm-l6", *MODELS)}
    assert megabytes == pytest.approx(dict(zip(megabytes, (33.3, 50.4, 109.7), strict=True)), rel=0.06)
    assert expected_bytes(CATALOGUE["two-layer-messages"]) > expected_bytes(CATALOGUE["minilm-l6"])


def test_a_page_that_browsers_would_not_open_is_refused_before_it_is_made(workspace, monkeypatch, cli, tmp_path):
    tiny_packed.install(monkeypatch)
    card, kind = CATALOGUE["multilingual-e5-small"], get_modality("text")
    monkeypatch.setattr(page, "RUNTIME", tmp_path)
    (tmp_path / "ort.wasm").touch()
    assert "about 115 MB" in str(no_page(kind, card)) and no_page(kind, CATALOGUE["minilm-l6"]) is None
    run = trained(workspace, message_dataset(workspace, each=4), model=card.id, strategy="nearest")
    monkeypatch.setattr(exporting, "export_run", None)  # nothing is begun
    status, _, err = cli("export", run.id, "--to", tmp_path / "model.html")
    assert status == 2 and "Export it as a folder" in err and "115 MB" in err


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
