"""Every page on an empty workspace says what will appear there and how to get there."""

import pytest

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
    assert [button.label for button in app.button] == ["Train on this"] * 4 + ["Use my own files"]


@pytest.mark.parametrize(("script", "says"), EMPTY.items())
def test_empty_page_says_what_comes(app, script, says):
    assert says in words(visit(app, script))


@pytest.mark.parametrize("script", EMPTY)
def test_an_empty_id_in_the_address_is_none(app, script):
    assert EMPTY[script] in words(visit(app, script, run="", dataset=""))
