"""Likeness against the same in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.models.extended import likeness


def by_hand(x, taught, of, middle):
    def unit(rows):
        return rows / np.linalg.norm(rows, axis=-1, keepdims=True)

    x, taught = unit(x - middle), unit(taught - middle)
    means = unit(np.stack([taught[of == label].mean(0) for label in np.unique(of)]))
    found = []
    for row in x:
        nearest = np.sort(taught @ row)[::-1][:3].mean()
        found.append(min(1, max(0, (nearest + (means @ row).max()) / 2)))
    return found


@pytest.mark.parametrize("many", [1, 2, 12])
def test_it_is_the_mean_of_two_cosines(many):
    rng = np.random.default_rng(many)
    x, taught = rng.normal(size=(6, 5)).astype(np.float32), rng.normal(size=(many, 5)).astype(np.float32)
    of, middle = np.array([4, 9, 2])[np.arange(many) % 3], rng.normal(size=5).astype(np.float32)  # not 0, 1, 2
    found = likeness(*map(torch.from_numpy, (x, taught, of, middle)))
    np.testing.assert_allclose(found.numpy(), by_hand(x, taught, of, middle), atol=1e-6)


def test_what_was_taught_is_like_itself_and_its_opposite_is_not():
    taught = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
    found = likeness(torch.tensor([[5.0, 0.0], [-1.0, 0.0]]), taught, torch.tensor([0, 0]), torch.zeros(2))
    assert found.tolist() == [1.0, 0.0]
