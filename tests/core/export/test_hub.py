"""A folder for the Hub is loaded by `transformers` alone, and answers as the model does here."""

from __future__ import annotations

import json

import pytest

from core.export import hub
from core.export.proof import Proof
from core.runs.folder import RunFolder
from tests.helpers import message_dataset, picture_dataset, trained
from tests.tiny_hub import build

PREPARED_BY = {"bert": "tokenizer.json", "vit": "preprocessor_config.json"}


def run_with(kind: str, workspace, tmp_path) -> RunFolder:
    """A model that started from a tiny one of this architecture."""
    folder = build(kind, tmp_path / kind)
    dataset = message_dataset(workspace) if kind == "bert" else picture_dataset(workspace)
    return trained(workspace, dataset, model=f"hub:{folder}", strategy="full", epochs=1)


@pytest.mark.parametrize("kind", PREPARED_BY)
def test_transformers_answers_the_same_with_it(kind, workspace, cli, tmp_path):
    place = tmp_path / "hub"
    status, out, err = cli("export", run_with(kind, workspace, tmp_path).id, "--hub", "--to", place, "--json")
    assert status == 0, err
    proof = json.loads(out[-1])["proofs"]["model.safetensors"]
    assert proof["same"] == proof["n"] > 5 and proof["largest"] <= 1e-3
    assert {"config.json", "model.safetensors", "modeling_finetune_lab.py", PREPARED_BY[kind], "README.md",
            "LICENCES.txt", "proof.json"} <= {path.name for path in place.iterdir()}  # fmt: skip
    assert json.loads((place / "config.json").read_text())["model_type"] == kind


def test_what_answers_otherwise_there_is_not_given_out(workspace, cli, tmp_path, monkeypatch):
    otherwise = Proof(n=6, same=3, largest=0.5, largest_similarity=0.0, right=3, right_here=6, seconds=1.0, bytes=1)
    monkeypatch.setattr(hub, "prove_with", lambda *given: (otherwise, []))
    status, _, err = cli("export", run_with("bert", workspace, tmp_path).id, "--hub", "--to", tmp_path / "hub")
    assert status == 2 and "does not answer as this one does" in err
    assert not (tmp_path / "hub").exists()


def test_other_models_are_named(workspace, cli, tmp_path):
    made = trained(workspace, picture_dataset(workspace), model="small-cnn", strategy="scratch", epochs=1)
    status, _, err = cli("export", made.id, "--hub", "--to", tmp_path / "hub")
    assert status == 2 and "is not a model of the library transformers" in err
