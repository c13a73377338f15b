"""The plain way: PyTorch loops as a tutorial writes them. Eager, NCHW, everything computed again each time.

The network is ours with its self-padding layers made ordinary, which in NCHW is about a tenth faster than the package
it comes from: the plain way is not made slower than it need be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.bench import PICTURES
from core.data.dataset import Dataset
from core.modalities import get_modality
from core.modalities.image.modality import stored_picture
from core.models.trained import load_backbone
from core.workspace import Workspace

EMBED_BATCH = 32
_FEATURES = 1280


class Plain(nn.Module):
    """The pretrained network in PyTorch's usual order of memory."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.backbone = load_backbone(PICTURES, workspace).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # torch lacks this overload

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels (n, 3, side, side) to features (n, 1280)."""
        return self.backbone(pixels=pixels)


def files_of(dataset: Dataset) -> list[Path]:
    """The files that the product reads, too."""
    return [stored_picture(example.id, dataset.store) for example in dataset.examples]


def numbers_of(dataset: Dataset) -> Tensor:
    """The class number of every example, (n,)."""
    return torch.tensor([dataset.classes.index(example.label) for example in dataset.examples])


def pixels(files: Sequence[Path], size: int, augmentation: str = "none", seed: Sequence[int] = ()) -> Tensor:
    """Open, vary, scale and stack: (n, 3, size, size)."""
    kind, rows = get_modality("image"), []
    for number, file in enumerate(files):
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        varied = kind.augment(picture, augmentation, np.random.default_rng([*seed, number]))
        resized = varied.resize((size, size), Image.Resampling.BILINEAR)
        rows.append(torch.from_numpy(np.array(resized)).permute(2, 0, 1).float().sub(127).div(128))
    return torch.stack(rows).contiguous()


def embed(network: nn.Module, files: Sequence[Path], size: int) -> Tensor:
    """Features (n, 1280) of all files, in batches."""
    network.eval()
    with torch.inference_mode():
        parts = [files[start : start + EMBED_BATCH] for start in range(0, len(files), EMBED_BATCH)]
        return torch.cat([network(pixels(part, size)) for part in parts])


def train_head(
    network: nn.Module, files: Sequence[Path], targets: Tensor, train: Tensor, judge: Tensor, size: int, epochs: int
) -> float:
    """A new last layer on a frozen network that is run again for every example in every epoch; its accuracy."""
    head = nn.Linear(_FEATURES, int(targets.max()) + 1)
    optimiser = torch.optim.Adam(head.parameters(), lr=1e-3)
    right = 0.0
    network.eval()
    for _ in range(epochs):
        for part in train[torch.randperm(len(train))].split(EMBED_BATCH):
            with torch.no_grad():
                features = network(pixels([files[i] for i in part], size))
            optimiser.zero_grad()
            F.cross_entropy(head(features), targets[part]).backward()
            optimiser.step()
        with torch.no_grad():
            features = embed(network, [files[i] for i in judge], size)
            right = float((head(features).argmax(1) == targets[judge]).float().mean())
    return right


def fine_tune(
    network: nn.Module, files: Sequence[Path], targets: Tensor, train: Tensor, judge: Tensor, size: int,
    *, epochs: int, batch_size: int, learning_rate: float, augmentation: str,
) -> float:  # fmt: skip
    """Every layer learns, and those held back are judged after every epoch; the accuracy at the end."""
    head = nn.Linear(_FEATURES, int(targets.max()) + 1)
    optimiser = torch.optim.AdamW([*network.parameters(), *head.parameters()], lr=learning_rate)
    right = 0.0
    for epoch in range(epochs):
        network.train()
        for step, part in enumerate(train[torch.randperm(len(train))].split(batch_size)):
            inputs = pixels([files[i] for i in part], size, augmentation, (epoch, step))
            optimiser.zero_grad()
            F.cross_entropy(head(network(inputs)), targets[part]).backward()
            optimiser.step()
        with torch.no_grad():
            features = embed(network, [files[i] for i in judge], size)
            right = float((head(features).argmax(1) == targets[judge]).float().mean())
    return right
