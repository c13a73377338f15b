"""Quarter turns as new classes: a letter on its side is another letter (Santoro et al. 2016; Vinyals et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor

from core.training.recipe import Recipe


def turns_of(recipe: Recipe) -> int:
    """How many turns of a picture are classes of their own, the upright one included."""
    return 4 if recipe.turned_classes == "yes" else 1


def turned_inputs(inputs: dict[str, Tensor], turns: int) -> dict[str, Tensor]:
    """Pictures (n, 3, s, s) as they are, then turned by 90, 180 and 270 degrees: (turns * n, 3, s, s)."""
    if turns == 1:
        return inputs
    turned = torch.cat([torch.rot90(inputs["pixels"], turn, (2, 3)) for turn in range(turns)])
    return {"pixels": turned.contiguous(memory_format=torch.channels_last)}


def turned_targets(targets: Tensor, classes: int, turns: int) -> Tensor:
    """The class numbers (n,) of the pictures that `turned_inputs` gives: (turns * n,), each turn has its own."""
    return torch.cat([targets + turn * classes for turn in range(turns)])
