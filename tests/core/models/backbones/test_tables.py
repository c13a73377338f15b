"""Networks for tables: they meet their training rows, keep what these said, and go on with other tables."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.errors import ModelError, RecipeError
from core.events import Warned, drain
from core.models.backbones.columns import TableColumns
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import TrainedModel, load_backbone
from core.training.engine.measure import measure
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import strategies_for
from tests.helpers import only, row_dataset, run_training

MODELS = ("table-columns", "two-layer-table", "column-network")
BRIEF = {"epochs": 8}
WAYS = [
    ("table-columns", "nearest", {}), ("table-columns", "head", BRIEF), ("two-layer-table", "scratch", BRIEF),
    ("two-layer-table", "episodic", {"epochs": 2, "ways": 3, "queries": 2}), ("column-network", "scratch", BRIEF),
]  # fmt: skip


def kept(result, workspace, run="r1"):
    (workspace.runs / run).mkdir()
    result.model.save(workspace.runs / run)
    return f"run:{run}"


@pytest.mark.parametrize(("model", "strategy", "more"), WAYS)
def test_it_is_trained_kept_and_answers_as_before(workspace, model, strategy, more):
    dataset = row_dataset(workspace)
    _, result = run_training(dataset, Recipe(model, strategy, **more), workspace)
    assert np.mean([answer.right for answer in result.answers]) > 0.7
    kept(result, workspace)
    again = TrainedModel.load(workspace.runs / "r1", workspace)
    rows = [dataset.payload(0), {"petal": "2", "colour": "never seen"}, {"other": "1"}]
    assert [p.probabilities for p in again.predict(rows)] == [p.probabilities for p in result.model.predict(rows)]
    assert again.card.dimension == again.head.weight.shape[1]


def test_what_is_known_of_the_columns_comes_from_training_rows_alone(workspace):
    dataset = row_dataset(workspace)
    _, result = run_training(dataset, Recipe("table-columns", "head"), workspace)
    known = result.model.backbone.columns.columns[0]
    petals = [float(dataset.payload(i)["petal"]) for i in result.split.train]
    assert known.median == pytest.approx(np.median(petals)) and known.high == max(petals)
    everything = [float(dataset.payload(i)["petal"]) for i in range(len(dataset.examples))]
    assert known.mean != pytest.approx(np.mean(everything), abs=1e-9)


@pytest.mark.parametrize("model", ["two-layer-table", "column-network"])
@pytest.mark.parametrize("strategy", ["nearest", "head", "full", "partial", "bias", "lora", "contrastive", "scratch"])
def test_pretrained_on_one_table_it_goes_on_with_another(workspace, model, strategy):
    _, result = run_training(row_dataset(workspace), Recipe(model, "scratch", **BRIEF), workspace)
    model_id = kept(result, workspace)
    other = row_dataset(workspace, seed=5, Height=["1", "2", "30"], soil=["sand", "clay"])
    brief = {} if strategy in ("nearest", "head") else {"epochs": 2}
    events, tuned = run_training(other, Recipe(model_id, strategy, **brief), workspace)
    (warned,) = only(Warned, events)
    assert str(warned.message).startswith("Of these 6 columns the model knows 4 from its pretraining: petal")
    names = [column.name for column in tuned.model.backbone.spec().columns.columns]
    assert set(names) == {"petal", "leaf", "colour", "day", "Height", "soil"}
    kept(tuned, workspace, "r2")
    TrainedModel.load(workspace.runs / "r2", workspace).predict([other.payload(0)])


@pytest.mark.parametrize("model", ["two-layer-table", "column-network"])
def test_known_columns_keep_their_weights_and_new_ones_change_nothing_known(workspace, model):
    _, result = run_training(row_dataset(workspace), Recipe(model, "scratch", **BRIEF), workspace)
    model_id = kept(result, workspace)
    before = load_backbone(model_id, workspace)
    rows = [row_dataset(workspace).payload(i) for i in (0, 20)]
    kind = row_dataset(workspace).kind
    after = load_backbone(model_id, workspace)
    after.meet([{**row, "colour": "green"} for row in rows])
    with torch.no_grad():
        was = before(**{k: torch.from_numpy(v) for k, v in kind.batch(rows, before.spec()).items()})
        now = after(**{k: torch.from_numpy(v) for k, v in kind.batch(rows, after.spec()).items()})
    np.testing.assert_allclose(now.numpy(), was.numpy(), atol=1e-5)


def test_it_is_said_when_nothing_it_knows_is_in_the_table(workspace):
    _, result = run_training(row_dataset(workspace), Recipe("column-network", "scratch", epochs=1), workspace)
    model_id = kept(result, workspace)
    other = row_dataset(workspace, seed=1)
    strange = tuple(
        type(e)(e.id, e.label, e.name, e.text.replace("petal", "wing").replace("leaf", "tail").replace("colour", "song")
                .replace("day", "age")) for e in other.examples
    )  # fmt: skip
    events, _ = run_training(type(other)("birds", "table", strange, other.store), Recipe(model_id, "head"), workspace)
    assert "the model knows none by name" in str(only(Warned, events)[0].message)


def test_embeddings_of_a_set_need_no_training(workspace):
    dataset, card = row_dataset(workspace), get_card("table-columns", workspace)
    vectors = drain(embed_dataset(dataset, card, lambda: load_backbone(card.id, workspace), workspace))
    assert vectors.shape[0] == len(dataset.examples) and vectors.std(axis=0).max() > 0.5
    assert not list(workspace.cache.rglob("table-columns*"))


def test_where_nothing_learns_nothing_is_tuned(workspace):
    card = get_card("table-columns", workspace)
    assert set(strategies_for(card)) == {"auto", "nearest", "discriminant", "head"}
    with pytest.raises(RecipeError, match="nothing that learns"):
        Recipe(card.id, "full").filled(card)


def test_a_table_whose_columns_say_nothing_is_trained_all_the_same(workspace):
    dataset = row_dataset(workspace)
    same = tuple(type(e)(f"{i:032x}", e.label, e.name, '{"a": "x"}') for i, e in enumerate(dataset.examples))
    for model, strategy in (("table-columns", "head"), ("column-network", "scratch"), ("two-layer-table", "scratch")):
        _, result = run_training(
            type(dataset)("same", "table", same, dataset.store), Recipe(model, strategy, epochs=1), workspace
        )
        assert result.model.predict([{"a": "x"}])[0].label in dataset.classes


@pytest.mark.parametrize("extras", [{"columns": 3}, {"columns": [{"no": 1}], "mark": "."}, {"mark": "."}])
def test_damaged_knowledge_of_columns_is_said(extras, workspace):
    with pytest.raises(ModelError, match="damaged"):
        TableColumns(get_card("table-columns", workspace)).restore(extras)


def test_a_frozen_network_says_what_it_knows_of_another_table(workspace):
    _, result = run_training(row_dataset(workspace), Recipe("column-network", "scratch", epochs=1), workspace)
    model_id, events = kept(result, workspace), []
    other = row_dataset(workspace, seed=3, soil=["sand", "clay"])
    vectors = drain(
        embed_dataset(other, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace),
        events.append,
    )
    assert "knows 4 from its pretraining" in str(only(Warned, events)[0].message) and vectors.shape[1] == 64
    own, events = row_dataset(workspace), []
    drain(
        embed_dataset(own, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace),
        events.append,
    )
    assert not only(Warned, events)


def test_what_has_nothing_that_learns_is_timed_all_the_same(workspace):
    assert drain(measure("table-columns", workspace)) > 0


def test_a_training_is_not_told_of_columns_that_only_held_back_rows_fill(workspace):
    soil = ["", "", "", "", "", "", "", "", "", "", "", "clay"]
    events, _ = run_training(row_dataset(workspace, soil=soil), Recipe("table-columns", "head", epochs=1), workspace)
    assert [str(one.message) for one in only(Warned, events)] == []
