"""A class more from a few examples: the row by hand, and no more taken from the known classes than is allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.models.extended import MAY_TAKE, Reference, imprinted, likeness
from core.models.head import LinearHead


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def make_head(normalise: bool = False, seed: int = 0, moved: float = 0.0) -> tuple[LinearHead, Reference]:
    """Three classes along three axes, and examples of each; `moved` shifts all examples, as tuning does."""
    rng = np.random.default_rng(seed)
    of = np.arange(90) % 3
    x = rng.normal(0, 0.4, (90, 8)).astype(np.float32)
    x[np.arange(90), of] += 1
    x += moved
    head = LinearHead(8, 3, normalise=normalise)
    with torch.no_grad():
        head.weight.copy_(torch.eye(8)[:3] * torch.tensor([[3.0], [4.0], [5.0]]))
        head.bias.copy_(torch.tensor([0.5, -0.5, 0.3]))
    seen, numbers = head.prepared(torch.from_numpy(x)), torch.from_numpy(of)
    return head, Reference(seen[:45], numbers[:45], seen[45:], numbers[45:], tuple(map(str, range(45))))


def newcomers(count: int, seed: int = 1, moved: float = 0.0) -> torch.Tensor:
    x = np.random.default_rng(seed).normal(0, 0.3, (count, 8)).astype(np.float32)
    x[:, 5] += 1.2
    return torch.from_numpy(x + np.float32(moved))


@pytest.mark.parametrize("count", [1, 4])
def test_the_new_row_is_what_numpy_finds(count):
    head, reference = make_head()
    weight, bias = head.weight.detach().numpy(), head.bias.detach().numpy()
    middle = reference.training.numpy().mean(0)
    p = unit(unit(newcomers(count).numpy() - middle).mean(0))
    row = np.linalg.norm(weight, axis=1).mean() * p
    level = (weight @ middle + bias).mean() - row @ middle
    old = reference.validation.numpy() @ weight.T + bias
    right = old.argmax(1) == reference.validation_targets.numpy()
    ahead = np.sort((old.max(1) - (reference.validation.numpy() @ row + level))[right])
    level += min(0.0, ahead[int(MAY_TAKE * right.sum())] - 1e-3)

    made = imprinted(head, [newcomers(count)], reference)

    np.testing.assert_allclose(made.weight[3].detach().numpy(), row, atol=1e-5)
    assert float(made.bias[3].detach()) == pytest.approx(level, abs=1e-4)


@pytest.mark.parametrize("normalise", [False, True])
def test_the_known_rows_stay_and_nothing_added_changes_nothing(normalise):
    head, reference = make_head(normalise)
    made = imprinted(head, [newcomers(1), -newcomers(2, 3)], reference)
    x = newcomers(5, 9)
    torch.testing.assert_close(made(x)[:, :3], head(x))
    assert made(x).shape == (5, 5)
    assert imprinted(head, [], reference) is head


@pytest.mark.parametrize("moved", [0.0, 3.0])
def test_new_ones_are_recognised_and_the_known_are_not_swallowed(moved):
    """Tuning may move all embeddings to one side of where the head has its middle."""
    head, reference = make_head(moved=moved)
    made = imprinted(head, [newcomers(1, moved=moved)], reference)
    assert (made(newcomers(50, 7, moved)).argmax(1) == 3).float().mean() > 0.8
    right = reference.validation_targets[head(reference.validation).argmax(1) == reference.validation_targets]
    was_right = head(reference.validation).argmax(1) == reference.validation_targets
    taken = (made(reference.validation).argmax(1) == 3) & was_right
    assert int(taken.sum()) <= MAY_TAKE * len(right)


def test_an_impostor_is_kept_down():
    """An "example of something new" that is one of a known class must not take that class over."""
    head, reference = make_head()
    impostor = reference.validation[reference.validation_targets == 0][:1]
    bare, made = imprinted(head, [impostor], None), imprinted(head, [impostor], reference)
    right = head(reference.validation).argmax(1) == reference.validation_targets
    taken = [int(((h(reference.validation).argmax(1) == 3) & right).sum()) for h in (bare, made)]
    assert taken[0] > MAY_TAKE * int(right.sum()) >= taken[1]


def test_a_model_that_nobody_judged_still_learns():
    head, reference = make_head()
    none = replace(reference, validation=reference.validation[:0], validation_targets=reference.validation_targets[:0])
    assert int(imprinted(head, [newcomers(1)], none)(newcomers(1)).argmax()) == 3


# Likeness against the same in NumPy.


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
