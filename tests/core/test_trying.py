"""Asking and teaching a finished run: as jobs, and from the command line."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
import torch
from PIL import Image

from core.evaluation.answers import read_answers
from core.evaluation.rejection import Rejection
from core.events import drain
from core.jobs.base import run_job
from core.jobs.trying import open_model
from core.models.added import list_added
from core.models.extended import Reference
from core.models.trained import TrainedModel
from core.runs.folder import RunFolder
from tests.helpers import message_dataset, picture_dataset, png, trained

NEWS = ["goal referee football match", "football match goal keeper", "referee football whistle"]


@pytest.fixture
def train(workspace, tiny_models):
    """A finished run; messages unless said otherwise."""

    def go(kind="text", strategy="nearest", each=12, **options) -> RunFolder:
        dataset = (message_dataset if kind == "text" else picture_dataset)(workspace, each=each)
        return trained(workspace, dataset, strategy=strategy, **options)

    return go


@pytest.fixture
def job(workspace):
    def go(kind: str, **request):
        folder = RunFolder.create(workspace.jobs, kind, "T", request)
        return run_job(folder, workspace, folder.stop_requested)

    return go


def digests(folder: RunFolder) -> dict[str, str]:
    names = ("model.safetensors", "model.json", "answers.jsonl", "events.jsonl", "run.json")
    return {name: hashlib.sha256((folder.path / name).read_bytes()).hexdigest() for name in names}


def label_of(job, folder: RunFolder, text: str) -> str:
    (answer,) = job("predict", run=folder.id, inputs=[text]).result["answers"]
    return answer["label"]


def test_one_message_is_enough_and_undoing_brings_everything_back(train, job, cli):
    folder = train()
    before, known = digests(folder), job("predict", run=folder.id, inputs=["zoo museum ticket"]).result
    result = job("teach", run=folder.id, label="sport", inputs=NEWS[:1]).result
    assert (result["examples"], result["recognised"]) == (1, 1)
    assert result["judged"] == len(read_answers(folder.path)) == 9
    assert result["before"] - result["after"] <= result["taken"] <= 9
    assert label_of(job, folder, NEWS[0]) == "sport"
    assert label_of(job, folder, "zoo museum ticket") == known["answers"][0]["label"] == "trip"
    assert digests(folder) == before
    assert cli("teach", folder.id, "--undo", "sport")[0] == 0
    assert job("predict", run=folder.id, inputs=["zoo museum ticket"]).result == known


def test_predicting_twice_gives_the_same_answer(train, job):
    folder = train()
    job("teach", run=folder.id, label="sport", inputs=NEWS)
    asked = {"run": folder.id, "inputs": [*NEWS, "pizza menu"]}
    assert job("predict", **asked).result == job("predict", **asked).result


def test_examples_added_one_by_one_are_averaged_as_if_added_together(train, workspace):
    probabilities = []
    for lots in ([NEWS], [[text] for text in NEWS]):
        folder = train()
        for inputs in lots:
            teach = RunFolder.create(
                workspace.jobs, "teach", "T", {"run": folder.id, "label": "sport", "inputs": inputs}
            )
            run_job(teach, workspace, lambda: False)
        model = drain(open_model(folder, workspace))
        probabilities.append(model.answers(model.model.embed(["football", "menu"]))[0].probabilities)
        assert model.classes == ("bus", "lunch", "trip", "sport")
    assert probabilities[0] == pytest.approx(probabilities[1], abs=1e-6)


@pytest.mark.parametrize("strategy", ["head", "nearest", "discriminant", "full"])
def test_a_run_looks_back_at_what_its_own_network_makes_of_its_examples(train, workspace, strategy):
    """A tuned network has embeddings of its own, not those of the model it began as."""
    options = {"nearest": {}, "discriminant": {}, "head": {"epochs": 3}, "full": {"epochs": 3, "learning_rate": 0.05}}
    folder = train(strategy=strategy, **options[strategy])
    model = drain(open_model(folder, workspace))
    reference = model.reference
    assert (len(reference.training), len(reference.validation)) == (27, 9)
    dataset = message_dataset(workspace, each=12)
    texts = {example.id: example.text for example in dataset.examples}
    judged = [texts[answer.example] for answer in read_answers(folder.path)]
    trained = TrainedModel.load(folder.path, workspace)
    with torch.inference_mode():
        expected = trained.head.prepared(trained.embed(judged))
    torch.testing.assert_close(reference.validation, expected, atol=2e-3, rtol=2e-3)  # half precision
    assert model.validation_right().sum() == sum(answer.right for answer in read_answers(folder.path))


def test_pictures_are_kept_small_beside_the_run(train, job, tmp_path):
    folder = train("image")
    given = tmp_path / "red.png"
    given.write_bytes(png((250, 0, 0), (400, 300)))
    result = job("teach", run=folder.id, label="red", inputs=[str(given)], names=["my red.png"]).result
    (addition,) = list_added(folder.path)
    assert (addition.id, addition.names) == (result["addition"], ("my red.png",))
    with Image.open(addition.picture(0)) as small:
        assert small.size == (160, 120)
    assert label_of(job, folder, str(given)) == "red"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"label": "Bus", "inputs": NEWS}, "'bus' is one of the classes it was trained on"),
        ({"label": " ", "inputs": NEWS}, "has no name"),
        ({"label": "sport", "inputs": []}, "No example was given"),
        ({"label": "sport", "inputs": [NEWS[0], "  "]}, "empty"),
    ],
)
def test_what_cannot_be_taught_is_said_and_nothing_is_added(train, job, request_, said):
    folder = train()
    last = job("teach", run=folder.id, **request_)
    assert last.reason == "failed"
    assert said in str(last.message)
    assert list_added(folder.path) == []


# --- none of these, and runs whose examples are gone -------------------------------------------------------------


@pytest.fixture
def shades(train, tmp_path):
    """A run that knows shades of grey, a picture that it knows the like of, and one that it does not."""
    known, strange = tmp_path / "black.png", tmp_path / "yellow.png"
    known.write_bytes(png((0, 0, 0), (32, 32)))
    strange.write_bytes(png((255, 255, 0), (32, 32)))
    return train("image", each=20), str(known), str(strange)


def test_something_unlike_all_it_knows_is_less_like_it_than_the_usual_setting(shades, job):
    folder, *given = shades
    result = job("predict", run=folder.id, inputs=given).result
    refusal = Rejection.from_dict(result["refusal"])
    known, strange = (answer["likeness"] for answer in result["answers"])
    assert (refusal.by, len(refusal.scores)) == ("likeness", 15)
    assert strange < refusal.usual <= known


def test_what_was_added_is_no_longer_unlike(shades, job):
    folder, _, strange = shades
    job("teach", run=folder.id, label="yellow", inputs=[strange])
    result = job("predict", run=folder.id, inputs=[strange]).result
    assert result["answers"][0]["label"] == "yellow"
    assert result["answers"][0]["likeness"] > Rejection.from_dict(result["refusal"]).usual


def test_where_its_examples_are_gone_it_goes_by_how_sure_it_is(train, job, workspace):
    folder = train()
    shutil.rmtree(workspace.datasets)
    result = job("predict", run=folder.id, inputs=["bus late stop"]).result
    refusal = Rejection.from_dict(result["refusal"])
    assert result["answers"][0]["likeness"] is None
    assert (refusal.by, len(refusal.scores)) == ("sure", 9)
    assert list(refusal.scores) == pytest.approx([a.confidence for a in read_answers(folder.path)], abs=1e-5)
    assert job("teach", run=folder.id, label="sport", inputs=NEWS).result["judged"] == 0
    assert label_of(job, folder, NEWS[0]) == "sport"


def test_a_tuned_model_without_its_examples_learns_nothing_more(train, job, workspace):
    folder = train(strategy="full", epochs=1)
    shutil.rmtree(workspace.datasets)
    last = job("teach", run=folder.id, label="sport", inputs=NEWS)
    assert last.reason == "failed"
    assert "training examples of this model are gone" in str(last.message)


def test_a_spoilt_reference_is_made_again(train, job):
    folder = train()
    first = job("predict", run=folder.id, inputs=NEWS).result
    (folder.path / "reference.safetensors").write_bytes(b"torn")
    assert job("predict", run=folder.id, inputs=NEWS).result == first
    assert Reference.load(folder.path) is not None


# --- command line ------------------------------------------------------------------------------------------------


def test_teach_adds_lists_and_takes_back(train, cli):
    folder = train()
    status, lines, _ = cli("teach", folder.id, "--class", "sport", *NEWS[:2], "--json")
    result = json.loads(lines[-1])
    assert (status, result["label"], result["recognised"]) == (0, "sport", 2)
    cli("teach", folder.id, "--class", "Sport", NEWS[2])
    listed = json.loads(cli("teach", folder.id, "--json")[1][-1])
    assert [row["examples"] for row in listed["added"]] == [NEWS[:2], NEWS[2:]]
    status, lines, _ = cli("teach", folder.id, "--undo", "last", "--json")
    assert [row["addition"] for row in json.loads(lines[-1])["added"]] == [result["addition"]]
    status, lines, _ = cli("teach", f"run:{folder.id}", "--undo", result["addition"])
    assert (status, lines) == (0, ["Taken back: sport", "Nothing is added to this run."])


def test_teach_without_json_is_for_reading(train, cli):
    status, lines, _ = cli("teach", train().id, "--class", "sport", NEWS[0])
    assert status == 0
    assert lines[0].startswith("'sport' was added; 1 of 1 given examples are recognised.")
    assert "of 9 right (" in lines[1]


def test_predict_says_none_when_asked_to(shades, cli):
    folder, known, strange = shades
    status, lines, _ = cli("predict", folder.id, known, strange, "--json", "--none-below", "usual")
    first, second = map(json.loads, lines)
    assert status == 0
    assert (first["none"], second["none"]) == (False, True)
    assert second["likeness"] < second["none_below"] <= first["likeness"]
    assert f"{strange}: none of these (similarity 0." in cli("predict", folder.id, strange, "--none-below", "0.9")[1][0]
    assert "none" not in json.loads(cli("predict", folder.id, strange, "--json")[1][0])
    assert json.loads(cli("predict", folder.id, strange, "--json", "--none-below", "0")[1][0])["none"] is False


def test_predict_knows_what_was_added(train, cli):
    folder = train()
    cli("teach", folder.id, "--class", "sport", NEWS[0])
    answer = json.loads(cli("predict", folder.id, NEWS[0], "--json")[1][-1])
    assert answer["label"] == "sport"
    assert list(answer["probabilities"]) == ["bus", "lunch", "trip", "sport"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["teach", "RUN", "--class", "sport"], "No example was given"),
        (["teach", "RUN", "--class", "bus", "x"], "trained on"),
        (["teach", "RUN", "--undo", "last"], "nothing to take back"),
        (["teach", "RUN", "--undo", "a", "--class", "b", "c"], "--undo takes back"),
        (["teach", "nosuchrun", "--class", "b", "c"], "nosuchrun"),
        (["teach"], "run"),
        (["predict", "RUN", "x", "--none-below", "2"], "between 0 and 1"),
        (["predict", "RUN", "x", "--none-below", "often"], "usual"),
    ],
)
def test_bad_input_is_one_paragraph(train, cli, arguments, said):
    run = train(each=4).id
    status, lines, err = cli(*[run if word == "RUN" else word for word in arguments])
    assert (status, lines) == (2, [])
    assert said in err
    assert "Traceback" not in err


def test_taking_back_a_class_that_is_not_there_names_those_that_are(train, cli):
    folder = train(each=4)
    cli("teach", folder.id, "--class", "sport", NEWS[0])
    status, _, err = cli("teach", folder.id, "--undo", "sports")
    assert status == 2
    assert "Added were: sport." in err
