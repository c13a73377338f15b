"""`experiment` and `curve` on the command line: one JSON object a line, the last one the result."""

from __future__ import annotations

import json

import pytest

from core.messages import revived
from core.runs.folder import RunFolder
from tests.helpers import message_dataset, picture_dataset

BRIEF = ("--model", "tiny-image", "--draws", "3", "--views", "2", "--scratch-epochs", "1", "--shots", "3")


@pytest.fixture
def pictures(workspace, tiny_models) -> str:
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    return f"dataset:{dataset.id}"


def in_english(data):
    """Plain data as it is printed: messages as text."""
    return json.loads(json.dumps(revived(data), default=str))


def test_an_experiment_ends_with_the_square_and_two_sentences(cli, pictures, workspace):
    status, lines, _ = cli("experiment", pictures, *BRIEF, "--json")
    assert status == 0
    told = [json.loads(line) for line in lines]
    result = told[-1]["result"]
    assert {f"{s}/{w}" for s in ("scratch", "transferred", "nearest") for w in ("plain", "harder")} <= set(
        result["scores"]
    )
    assert all(score["draws"] == 3 and score["judged"] >= 15 for score in result["scores"].values())
    assert len(result["sentences"]) == 2
    assert sum(line["event"] == "method_evaluated" for line in told) == 45
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.request["study"] == "transfer" and in_english(folder.about()["result"]) == result


def test_parts_can_be_left_out(cli, pictures):
    _, lines, _ = cli("experiment", pictures, *BRIEF, "--without", "heads", "views", "supports", "--json")
    result = json.loads(lines[-1])["result"]
    assert set(result["scores"]) == {
        "nearest/plain", "transferred/plain", "scratch/plain", "scratch/harder",
    }  # fmt: skip


def test_an_experiment_for_reading(cli, pictures):
    status, lines, err = cli("experiment", pictures, *BRIEF)
    assert status == 0
    assert any(line.startswith("Pretrained: ") and "\u00a0% (" in line for line in lines)
    assert any("different examples validated" in line for line in lines)
    assert "Split 1, 3 of each class, scratch/plain:" in err


def test_messages_compare_by_default(cli, workspace, tiny_models):
    messages = message_dataset(workspace)
    messages.save(workspace)
    cli(
        "experiment", f"dataset:{messages.id}", "--model", "tiny-text", "--draws", "3", "--views", "2",
        "--scratch-epochs", "1", "--shots", "3", "--json",
    )  # fmt: skip
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.request["design"]["strategy"] == "contrastive"
    assert folder.request["design"]["scratch_size"] is None


def test_a_curve_ends_with_points_and_a_forecast(cli, pictures, workspace):
    ways = ("--strategy", "nearest", "--strategy", "head")
    status, lines, _ = cli("curve", pictures, "--model", "tiny-image", *ways, "--draws", "3", "--json")
    assert status == 0
    result = json.loads(lines[-1])["result"]
    assert [point["shots"] for point in result["curves"]["head"]] == [1, 2, 5]
    assert result["forecasts"]["nearest"]["refusal"] == "sizes"
    assert "cannot be told" in result["forecasts"]["head"]["sentences"][0]
    status, lines, _ = cli("curve", pictures, "--model", "tiny-image", "--draws", "3", "--most", "2", "--target", "0.9")
    assert status == 0
    sizes = [line.split()[0] for line in lines if "\u00a0% (" in line and line[0].isdigit()]
    assert sizes == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("experiment", "--draws", "1"), "Random splits must be a whole number between 3 and 20"),
        (("experiment", "--shots", "50"), "has only 8 different examples"),
        (("experiment", "--without", "luck"), "invalid choice: 'luck'"),
        (("experiment", "--strategy", "nearest"), "invalid choice: 'nearest'"),
        (("experiment", "--level", "wild"), "cannot be varied at level 'wild'"),
        (("experiment", "--model", "nobody"), "no model called 'nobody'"),
        (("experiment", "--model", "tiny-text"), "is a model for messages"),
        (("curve", "--target", "90"), "Target accuracy must be a number between 0.01 and 0.999"),
        (("curve", "--strategy", "auto"), "invalid choice: 'auto'"),
        (("curve", "--strategy", "head", "--strategy", "head"), "named twice"),
        (("curve", "--most", "0"), "Most examples per class"),
    ],
)
def test_bad_input_is_one_paragraph_and_status_two(cli, pictures, workspace, arguments, said):
    verb, *rest = arguments
    model = () if "--model" in rest else ("--model", "tiny-image")
    status, lines, err = cli(verb, pictures, *model, *rest, "--json")
    assert (status, lines) == (2, [])
    assert said in err and "Traceback" not in err
    assert not list(workspace.studies.iterdir())
