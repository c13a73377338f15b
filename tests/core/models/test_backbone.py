"""What every backbone promises, for the bundled ones and the tests' own."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from core.modalities import get_modality
from core.models.backbone import freeze_statistics, layer_groups_of, tensors
from core.models.backbones.words import PackedWords
from core.models.catalogue import BUNDLED
from core.models.trained import load_backbone
from tests.conftest import install_tiny_models
from tests.tiny import TINY

ALL = [*TINY, *(pytest.param(card.id, marks=pytest.mark.slow) for card in BUNDLED)]


@pytest.fixture(scope="module")
def backbone(request, real_workspace):
    """Shared by all tests of it, since the large ones take seconds to load."""
    with pytest.MonkeyPatch.context() as patch:
        install_tiny_models(patch)
        found = load_backbone(request.param, real_workspace)
    if found.card.fits:  # it knows nothing before it has met its examples
        found.meet([get_modality(found.card.modality).typical()] * 2)
    return found


each_backbone = pytest.mark.parametrize("backbone", ALL, indirect=True)


@each_backbone
def test_stages_hold_every_parameter_exactly_once(backbone):
    staged = [id(parameter) for stage in backbone.layer_groups() for parameter in stage.parameters]
    assert len(staged) == len(set(staged))
    assert set(staged) == {id(parameter) for parameter in backbone.parameters()}
    assert (
        len({stage.name for stage in backbone.layer_groups()}) == len(backbone.layer_groups()) >= (2 if staged else 1)
    )


@each_backbone
def test_embeddings_are_as_wide_as_the_card_says(backbone):
    inputs = backbone.example_inputs()
    with torch.inference_mode():
        found = backbone(**inputs)
    assert found.shape == (2, backbone.card.dimension)
    assert torch.isfinite(found).all()


@each_backbone
def test_it_comes_in_evaluation_mode_with_its_statistics_frozen(backbone):
    assert not any(module.training for module in backbone.modules())
    backbone = deepcopy(backbone)
    backbone.train()
    freeze_statistics(backbone)
    norms = [m for m in backbone.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert not any(module.training for module in norms)
    before = {name: value.clone() for name, value in backbone.named_buffers()}
    backbone(**backbone.example_inputs())
    assert all(torch.equal(value, before[name]) for name, value in backbone.named_buffers())


@each_backbone
def test_the_names_of_inputs_and_of_their_axes_agree(backbone):
    inputs, axes = backbone.example_inputs(), backbone.dynamic_axes()
    assert set(inputs) == set(axes)
    assert all(0 in axes[name] and max(axes[name]) < value.dim() for name, value in inputs.items())
    assert {len(value) for value in inputs.values()} == {2}


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [card.id for card in BUNDLED], indirect=True)
def test_the_card_tells_the_truth_about_its_size(backbone, real_workspace):
    card = backbone.card
    if card.fits:
        backbone = load_backbone(card.id, real_workspace)
    packed = sum(module.codes.numel() for module in backbone.modules() if isinstance(module, PackedWords))
    assert sum(p.numel() for p in backbone.parameters()) + packed == card.parameters


def test_pictures_become_channels_last_tensors_with_the_same_values():
    values = np.random.default_rng(0).random((2, 3, 4, 5), dtype=np.float32)
    found = tensors({"pixels": values, "ids": np.array([[1, 2]])})
    assert found["pixels"].is_contiguous(memory_format=torch.channels_last)
    assert np.array_equal(found["pixels"].numpy(), values)
    assert found["ids"].tolist() == [[1, 2]]


def test_the_repeated_layers_of_a_network_are_its_stages():
    """The longest list is inside a layer, and the table stands behind what looks it up: neither may mislead."""
    layers = [nn.Linear(2, 2), nn.ModuleList([nn.Linear(2, 2) for _ in range(4)]), nn.Linear(2, 2)]
    parts = {
        "embed": nn.Linear(2, 2),
        "few": nn.ModuleList([nn.Linear(2, 2)]),
        "many": nn.ModuleList(layers),
        "positions": nn.Embedding(3, 2),
        "norm": nn.LayerNorm(2),
    }
    stages = layer_groups_of(nn.ModuleDict(parts))
    assert [stage.name for stage in stages] == ["below the layers", "layer 1", "layer 2", "layer 3"]
    below = [*parts["embed"].parameters(), *parts["few"].parameters(), *parts["positions"].parameters()]
    assert [id(p) for p in stages[0].parameters] == [id(p) for p in below]
    assert len(stages[2].parameters) == 8
    last = [*layers[2].parameters(), *parts["norm"].parameters()]
    assert [id(p) for p in stages[3].parameters] == [id(p) for p in last]


def test_a_network_without_repeated_layers_is_one_stage():
    (stage,) = layer_groups_of(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))
    assert len(stage.parameters) == 4
