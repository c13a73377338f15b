"""A backbone in one card and one class: the mean colour of a grid of patches, and a layer on top."""

import torch
from torch import Tensor, nn

from core.messages import Message, quoted
from core.modalities.image.modality import ImageSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard


class Patches(Backbone):
    def __init__(self, card):
        super().__init__(card)
        self.pool, self.layer = nn.AdaptiveAvgPool2d(4), nn.Linear(48, card.dimension)

    def spec(self, size=None):
        return ImageSpec(size or self.card.input_size, (127.5,) * 3, (127.5,) * 3)

    def forward(self, pixels: Tensor) -> Tensor:
        return torch.relu(self.layer(self.pool(pixels).flatten(1)))

    def layer_groups(self):
        return [LayerGroup("layer", tuple(self.layer.parameters()))]

    def example_inputs(self, size=None):
        return {"pixels": torch.zeros(2, 3, size or 32, size or 32)}

    def dynamic_axes(self):
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


def load(card, workspace):
    torch.manual_seed(0)
    return Patches(card)


CARD = ModelCard(
    id="patches", title=quoted("Patches"), modality="image", knows=Message("Untrained."), licence="MIT",
    parameters=784, megabytes=0.1, dimension=16, input_size=32, identity="patches-1", stages=1,
    backbone="tests.extend.toy_backbone:load",
)  # fmt: skip
