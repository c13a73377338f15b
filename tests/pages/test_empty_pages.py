"""Every page on an empty workspace says what will appear there and how to get there, or shows an example of it."""

import pytest

from core.data.samples import SAMPLES, samples_for
from core.workspace import Workspace
from tests.pages.conftest import visit, words

EMPTY = {
    "prepare/data.py": "Nothing has been imported yet",
    "train/train.py": "There is nothing to train on yet",
    "understand/result.py": "When a run has finished",
    "studies/comparison.py": "When two runs have finished",
    "studies/few_shot.py": "There is nothing to learn from yet",
    "use/try_it.py": "When a model is trained",
}


def test_start_offers_every_sample(app):
    assert app.title[0].value == "Finetune Lab"
    row, cards = ([str(sample.title) for sample in samples] for samples in (samples_for("en"), SAMPLES))
    assert [button.label for button in app.main.button] == [
        "Next step", "Skip", "Try the demo", "Use my own", *row, "Train", "Next", *cards
    ]  # fmt: skip


@pytest.mark.parametrize(("script", "says"), EMPTY.items())
def test_empty_page_says_what_comes(app, script, says):
    assert says in words(visit(app, script))


@pytest.mark.parametrize(
    ("script", "shows"),
    [
        ("understand/result.py", "actual **"), ("studies/comparison.py", "is better than"),
        ("studies/few_shot.py", "queries: "), ("studies/transfer.py", "Pretraining made the difference"),
        ("studies/learning_curve.py", "per class"), ("studies/benchmark.py", "Recommended: "),
    ],
)  # fmt: skip
def test_a_worked_example_stands_where_there_is_nothing_yet(app, script, shows):
    """It is shown as what it is, and nothing in it leads to what is not there."""
    before = sorted(Workspace.worked().root.rglob("*"))
    said = words(visit(app, script))
    assert sorted(Workspace.worked().root.rglob("*")) == before, "nothing is written there"
    assert "An example that came with the program" in said and shows in said
    assert not {"Start", "Try it", "Compare", "Use the recommended one", "Make it"} & {b.label for b in app.button}


@pytest.mark.parametrize("script", EMPTY)
def test_an_empty_id_in_the_address_is_none(app, script):
    assert EMPTY[script] in words(visit(app, script, run="", dataset=""))
