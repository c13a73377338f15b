"""Asking a finished run why: as a job, and from the command line."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from core.jobs.base import run_job
from core.models.encoders import TorchEncoder
from core.models.extended import ExtendedModel
from core.models.trained import TrainedModel
from core.results.explanation import weighed
from core.results.occlusion import MOST_WEIGHTS, Witness, term_weights
from core.runs.folder import RunFolder
from tests.core.results.planted import marked_dataset
from tests.helpers import edit, message_dataset, png, trained

MESSAGE = "bus late stop driver n3"


@pytest.fixture
def shades(workspace, tiny_models):
    return trained(workspace, marked_dataset(workspace), model="tiny-image", strategy="nearest")


@pytest.fixture
def messages(workspace, tiny_models):
    dataset = message_dataset(workspace, each=12)
    dataset.save(workspace)
    return trained(workspace, dataset, model="tiny-text", strategy="nearest")


@pytest.fixture
def job(workspace):
    def go(**request):
        folder = RunFolder.create(workspace.jobs, "explain", "T", request)
        return folder, run_job(folder, workspace, folder.stop_requested)

    return go


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "wide.png"
    path.write_bytes(png((200, 40, 40), (400, 300)))
    return path


def predicted(cli, run, given):
    return json.loads(cli("predict", run.id, given, "--json")[1][0])


def test_the_job_leaves_the_map_over_the_picture_and_agrees_with_predict(job, shades, given, cli):
    folder, last = job(run=shades.id, input=str(given))
    assert last.reason == "completed", last.message
    with Image.open(folder.path / "overlay.png") as overlay, Image.open(folder.path / "picture.png") as kept:
        assert overlay.size == kept.size == (400, 300)
        assert kept.getpixel((0, 0)) == (200, 40, 40)
    answer = predicted(cli, shades, given)
    assert last.result["label"] == last.result["class"] == answer["label"]
    assert last.result["probability"] == pytest.approx(answer["probabilities"][answer["label"]], abs=1e-4)
    assert np.array(last.result["heat"]["values"]).shape == (8, 8)
    assert last.result["words"] is None
    json.dumps(last.result)


def test_what_speaks_for_another_class_is_the_other_way_round_between_two(job, shades, given):
    of = {name: job(run=shades.id, input=str(given), **{"class": name})[1].result for name in ("marked", "plain")}
    assert of["marked"]["label"] == of["plain"]["label"]
    assert of["marked"]["probability"] + of["plain"]["probability"] == pytest.approx(1)
    np.testing.assert_allclose(of["marked"]["heat"]["values"], -np.array(of["plain"]["heat"]["values"]), atol=2e-4)


def test_a_message_gets_words_and_the_probability_that_the_run_answers_with(job, messages, cli):
    edit(messages.path / "model.json", temperature=2.5)  # calibrated ones, that is
    folder, last = job(run=messages.id, input=MESSAGE)
    answer = predicted(cli, messages, MESSAGE)
    assert last.result["probability"] == pytest.approx(answer["probabilities"][last.result["label"]], abs=1e-4)
    for word in last.result["words"]:
        shorter = predicted(cli, messages, MESSAGE[: word["start"]] + MESSAGE[word["end"] :])
        assert word["without"] == pytest.approx(shorter["probabilities"][last.result["label"]], abs=1e-4)
    assert not (folder.path / "overlay.png").exists()


def test_an_example_of_the_set_is_not_its_own_neighbour(job, messages, workspace):
    dataset = message_dataset(workspace, each=12)
    for example in dataset.examples[:3]:
        _, last = job(run=messages.id, example=example.id)
        assert "".join(word["text"] for word in last.result["words"]) == example.text.replace(" ", "")
        assert example.id not in [n["example"] for n in last.result["neighbours"]]
        assert len(last.result["neighbours"]) == 5


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"input": "  "}, "empty"),
        ({"input": MESSAGE, "class": "tram"}, "no class called 'tram'"),
        ({"example": "nobody"}, "not in the dataset"),
        ({"input": MESSAGE, "run": "nobody"}, "no run"),
    ],
)
def test_what_cannot_be_explained_is_said(job, messages, request_, said):
    _, last = job(**{"run": messages.id, **request_})
    assert last.reason == "failed"
    assert said in str(last.message)


def test_the_command_line_gives_one_object_and_the_overlay(cli, shades, given, tmp_path):
    out = tmp_path / "map.png"
    status, lines, err = cli("explain", shades.id, given, "--class", "plain", "--out", out, "--json")
    assert (status, err) == (0, "")
    result = json.loads(lines[-1])
    assert (result["run"], result["class"], result["out"]) == (shades.id, "plain", str(out))
    assert all(json.loads(line) for line in lines)
    with Image.open(out) as overlay:
        assert (overlay.format, overlay.size) == ("PNG", (400, 300))


def test_the_command_line_in_words(cli, messages, workspace):
    status, lines, _ = cli("explain", messages.id, MESSAGE)
    said = "\n".join(lines)
    assert status == 0
    assert sum(line.startswith("  near: ") for line in lines) == 5
    assert all(any(line.endswith(f"  {word}") for line in lines) for word in MESSAGE.split())
    assert "does not show what the model “thinks”" in said
    example = message_dataset(workspace, each=12).examples[0]
    assert cli("explain", messages.id, "--example", example.id)[0] == 0


@pytest.mark.parametrize(
    "arguments", [[], [MESSAGE, "--example", "x"], [MESSAGE, "--class", "tram"], [MESSAGE, "--out", "x.png"], [" "]]
)
def test_bad_input_is_one_paragraph_and_status_2(cli, messages, arguments):
    status, _, err = cli("explain", messages.id, *arguments)
    assert status == 2
    assert len(err.strip().split("\n\n")) == 1
    assert "Traceback" not in err


def test_an_overlay_that_cannot_be_written(cli, shades, given, tmp_path):
    status, _, err = cli("explain", shades.id, given, "--out", tmp_path / "nowhere" / "map.png")
    assert status == 2
    assert "cannot be written" in err


@pytest.mark.parametrize("strategy", ["head", "nearest"])
def test_a_model_that_weighs_words_and_letters_says_which(job, workspace, cli, strategy, monkeypatch):
    dataset = message_dataset(workspace, each=12)
    dataset.save(workspace)
    run = trained(workspace, dataset, model="words-and-letters", strategy=strategy)
    _, last = job(run=run.id, input=MESSAGE)
    weights = last.result["weights"]
    assert len(weights) == MOST_WEIGHTS and weights[0]["value"] > 0
    assert all(abs(a["value"]) >= abs(b["value"]) for a, b in pairwise(weights))
    assert {"bus", "late", "stop", "driver"} & {one["term"] for one in weights}
    assert str(weighed(last.result)).startswith("This model weighs words and letters, and nothing else. Most for")
    assert "Most for" in " ".join(cli("explain", run.id, MESSAGE)[1])
    # Exact: the terms' shares, and what no message changes, are how far the class is ahead.
    model = ExtendedModel(TrainedModel.load(run.path, workspace), run.path, None)
    witness = Witness(model, model.model.backbone, TorchEncoder(model.model.backbone))
    number = model.classes.index(last.result["class"])

    def ahead_and_shares(text):
        embedding = witness.embed(witness.batch([text]))
        logits = witness.logits(embedding)[0]
        others = torch.cat([logits[:number], logits[number + 1 :]]).mean()
        return float(logits[number] - others), sum(one.value for one in term_weights(witness, embedding, number))

    monkeypatch.setattr("core.results.occlusion.MOST_WEIGHTS", 10_000)
    if strategy == "head":
        (ahead, shares), (nothing, none) = ahead_and_shares("bus"), ahead_and_shares("\u03a9")
        assert none == 0 and ahead - nothing == pytest.approx(shares, abs=1e-4)
