"""Word vectors of which only those learn that occur: the same numbers as if all did, without the work."""

from __future__ import annotations

import pytest
import torch

from core.models.trained import load_backbone
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, run_training
from tests.tiny_hub import TEXT, build

TAUGHT = ["bus late", "late late lunch pizza"]
OTHERS = ["zoo", "a few words bus"]
each_kind = pytest.mark.parametrize("kind", TEXT)


@pytest.fixture
def backbone(tmp_path, workspace):
    """A tiny network of a kind, new each time it is asked for."""
    return lambda kind: load_backbone(f"hub:{build(kind, tmp_path / kind)}", workspace).eval()


def embedded(backbone, messages):
    return backbone(**backbone.tokenizer(messages, padding=True, return_tensors="pt"))


def ids_of(backbone, messages) -> set[int]:
    return {token for ids in backbone.tokenizer(messages)["input_ids"] for token in ids}


@each_kind
def test_nothing_changes_before_it_learns(backbone, kind):
    network = backbone(kind)
    with torch.no_grad():
        before = embedded(network, TAUGHT + OTHERS)
        network.narrow(TAUGHT)
        assert torch.equal(embedded(network, TAUGHT + OTHERS), before)
        network.widen()
        assert torch.equal(embedded(network, TAUGHT + OTHERS), before)


@each_kind
def test_a_step_is_the_one_that_all_of_them_learning_would_have_made(backbone, kind):
    """Plain gradient descent: a vector without a gradient stays where it is."""
    networks = []
    for narrow in (True, False):
        network = backbone(kind)
        if narrow:
            network.narrow(iter(TAUGHT))
        parameters = [p for stage in network.layer_groups() for p in stage.parameters]
        optimiser = torch.optim.SGD(parameters, lr=0.5)
        for _ in range(3):
            optimiser.zero_grad()
            embedded(network, TAUGHT)[:, 0].sum().backward()
            optimiser.step()
        network.widen()
        networks.append(network.state_dict())
    untouched, plain = backbone(kind).state_dict(), networks[1]
    assert sum(not torch.equal(value, untouched[name]) for name, value in plain.items()) > 5
    for name, value in networks[0].items():
        torch.testing.assert_close(value, plain[name], atol=1e-6, rtol=0, msg=name)


@each_kind
def test_only_words_that_occur_are_among_what_learns(backbone, kind):
    network = backbone(kind)
    rows, width = network.encoder.get_input_embeddings().weight.shape
    every = sum(p.numel() for stage in network.layer_groups() for p in stage.parameters)
    network.narrow(TAUGHT)
    left = sum(p.numel() for stage in network.layer_groups() for p in stage.parameters)
    assert every - left == (rows - len(ids_of(network, TAUGHT))) * width
    network.widen()
    assert every == sum(p.numel() for stage in network.layer_groups() for p in stage.parameters)


def test_padding_is_no_word(backbone):
    """Even where an example says it in so many letters."""
    network = backbone("bert")
    network.narrow(["bus [PAD] late"])
    assert network.encoder.get_input_embeddings().place[network.tokenizer.pad_token_id] == -1


def test_full_tuning_leaves_words_alone_that_no_example_has(backbone, workspace, tmp_path):
    """Weight decay alone would move every one of them at every step."""
    dataset = message_dataset(workspace, each=4)
    fresh = backbone("bert")
    recipe = Recipe(model=f"hub:{tmp_path / 'bert'}", strategy="full", epochs=2, learning_rate=0.01, weight_decay=0.5)
    taught = make_plan(dataset, recipe, workspace).split.train
    _, result = run_training(dataset, recipe, workspace)
    before = fresh.encoder.get_input_embeddings().weight
    table = result.model.backbone.encoder.get_input_embeddings()
    moved = {int(row) for row in (table.weight != before).any(1).nonzero()}
    assert isinstance(table, torch.nn.Embedding)
    assert moved == ids_of(fresh, [dataset.payload(i) for i in taught])
    assert 3 < len(moved) < len(before) - 2
