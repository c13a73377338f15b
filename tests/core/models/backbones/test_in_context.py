"""The network that answers from labelled rows: what it keeps of them, what it refuses, and that it stays the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import DataError, ModelError, RecipeError
from core.events import EpochEnd, drain
from core.export.network import PROBABILITIES, answer, whole_network
from core.models.backbones import in_context
from core.models.backbones.in_context import InContextTable
from core.models.backbones.in_context_network import MOST_CLASSES
from core.models.catalogue import get_card, load_pretrained
from core.models.embeddings import embed_dataset
from core.models.extended import ExtendedModel
from core.models.trained import TrainedModel, load_backbone
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import strategies_for, usual_strategy
from tests.helpers import only, row_dataset, run_training

MODEL = "in-context-table"


def rows_of(classes: int, each: int, width: int = 3) -> tuple[list[dict[str, str]], list[int]]:
    rng, targets = np.random.default_rng(2), [label for label in range(classes) for _ in range(each)]
    cells = rng.normal(size=(len(targets), width)) + np.array(targets)[:, None] * (np.arange(width) % 3 == 0)
    return [{f"c{i}": f"{cell:.3f}" for i, cell in enumerate(row)} for row in cells], targets


def shown(workspace, rows, targets, classes) -> InContextTable:
    backbone = load_pretrained(MODEL, workspace)
    backbone.meet(rows)
    backbone.show(rows, targets, classes)
    return backbone.eval()


def asked(backbone, rows) -> torch.Tensor:
    with torch.inference_mode():
        features = torch.from_numpy(backbone.columns.features(rows))
        return backbone.last_layer()(backbone(features)).softmax(1)


@pytest.mark.parametrize(("strategy", "more"), [("nearest", {}), ("full", {"epochs": 1})])
def test_it_answers_from_its_rows_and_is_kept_with_them(workspace, strategy, more):
    dataset = row_dataset(workspace)
    _, result = run_training(dataset, Recipe(MODEL, strategy, **more), workspace)
    assert np.mean([answer.right for answer in result.answers]) > 0.7
    (workspace.runs / "r1").mkdir()
    result.model.save(workspace.runs / "r1")
    again = TrainedModel.load(workspace.runs / "r1", workspace)
    rows = [dataset.payload(0), {"petal": "2", "colour": "never seen"}, {"other": "1"}]
    assert [p.probabilities for p in again.predict(rows)] == [p.probabilities for p in result.model.predict(rows)]
    assert len(again.backbone.shown) == len(result.split.train)
    assert again.card.holds_examples and not get_card("table-columns", workspace).holds_examples


def test_another_table_begins_with_what_a_run_learnt_and_with_its_own_rows(workspace):
    _, result = run_training(row_dataset(workspace), Recipe(MODEL, "full", epochs=1), workspace)
    (workspace.runs / "r1").mkdir()
    result.model.save(workspace.runs / "r1")
    other = row_dataset(workspace, each=8, seed=4, soil=["sand", "clay"])
    _, tuned = run_training(other, Recipe("run:r1", "nearest"), workspace)
    assert tuned.model.tuned and len(tuned.model.backbone.shown) == len(tuned.split.train)
    assert "soil" in tuned.model.backbone.columns.names
    learnt = result.model.backbone.network.state_dict()
    assert all(torch.equal(value, learnt[name]) for name, value in tuned.model.backbone.network.state_dict().items())


def test_the_order_of_columns_and_rows_means_nothing(workspace):
    rows, targets = rows_of(3, 6)
    before = asked(shown(workspace, rows, targets, 3), rows[:4])
    turned = [dict(reversed(row.items())) for row in rows]
    assert torch.allclose(asked(shown(workspace, turned, targets, 3), turned[:4]), before, atol=1e-5)
    mixed = np.random.default_rng(1).permutation(len(rows))
    moved = shown(workspace, [rows[i] for i in mixed], [targets[i] for i in mixed], 3)
    assert torch.allclose(asked(moved, rows[:4]), before, atol=1e-5)


def test_a_question_never_sees_another_one(workspace):
    rows, targets = rows_of(2, 5)
    backbone = shown(workspace, rows, targets, 2)
    together, alone = asked(backbone, rows[:3]), asked(backbone, rows[:1])
    assert torch.allclose(together[:1], alone, atol=1e-6)


def test_of_many_rows_each_class_has_its_share_and_of_wide_ones_what_tells_most(workspace, monkeypatch):
    monkeypatch.setattr(in_context, "MOST_ROWS", 40)
    rows, targets = rows_of(2, 60)
    rows, targets = [*rows, *rows[:3]], [*targets, 2, 2, 2]
    backbone = shown(workspace, rows, targets, 3)
    assert torch.bincount(backbone.labels).tolist() == [20, 19, 1]
    assert torch.equal(shown(workspace, rows, targets, 3).shown, backbone.shown)
    monkeypatch.setattr(in_context, "_MOST_NUMBERS", 4)
    wide = shown(workspace, *rows_of(2, 30, width=12), 2)
    assert wide.chosen.tolist() == [0, 3, 6, 9] and asked(wide, rows_of(2, 1, width=12)[0]).shape == (2, 2)


def test_what_it_cannot_do_is_said(workspace):
    with pytest.raises(DataError, match=f"at most {MOST_CLASSES} classes, and there are 40"):
        shown(workspace, *rows_of(40, 2), 40)
    card = get_card(MODEL, workspace)
    assert set(strategies_for(card)) == {"auto", "nearest", "full", "scratch"} and usual_strategy(card) == "nearest"
    with pytest.raises(RecipeError, match="no last layer to train"):
        Recipe(MODEL, "head").filled(card)
    with pytest.raises(RecipeError, match="has no effect"):
        Recipe(MODEL, "full", regularisation=1.0).filled(card)


def test_more_classes_than_it_was_pretrained_on(workspace):
    rows = [{"a": str(i % 15), "b": str(-(i % 15))} for i in range(60)]
    said = asked(shown(workspace, rows, [i % 15 for i in range(60)], 15), rows[:15])
    assert said.shape == (15, 15) and float((said.argmax(1) == torch.arange(15)).float().mean()) > 0.5


def test_training_learns_from_questions_about_its_own_rows(workspace):
    dataset = row_dataset(workspace, each=8)
    events, result = run_training(dataset, Recipe(MODEL, "scratch", epochs=4, learning_rate=2e-3), workspace)
    ends = only(EpochEnd, events)
    assert ends[-1].validation_loss < ends[0].validation_loss
    again = run_training(dataset, Recipe(MODEL, "scratch", epochs=4, learning_rate=2e-3), workspace)[1]
    weights, same = result.model.backbone.state_dict(), again.model.backbone.state_dict()
    assert all(torch.equal(value, same[name]) for name, value in weights.items())


def test_classes_with_a_single_row_are_shown_and_never_asked_about(workspace):
    dataset = row_dataset(workspace, each=4)
    single = tuple(replace(e, label=f"only {i}") if i < 3 else e for i, e in enumerate(dataset.examples))
    _, result = run_training(replace(dataset, examples=single), Recipe(MODEL, "full", epochs=2), workspace)
    assert set(result.model.classes) >= {"only 0", "only 1", "only 2"}
    assert all(torch.isfinite(value).all() for value in result.model.backbone.state_dict().values())


def test_rows_whose_classes_nobody_says_have_embeddings_all_the_same(workspace):
    dataset, card = row_dataset(workspace), get_card(MODEL, workspace)
    vectors = drain(embed_dataset(dataset, card, lambda: load_backbone(MODEL, workspace), workspace))
    assert vectors.shape == (len(dataset.examples), card.dimension) and vectors.std(axis=0).max() > 0.01
    assert not list(workspace.cache.rglob("in-context*"))


def test_a_table_whose_columns_say_nothing_is_answered_all_the_same(workspace):
    dataset = row_dataset(workspace)
    same = tuple(replace(e, id=f"{i:032x}", text='{"a": "x"}') for i, e in enumerate(dataset.examples))
    _, result = run_training(replace(dataset, examples=same), Recipe(MODEL, "nearest"), workspace)
    shares = result.model.predict([{"a": "x"}])[0].probabilities
    assert set(shares) == set(dataset.classes) and sum(shares.values()) == pytest.approx(1)


def test_an_exported_network_holds_what_it_remembers_and_answers_the_same(workspace, tmp_path):
    dataset = row_dataset(workspace)
    _, result = run_training(dataset, Recipe(MODEL, "nearest"), workspace)
    network = whole_network(ExtendedModel(result.model, tmp_path, None), {})
    rows = [dataset.payload(i) for i in range(7)] + [{}]
    batch = dataset.kind.batch(rows, result.model.backbone.spec())
    said = answer(network, batch)[PROBABILITIES]
    here = [[*one.probabilities.values()] for one in result.model.predict(rows)]
    np.testing.assert_allclose(said, here, atol=1e-4)


@pytest.mark.parametrize("extras", [{"shown": [3]}, {"shown": "x"}, {"shown": [2, "a"]}, {}])
def test_damage_is_said(workspace, monkeypatch, tmp_path, extras):
    rows, targets = rows_of(2, 3)
    known = shown(workspace, rows, targets, 2).extras()
    damaged = {key: value for key, value in {**known, **extras}.items() if extras or key != "shown"}
    with pytest.raises(ModelError, match="damaged"):
        load_pretrained(MODEL, workspace).restore(damaged)
    broken = tmp_path / "weights.safetensors"
    broken.write_bytes(b"no weights")
    monkeypatch.setattr(in_context, "WEIGHTS", broken)
    with pytest.raises(ModelError, match="bundled model for tables is damaged"):
        load_pretrained(MODEL, workspace)
