"""A kind of example in one class, short lists of numbers, and a backbone that takes it."""

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import UnreadableExampleError
from core.messages import Message, counted, quoted
from core.modalities.base import Modality
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard


class Numbers(Modality):
    """Rows of four numbers, "1.5 0 2 -3", in a file each. The dataset's file holds them."""

    name = "numbers"
    one, many, first_title = Message("a row"), Message("rows of numbers"), Message("My rows")
    untested = Message("It was tested on rows of this dataset only.")
    suffixes = frozenset({".nums"})
    arrangement = Message("Put the files of each class into a folder of its own.")
    default_model = "toy-numbers"
    augmentations = {"none": Message("As they are."), "light": Message("A little noise is added.")}
    hub_task, sample_argument = "tabular-classification", "row.nums"

    def count(self, n):
        return counted("{n} row", "{n} rows", n=n)

    def pace(self, speed):
        return counted("{n} row a second", "{n} rows a second", n=round(speed))

    def read(self, raw):
        try:
            return np.array(raw.decode().split(), dtype=np.float32).reshape(4)
        except ValueError as error:
            raise UnreadableExampleError(Message("It does not hold four numbers.")) from error

    def keep(self, payload, digest, store):
        return " ".join(f"{value:g}" for value in payload)

    def load(self, digest, text, store, size=None):
        return self.read(text.encode())

    def augment(self, payload, level, rng):
        return payload if level == "none" else payload + rng.normal(0, 0.1, 4).astype(np.float32)

    def batch(self, payloads, spec):
        return {"numbers": np.stack(payloads)}

    def typical(self):
        return np.ones(4, dtype=np.float32)


class Squares(Backbone):
    """The numbers, their squares, and a layer on top."""

    def __init__(self, card):
        super().__init__(card)
        self.layer = nn.Linear(8, card.dimension)

    def spec(self, size=None):
        return None

    def forward(self, numbers: Tensor) -> Tensor:
        return torch.tanh(self.layer(torch.cat([numbers, numbers**2], 1)))

    def layer_groups(self):
        return [LayerGroup("layer", tuple(self.layer.parameters()))]

    def example_inputs(self, size=None):
        return {"numbers": torch.ones(2, 4)}

    def dynamic_axes(self):
        return {"numbers": {0: "n"}}


def load(card, workspace):
    torch.manual_seed(0)
    return Squares(card)


CARD = ModelCard(
    id="toy-numbers", title=quoted("Squares"), modality="numbers", knows=Message("Untrained."), licence="MIT",
    parameters=72, megabytes=0.1, dimension=8, input_size=4, identity="toy-numbers-1", stages=1,
    backbone="tests.extend.toy_kind:load",
)  # fmt: skip
