"""Word vectors: of which only those learn that occur, the same numbers as if all did; and those that stay packed."""

from __future__ import annotations

import pytest
import torch

from core.models.backbones.words import PackedWords, SeenWords
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


# --- packed ones ------------------------------------------------------------------------------------------------------


@pytest.fixture
def packed() -> PackedWords:
    """Ten words of 8 numbers, in two blocks."""
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(0, 64, (10, 8), generator=generator, dtype=torch.uint8)
    scale = torch.rand(10, 2, generator=generator) + 0.1
    return PackedWords(codes, scale, -30 * scale, spread=0.02)


def every(table) -> torch.Tensor:
    with torch.no_grad():
        return table(torch.arange(10))


def test_a_packed_vector_is_scale_times_code_and_a_shift(packed):
    expected = packed.codes.float().reshape(10, 2, 4) * packed.scale[..., None] + packed.shift[..., None]
    torch.testing.assert_close(every(packed), expected.reshape(10, 8))
    torch.testing.assert_close(packed.unpacked().weight, every(packed))
    ids = torch.tensor([[1, 2], [9, 1]])
    torch.testing.assert_close(packed(ids), every(packed)[ids])


def test_what_packed_words_learn_lies_beside_them_and_is_all_that_is_saved(packed):
    before = every(packed)
    seen = SeenWords(packed, torch.tensor([2, 7]))
    with torch.no_grad():
        seen.learning.weight += 1
    expected = before.clone()
    expected[[2, 7]] += 1
    torch.testing.assert_close(every(seen), expected)
    assert seen.whole() is packed
    torch.testing.assert_close(every(packed), expected)
    again = SeenWords(packed, torch.tensor([7, 3]))  # one that was learnt, one that was not
    with torch.no_grad():
        again.learning.weight += 1
    again.whole()
    expected[[3, 7]] += 1
    torch.testing.assert_close(every(packed), expected)
    assert {name: tuple(value.shape) for name, value in packed.state_dict().items()} == {"own": (3, 8)}
    other = PackedWords(packed.codes, packed.scale, packed.shift, spread=0.02)
    other.restore(packed.extras())
    other.load_state_dict(packed.state_dict())
    assert torch.equal(every(other), every(packed))


@pytest.mark.parametrize("numbers", [[10], [-1], [2**40], [3, 3]])
def test_numbers_of_no_word_are_refused(packed, numbers):
    with pytest.raises(ValueError, match="learnt"):
        packed.restore({"seed": -1, "learnt": numbers})


def test_packed_words_that_are_forgotten_are_random_and_the_same_ones_when_reopened(packed):
    before = every(packed)
    packed.keep(torch.tensor([4]), torch.ones(1, 8))
    torch.manual_seed(5)
    packed.reset_parameters()
    forgotten = every(packed)
    assert not torch.allclose(forgotten, before) and not torch.allclose(forgotten[4], torch.ones(8))
    assert forgotten.std() == pytest.approx(0.02, rel=0.3)
    packed.keep(torch.tensor([6]), torch.ones(1, 8))
    other = PackedWords(packed.codes.to(torch.uint8), packed.scale, spread=0.02)
    other.restore(packed.extras())
    other.load_state_dict(packed.state_dict())
    assert torch.equal(every(other), every(packed))
    torch.manual_seed(6)
    packed.reset_parameters()
    assert not torch.equal(every(packed), forgotten)
