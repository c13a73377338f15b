"""Pretrain `glyphnet` on drawings of characters, and put it in place of the bundled one.

    python benchmarks/glyphs.py FONTS GLYPHS
    python benchmarks/pretrain_glyphnet.py GLYPHS            # --steps 2660; a GPU is used where there is one

Every character in each quarter turn is a class. Each step takes a few hundred of them, two drawings of each, warped as
`core.modalities.image.variation` warps drawings, and asks for two things at once: the class, by its cosine to a vector
of its own (Wang et al. 2018), and that the two drawings of a class are nearer to each other than to all others
(Khosla et al. 2020), which is what a single example of each will be asked for. What is kept is the moving average of
the weights.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.backbones.small_cnn import GLYPHNET, SmallCnn
from core.models.catalogue import get_card
from core.storage import write
from core.workspace import Workspace

_SIDE, _TURNS = 64, 4
_CLASSES, _DRAWINGS = 512, 2
"""In each step, and of each."""
_RATE, _WARM_UP, _DECAY = 3e-3, 200, 0.05
_SCALE, _MOST_SCALE, _SMOOTHING, _TEMPERATURE = 20.0, 60.0, 0.05, 0.05
_MEMORY = 0.999
_TURN, _SCALING, _SHEAR, _SHIFT, _JITTER = 0.26, 0.18, 0.25, 0.08, 0.035
"""As those of `core.modalities.image.variation`."""


def read(folder: Path) -> Tensor:
    """(characters, drawings of each, side, side) uint8, 0 or 255; ValueError where there are none."""
    kept = []
    for character in sorted(path for path in folder.iterdir() if path.is_dir()):
        pictures = [Image.open(file).convert("L").resize((_SIDE, _SIDE)) for file in sorted(character.glob("*.png"))]
        kept.append(np.stack([np.where(np.asarray(picture) < 128, 0, 255) for picture in pictures]))
    if not kept:
        raise ValueError(f"no folders of drawings in {folder}")
    hands = min(map(len, kept))
    return torch.from_numpy(np.stack([drawings[:hands] for drawings in kept]).astype(np.uint8))


def as_by_another_hand(drawings: Tensor) -> Tensor:
    """Ink (n, 1, side, side) in 0 to 1 of drawings (n, side, side), each warped in its own way; some lines thicker."""
    n, device = len(drawings), drawings.device

    def between(most: float, *shape: int) -> Tensor:
        return (torch.rand(n, *shape, device=device) * 2 - 1) * most

    turn, slant, scale = between(_TURN), between(_SHEAR), between(_SCALING, 2).exp()
    rotation = torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()], 1).reshape(n, 2, 2)
    sheared = torch.eye(2, device=device).repeat(n, 1, 1)
    sheared[:, 0, 1] = slant
    matrix = rotation @ sheared @ torch.diag_embed(scale)
    line = torch.linspace(-0.5, 0.5, 5, device=device)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(1, 25, 2)
    moved = (grid @ matrix.transpose(1, 2)).reshape(n, 5, 5, 2)
    moved = moved + _JITTER * torch.randn_like(moved) + between(_SHIFT, 1, 1, 2)
    fine = F.interpolate(2 * moved.permute(0, 3, 1, 2), size=(_SIDE, _SIDE), mode="bilinear", align_corners=True)
    ink = 1 - drawings.float().unsqueeze(1) / 255
    warped = F.grid_sample(ink, fine.permute(0, 2, 3, 1), align_corners=False)
    return _with_other_pens(warped)


def _with_other_pens(ink: Tensor) -> Tensor:
    chance, much = torch.rand(2, len(ink), 1, 1, 1, device=ink.device)
    much = much * 0.7
    thick, thin = F.max_pool2d(ink, 3, 1, 1), -F.max_pool2d(-ink, 3, 1, 1)
    soft = F.avg_pool2d(ink, 3, 1, 1)
    for upto, other in ((0.5, ink + (thin - ink) * much / 2), (0.4, ink + (soft - ink) * much),
                        (0.25, ink + (thick - ink) * much)):  # fmt: skip
        ink = torch.where(chance < upto, other, ink)
    return ink


def turned(ink: Tensor, turns: Tensor) -> Tensor:
    """Each by its own number of quarter turns."""
    for turn in range(1, _TURNS):
        ink = torch.where((turns == turn)[:, None, None, None], ink.rot90(turn, (2, 3)), ink)
    return ink


def as_input(ink: Tensor) -> Tensor:
    """(n, 3, 32, 32) in -1 to 1, dark on light, as the network takes pictures."""
    return (1 - 2 * F.avg_pool2d(ink, 2)).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def loss_of(embeddings: Tensor, targets: Tensor, vectors: Tensor, scale: Tensor) -> Tensor:
    """Of directions (n, d) with their classes (n,)."""
    cosines = embeddings @ F.normalize(vectors, dim=1).T
    by_class = F.cross_entropy(cosines * scale.exp().clamp(max=_MOST_SCALE), targets, label_smoothing=_SMOOTHING)
    centred = F.normalize(embeddings - embeddings.mean(0, keepdim=True).detach(), dim=1)
    near = (centred @ centred.T / _TEMPERATURE).fill_diagonal_(-1e4)
    same = (targets[:, None] == targets).fill_diagonal_(False)
    of_pairs = -(near.log_softmax(1) * same).sum(1) / same.sum(1).clamp(min=1)
    return by_class + of_pairs.mean()


def pretrain(drawings: Tensor, steps: int, classes: int = _CLASSES, seed: int = 0) -> SmallCnn:
    """The average network after `steps`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    card = get_card("glyphnet", Workspace.default())
    network, average = SmallCnn(card).to(device).train(), SmallCnn(card).to(device)
    characters, hands = drawings.shape[:2]
    drawings = drawings.to(device)
    vectors = nn.Parameter(0.02 * torch.randn(characters * _TURNS, card.dimension, device=device))
    scale = nn.Parameter(torch.tensor(math.log(_SCALE), device=device))
    decayed = [vectors, *(p for p in network.parameters() if p.ndim > 1)]
    others = [scale, *(p for p in network.parameters() if p.ndim == 1)]
    groups = [{"params": decayed, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=_RATE, betas=(0.9, 0.99))
    began = time.perf_counter()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARM_UP) * (0.503 + 0.5 * math.cos(math.pi * step / steps))
        character = torch.randint(characters, (classes,), device=device).repeat_interleave(_DRAWINGS)
        turn = torch.randint(_TURNS, (classes,), device=device).repeat_interleave(_DRAWINGS)
        chosen = drawings[character, torch.randint(hands, character.shape, device=device)]
        pixels = as_input(turned(as_by_another_hand(chosen), turn))
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            found = network(pixels=pixels)
        loss = loss_of(F.normalize(found.float(), dim=1), character * _TURNS + turn, vectors, scale)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        _remember(average, network, min(_MEMORY, (step + 1) / (step + 21)))
        if step % 100 == 99 or step == steps - 1:
            print(f"{step + 1} steps, {time.perf_counter() - began:.0f} s: loss {float(loss.detach()):.3f}", flush=True)
    return average.cpu()


@torch.no_grad()
def _remember(average: nn.Module, network: nn.Module, memory: float) -> None:
    """Weights, and BatchNorm's statistics, too."""
    for mine, other in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if mine.is_floating_point():
            mine.lerp_(other, 1 - memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glyphs", type=Path, help="what glyphs.py made")
    parser.add_argument("--steps", type=int, default=2660)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=GLYPHNET)
    asked = parser.parse_args()
    network = pretrain(read(asked.glyphs), asked.steps, seed=asked.seed)
    halves = {
        name: value.half().contiguous() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    write(asked.out, save(halves))
    print(f"{asked.out}: {asked.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
