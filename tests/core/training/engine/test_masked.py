"""Hidden cells are guessed first: from which rows that learns, what it gives, and that it goes on as it was."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.data.dataset import Example
from core.data.splits import make_split
from core.errors import RecipeError
from core.events import EpochEnd, HiddenGuessed, RunEnded, RunStarted, drain
from core.models.catalogue import get_card
from core.training.engine import masked
from core.training.engine.context import TrainingContext
from core.training.engine.masked import guess_hidden, rows_to_learn_from
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from tests.helpers import only, row_dataset, run_training

BRIEF = {"epochs": 2, "masked_epochs": 3}


@pytest.fixture
def flowers(workspace):
    """Few flowers with a class, and many without."""
    whole = row_dataset(workspace, each=20)
    few = tuple(one for at, one in enumerate(whole.examples) if at % 20 < 6)
    rest = tuple(replace(one, label="") for at, one in enumerate(whole.examples) if at % 20 >= 6)
    return replace(whole, examples=few, unlabelled=rest)


@pytest.fixture
def context_of(workspace):
    def make(dataset, model="column-network", stop=lambda: False, **options):
        card = get_card(model, workspace)
        config = TrainingConfig.of(Recipe(model, "masked", **{**BRIEF, **options}), card)
        return TrainingContext(dataset, make_split(dataset, seed=0), config, card, workspace, stop)

    return make


@pytest.fixture
def go(workspace):
    def run(dataset, **options):
        events, result = run_training(dataset, Recipe("column-network", "masked", **{**BRIEF, **options}), workspace)
        return SimpleNamespace(events=events, result=result)

    return run


def test_it_guesses_first_and_then_learns_the_classes(go, flowers):
    run = go(flowers)
    told = only(HiddenGuessed, run.events)
    assert [(one.epoch, one.epochs) for one in told] == [(1, 3), (2, 3), (3, 3)]
    (begun,) = only(RunStarted, run.events)
    assert {(one.unlabelled, one.rows) for one in told} == {(42, 42 + begun.n_train)}
    kinds = [type(event) for event in run.events if isinstance(event, (HiddenGuessed, EpochEnd))]
    assert kinds == [HiddenGuessed] * 3 + [EpochEnd] * 3
    assert only(RunEnded, run.events)[0].reason == "completed"


def test_guessing_gets_better(go, flowers):
    told = only(HiddenGuessed, go(flowers, masked_epochs=40, epochs=1).events)
    assert told[-1].loss < 0.7 * told[0].loss


def test_the_columns_are_those_of_all_its_rows_and_no_more_weights_are_kept(go, flowers, workspace):
    rare = Example("r", "", "row 99", '{"petal": "3.0", "colour": "blue"}')
    run = go(replace(flowers, unlabelled=(*flowers.unlabelled, rare)))
    backbone = run.result.model.backbone
    assert "blue" in next(column for column in backbone.columns.columns if column.name == "colour").values
    assert not any("blank" in name for name in backbone.state_dict())


def test_what_is_held_back_is_not_learnt_from_nor_a_copy_of_it(context_of, flowers):
    context = context_of(flowers)
    held = [flowers.examples[i] for i in context.split.validation]
    copies = tuple(replace(one, label="", name=f"copy of {one.name}") for one in held)
    context = context_of(replace(flowers, unlabelled=(*flowers.unlabelled, *copies)))
    rows = rows_to_learn_from(context)
    assert rows.unlabelled == len(flowers.unlabelled)
    assert not any(flowers.payload(i) in rows.payloads for i in context.split.validation)


def test_of_very_many_some_are_drawn(context_of, flowers, monkeypatch):
    monkeypatch.setattr(masked, "MOST_UNLABELLED", 5)
    context = context_of(flowers)
    rows = rows_to_learn_from(context)
    assert (rows.unlabelled, len(rows.payloads)) == (5, 5 + len(context.split.train))


def test_without_such_rows_it_learns_from_the_training_rows(go, flowers):
    assert {one.unlabelled for one in only(HiddenGuessed, go(replace(flowers, unlabelled=())).events)} == {0}


def test_the_same_seed_gives_the_same_bits(go, flowers):
    one, again = (go(flowers).result.model.backbone.state_dict() for _ in range(2))
    assert all(torch.equal(one[name], again[name]) for name in one)


def test_a_cell_that_is_hidden_has_no_say(context_of, flowers):
    context = context_of(flowers)
    guesser = context.backbone.guesser()
    batch = context.inputs(context.split.train)
    hidden = torch.ones(batch["codes"].shape, dtype=torch.bool)
    with torch.inference_mode():
        states = [
            context.backbone.states(amounts, batch["codes"], hidden, guesser.blank.weight)
            for amounts in (batch["amounts"], batch["amounts"] + 1)
        ]
    assert torch.equal(*states)
    assert guesser(torch.zeros_like(hidden), **batch) == 0


def test_a_stop_on_the_way_leaves_nothing(context_of, flowers):
    asked = iter([False] * 2 + [True] * 100)
    context = context_of(flowers, stop=lambda: next(asked))
    assert drain(guess_hidden(context, rows_to_learn_from(context))) is False


def test_a_network_that_was_trained_before_keeps_what_it_learnt(go, flowers, workspace):
    first = go(flowers)
    (workspace.runs / "r0").mkdir(parents=True)
    first.result.model.save(workspace.runs / "r0")
    events, result = run_training(flowers, Recipe("run:r0", "masked", **BRIEF), workspace)
    assert only(RunEnded, events)[0].reason == "completed"
    assert result.model.parent == "run:r0"


def test_another_network_has_no_columns_to_hide(workspace):
    with pytest.raises(RecipeError, match="hides columns of a table"):
        Recipe("small-cnn", "masked").filled(get_card("small-cnn", workspace))
    with pytest.raises(RecipeError, match="hides columns of a table"):
        Recipe("table-columns", "masked").filled(get_card("table-columns", workspace))


def test_the_share_of_hidden_cells_is_what_was_asked_for(context_of, flowers, monkeypatch):
    seen = []
    context = context_of(flowers, masked_share=0.5, masked_epochs=5)
    guesser = context.backbone.guesser()
    monkeypatch.setattr(context.backbone, "guesser", lambda: guesser)
    guesser.register_forward_pre_hook(lambda module, given: seen.append(given[0].float().mean().item()))
    drain(guess_hidden(context, rows_to_learn_from(context)))
    assert np.mean(seen) == pytest.approx(0.5, abs=0.05)
