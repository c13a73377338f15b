"""An exported folder answers elsewhere as the model does here, and is not given out where it does not."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import onnx
import pytest

from core.export import folder as folder_module
from core.export import network
from core.export.folder import FLOAT32, INT8
from core.export.proof import allowed_modules
from core.export.script import standalone
from core.jobs.base import run_job
from core.jobs.exporting import PACKED
from core.modalities import MODALITIES
from core.models.catalogue import get_card
from core.models.extended import ExtendedModel
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset, png, row_dataset, sound_dataset, trained
from tests.watch import files_below, plain_environment, watch


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Workspace:
    """Where the runs are that tests only read."""
    return Workspace(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def trained_once(shared) -> Callable[[str, str], RunFolder]:
    return cache(lambda kind, model: train(shared, kind, model))


@pytest.fixture(scope="module")
def exported_once(shared, trained_once) -> Callable[[str, str], tuple[dict, dict[str, bytes]]]:
    """The result of the job, and the files that it made."""
    return cache(lambda kind, model: exported(trained_once(kind, model), shared))


def train(workspace: Workspace, kind: str, model: str) -> RunFolder:
    makes = {"image": picture_dataset, "text": message_dataset, "sound": sound_dataset, "table": row_dataset}
    strategy = "scratch" if get_card(model, workspace).parameters else "head"
    asked = {"model": model, "strategy": strategy, "epochs": 2}
    return trained(workspace, makes[kind](workspace), title="a 'run' / \u202edrow", **asked)


def exported(run: RunFolder, workspace: Workspace) -> tuple[dict, dict[str, bytes]]:
    """The result of the job, and the files that it made; none of them tells when."""
    job = RunFolder.create(workspace.jobs, "export", "t", {"run": run.id})
    ended = run_job(job, workspace, lambda: False)
    assert ended.reason == "completed", ended.message
    with zipfile.ZipFile(job.path / PACKED) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return ended.result, {name: archive.read(name) for name in archive.namelist()}


def unpacked(files: dict[str, bytes], place: Path) -> Path:
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def asked(place: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(place / "predict.py"), *arguments], input=stdin, capture_output=True, text=True,
        cwd=place.parent, encoding="utf-8",
    )  # fmt: skip


def test_the_last_layer_stays_exact_where_the_rest_is_made_smaller(exported_once, monkeypatch):
    monkeypatch.setattr(network, "_LARGE", 1)
    whole = exported_once("image", "small-cnn")[1]["model.onnx"]
    for smaller in (network.in_half_precision(whole), network.in_whole_numbers(whole)):
        kept = {one.name: one.data_type for one in onnx.load_from_string(smaller).graph.initializer}
        assert kept["head.weight"] == onnx.TensorProto.FLOAT
        assert any(name.endswith("/stored") and of != onnx.TensorProto.FLOAT for name, of in kept.items())


@pytest.mark.parametrize(("kind", "model"), [
    ("image", "small-cnn"), ("text", "small-text"), ("sound", "small-sounds"), ("table", "two-layer-table"),
    ("table", "column-network"), ("text", "words-and-letters"),
])  # fmt: skip
def test_a_folder_answers_by_itself_as_the_model_does_here(exported_once, tmp_path, kind, model):
    result, files = exported_once(kind, model)
    proof = result["proofs"][FLOAT32]
    assert (proof["same"], proof["largest"] <= 1e-3) == (proof["n"], True) and proof["n"] >= 6
    assert {"predict.py", "labels.json", "config.json", "requirements.txt", "README.md", "proof.json"} <= set(files)
    place = unpacked(files, tmp_path / "elsewhere")
    tested = asked(place, "--self-test")
    assert tested.returncode == 0, tested.stderr
    assert json.loads(tested.stdout)["self_test"] == "passed"
    samples = json.loads(files["samples/samples.json"])
    given = (
        str(place / "samples" / samples[0]["input"])
        if kind != "text"
        else files[f"samples/{samples[0]['input']}"].decode()
    )
    answer = json.loads(asked(place, given).stdout)
    expected = samples[0]["expected"][FLOAT32]
    assert answer["label"] == expected["label"]
    assert answer["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-3)
    assert answer["similarity"] == pytest.approx(expected["similarity"], abs=1e-3)
    assert json.loads(asked(place, given, "--none-below", "1.01").stdout)["label"] is None


def test_a_folder_asks_nobody_and_leaves_nothing_behind(exported_once, tmp_path):
    place = unpacked(exported_once("image", "small-cnn")[1], tmp_path / "elsewhere")
    eyes, user = watch(tmp_path / "calls.txt"), tmp_path / "user"
    command = eyes.command([sys.executable, "-I", str(place / "predict.py"), "--self-test"])
    subprocess.run(command, cwd=tmp_path, env=plain_environment(user), check=True, capture_output=True)
    assert eyes.attempts() == []
    assert files_below(user) == []


def test_bad_inputs_are_said_and_end_with_2(exported_once, tmp_path):
    place = unpacked(exported_once("image", "small-cnn")[1], tmp_path / "elsewhere")
    (tmp_path / "no.png").write_bytes(b"no picture")
    found = asked(place, str(tmp_path / "no.png"))
    assert found.returncode == 2 and "not a picture" in json.loads(found.stdout)["error"]
    for arguments in (["nowhere.png"], [], ["--int8", "x.png"] if not (place / "model.int8.onnx").exists() else []):
        found = asked(place, *arguments)
        assert found.returncode == 2 and found.stderr and "Traceback" not in found.stderr
    found = asked(place, str(place / "samples"))
    assert found.returncode == 0 and len(found.stdout.splitlines()) >= 6


def test_messages_come_from_tables_and_lines_too(exported_once, tmp_path):
    place = unpacked(exported_once("text", "small-text")[1], tmp_path / "elsewhere")
    (tmp_path / "table.csv").write_text('id,text\n1,"late, bus"\n2,pizza\n3,\n', encoding="utf-8")
    rows = [json.loads(line) for line in asked(place, str(tmp_path / "table.csv")).stdout.splitlines()]
    assert [row["input"] for row in rows] == ["late, bus", "pizza", ""] and "empty" in rows[2]["error"]
    rows = [json.loads(line) for line in asked(place, "-", stdin="bus\npizza\n").stdout.splitlines()]
    assert [row["input"] for row in rows] == ["bus", "pizza"]
    sample, picture = place / "samples" / "0000.txt", tmp_path / "no.png"
    picture.write_bytes(png())
    (tmp_path / "wide.txt").write_text(sample.read_text(encoding="utf-8"), encoding="utf-16")
    given = [str(sample), sample.read_text(encoding="utf-8"), str(tmp_path / "wide.txt"), str(picture), "x" * 5000]
    rows = [json.loads(line) for line in asked(place, *given).stdout.splitlines()]
    assert rows[0]["probabilities"] == rows[1]["probabilities"] == rows[2]["probabilities"]
    assert (rows[3]["input"], "not a text" in rows[3]["error"], "label" in rows[4]) == (str(picture), True, True)


def test_added_classes_go_along(workspace, tmp_path):
    run = train(workspace, "image", "small-cnn")
    sample = picture_dataset(workspace, each=1, seed=9)
    picture = tmp_path / "new.png"
    sample.payload(0).save(picture)
    job = RunFolder.create(workspace.jobs, "teach", "t", {"run": run.id, "label": "new", "inputs": [str(picture)]})
    assert run_job(job, workspace, lambda: False).reason == "completed"
    _, files = exported(run, workspace)
    assert json.loads(files["labels.json"])[-1] == "new"


def test_the_page_takes_the_best_network_that_it_has_room_for(trained_once, shared, monkeypatch):
    run, made = trained_once("image", "small-cnn"), []

    def page(run, config, files, network, *others) -> bytes:
        made.append(network)
        return network.content

    monkeypatch.setattr(folder_module, "offline_page", page)
    monkeypatch.setattr(folder_module, "LOSS_ALLOWED", -1.0)  # as if whole numbers always cost too much
    monkeypatch.setattr(folder_module, "LARGEST", 250_000)
    result, _ = exported(run, shared)
    half, small = made
    assert len(small.content) < 250_000 < len(half.content) < result["proofs"][FLOAT32]["bytes"]
    assert result["page"]["proof"]["bytes"] == result["proofs"][INT8]["bytes"] == len(small.content)


@pytest.mark.parametrize("broken", ["order", "size", "normalisation", "temperature"])
def test_what_does_not_answer_the_same_is_not_given_out(trained_once, shared, monkeypatch, broken):
    run = trained_once("image", "small-cnn")
    whole = folder_module.json.dumps

    def other(data, **how):
        if isinstance(data, dict) and "input" in data and "classes" in data:
            data = json.loads(whole(data))
            if broken == "order":
                data["classes"] = data["classes"][::-1]
            elif broken == "size":
                data["input"]["size"] //= 2
            elif broken == "normalisation":
                data["input"]["mean"] = [100.0, 127.5, 127.5]
        return whole(data, **how)

    if broken == "temperature":
        was = folder_module.whole_network

        def warmer(model: ExtendedModel, about):
            model.model.temperature *= 2
            network = was(model, about)
            model.model.temperature /= 2
            return network

        monkeypatch.setattr(folder_module, "whole_network", warmer)
    else:
        monkeypatch.setattr(folder_module.json, "dumps", other)
    job = RunFolder.create(shared.jobs, "export", "t", {"run": run.id})
    ended = run_job(job, shared, lambda: False)
    assert ended.reason == "failed" and "does not answer as this one does" in str(ended.message)
    assert not (job.path / PACKED).exists()


def test_a_requirement_ends_where_that_of_the_program_does(monkeypatch):
    monkeypatch.setattr(folder_module, "requires", lambda package: ["numpy>=2.0", "onnxruntime<1.33,>=1.20"])
    assert folder_module._bounded("onnxruntime").startswith("onnxruntime>=")
    assert folder_module._bounded("onnxruntime").endswith(",<1.33") and "<" not in folder_module._bounded("numpy")


def test_the_process_that_proves_has_only_what_is_required():
    allowed = allowed_modules(["numpy", "onnxruntime", "pillow"])
    assert {"numpy", "onnxruntime", "PIL"} <= allowed
    assert not allowed & {"torch", "transformers", "core", "streamlit", "pandas"}


@pytest.mark.parametrize("kind", [kind for kind in MODALITIES.values() if kind.script], ids=lambda kind: kind.name)
def test_the_script_imports_nothing_of_this_program(kind):
    text = standalone(kind.script)
    assert "core." not in text.replace("`core.", "") and "import core" not in text
    compile(text, "predict.py", "exec")


def test_one_that_is_stopped_says_so_and_leaves_nothing(trained_once, shared):
    job = RunFolder.create(shared.jobs, "export", "t", {"run": trained_once("image", "small-cnn").id})
    ended = run_job(job, shared, lambda: True)
    assert (ended.reason, str(ended.message)) == ("stopped", "The export was stopped. Nothing of it was kept.")
    assert not (job.path / PACKED).exists()


def test_a_run_that_is_not_finished_cannot_be_exported(workspace):
    run = RunFolder.create(workspace.runs, "train", "t", {"dataset": "x", "recipe": {}})
    job = RunFolder.create(workspace.jobs, "export", "t", {"run": run.id})
    ended = run_job(job, workspace, lambda: False)
    assert ended.reason == "failed" and "no finished model" in str(ended.message)
