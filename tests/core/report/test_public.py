"""What others may read: the command that reproduces a run, and names without folders."""

import shlex

import pytest

from core.__main__ import _parser
from core.cli.training import _recipe
from core.data.dataset import Dataset
from core.report.public import clean, command, hub_name, public_model, public_title
from core.results.finished_run import FinishedRun
from core.training.spec.plan import make_plan
from core.training.spec.strategies import STRATEGIES
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset
from tests.tiny import TINY_IMAGE

MORE = {"head": {"shots": 3, "seed": 7}, "full": {"time_budget": 20.0, "mixup": 0.2}, "lora": {"learning_rate": 1e-5}}


@pytest.mark.parametrize(
    "strategy", [name for name, one in STRATEGIES.items() if name != "auto" and one.suits(TINY_IMAGE)]
)
def test_it_asks_for_the_very_same_recipe(strategy, workspace, tiny_models):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    run = finished_run(workspace, dataset, recipe={"strategy": strategy, **MORE.get(strategy, {})})
    facts = FinishedRun.open(run.id, workspace)
    python, dash, core, *arguments = shlex.split(command(dataset.id, facts.recipe))
    assert (python, dash, core) == ("python", "-m", "core")
    flags = _parser().parse_args(arguments)
    assert flags.data == f"dataset:{dataset.id}"
    asked = make_plan(Dataset.load(dataset.id, workspace), _recipe(flags, dataset, workspace), workspace).recipe
    assert asked.to_dict() == facts.recipe


@pytest.mark.parametrize(
    ("model", "name", "shown"),
    [
        ("hub:owner/name", "owner/name", "hub:owner/name"),
        ("hub:gpt2", "gpt2", "hub:gpt2"),
        ("hub:/home/somebody/models/mine", None, "hub:FOLDER/mine"),
        ("hub:./models/mine", None, "hub:FOLDER/mine"),
        ("hub:~/mine", None, "hub:FOLDER/mine"),
        ("hub:C:\\Users\\somebody\\mine", None, "hub:FOLDER/mine"),
        ("hub:a/b/c", None, "hub:FOLDER/c"),
        ("run:20261126-113215-dfb688be", None, "run:20261126-113215-dfb688be"),
        ("minilm-l6", None, "minilm-l6"),
    ],
)
def test_a_folder_is_told_to_nobody(model, name, shown):
    assert hub_name(model) == name
    assert public_model(model) == shown


def test_titles_of_models_tell_no_folder_either():
    assert public_title("/home/somebody/mine") == "FOLDER/mine"
    assert public_title("EfficientNet-Lite0") == "EfficientNet-Lite0"


def test_what_a_shell_would_take_apart_is_quoted(workspace, tiny_models):
    run = finished_run(workspace, messages(workspace, each=12))
    facts = FinishedRun.open(run.id, workspace)
    facts.recipe["model"] = "hub:a b; rm -rf x"
    assert "'hub:a b; rm -rf x'" in command(facts.dataset.id, facts.recipe)


def test_what_no_page_may_hold_is_replaced():
    assert clean("a\x00b\ud800c") == "a\ufffdb\ufffdc"
