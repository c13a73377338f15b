"""The last layer: scaled by the training embeddings, undecided until it has learnt."""

from __future__ import annotations

import torch

from core.models.head import LinearHead

EMBEDDINGS = torch.tensor([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]])


def test_centre_and_spread_are_those_of_the_training_embeddings():
    head = LinearHead.fitted_to(EMBEDDINGS, 3)
    assert head.centre.tolist() == [3.0, 4.0]
    # squared distances from the centre: 8, 4, 20; the root of their mean
    torch.testing.assert_close(head.spread, torch.tensor((32 / 3) ** 0.5))


def test_logits_are_a_linear_function_of_the_scaled_embedding():
    head = LinearHead.fitted_to(EMBEDDINGS, 2)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -2.0]]))
        head.bias.copy_(torch.tensor([0.5, 0.25]))
    scaled = (EMBEDDINGS - torch.tensor([3.0, 4.0])) / (32 / 3) ** 0.5
    expected = torch.stack([scaled[:, 0] + 0.5, -2 * scaled[:, 1] + 0.25], 1)
    torch.testing.assert_close(head(EMBEDDINGS), expected)


def test_an_untrained_head_gives_every_class_the_same():
    assert LinearHead.fitted_to(EMBEDDINGS, 4)(EMBEDDINGS).abs().max() == 0


def test_embeddings_that_are_all_alike_do_not_divide_by_zero():
    head = LinearHead.fitted_to(torch.ones(3, 5), 2)
    assert torch.isfinite(head(torch.ones(1, 5))).all()


def test_scaling_all_embeddings_changes_nothing():
    """So one learning rate suits every backbone."""
    weight = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    logits = []
    for factor in (1.0, 250.0):
        head = LinearHead.fitted_to(EMBEDDINGS * factor, 3)
        with torch.no_grad():
            head.weight.copy_(weight)
            logits.append(head(EMBEDDINGS * factor))
    torch.testing.assert_close(*logits)


def test_centre_and_spread_are_kept_but_not_learnt():
    head = LinearHead.fitted_to(EMBEDDINGS, 3)
    assert set(head.state_dict()) == {"centre", "spread", "weight", "bias"}
    assert {name for name, _ in head.named_parameters()} == {"weight", "bias"}
