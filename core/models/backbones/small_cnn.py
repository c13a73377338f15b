"""A small network of our own for pictures: four blocks of convolutions (the "Conv-4" of Vinyals et al. 2016).

`small-cnn` begins with random weights; `glyphnet` is the same network, pretrained on drawings of characters.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from core.errors import ModelError
from core.messages import Message
from core.modalities.image.modality import ImageSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace

GLYPHNET = Path(__file__).parents[1] / "weights" / "glyphnet.safetensors"
_BLOCKS = 4
_CORNERS = 2
"""An embedding keeps what is at the upper left apart from what is at the upper right, and so on."""


class SmallCnn(Backbone):
    """Four times: 3x3 convolution, BatchNorm, ReLU, 2x2 max pooling; then the averages of the four quarters.

    Grey or colour, sides any multiple of 32. The embedding is 4 x width long. Every new network begins with the same
    random weights.
    """

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        width = card.dimension // _CORNERS**2
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.blocks = nn.Sequential(*(_block(3 if i == 0 else width, width) for i in range(_BLOCKS)))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self.eval()

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, (127.5, 127.5, 127.5), (127.5, 127.5, 127.5))

    def forward(self, pixels: Tensor) -> Tensor:
        return _quarters(self.blocks(pixels))

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup(f"block {i}", tuple(block.parameters())) for i, block in enumerate(self.blocks, start=1)]

    def split(self, group: int) -> tuple[nn.Module, nn.Module]:
        return self.blocks[:group], _Above(self.blocks[group:])

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        side = size or 32
        return {"pixels": torch.linspace(-1, 1, 2 * 3 * side * side).reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


class _Above(nn.Module):
    """The blocks above a cut, and the averages."""

    def __init__(self, blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = blocks

    def forward(self, activations: Tensor) -> Tensor:
        return _quarters(self.blocks(activations))


def _block(inputs: int, width: int) -> nn.Module:
    convolution = nn.Conv2d(inputs, width, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2))


def _quarters(x: Tensor) -> Tensor:
    """(n, c, h, w) to (n, 4 c): the mean of each quarter of the picture."""
    rows, columns = x.shape[2] // _CORNERS, x.shape[3] // _CORNERS
    quarters = x.reshape(x.shape[0], x.shape[1], _CORNERS, rows, _CORNERS, columns).mean((3, 5))
    return quarters.flatten(1)


def load(card: ModelCard, workspace: Workspace) -> SmallCnn:
    """The network with random weights."""
    return SmallCnn(card)


def load_glyphnet(card: ModelCard, workspace: Workspace) -> SmallCnn:
    """Pretrained on drawings of characters (see `weights/glyphnet.md`); ModelError when its file is damaged."""
    network = SmallCnn(card)
    try:
        network.load_state_dict(load_file(GLYPHNET))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise ModelError(
            Message("The bundled model for drawings is damaged."), Message("Install Finetune Lab again.")
        ) from error
    return network
