"""A class more from a few examples: the row by hand, and no more taken from the known classes than is allowed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.models.extended import MAY_TAKE, Reference, imprinted
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
    return head, Reference(seen[:45], numbers[:45], seen[45:], numbers[45:])


def newcomers(count: int, seed: int = 1, moved: float = 0.0) -> torch.Tensor:
    x = np.random.default_rng(seed).normal(0, 0.3, (count, 8)).astype(np.float32)
    x[:, 5] += 1.2
    return torch.from_numpy(x + np.float32(moved))


@pytest.mark.parametrize("count", [1, 4])
def test_the_new_row_is_what_numpy_finds(count):
    head, reference = make_head()
    weight, bias = head.weight.detach().numpy(), head.bias.detach().numpy()
    middle = reference.taught.numpy().mean(0)
    p = unit(unit(newcomers(count).numpy() - middle).mean(0))
    row = np.linalg.norm(weight, axis=1).mean() * p
    level = (weight @ middle + bias).mean() - row @ middle
    old = reference.judged.numpy() @ weight.T + bias
    right = old.argmax(1) == reference.judged_of.numpy()
    ahead = np.sort((old.max(1) - (reference.judged.numpy() @ row + level))[right])
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
    right = reference.judged_of[head(reference.judged).argmax(1) == reference.judged_of]
    taken = (made(reference.judged).argmax(1) == 3) & (head(reference.judged).argmax(1) == reference.judged_of)
    assert int(taken.sum()) <= MAY_TAKE * len(right)


def test_an_impostor_is_kept_down():
    """An "example of something new" that is one of a known class must not take that class over."""
    head, reference = make_head()
    impostor = reference.judged[reference.judged_of == 0][:1]
    bare, made = imprinted(head, [impostor], None), imprinted(head, [impostor], reference)
    right = head(reference.judged).argmax(1) == reference.judged_of
    taken = [int(((h(reference.judged).argmax(1) == 3) & right).sum()) for h in (bare, made)]
    assert taken[0] > MAY_TAKE * int(right.sum()) >= taken[1]


def test_a_model_that_nobody_judged_still_learns():
    head, reference = make_head()
    none = Reference(reference.taught, reference.taught_of, reference.judged[:0], reference.judged_of[:0])
    assert int(imprinted(head, [newcomers(1)], none)(newcomers(1)).argmax()) == 3
